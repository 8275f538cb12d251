"""
Two operations that answer the same method and path: what has changed of them.

For webhooks and callbacks, which the service sends, who gets and who gives are turned round.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pymacaron.changes.bodies import Bodies
from pymacaron.changes.change import Change
from pymacaron.changes.notes import Notes
from pymacaron.changes.parameters import Parameters
from pymacaron.changes.promises import promises
from pymacaron.changes.schemas import SchemaChanges
from pymacaron.changes.security import Security
from pymacaron.spec.deprecations import SUNSET
from pymacaron.spec.model import Api, Operation

__all__ = ["Operations"]

_EXPRESSION = re.compile(r"\{([^{}]*)\}")


class Operations:
    """Compares the operations of two descriptions."""

    def __init__(self, old: Api, new: Api, schemas: SchemaChanges):
        self._bodies = Bodies(schemas)
        self._parameters = Parameters(schemas)
        self._security = Security(old, new)

    def compare(self, notes: Notes, old: Operation, new: Operation, *, is_sent: bool = False) -> Iterator[Change]:
        """What has changed. *is_sent*: the service itself calls others with it."""
        if old.named and new.named and old.id != new.id:
            fact = f"operationId is {new.id!r}, was {old.id!r}"
            why = "calls stay as they are; clients that are made of the description call it by that name"
            nodes = (old.node.child("operationId"), new.node.child("operationId"))
            yield notes.change("risky", "operation-id-changed", fact, why, *nodes)
        names = _EXPRESSION.findall(old.path), _EXPRESSION.findall(new.path)
        renamed = {before: after for before, after in zip(*names, strict=False) if before != after}
        if not is_sent:
            for before, after in renamed.items():
                fact = f"path parameter {before!r} is called {after!r}"
                why = "requests stay as they are; clients that are made of the description pass it by name"
                yield notes.change("compatible", "path-parameter-renamed", fact, why, old.node, new.node, key=True)
        yield from self._ends(notes, old, new)
        yield from self._parameters.compare(notes, old, new, renamed, is_sent=is_sent)
        yield from self._bodies.requests(notes, old.body, new.body, old.node, new.node, is_sent=is_sent)
        yield from self._bodies.responses(notes, old, new, is_sent=is_sent)
        if not is_sent:
            yield from self._security.compare(notes, old, new)
            yield from promises(notes, old, new)

    def _ends(self, notes: Notes, old: Operation, new: Operation) -> Iterator[Change]:
        if new.deprecated != old.deprecated:
            code = "operation-deprecated" if new.deprecated else "operation-undeprecated"
            fact = f"it is {'' if new.deprecated else 'not '}deprecated{'' if new.deprecated else ' any more'}"
            yield notes.change("compatible", code, fact, "", old.node, new.node, key=True)
        before, after = old.extensions.get(SUNSET), new.extensions.get(SUNSET)
        if before != after:
            is_sooner = before is not None and after is not None and str(after) < str(before)
            fact = f"its end is {after or 'not given'}, was {before or 'not given'}"
            why = "who counts on the day that was told has less time" if is_sooner else ""
            severity = "risky" if is_sooner else "compatible"
            places = (old.node.get(SUNSET) or old.node, new.node.get(SUNSET) or new.node)
            yield notes.change(severity, "sunset-changed", fact, why, *places)  # type: ignore[arg-type]
