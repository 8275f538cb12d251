"""Whether the replies of an operation with `x-pagination` have what that leads to: items, cursors, totals."""

from __future__ import annotations

from collections.abc import Iterator

from pymacaron.exchange.responses import json_successes
from pymacaron.finding import Finding, did_you_mean
from pymacaron.schema.codec import Schemas
from pymacaron.source import Node
from pymacaron.spec.model import Api, Operation
from pymacaron.spec.paging import LEADING, Paging, paging

__all__ = ["unknown_places"]


def unknown_places(api: Api, schemas: Schemas) -> list[Finding]:
    """Every member of an `x-pagination` that leads to what no JSON of a success is said to have."""
    found: list[Finding] = []
    for operation in api.operations:
        if "x-pagination" not in operation.extensions:
            continue
        try:
            said = paging(operation.extensions["x-pagination"])
        except ValueError:
            continue  # reading the description has told that
        bodies = list(json_successes(operation))
        if bodies:
            found += _faults(operation, said, bodies, schemas)
    return found


def _faults(operation: Operation, said: Paging, bodies: list[Node], schemas: Schemas) -> Iterator[Finding]:
    for name in LEADING:
        place = getattr(said, name)
        if place is not None:
            yield from _fault(operation, name, place, bodies, schemas)
    lists = [one for body in bodies for one in _at(body, said.items or (), schemas)[0]]
    types = {kind for one in lists for kind in schemas.shapes.types(schemas.shapes.target(one))}
    if lists and "array" not in types and not (said.items is None and (said.next is not None or said.kind == "link")):
        fact = "the reply is no list" if said.items is None else "what 'items' leads to is no list"
        at = operation.node.child("x-pagination")
        yield (at.get("items") or at).finding("unknown-property", fact, "Say in 'items' where a reply has its items")
    if said.last is not None:
        items = [schema for one in lists if (schema := schemas.shapes.first(one, "items")) is not None]
        if items:
            yield from _fault(operation, "last", said.last, items, schemas)


def _fault(
    operation: Operation, name: str, place: tuple[str, ...], nodes: list[Node], schemas: Schemas
) -> Iterator[Finding]:
    known: dict[str, None] = {}
    missing = ""
    for node in nodes:
        found, lacking, others = _at(node, place, schemas)
        if found or not lacking:
            return
        missing = missing or lacking
        known |= dict.fromkeys(others)
    at = operation.node.child("x-pagination").child(name)
    what = "an item" if name == "last" else "the reply"
    mend = did_you_mean(missing, known) or f"Its schema has {', '.join(known)}"
    yield at.finding("unknown-property", f"{name!r} leads to {missing!r}, which {what} is not said to have", mend)


def _at(node: Node, place: tuple[str, ...], schemas: Schemas) -> tuple[list[Node], str, list[str]]:
    """
    The schemas at *place* below *node*; where there are none the name that is not declared, '' where nobody can tell,
    and the names that are.
    """
    shapes, at = schemas.shapes, [node]
    for name in place:
        following, known, is_open = list[Node](), list[str](), False
        for one in at:
            for branch in (one, *shapes.branches(one)):
                properties = shapes.properties(branch)
                known += properties
                if name in properties:
                    following.append(properties[name])
                more = shapes.first(branch, "additionalProperties")
                is_open = is_open or (more is not None and more.value is not False)
        if not following:
            return [], "" if is_open or not known else name, known
        at = following
    return at, "", []
