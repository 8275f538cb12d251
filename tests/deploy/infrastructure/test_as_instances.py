"""A template is of what instances will have, not of what this machine says for itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

_SOURCE = Path(__file__).resolve().parents[3] / "src"
_API = """
openapi: 3.1.0
info: {title: Shop, version: 1.0.0}
paths: {}
components:
  schemas:
    Order: {type: object, properties: {id: {type: string}}, x-persist: {table: orders, key: {hash: id}}}
"""


@pytest.mark.parametrize(
    ("said", "variable", "tables"),
    [
        ("store_url: dynamodb://", "", ["orders"]),
        ("store_url: dynamodb://", "sqlite:////tmp/shop.sqlite3", ["orders"]),
        ("", "dynamodb://", []),
        # One that is a secret is what it is here
        ("env_secrets: [PYM_STORE_URL]", "dynamodb://", ["orders"]),
    ],
)
def test_variables_of_this_machine_change_no_template(
    tmp_path: Path, said: str, variable: str, tables: list[str]
) -> None:
    (tmp_path / "apis").mkdir()
    (tmp_path / "apis" / "shop.yaml").write_text(_API)
    (tmp_path / "pym-config.yaml").write_text(f"name: shop\nlive_host: shop.example.com\n{said}\n")
    environ = {**os.environ, "PYTHONPATH": str(_SOURCE), "PYM_STORE_URL": variable}
    command = [sys.executable, "-m", "pymacaron", "infra", "write", "--json"]
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    resources = json.loads(done.stdout)["Resources"].values()
    found = [one["Properties"]["TableName"] for one in resources if one["Type"] == "AWS::DynamoDB::Table"]
    assert found == tables
