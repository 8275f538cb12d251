"""What services set up, by name: each with the calls that are made of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twins.calls import USUAL

SETUPS: dict[str, tuple[Callable[[Any], None], list[Any]]] = {}


def case(*calls: Any) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
    def register(setup: Callable[[Any], None]) -> Callable[[Any], None]:
        SETUPS[setup.__name__] = setup, list(calls) or USUAL
        return setup

    return register
