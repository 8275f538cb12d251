"""What terminals get and files do not: colours, and a line that says what takes long."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from .conftest import Command, Terminal

BROKEN = "openapi: 3.1.0\ninfo: {title: Shop, version: '1'}\npathz: {}\n"
ERROR = "\x1b[31m\x1b[1merror[unknown-key]\x1b[0m"
#: Waits until it was told to be at something, for longer than a second
SLOW = """
import sys, time
from pymacaron.cli.terminal import progress

class Watched:
    def __init__(self, stream): self.stream, self.told = stream, ""
    def __getattr__(self, name): return getattr(self.stream, name)
    def write(self, text): self.told += text; return self.stream.write(text)

sys.stderr = Watched(sys.stderr)
with progress("reading") as at:
    at("apis/shop.yaml")
    end = time.monotonic() + {most}
    while "reading" not in sys.stderr.told and time.monotonic() < end:
        time.sleep(0.01)
print("done")
"""


@pytest.fixture(autouse=True)
def description(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(BROKEN)


def test_findings_are_coloured_on_a_terminal(on_terminal: Terminal) -> None:
    code, told = on_terminal(sys.executable, "-m", "pymacaron", "check")
    assert code == 1
    assert ERROR in told
    assert "\x1b[1mshop.yaml:3:1\x1b[0m: " in told


def test_no_color_and_never_take_colours_from_a_terminal(on_terminal: Terminal) -> None:
    command = (sys.executable, "-m", "pymacaron")
    _, told = on_terminal(*command, "check", NO_COLOR="1")
    assert "shop.yaml:3:1: error[unknown-key]" in told
    assert on_terminal(*command, "--color", "never", "check") == (1, told)


def test_a_file_gets_colours_only_when_asked_for(pymacaron: Command) -> None:
    assert "\x1b" not in pymacaron("check").stdout
    assert ERROR in pymacaron("--color", "always", "check", NO_COLOR="1").stdout
    refused = pymacaron("--color", "always", "stubs")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert ERROR in refused.stderr
    assert "\x1b" not in pymacaron("--color", "always", "check", "--json").stdout


def test_what_takes_longer_than_a_second_says_what_it_is_at_and_is_gone_at_the_end(on_terminal: Terminal) -> None:
    code, told = on_terminal(sys.executable, "-c", SLOW.format(most=60), progress=True)
    assert code == 0
    assert told.startswith("\r\x1b[Kreading apis/shop.yaml ... 1 s")
    assert told.endswith("\r\x1b[Kdone\n")


def test_nothing_is_told_where_stderr_is_no_terminal(on_terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(SLOW.format(most=1.5))
    code, told = on_terminal("sh", "-c", f"{sys.executable} slow.py 2>told", progress=True)
    assert (code, told, (tmp_path / "told").read_text()) == (0, "done\n", "")
