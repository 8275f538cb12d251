"""
What the items of a stream must be: each by itself, and all of them as one array, checked as they come.

Of a whole array only what can be told item by item is checked: `prefixItems`, `items`, `maxItems`, `minItems`.
Neighbours: streams.py reads and writes items.
Source: OpenAPI 3.2.0, "Sequential Media Types" and "Media Type Object": `schema` applies to all of the content as an
array, `itemSchema` to each item, and both apply where both are there; `x-item-schema` for the versions before.
"""

from __future__ import annotations

from typing import Any

from pymacaron.schema.codec import Codec, Schemas
from pymacaron.schema.dialect import Direction
from pymacaron.schema.shape import Identity, Shapes
from pymacaron.schema.violations import Violation
from pymacaron.source import Node
from pymacaron.spec.model import MediaType

__all__ = ["ItemRules", "item_schema"]


def item_schema(media_type: MediaType, schemas: Schemas) -> Node | None:
    """
    The schema that says what every item is: the declared one, else the `items` of `schema`; None where there is none,
    or where the first items have others. Before 3.2, a `schema` of something else than arrays is that of each item.
    """
    each, whole = _schemas(media_type, schemas)
    if each is not None or whole is None:
        return each
    spoken = [part for part in _parts(whole, schemas.shapes) if not schemas.shapes.is_ignored(part)]
    if any("prefixItems" in part.value for part in spoken):
        return None
    return next((found for part in spoken if (found := _schema_at(part, "items")) is not None), None)


def _schemas(media_type: MediaType, schemas: Schemas) -> tuple[Node | None, Node | None]:
    """The schema of each item, and that of all of them as an array."""
    each, schema = media_type.item_schema, media_type.schema
    if schema is None:
        return each, None
    types = schemas.codec(schema, "request").types
    if schemas.api.dialect == "3.2":
        return each, schema if "array" in types else None
    if types - {"null"} == {"array"}:
        return each, schema
    return (schema if each is None else each), None


class ItemRules:
    """
    The schemas of the items of one media type, in one direction. `first`: how many may have others than the rest;
    *media_type* None: they may be anything.
    """

    def __init__(self, media_type: MediaType | None, schemas: Schemas, direction: Direction):
        each, whole = _schemas(media_type, schemas) if media_type is not None else (None, None)
        parts = _parts(whole, schemas.shapes) if whole is not None else []
        spoken = [part for part in parts if not schemas.shapes.is_ignored(part)]
        prefixes = [part.child("prefixItems").items() if "prefixItems" in part.value else [] for part in spoken]
        rests = [_schema_at(part, "items") for part in spoken]

        def at(index: int) -> tuple[Codec, ...]:
            found = [each] + [
                prefix[index] if index < len(prefix) else rest for prefix, rest in zip(prefixes, rests, strict=True)
            ]
            return tuple(schemas.codec(one, direction) for one in found if one is not None)

        self.first = max(map(len, prefixes), default=0)
        self._prefix = [at(index) for index in range(self.first)]
        self._rest = at(self.first)
        self._least = max(_counts(spoken, "minItems"), default=0)
        self._most = min(_counts(spoken, "maxItems"), default=None)

    def codec(self, index: int) -> Codec | None:
        """The schema by which an item is converted: the first one that speaks of it."""
        codecs = self._at(index)
        return codecs[0] if codecs else None

    def violations(self, value: Any, index: int, location: str) -> list[Violation]:
        """What is wrong with the item of that *index*, a plain JSON value; their pointers below `/index`."""
        codecs, pointer = self._at(index), f"/{index}"
        found = codecs[0].violations(value, location, pointer) if codecs else []
        for codec in codecs[1:]:
            found = found + [one for one in codec.violations(value, location, pointer) if one not in found]
        if self._most is not None and index >= self._most:
            detail = f"is item {index + 1}, where there are at most {self._most}"
            found = [Violation(location, pointer, "maxItems", detail), *found]
        return found

    def missing(self, count: int, location: str) -> list[Violation]:
        """What is wrong with a stream that ends after *count* items."""
        if count >= self._least:
            return []
        counted = "1 item" if count == 1 else f"{count} items"
        return [Violation(location, "", "minItems", f"has {counted}, fewer than {self._least}")]

    def _at(self, index: int) -> tuple[Codec, ...]:
        return self._prefix[index] if index < self.first else self._rest


def _parts(whole: Node, shapes: Shapes) -> list[Node]:
    """What applies to the sequence that is there: of alternatives that of the only one that is not null."""
    found: dict[Identity, Node] = {}
    todo = [whole]
    while todo:
        for part in shapes.parts(todo.pop()):
            if part.identity not in found:
                found[part.identity] = part
                alternatives = shapes.alternatives(part)
                todo += alternatives if len(alternatives) == 1 else []
    return list(found.values())


def _schema_at(part: Node, keyword: str) -> Node | None:
    found = part.get(keyword)
    return found if found is not None and isinstance(found.value, (dict, bool)) else None


def _counts(spoken: list[Node], keyword: str) -> list[int]:
    found = [part.value.get(keyword) for part in spoken]
    return [int(one) for one in found if isinstance(one, (int, float)) and not isinstance(one, bool)]
