"""`x-decorate-request` of an operation -> the decorators of its request function."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from pymacaron.exceptions import ConfigError
from pymacaron.spec.model import Operation

__all__ = ["decorators"]


def decorators(operation: Operation) -> list[Callable[..., Any]]:
    """In the order of the description; the first is the outermost. Raises ConfigError where one is not there."""
    given = operation.extensions.get("x-decorate-request")
    named = [given] if isinstance(given, str) else given if isinstance(given, list) else []
    return [_found(str(path).strip(), operation) for path in named]


def _found(path: str, operation: Operation) -> Callable[..., Any]:
    module, _, name = path.rpartition(".")
    try:
        found = getattr(import_module(module), name) if module else None
    except (ImportError, AttributeError) as error:
        raise ConfigError(f"x-decorate-request of {operation.id}: {path!r} names no function: {error}") from error
    if not callable(found):
        raise ConfigError(f"x-decorate-request of {operation.id}: {path!r} names no function")
    return found  # type: ignore[no-any-return]
