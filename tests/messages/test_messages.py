"""
What `pymacaron` says, word for word. Each folder beside this file is a case: its files, and `expected.txt`.

The first line of expected.txt is the command, the last its exit code, what is between is what it prints. The files are
copied away before it runs, `*.py.txt` without `.txt`. PYMACARON_UPDATE_MESSAGES=1 writes expected.txt anew.
"""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from pymacaron.cli import main

HERE = Path(__file__).parent
CASES = sorted(path.parent for path in HERE.glob("*/expected.txt") if not path.parent.name.startswith("start-"))
STARTS = sorted(path.parent for path in HERE.glob("start-*/expected.txt"))
SERVER = """
import os
from flask import Flask
from pymacaron import API, letsgo

app = Flask(__name__)


def start(port, debug):
    api = API(app, port=port, debug=debug)
    api.load_apis(os.path.join(os.path.dirname(os.path.realpath(__file__)), "apis"))
    api.start(serve="shop")


letsgo(__name__, callback=start)
"""
UPDATE = os.environ.get("PYMACARON_UPDATE_MESSAGES") == "1"


def laid_out(case: Path, tmp_path: Path) -> tuple[str, str, Path]:
    """What *case* expects, its command, and the folder that its files were copied to."""
    expected = (case / "expected.txt").read_text(encoding="utf-8")
    folder = tmp_path / "case"
    shutil.copytree(case, folder, ignore=shutil.ignore_patterns("expected.txt"))
    for path in folder.rglob("*.py.txt"):
        path.rename(path.with_suffix(""))
    return expected, expected.splitlines()[0], folder


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_mistake_is_told_in_these_words(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    expected, command, folder = laid_out(case, tmp_path)
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


@pytest.mark.parametrize("case", STARTS, ids=lambda case: case.name)
def test_a_service_that_cannot_start_says_so_in_these_words(case: Path, tmp_path: Path) -> None:
    expected, command, folder = laid_out(case, tmp_path)
    (folder / "server.py").write_text(SERVER, encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        arguments = shlex.split(command.removeprefix("$ python ").replace("<port>", str(port)))
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYM_", "PORT", "SHOP_"))}
        ran = subprocess.run(
            [sys.executable, *arguments],
            cwd=folder,
            env=environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    printed = (ran.stdout + ran.stderr).replace(f"{port + 1}", "<port + 1>").replace(f"{port}", "<port>")
    told = f"{command}\n{printed.replace(str(folder), '<folder>')}exit code {ran.returncode}\n"
    assert str(tmp_path) not in told
    assert "Traceback" not in told
    if UPDATE:
        (case / "expected.txt").write_text(told, encoding="utf-8")
    assert told == expected


def test_every_folder_is_a_case() -> None:
    folders = {path for path in HERE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == {*CASES, *STARTS}
