"""What an app has one of, whichever of its operations asks for it first."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Flask

from pymacaron.schema.once import LOCK

__all__ = ["shared"]

_T = TypeVar("_T")


def shared(app: Flask, name: str, make: Callable[[], _T]) -> _T:
    """What *app* keeps as *name* among its extensions; what *make* gives, the first time."""
    with LOCK:
        if name not in app.extensions:
            app.extensions[name] = make()
        found: _T = app.extensions[name]
        return found
