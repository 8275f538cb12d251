"""
What people see on a terminal and programs do not: colours, and a line that says what takes long.

Click takes colours out of what goes elsewhere; `when` says otherwise, by --color and NO_COLOR. Commands take their
choices from here, so that a misspelt one is told the nearest.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import click

from pymacaron.finding import Finding, did_you_mean, text

if TYPE_CHECKING:
    _Choice = click.Choice[str]
else:  # which is not generic in every version of click
    _Choice = click.Choice

__all__ = ["Choice", "failed", "findings_text", "progress", "when"]

#: Seconds until something takes long, and between two looks at the clock
_LONG_S, _TICK_S = 1.0, 0.2
_COLOURS = {"error": "red", "warning": "yellow"}


class Choice(_Choice):
    """One of several words; what is none of them is told the one that was probably meant."""

    def get_invalid_choice_message(self, value: object, ctx: click.Context | None) -> str:
        hint = did_you_mean(str(value), self.choices)
        said = super().get_invalid_choice_message(value, ctx)
        return f"{said} {hint}" if hint else said


def when(said: str, environ: dict[str, str] | os._Environ[str]) -> bool | None:
    """
    Whether there are colours: True, False, or None where a terminal has them and a file has not. *said*: --color.

    Source: no-color.org, of NO_COLOR.
    """
    if said != "auto":
        return said == "always"
    return False if environ.get("NO_COLOR") or environ.get("TERM") == "dumb" else None


def findings_text(findings: Iterable[Finding]) -> str:
    """The *findings* as a compiler prints them, in colours; click.echo takes these out where they do not belong."""
    return "\n".join(_coloured(finding) for finding in findings)


def _coloured(finding: Finding) -> str:
    first, *others = text([finding]).split("\n")
    kind = f"{finding.severity}[{finding.code}]"
    where, colour = finding.where, _COLOURS[finding.severity]
    rest = first[len(f"{where}: {kind}") :]
    head = f"{click.style(where, bold=True)}: {click.style(kind, fg=colour, bold=True)}{rest}"
    if finding.source and others:
        others[-1] = click.style(others[-1], fg=colour)
    return "\n".join([head, *others])


def failed(message: str) -> NoReturn:
    """Say why a command could not do it, on stderr, and exit with 1."""
    click.echo(f"{click.style('error', fg='red', bold=True)}: {message}", err=True)
    sys.exit(1)


@contextmanager
def progress(what: str) -> Iterator[Callable[[str], None]]:
    """
    A line on stderr that says *what* is done, and for how long, once it takes longer than a second; on a terminal only,
    and gone at the end. What it gives takes the name of the thing at hand.
    """
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda name: None
        return
    from threading import Event, Thread

    current = [""]
    over = Event()
    thread = Thread(target=_tell, args=(what, current, over), daemon=True)
    thread.start()

    def at(name: str) -> None:
        current[0] = name

    try:
        yield at
    finally:
        over.set()
        thread.join()


def _tell(what: str, current: list[str], over: object) -> None:
    """Write the line, until *over*, an Event."""
    import shutil
    import time
    from threading import Event

    assert isinstance(over, Event)
    started = time.monotonic()
    if over.wait(_LONG_S):
        return
    try:
        while True:
            width = shutil.get_terminal_size().columns - 1
            name = "".join(char if char.isprintable() else "?" for char in current[0])
            line = f"{what} {name}".rstrip() + f" ... {time.monotonic() - started:.0f} s"
            sys.stderr.write(f"\r\x1b[K{line[:width]}")
            sys.stderr.flush()
            if over.wait(_TICK_S):
                break
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
    except (OSError, ValueError):  # the terminal is gone
        return
