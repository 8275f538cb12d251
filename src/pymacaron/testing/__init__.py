"""
What a service is tested with: the acceptance test case, which calls a running server from the outside, and the services
that it calls, played by MockTransport.

Nothing here is loaded by a service that runs. The test case is for users in `pymacaron.test`; the names below are
loaded when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymacaron.testing.answers import in_turn
    from pymacaron.testing.asked import Called, MockError
    from pymacaron.testing.fakes import MockTransport

__all__ = ["Called", "MockError", "MockTransport", "in_turn"]

#: dict: name -> the module that it comes from
_HOMES = {
    "Called": "pymacaron.testing.asked",
    "MockError": "pymacaron.testing.asked",
    "MockTransport": "pymacaron.testing.fakes",
    "in_turn": "pymacaron.testing.answers",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'pymacaron.testing' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
