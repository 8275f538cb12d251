"""
What `pymacaron` says, word for word. Each folder beside this file is a case: its files, and `expected.txt`.

The first line of expected.txt is the command, the last its exit code, what is between is what it prints. The files are
copied away before it runs, `*.py.txt` without `.txt`. PYMACARON_UPDATE_MESSAGES=1 writes expected.txt anew.
"""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path

import pytest

from pymacaron.cli import main

HERE = Path(__file__).parent
CASES = sorted(path.parent for path in HERE.glob("*/expected.txt"))
UPDATE = os.environ.get("PYMACARON_UPDATE_MESSAGES") == "1"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_mistake_is_told_in_these_words(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = (case / "expected.txt").read_text(encoding="utf-8")
    command = expected.splitlines()[0]
    folder = tmp_path / "case"
    shutil.copytree(case, folder, ignore=shutil.ignore_patterns("expected.txt"))
    for path in folder.rglob("*.py.txt"):
        path.rename(path.with_suffix(""))
    monkeypatch.chdir(folder)
    for variable in [name for name in os.environ if name.startswith("PYM_")]:
        monkeypatch.delenv(variable)
    assert command.startswith("$ pymacaron ")
    with pytest.raises(SystemExit) as exit:
        main(shlex.split(command.removeprefix("$ pymacaron ")))
    printed = capsys.readouterr()
    told = f"{command}\n{printed.out}{printed.err}exit code {exit.value.code or 0}\n"
    assert str(tmp_path) not in told
    if UPDATE:
        (case / "expected.txt").write_text(told, encoding="utf-8")
    assert told == expected


def test_every_folder_is_a_case() -> None:
    folders = {path for path in HERE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == set(CASES)
