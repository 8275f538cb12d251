"""The command as people and scripts call it: a process of its own, and a terminal where one is needed."""

from __future__ import annotations

import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Mapping
from fcntl import ioctl
from pathlib import Path

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]
Terminal = Callable[..., tuple[int, str]]

#: Lines that are written one over the other, and the last of all that leaves none
PROGRESS = re.compile(r"(?:\r\x1b\[K[^\r\n]* s(?=\r))+\r\x1b\[K")
_NOT_OURS = ("PYM_", "PORT", "NO_COLOR", "JWT_", "SHOP_", "COLUMNS", "LINES")


def environment(**more: str) -> dict[str, str]:
    """That of the machine, without what changes what a command says."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_OURS)}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    return {**kept, "PATH": path, "TERM": "xterm", **more}


@pytest.fixture
def pymacaron(tmp_path: Path) -> Command:
    """pymacaron(*arguments, **environment): the command, run in the test's folder."""

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pymacaron", *arguments]
        return subprocess.run(
            command,
            cwd=tmp_path,
            env=environment(**variables),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run


@pytest.fixture
def on_terminal(tmp_path: Path) -> Terminal:
    """
    on_terminal(*words, columns=80, progress=False, **environment): exit code, and what a terminal gets of a program;
    without the line that says what takes long, which depends on the machine, unless *progress*.
    """

    def run(*words: str, columns: int = 80, progress: bool = False, **variables: str) -> tuple[int, str]:
        ours, theirs = pty.openpty()
        ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        env: Mapping[str, str] = environment(**variables)
        process = subprocess.Popen(words, cwd=tmp_path, env=env, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        told = b""
        try:
            while part := os.read(ours, 65536):
                told += part
        except OSError:  # the other end is closed
            pass
        os.close(ours)
        text = told.decode().replace("\r\n", "\n")
        return process.wait(60), text if progress else PROGRESS.sub("", text)

    return run
