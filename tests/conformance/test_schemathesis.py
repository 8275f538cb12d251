"""
schemathesis, with all its checks and phases, against every api of examples/features: no failure, no reply of 500.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from lots import number

HOOKS = Path(__file__).parent / "schemathesis_hooks.py"
TOKEN = "from pymacaron.auth import generate_token; print(generate_token('u1'))"


@pytest.mark.parametrize("api", ["shop", "pets", "legacy", "feeds"])
def test_schemathesis_finds_no_fault(features: Any, tmp_path: Path, api: str) -> None:
    token = features.run("-c", TOKEN)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--no-color", "run"),
            f"http://127.0.0.1:{features.port}/doc/{api}.json",
            *("--checks", "all", "--phases", "examples,coverage,fuzzing,stateful", "--continue-on-failure"),
            *("--max-examples", str(number(5, 20)), "--seed", "1"),
            *("--header", f"Authorization: Bearer {token}"),
        ],
        cwd=tmp_path,
        env={
            **os.environ,
            "SCHEMATHESIS_HOOKS": "schemathesis_hooks",
            "PYTHONPATH": os.pathsep.join(filter(None, [str(HOOKS.parent), os.environ.get("PYTHONPATH")])),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
