"""`pymacaron completion`: real shells complete commands, options and choices."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

WITHIN_S = 60
ENVIRONMENT = {
    **os.environ,
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    "TERM": "xterm",
    "ZDOTDIR": "/nowhere",
}
SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], 'eval "$(pymacaron completion bash)"'),
    "zsh": (["zsh", "-f"], 'autoload -Uz compinit; compinit -D -u; eval "$(pymacaron completion zsh)"'),
}


def there(shell: str) -> str:
    """The path of *shell*, which CI must have."""
    path = shutil.which(shell)
    if path is None:
        fact = f"there is no {shell} on this machine"
        pytest.fail(fact) if os.environ.get("CI") else pytest.skip(fact)
    return path


@contextmanager
def typing(command: list[str], folder: Path) -> Iterator[int]:
    """A shell on a terminal: its descriptor."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execvpe(command[0], command, ENVIRONMENT)
    try:
        yield terminal
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
        os.close(terminal)


def until(terminal: int, text: str) -> None:
    told, end = "", time.monotonic() + WITHIN_S
    while text not in told:
        assert time.monotonic() < end, told
        if select.select([terminal], [], [], 0.1)[0]:
            told += os.read(terminal, 65536).decode("utf-8", "replace")


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_completes_commands_options_choices_and_files(shell: str, tmp_path: Path) -> None:
    there(shell)
    (tmp_path / "shop-of-mine.yaml").write_text("")
    command, line = SHELLS[shell]
    with typing(command, tmp_path) as terminal:
        os.write(terminal, f"{line}; echo read''y\n".encode())
        until(terminal, "ready\r\n")
        for typed, shown in (
            ("pymacaron rou\t", "pymacaron routes"),
            ("pymacaron check --stri\t", "--strict"),
            ("pymacaron check --format sa\t", "sarif"),
            ("pymacaron check shop-of\t", "shop-of-mine.yaml"),
        ):
            os.write(terminal, f"\x15{typed}".encode())
            until(terminal, shown)


def test_fish_completes_commands_options_and_choices() -> None:
    fish = there("fish")
    asked = ("pymacaron rou", "pymacaron check --stri", "pymacaron check --format ")
    script = "; ".join(["pymacaron completion fish | source", *(f'complete -C "{line}"' for line in asked)])
    done = subprocess.run([fish, "-N", "-c", script], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert [line.partition("\t")[0] for line in done.stdout.splitlines()] == [
        "routes",
        "--strict",
        "json",
        "sarif",
        "text",
    ]


def test_a_completion_loads_only_the_command_that_is_written_there() -> None:
    code = "import sys; from pymacaron.cli import main\ntry:\n    main([])\nfinally:\n    print(*sys.modules)"
    asked = {**ENVIRONMENT, "_PYMACARON_COMPLETE": "bash_complete"}
    for words, position, expected in (("pymacaron ", "1", set()), ("pymacaron check --s", "2", {"check"})):
        env = {**asked, "COMP_WORDS": words, "COMP_CWORD": position}
        done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
        loaded = {name for name in done.stdout.splitlines()[-1].split() if name.startswith("pymacaron.")}
        assert loaded - {"pymacaron.cli", "pymacaron.cli.terminal", "pymacaron.finding"} == {
            f"pymacaron.cli.{name}" for name in expected
        }


def test_an_unknown_shell_is_told_the_nearest() -> None:
    done = subprocess.run(
        ["pymacaron", "completion", "bsh"], env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("Did you mean 'bash'?\n")
