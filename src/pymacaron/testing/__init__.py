"""
What a service is tested with: the acceptance test case, which calls a running server from the outside, the services
that it calls, played by MockTransport, or as servers by mocked(), and tasks(), in which what it sends to workers waits.

Nothing here is loaded by a service that runs. The test case is for users in `pymacaron.test`; the names below are
loaded when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymacaron.testing.answers import in_turn
    from pymacaron.testing.asked import Called, MockError
    from pymacaron.testing.fakes import MockTransport
    from pymacaron.testing.mocks.calls import MockCall
    from pymacaron.testing.mocks.running import MockServer, mocked
    from pymacaron.testing.waiting import tasks

__all__ = ["Called", "MockCall", "MockError", "MockServer", "MockTransport", "in_turn", "mocked", "tasks"]

#: dict: name -> the module that it comes from
_HOMES = {
    "Called": "pymacaron.testing.asked",
    "MockCall": "pymacaron.testing.mocks.calls",
    "MockError": "pymacaron.testing.asked",
    "MockServer": "pymacaron.testing.mocks.running",
    "MockTransport": "pymacaron.testing.fakes",
    "in_turn": "pymacaron.testing.answers",
    "mocked": "pymacaron.testing.mocks.running",
    "tasks": "pymacaron.testing.waiting",
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
