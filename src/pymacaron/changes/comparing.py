"""
The door: two descriptions -> what has changed between them, and whom it breaks.

Operations are paired by method and path, whatever the path's parameters are called. Here is what concerns an api as a
whole; operations.py compares two operations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pymacaron.changes.addresses import addresses
from pymacaron.changes.change import Change
from pymacaron.changes.notes import Notes
from pymacaron.changes.operations import Operations
from pymacaron.changes.schemas import SchemaChanges
from pymacaron.schema.codec import Schemas
from pymacaron.schema.dialect import Direction
from pymacaron.source import Node
from pymacaron.spec import openapi3
from pymacaron.spec.deprecations import SUNSET
from pymacaron.spec.model import Api, Operation

__all__ = ["changes", "changes_of_apis"]

_EXPRESSION = re.compile(r"\{[^{}]*\}")
_ORDER = ("breaking", "risky", "compatible")


def changes(old: Api, new: Api) -> list[Change]:
    """What has changed from *old* to *new*: the breaking changes first, then in the order of the new description."""
    found = list(dict.fromkeys(_Comparison(old, new).all()))
    return sorted(found, key=_rank)


def changes_of_apis(old: Mapping[str, Api], new: Mapping[str, Api]) -> list[Change]:
    """The same, of all apis by their names."""
    found: list[Change] = []
    for name, api in old.items():
        if name in new:
            found += changes(api, new[name])
        else:
            fact = f"api {name!r} is removed"
            found.append(Notes(name).change("breaking", "api-removed", fact, "all of its calls fail", api.root, None))
    for name, api in new.items():
        if name not in old:
            found.append(Notes(name).change("compatible", "api-added", f"api {name!r} is added", "", None, api.root))
    return sorted(found, key=_rank)


def _rank(change: Change) -> Any:
    place = change.new or change.old
    where = (place.file, place.line, place.column) if place is not None else ("", 0, 0)
    return _ORDER.index(change.severity), change.api, where, change.code, change.fact, change.operation


class _Comparison:
    """Of two descriptions."""

    def __init__(self, old: Api, new: Api):
        self._old, self._new = old, new
        self._notes = Notes(new.name)
        self._schemas = SchemaChanges(Schemas(old), Schemas(new))
        self._operations = Operations(old, new, self._schemas)

    def all(self) -> Iterator[Change]:
        """All changes."""
        self._learn()
        yield from addresses(self._notes, self._old, self._new)
        yield from self._served()
        yield from self._webhooks()
        yield from self._renamed()

    def _learn(self) -> None:
        directions: tuple[Direction, ...] = ("request", "response")
        for direction in directions:
            nodes = [_schemas(api, direction) for api in (self._old, self._new)]
            self._schemas.learn(direction, *nodes)

    def _served(self) -> Iterator[Change]:
        pairs = _paired(self._old, self._new, whole=True)
        if self._old.base_path != self._new.base_path and all(None in pair for pair in pairs):
            pairs = _paired(self._old, self._new, whole=False)
        for operation, other in pairs:
            if operation is not None and other is not None:
                notes = Notes(self._notes.api, other.id)
                yield from self._operations.compare(notes, operation, other)
                yield from self._callbacks(notes, operation, other)
            elif operation is not None:
                yield self._removed(operation)
        for operation, other in ((new, old) for old, new in pairs):
            if operation is not None and other is None:
                fact = f"{operation.method} {operation.path} is added"
                notes = Notes(self._notes.api, operation.id)
                yield notes.change("compatible", "operation-added", fact, "", None, operation.node, key=True)

    def _removed(self, operation: Operation) -> Change:
        fact = f"{operation.method} {operation.path} is removed"
        notes = Notes(self._notes.api, operation.id)
        ends = operation.extensions.get(SUNSET)
        if operation.deprecated and isinstance(ends, str):
            why = f"its end was announced for {ends}: has that day come?"
            return notes.change("risky", "operation-removed", fact, why, operation.node, None, key=True)
        return notes.change("breaking", "operation-removed", fact, "its calls fail", operation.node, None, key=True)

    def _webhooks(self) -> Iterator[Change]:
        before = {(one.path, one.method): one for one in self._old.webhooks}
        after = {(one.path, one.method): one for one in self._new.webhooks}
        yield from self._called(before, after, "webhook")

    def _callbacks(self, notes: Notes, old: Operation, new: Operation) -> Iterator[Change]:
        before = {(name, one.path, one.method): one for name, one in openapi3.callbacks(self._old, old)}
        after = {(name, one.path, one.method): one for name, one in openapi3.callbacks(self._new, new)}
        yield from self._called(before, after, "callback", notes.operation)

    def _called(
        self, old: Mapping[Any, Operation], new: Mapping[Any, Operation], what: str, operation: str = ""
    ) -> Iterator[Change]:
        for key, one in old.items():
            notes = Notes(self._notes.api, operation or one.id)
            if key in new:
                yield from self._operations.compare(notes, one, new[key], is_sent=True)
            else:
                fact, why = f"{what} {key[0]!r} is removed", "who waits for it gets nothing"
                yield notes.change("risky", "webhook-removed", fact, why, one.node, None, key=True)
        for key, one in new.items():
            if key not in old:
                notes = Notes(self._notes.api, operation or one.id)
                fact = f"{what} {key[0]!r} is added"
                yield notes.change("compatible", "webhook-added", fact, "", None, one.node, key=True)

    def _renamed(self) -> Iterator[Change]:
        """Schemas of which only the name has changed: the same values, whose models are called otherwise."""
        gone = {name: node for name, node in self._old.schemas.items() if name not in self._new.schemas}
        come = {name: node for name, node in self._new.schemas.items() if name not in self._old.schemas}
        for name, node in gone.items():
            twin = next((other for other, one in come.items() if self._schemas.is_same(node, one)), None)
            if twin is not None:
                fact = f"schema {name!r} is called {twin!r}"
                why = "nothing changes in calls; code that names the model of the old name has to follow"
                other = come.pop(twin)
                yield self._notes.change("compatible", "schema-renamed", fact, why, node, other, key=True)


def _paired(old: Api, new: Api, *, whole: bool) -> list[tuple[Operation | None, Operation | None]]:
    """
    The operations of the same method and path; with None where there is none on the other side. Where several differ in
    the names of path parameters only, those of the same names are a pair. *whole*: with the base path.
    """
    left = _by_path(new, whole=whole)
    exact = {(one.method, _path(new, one, whole)) for one in new.operations}
    found: dict[int, Operation] = {}
    ordered = sorted(old.operations, key=lambda one: (one.method, _path(old, one, whole)) not in exact)
    for operation in ordered:
        path = _path(old, operation, whole)
        alike = left.get((operation.method, _EXPRESSION.sub("{}", path)), [])
        twin = next((one for one in alike if _path(new, one, whole) == path), alike[0] if alike else None)
        if twin is not None:
            alike.remove(twin)
            found[id(operation)] = twin
    pairs: list[tuple[Operation | None, Operation | None]] = [(one, found.get(id(one))) for one in old.operations]
    return pairs + [(None, one) for alike in left.values() for one in alike]


def _by_path(api: Api, *, whole: bool) -> dict[tuple[str, str], list[Operation]]:
    """dict: method, path without names -> the operations there."""
    found: dict[tuple[str, str], list[Operation]] = {}
    for operation in api.operations:
        key = (operation.method, _EXPRESSION.sub("{}", _path(api, operation, whole)))
        found.setdefault(key, []).append(operation)
    return found


def _path(api: Api, operation: Operation, whole: bool) -> str:
    return f"{api.base_path if whole else ''}{operation.path}"


def _schemas(api: Api, direction: str) -> list[Node]:
    """Every schema of the operations, the named ones too."""
    found: list[Node | None] = list(api.schemas.values())
    operations = [*api.operations, *api.webhooks]
    operations += [called for one in api.operations for _, called in openapi3.callbacks(api, one)]
    for operation in operations:
        if direction == "request":
            bodies = [operation.body.content] if operation.body is not None else []
            parameters = list(operation.parameters)
        else:
            bodies = [response.content for response in operation.responses.values()]
            parameters = [one for response in operation.responses.values() for one in response.headers.values()]
        for content in bodies:
            found += [schema for media in content.values() for schema in (media.schema, media.item_schema)]
        for parameter in parameters:
            found += [parameter.schema, parameter.content.schema if parameter.content is not None else None]
    return [node for node in found if node is not None]
