"""
The headers traceparent and tracestate -> the trace that a call belongs to, and what goes on to the calls that it makes.

What is malformed is ignored, and a trace begins here. Source: W3C, "Trace Context". No I/O here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from os import urandom

__all__ = ["Trace", "trace"]

_HEADER = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_NO_TRACE, _NO_SPAN = "0" * 32, "0" * 16
#: Characters of a tracestate that is sent on; 512 are what everybody has to bear
_LONGEST = 4096
_SAMPLED = 1


@dataclass(frozen=True, slots=True)
class Trace:
    """
    Ids in lower case hexadecimal: `id` of the trace, `span` of this call, `parent` of the caller's ("" where the trace
    begins here). `is_sampled`: whether the caller records it. `state`: the tracestate, as it is sent on.
    """

    id: str
    span: str
    parent: str = ""
    is_sampled: bool = False
    state: str = ""

    @property
    def traceparent(self) -> str:
        """The header of that name, for calls that this one makes."""
        return f"00-{self.id}-{self.span}-{_SAMPLED if self.is_sampled else 0:02x}"


def _begun() -> Trace:
    """A trace that begins here: the system is asked for chance once."""
    drawn = urandom(24).hex()
    return Trace(drawn[:32], drawn[32:])


def trace(traceparent: str | None, tracestate: str | None) -> Trace:
    """The trace that a call with these headers belongs to: theirs, or a new one. Several traceparents are none."""
    found = _HEADER.fullmatch(traceparent.strip(" \t")) if traceparent else None
    if found is None:
        return _begun()
    version, known, parent, flags, more = found.groups()
    if version == "ff" or known == _NO_TRACE or parent == _NO_SPAN or (version == "00" and more is not None):
        return _begun()
    state = (tracestate or "").strip(" \t")
    if len(state) > _LONGEST or not (state.isascii() and state.isprintable()):
        state = ""
    return Trace(known, urandom(8).hex(), parent, bool(int(flags, 16) & _SAMPLED), state)
