"""Calls that come too late: their caller says, in the header PymDeadline, that it waits no longer."""

from __future__ import annotations

import time

from pymacaron.exceptions import HTTPError
from pymacaron.server.incoming import Incoming

__all__ = ["INSIDE", "LATE", "refuse_late"]

#: The header, in an environ
LATE = "HTTP_PYMDEADLINE"
#: In the environ of a call that was made in this process, whose client has looked at the time when it began
INSIDE = "pymacaron.inside"
#: Digits of a number of milliseconds
_DIGITS = 12


def refuse_late(incoming: Incoming) -> None:
    """Raise a 504 where *incoming* has no time left: nobody would see what its handler does."""
    text, started = incoming.environ[LATE], incoming.started
    is_plain = text.isascii() and text.isdigit() and len(text) <= _DIGITS
    # As Call.deadline works it out, without a Call where nobody has looked at it yet
    if is_plain and started and not incoming.is_touched and int(text) * 1_000_000 > time.perf_counter_ns() - started:
        return
    deadline = incoming.call.deadline
    if deadline is not None and deadline <= time.monotonic():
        raise HTTPError(504, "the time that the caller has for this call is over")
