"""
The examples that a description gives of a reply: as they are written, else put together from those of schemas.

For handlers that are not written yet: server/examples.py hands one to them. Whether it fits, outbound.py looks at.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from pymacaron.exchange import media
from pymacaron.schema.codec import Schemas, json_decode
from pymacaron.schema.shape import Identity
from pymacaron.schema.violations import Violations
from pymacaron.source import Node
from pymacaron.spec.model import MediaType, Response
from pymacaron.spec.references import DanglingReference

__all__ = ["bodies", "headers", "read", "written"]

#: Where a schema says what a value is like: an example, then what may stand for one
_SAYS = ("example", "examples", "const", "default", "enum")
_LISTS = ("examples", "enum")


class _Made(NamedTuple):
    """A value, and whether an example is in it."""

    value: Any
    is_example: bool


def bodies(response: Response, schemas: Schemas) -> Iterator[Any]:
    """What the body of *response* may be by its examples, JSON first; they may violate their schemas."""
    kinds = [(media.parse(name), media_type) for name, media_type in response.content.items()]
    known = [(kind, media_type) for kind, media_type in kinds if kind is not None]
    for kind, media_type in sorted(known, key=lambda one: not one[0].is_json):
        for _, value in written(response, media_type, schemas):
            if kind.is_json and isinstance(value, str):
                yield from read(value)
            yield value
        if kind.is_json or kind.is_text:
            yield from _composed(media_type.schema, schemas)


def headers(response: Response, schemas: Schemas) -> dict[str, Any]:
    """dict of name -> example, of the headers of *response* that have one."""
    found = {}
    for name, header in response.headers.items():
        values = [*(value for _, value in _beside(header.node, schemas)), *_composed(header.schema, schemas)]
        if values:
            found[name] = values[0]
    return found


def read(text: str) -> Iterator[Any]:
    """The JSON that somebody wrote as a string."""
    try:
        yield json_decode(text.encode())
    except (Violations, ValueError):
        return


def written(response: Response, media_type: MediaType, schemas: Schemas) -> Iterator[tuple[str, Any]]:
    """
    (name, value) of those that stand beside the schema; that of `example` has the name "". In Swagger 2.0 they stand in
    the response, and their names are media types.
    """
    if schemas.api.dialect == "2.0":
        listed, wanted = response.node.get("examples"), media.parse(media_type.name)
        for name, example in listed.members() if listed is not None else ():
            given = media.parse(name)
            if given is not None and wanted is not None and given.essence == wanted.essence:
                yield name, example.value
        return
    yield from _beside(media_type.node, schemas)


def _beside(node: Node, schemas: Schemas) -> Iterator[tuple[str, Any]]:
    """`example`, and the members of `examples`. Source: OpenAPI 3.1.1, "Media Type Object", "Example Object"."""
    example, several = node.get("example"), node.get("examples")
    if example is not None:
        yield "", example.value
    for name, one in several.members() if several is not None else ():
        try:
            found = schemas.api.references.follow(one)
        except DanglingReference:
            continue
        value = found.get("dataValue") or found.get("value")
        if value is not None:
            yield name, value.value


def _composed(schema: Node | None, schemas: Schemas) -> Iterator[Any]:
    """The value that the examples in *schema* make together, where any does."""
    made = _make(schema, schemas, frozenset()) if schema is not None else None
    if made is not None and made.is_example:
        yield made.value


def _make(schema: Node, schemas: Schemas, above: frozenset[Identity]) -> _Made | None:
    """A value of *schema*; None where it does not say one, or is in itself: *above* are those on the way."""
    shapes = schemas.shapes
    node = shapes.target(schema)
    if node.identity in above or not isinstance(node.value, dict):
        return None
    above |= {node.identity}
    for keyword in _SAYS:
        found = shapes.first(schema, keyword)
        if found is not None and keyword in _LISTS:
            found = found.items()[0] if found.items() else None
        if found is not None:
            return _Made(found.value, keyword in ("example", "examples"))
    made = _object(node, schemas, above) if shapes.properties(node) and not shapes.is_union(node) else None
    if made is not None:
        return made
    items = shapes.first(node, "items")
    if items is not None and "array" in shapes.types(node):
        one = _make(items, schemas, above)
        return _Made([], False) if one is None else _Made([one.value], one.is_example)
    several = (_make(branch, schemas, above) for branch in shapes.branches(node))
    return next((one for one in several if one is not None), None)


def _object(node: Node, schemas: Schemas, above: frozenset[Identity]) -> _Made | None:
    shapes = schemas.shapes
    required = {
        name
        for value in shapes.spoken(node)
        if isinstance(value.get("required"), list)
        for name in value["required"]
        if isinstance(name, str)
    }
    members: dict[str, _Made] = {}
    for name, schema in shapes.properties(node).items():
        hidden = shapes.first(schema, "writeOnly")
        if hidden is not None and hidden.value is True:
            continue
        made = _make(schema, schemas, above)
        if made is not None:
            members[name] = made
        elif name in required:
            return None
    return _Made(
        {name: made.value for name, made in members.items()}, any(made.is_example for made in members.values())
    )
