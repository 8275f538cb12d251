"""`pymacaron schemas`: what it writes, and what a new service makes of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pymacaron.config.schemas import config_schema
from pymacaron.spec.schemas import description_schema

from .conftest import Command

WRITTEN = {"openapi.json": description_schema(), "pym-config.json": config_schema()}


def read(folder: Path) -> dict[str, object]:
    return {path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.iterdir())}


def test_it_writes_both_where_editors_look(pymacaron: Command, tmp_path: Path) -> None:
    done = pymacaron("schemas")
    told = ".schemas/pym-config.json and .schemas/openapi.json"
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{told} written\n", "")
    assert read(tmp_path / ".schemas") == WRITTEN
    assert pymacaron("schemas").stdout == f"{told} are up to date\n"
    assert pymacaron("schemas", "--check").stdout == f"{told} are what this version gives\n"


def test_what_is_of_another_version_is_told_and_left(pymacaron: Command, tmp_path: Path) -> None:
    pymacaron("schemas", "--out", "editors")
    (tmp_path / "editors/openapi.json").write_text("{}")
    (tmp_path / "editors/pym-config.json").unlink()
    done = pymacaron("schemas", "--out", "editors", "--check")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "editors/openapi.json: error[drift]: it is not what this version gives\n"
        "    Run: pymacaron schemas --out editors\n"
        "editors/pym-config.json: error[drift]: there is no such file\n"
        "    Run: pymacaron schemas --out editors\n"
    )
    assert read(tmp_path / "editors") == {"openapi.json": {}}


def test_a_folder_that_cannot_be_made_is_told(pymacaron: Command, tmp_path: Path) -> None:
    (tmp_path / "editors").write_text("")
    done = pymacaron("schemas", "--out", "editors/here")
    assert (done.returncode, done.stdout) == (1, "")
    assert "editors" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("file", "schema"), [("pym-config.yaml", "pym-config.json"), ("apis/shop.yaml", "openapi.json")]
)
def test_a_new_service_names_its_schemas(pymacaron: Command, tmp_path: Path, file: str, schema: str) -> None:
    pymacaron("new", "shop")
    path = tmp_path / "shop" / file
    line = path.read_text(encoding="utf-8").splitlines()[0]
    assert line.startswith("# yaml-language-server: $schema=")
    named = path.parent / line.partition("=")[2]
    assert json.loads(named.read_text(encoding="utf-8")) == WRITTEN[schema]
    assert ".schemas/" in (tmp_path / "shop/.gitignore").read_text().splitlines()
