"""What stands around calls: hooks, signals and a key for sessions, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import (
    abort,
)

from pymacaron.exceptions import PyMacaronException


def noted(setup: Callable[[Any], None] | None = None, looking: bool = False) -> Callable[[Any], None]:
    """*setup*, and hooks of every kind and all signals."""

    def both(kit: Any) -> None:
        kit.app.secret_key = "a key for sessions"
        kit.watch_signals(looking=looking)
        kit.hook(looking=looking, name=" first")
        kit.hook(looking=looking, name=" second")
        if setup is not None:
            setup(kit)

    return both


def keyed(kit: Any) -> None:
    kit.app.secret_key = "a key for sessions"


def hooked(kit: Any) -> None:
    kit.hook()


def signalled(kit: Any) -> None:
    kit.watch_signals(looking=False)


AROUND = {
    "nothing": None,
    "a key": keyed,
    "hooks": hooked,
    "signals": signalled,
    "hooks and signals": noted(),
    "hooks and signals that look": noted(looking=True),
}


def failing(how: str) -> Any:
    match how:
        case "key":
            raise KeyError("k")
        case "http":
            abort(404, "not here")
        case "teapot":
            abort(418)
        case "own":
            raise OSError("own")
        case "ours":
            raise PyMacaronException("ours")
        case "base":
            raise IndexError("base")
    return 1 / 0
