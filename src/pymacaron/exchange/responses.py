"""
Which of an operation's declared responses speaks of a status, and what a reply is that does not fit it.

Neighbours: outbound.py and answered.py, which send and read replies by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pymacaron.exchange import media
from pymacaron.schema.violations import Violation, Violations
from pymacaron.source import Node
from pymacaron.spec.model import Operation, Response

__all__ = ["ResponseMismatch", "json_successes", "response_of"]


class ResponseMismatch(Violations):
    """
    A reply does not fit the description, or cannot be read. `where`: the operation and the status, `GET /pets: 200`.
    Who lets it pass to a caller of its own answers 502.
    """

    code = "RESPONSE_MISMATCH"
    status = 502

    def __init__(self, violations: list[Violation], where: str = ""):
        super().__init__(violations)
        self.where = where

    def __str__(self) -> str:
        said = super().__str__()
        return f"{self.where}: {said}" if self.where else said

    def __reduce__(self) -> Any:
        return type(self), (self.violations, self.where)


def response_of(responses: Mapping[str, Response], status: int) -> Response | None:
    """What is declared for *status*: by itself, as a range, by default."""
    text = str(status)
    for name in (text, f"{text[0]}XX", f"{text[0]}xx", "default"):
        if name in responses:
            return responses[name]
    return None


def json_successes(operation: Operation) -> Iterator[Node]:
    """The schemas of the JSON that *operation* may succeed with."""
    for status, response in operation.responses.items():
        for name, one in response.content.items() if status[:1] == "2" else ():
            kind = media.parse(name)
            if one.schema is not None and kind is not None and kind.is_json:
                yield one.schema
