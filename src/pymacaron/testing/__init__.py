"""
What a service is tested with: the acceptance test case, which calls a running server from the outside, and doubles of
what a service has in production. The services that it calls are played by MockTransport, or as servers by mocked();
what it sends to workers waits in tasks(), what it keeps lies in tables(), what it reports is collected by reports(),
the tokens of others come from issuer(), and time is that of clock().

Nothing here is loaded by a service that runs. The test case is for users in `pymacaron.test`; the names below are
loaded when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymacaron.testing.answers import in_turn
    from pymacaron.testing.asked import Called, MockError
    from pymacaron.testing.collected import Reports, reports
    from pymacaron.testing.fakes import MockTransport
    from pymacaron.testing.issuing import Issuer, issuer
    from pymacaron.testing.mocks.calls import MockCall
    from pymacaron.testing.mocks.running import MockServer, mocked
    from pymacaron.testing.stored import tables
    from pymacaron.testing.timing import Clock, clock
    from pymacaron.testing.waiting import tasks

__all__ = [
    "Called",
    "Clock",
    "Issuer",
    "MockCall",
    "MockError",
    "MockServer",
    "MockTransport",
    "Reports",
    "clock",
    "in_turn",
    "issuer",
    "mocked",
    "reports",
    "tables",
    "tasks",
]

#: dict: name -> the module that it comes from, which has another name: else it would take the place of what it gives
_HOMES = {
    "Called": "pymacaron.testing.asked",
    "Clock": "pymacaron.testing.timing",
    "Issuer": "pymacaron.testing.issuing",
    "MockCall": "pymacaron.testing.mocks.calls",
    "MockError": "pymacaron.testing.asked",
    "MockServer": "pymacaron.testing.mocks.running",
    "MockTransport": "pymacaron.testing.fakes",
    "Reports": "pymacaron.testing.collected",
    "clock": "pymacaron.testing.timing",
    "in_turn": "pymacaron.testing.answers",
    "issuer": "pymacaron.testing.issuing",
    "mocked": "pymacaron.testing.mocks.running",
    "reports": "pymacaron.testing.collected",
    "tables": "pymacaron.testing.stored",
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
