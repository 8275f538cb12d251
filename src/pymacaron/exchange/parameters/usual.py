"""
The usual parameters of the path and the query, each one text that is a value of its type or is not: read in as few
steps as there can be, and only where nothing is wrong with any of them.

What is seldom or wrong is left to steps.py, which reads all of it anew, and says what is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pymacaron.exchange.parameters.reading import Refused
from pymacaron.exchange.parameters.steps import OMIT, Step
from pymacaron.exchange.request import Request

__all__ = ["usually"]


def usually(path: Sequence[Step], query: Sequence[Step]) -> Callable[[Request], dict[str, Any] | None] | None:
    """
    What gives the keyword arguments that *path* and *query* find in a request, or None where that has to be looked at
    closely; None where one of the steps is not usual.
    """
    if any(step.make is None or step.exact is None for step in (*path, *query)):
        return None
    segments = [(step.keyword, step.name, step.make or str, step.exact) for step in path]
    offered = [(step.keyword, step.name, step.make or str, step.exact, step.required, step.absent) for step in query]

    def read_path(request: Request) -> dict[str, Any] | None:
        found: dict[str, Any] = {}
        texts = request.path
        try:
            for keyword, name, make, cls in segments:
                value = make(texts[name])
                if value.__class__ is not cls:
                    return None
                if keyword is not None:
                    found[keyword] = value
        except (Refused, KeyError):
            return None
        return found

    def read(request: Request) -> dict[str, Any] | None:
        text = request.query
        if not text.isascii() or "%" in text or "+" in text:
            return None
        sent: dict[str, str] = {}
        for pair in text.split("&"):
            name, _, value = pair.partition("=")
            if name in sent:
                return None
            sent[name] = value
        try:
            found = read_path(request) if segments else {}
            if found is None:
                return None
            for keyword, name, make, cls, required, absent in offered:
                if name in sent:
                    made = make(sent[name])
                    if made.__class__ is not cls:
                        return None
                elif required:
                    return None
                else:
                    made = None if absent is None else absent()
                    if made is OMIT:
                        continue
                if keyword is not None:
                    found[keyword] = made
        except Refused:
            return None
        return found

    return read if query else read_path if path else lambda request: {}
