"""`deploy_pipeline`, by its name of old: that nothing begins where a gate is shut. Its options are test_flags.py's."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from cloud.here import Cloud, cloud, moto
from releases.served import clone, commit
from upstreams.aws import Aws

_SOURCE = Path(__file__).resolve().parents[2] / "src"


@pytest.fixture(scope="module")
def own_moto() -> Iterator[Aws]:
    with moto(policies=False) as running:
        yield running


@pytest.fixture
def aws(own_moto: Aws, tmp_path: Path) -> Iterator[Cloud]:
    with cloud(tmp_path, own_moto) as made:
        yield made


def run(folder: Path, *arguments: str, environ: dict[str, str] | None = None) -> tuple[int, str]:
    command = [sys.executable, "-c", "from pymacaron.cli.pipeline import main; main()", *arguments]
    given = {**(os.environ if environ is None else environ), "PYTHONPATH": str(_SOURCE)}
    ran = subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, check=False, timeout=60)
    return ran.returncode, ran.stderr.splitlines()[-1] if ran.stderr else ran.stdout


def test_a_shut_gate_is_told_before_any_test_runs(aws: Cloud, tmp_path: Path) -> None:
    folder = clone(tmp_path, "http://127.0.0.1:1")
    (folder / "test").mkdir()
    (folder / "test" / "test_it.py").write_text("def test_it():\n    raise SystemExit('it ran')\n")
    assert run(folder, "--deploy", environ=aws.environ) == (1, "nothing was changed")
    assert aws.writes == []


def test_files_that_unit_tests_leave_are_told_before_an_image_is_built(aws: Cloud, tmp_path: Path) -> None:
    folder = clone(tmp_path, "http://127.0.0.1:1")
    (folder / "requirements.txt").write_text(f"pymacaron==3.0.0 --hash=sha256:{'a' * 64}\n")
    (folder / "test").mkdir()
    (folder / "test" / "test_it.py").write_text("def test_it():\n    open('left.txt', 'w').close()\n")
    commit(folder)
    assert run(folder, "--deploy", environ=aws.environ) == (1, "nothing was changed")
    left = ["git", "status", "--porcelain", "--untracked-files=all"]
    assert subprocess.run(left, cwd=folder, capture_output=True, check=True).stdout == b"?? left.txt\n"
    assert aws.writes == []


def test_unit_tests_that_fail_end_it_before_anything_is_built(aws: Cloud, tmp_path: Path) -> None:
    folder = clone(tmp_path, "http://127.0.0.1:1")
    (folder / "test").mkdir()
    (folder / "test" / "test_it.py").write_text("def test_it():\n    assert False\n")
    assert run(folder, "--test", environ=aws.environ) == (
        1,
        "error: unit tests: not passed, nothing was built. Mend it, and run the same command again",
    )


def test_the_command_is_installed() -> None:
    found = [one.value for one in entry_points(group="console_scripts", name="deploy_pipeline")]
    assert found in ([], ["pymacaron.cli.pipeline:main"])  # []: a clone that was installed before


def test_what_a_refusal_names_is_an_option_that_overrules_it(aws: Cloud, tmp_path: Path) -> None:
    folder = clone(tmp_path, "http://127.0.0.1:1")
    (folder / "pym-config.yaml").write_text(
        (folder / "pym-config.yaml").read_text().replace("deploy:", 'aws_user: kim\ndeploy:\n  account: "210987654321"')
    )
    (folder / "test").mkdir()
    (folder / "test" / "test_it.py").write_text("def test_it():\n    assert False\n")
    assert run(folder, "--deploy", environ=aws.environ) == (1, "nothing was changed")
    overruled = ["--dirty", "--any-user", "--any-account"]
    code, last = run(folder, "--deploy", *overruled[1:], environ=aws.environ)
    assert (code, last) == (1, "nothing was changed")
    (folder / "requirements.txt").write_text(f"pymacaron==3.0.0 --hash=sha256:{'a' * 64}\n")
    code, last = run(folder, "--deploy", *overruled, environ=aws.environ)
    assert last == "error: unit tests: not passed, nothing was built. Mend it, and run the same command again"
    assert aws.writes == []
