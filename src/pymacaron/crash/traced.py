"""
Tracebacks and stacks -> text without secrets.

A line of source code is no text like others: `token=sign(user)` names no secret. Which lines are code, the traceback
says itself; a text that an exception has must not pass for one. Neighbours: scrubbing.py takes secrets out.
"""

from __future__ import annotations

import traceback
from collections.abc import Collection
from itertools import groupby
from types import FrameType

from pymacaron.crash.scrubbing import MASK, Scrubbing

__all__ = ["stack", "trace"]

#: Characters of a text: the last ones
_LONGEST = 20_000
#: Exceptions behind one another, of which only the frames are told
_CAUSES = 20
_CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
_CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n"
_HEAD = "Traceback (most recent call last):\n"


def trace(exception: BaseException | None, scrubbing: Scrubbing) -> str:
    """
    The traceback of *exception*, with its causes; where *scrubbing* does not know all secrets, without what they say.
    """
    if exception is None:
        return ""
    if not scrubbing.knows_all:
        return _joined(*_unsaid(exception), scrubbing.ours())
    told = traceback.TracebackException.from_exception(exception, compact=True)
    code: set[str] = set()
    one: traceback.TracebackException | None = told
    while one is not None:
        code |= _code(one.stack)
        one = one.__cause__ or one.__context__
    return _joined(list(told.format()), code, scrubbing)


def stack(frame: FrameType | None, scrubbing: Scrubbing) -> str:
    """From where *frame* was called, itself last."""
    if frame is None:
        return ""
    entries = traceback.extract_stack(frame)
    return _joined(entries.format(), _code(entries), scrubbing.ours())


def _code(entries: traceback.StackSummary) -> set[str]:
    """What *entries* look like whose source is Python's: a line of a template is a text like others."""
    places = {
        (entry.filename, entry.lineno, entry.name, entry.colno, entry.end_colno): entry
        for entry in entries
        if entry.filename.endswith(".py")
    }
    return {entries.format_frame_summary(entry) for entry in places.values()}


def _joined(lines: list[str], code: Collection[str], scrubbing: Scrubbing) -> str:
    """*lines*, each with its ends, without secrets: the last ones. *code*: those of them that are source code."""
    kept: list[str] = []
    room = _LONGEST
    for is_code, group in groupby(reversed(lines), code.__contains__):
        text = "".join(reversed(list(group)))
        kept.append(scrubbing.code(text[-_LONGEST:]) if is_code else scrubbing.end(text, _LONGEST))
        room -= len(kept[-1])
        if room < 0:
            break
    clean = "".join(reversed(kept))
    return clean if room >= 0 else f"...\n{clean[-_LONGEST:]}"


def _unsaid(exception: BaseException) -> tuple[list[str], set[str]]:
    """The frames of *exception* and of its causes, and their classes; and which of these lines are source code."""
    parts: list[list[str]] = []
    code: set[str] = set()
    one: BaseException | None = exception
    while one is not None and len(parts) < _CAUSES:
        name = f"{type(one).__module__}.{type(one).__qualname__}".removeprefix("builtins.")
        entries = traceback.extract_tb(one.__traceback__)
        code |= _code(entries)
        cause = one.__cause__
        before = cause if cause is not None else None if one.__suppress_context__ else one.__context__
        link = [] if before is None else [_CAUSE if cause is not None else _CONTEXT]
        parts.append([*link, _HEAD, *entries.format(), f"{name}: {MASK}\n"])
        one = before
    return [line for part in reversed(parts) for line in part], code
