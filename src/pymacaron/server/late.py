"""Calls that come too late: their caller says, in the header PymDeadline, that it waits no longer."""

from __future__ import annotations

import time

from pymacaron.context import Call
from pymacaron.exceptions import HTTPError

__all__ = ["LATE", "refuse_late"]

#: The header, in an environ
LATE = "HTTP_PYMDEADLINE"


def refuse_late(call: Call) -> None:
    """Raise a 504 where *call* has no time left: nobody would see what its handler does."""
    deadline = call.deadline
    if deadline is not None and deadline <= time.monotonic():
        raise HTTPError(504, "the time that the caller has for this call is over")
