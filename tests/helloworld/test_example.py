"""What examples/helloworld is as files: clean for `check`, its unit tests pass, and it has the tree of a service."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path

HELLOWORLD = Path(__file__).resolve().parents[2] / "examples" / "helloworld"


def run(*command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "JWT_SECRET": secrets.token_hex(32)}
    return subprocess.run(
        [sys.executable, *command], cwd=HELLOWORLD, env=environment, capture_output=True, text=True, check=False
    )


def test_its_unit_tests_pass() -> None:
    done = run("-m", "pytest", "-q", "-p", "no:cacheprovider", "test")
    assert done.returncode == 0, done.stdout + done.stderr


def test_check_finds_nothing_wrong() -> None:
    done = run("-c", "from pymacaron.cli import main; main(['check', '--strict', '--serve', 'helloworld', 'apis'])")
    assert (done.returncode, done.stderr) == (0, "")


def test_its_stubs_are_those_of_its_description() -> None:
    done = run("-c", "from pymacaron.cli import main; main(['stubs', '--check'])")
    assert (done.returncode, done.stderr) == (0, "")


def test_mypy_finds_nothing_wrong() -> None:
    done = run("-m", "mypy", "--strict", "helloworld")
    assert (done.returncode, done.stdout) == (0, "Success: no issues found in 4 source files\n")


def test_it_has_the_tree_of_a_service() -> None:
    expected = "LICENSE README.md apis/helloworld.yaml pym-config.yaml server.py test testaccept"
    expected += " helloworld/api.py helloworld/apis.py helloworld/apis.pyi helloworld/tasks.py"
    assert [name for name in expected.split() if not (HELLOWORLD / name).exists()] == []
