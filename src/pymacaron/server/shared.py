"""What an app has one of, whichever of its operations asks for it first."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Flask

from pymacaron.schema.once import LOCK

__all__ = ["shared"]

_T = TypeVar("_T")


def shared(app: Flask, name: str, make: Callable[[], _T]) -> _T:
    """
    What *app* keeps as *name* among its extensions; what *make* gives, the first time. Of threads that come at the same
    time each may make one, and all get that of the first: nothing waits for what *make* imports.
    """
    if name not in app.extensions:
        made = make()
        with LOCK:
            app.extensions.setdefault(name, made)
    found: _T = app.extensions[name]
    return found
