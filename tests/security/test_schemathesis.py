"""schemathesis, which tries every operation without its credentials and with wrong ones, of every kind."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from security.requests import GOOD
from security.vault import API_KEY, PASSWORD

#: What they are for each scheme of the description, as schemathesis wants it
CREDENTIALS = f"""\
[auth.openapi.jwt]
bearer = "{GOOD}"
[auth.openapi.oauth]
bearer = "{GOOD}"
[auth.openapi.basic]
username = "ali"
password = "{PASSWORD}"
[auth.openapi.header]
api_key = "{API_KEY}"
[auth.openapi.query]
api_key = "{API_KEY}"
[auth.openapi.cookie]
api_key = "{API_KEY}"
"""
CHECKS = "ignored_auth,missing_required_header,unsupported_method,status_code_conformance"


@pytest.mark.parametrize("credentials", [CREDENTIALS, ""], ids=["with them", "without"])
def test_no_operation_ignores_who_calls(served: Any, tmp_path: Path, credentials: str) -> None:
    document = served.get("/doc/vault.json", {"Authorization": f"Bearer {GOOD}"}).json
    (tmp_path / "vault.json").write_text(json.dumps(document), encoding="utf-8")
    (tmp_path / "schemathesis.toml").write_text(credentials, encoding="utf-8")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--no-color", "run", "vault.json"),
            *("--url", f"http://127.0.0.1:{served.port}/v1", "--checks", CHECKS, "--continue-on-failure"),
            *("--phases", "examples,coverage,fuzzing", "--max-examples", "5", "--seed", "1"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
    # With them it got past each, so that there was something to ignore
    refused = "Authentication failed: 21 operations returned only 401/403 responses"
    assert (refused in done.stdout) == (not credentials), done.stdout[-5_000:]
    assert ("Authentication failed" in done.stdout) == (not credentials), done.stdout[-5_000:]
