"""`pymacaron doctor`: what is printed, exit codes; and the commands of old, which say their new names."""

from __future__ import annotations

import json
import re
import socket
import tomllib
from pathlib import Path

import pytest

from pymacaron.cli import renamed

from .conftest import Command

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return str(one.getsockname()[1])


def test_what_is_there_and_what_is_missing_is_printed(pymacaron: Command, tmp_path: Path) -> None:
    (tmp_path / "pym-config.yaml").write_text("name: x\nlive_host: x\nenv_secrets: [X_SECRET]\n")
    done = pymacaron("doctor", PORT=free_port())
    assert done.returncode == 1
    assert re.fullmatch(
        r"ok       Python    3\.\S+ \(\w+\)\n"
        r"ok       Flask     3\.1\.\d+\n"
        r"missing  X_SECRET  it is not set, and env_secrets in pym-config.yaml asks for it\n"
        r"                   Set it: export X_SECRET=\.\.\., or a line X_SECRET=\.\.\. in \.env\n"
        r"ok       port      \d+ is free\n"
        r"\n"
        r"1 missing\n",
        done.stdout,
    )
    assert pymacaron("doctor", PORT=free_port(), X_SECRET="a").returncode == 0


def test_programs_get_a_list(pymacaron: Command, tmp_path: Path) -> None:
    listed = json.loads(pymacaron("doctor", "--json", PORT=free_port()).stdout)
    assert [one["name"] for one in listed] == ["Python", "Flask", "pym-config.yaml", "port"]
    assert {key for one in listed for key in one} == {"name", "ok", "fact", "mend"}


def test_an_old_service_is_listed(pymacaron: Command, tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "a.py").write_text("import nose\nfrom pymacaron_async import asynctask\n")
    done = pymacaron("doctor", "--legacy", "old")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (1, "1 must change, 1 may, in 1 file")
    first, second = json.loads(pymacaron("doctor", "--legacy", "old", "--json").stdout)
    assert first == {
        "file": "a.py",
        "must": True,
        "line": 1,
        "column": 8,
        "fact": "nose does not run on this Python",
        "mend": "Write plain tests, and run them with pytest",
        "source": "import nose",
    }
    assert second["must"] is False
    (tmp_path / "old" / "a.py").write_text("from pymacaron_async import asynctask\n")
    assert pymacaron("doctor", "--legacy", "old").returncode == 0


def test_a_folder_that_is_not_there_is_told_without_a_traceback(pymacaron: Command) -> None:
    done = pymacaron("doctor", "--legacy", "none")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "none: error[missing-file]: there is no such file or folder\n"


@pytest.mark.parametrize("name", ["pymtest", "pymdeploy", "pymconfig"])
def test_commands_of_old_say_the_new_name_and_end_with_2(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    assert scripts[name] == f"pymacaron.cli.renamed:{name}"
    with pytest.raises(SystemExit) as ended:
        getattr(renamed, name)()
    told = capsys.readouterr()
    assert (ended.value.code, told.out) == (2, "")
    assert told.err.startswith(f"{name} has another name now: pymacaron ")
