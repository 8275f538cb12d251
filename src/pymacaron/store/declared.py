"""
`x-persist` of a schema -> the Definition of its table: the types of keys are those of the schema's properties.

Neighbours: spec/persisting.py reads the names, values.py stores by them.
"""

from __future__ import annotations

import re
from typing import Literal

from pymacaron.schema.kept import Kept
from pymacaron.schema.shape import Shapes
from pymacaron.source import Node
from pymacaron.spec.persisting import Named, persisting
from pymacaron.store.definition import Attribute, Definition, Key

__all__ = ["definition", "format_of", "key_type"]

#: Source: Amazon DynamoDB Developer Guide, "Supported data types and naming rules"
_is_name = re.compile(r"[A-Za-z0-9_.-]{3,255}").fullmatch


def definition(kept: Kept, prefix: str = "") -> Definition:
    """
    The table of *kept*, whose name begins with *prefix*. TypeError where x-persist names what cannot be in a key:
    `pymacaron check` says where.
    """
    try:
        said = persisting(kept.node.value["x-persist"])
    except ValueError as error:
        raise TypeError(str(error)) from None
    table = f"{prefix}{said.table}"
    if prefix and _is_name(table) is None:
        fact = f"x-persist: with table_prefix before it the table is {table!r:.80}, which is no name of one"
        raise TypeError(f"{fact}; at most 255 letters, digits, '_', '-' and '.' are")
    properties = kept.shapes.properties(kept.node)

    def attribute(name: str) -> Attribute:
        schema = properties.get(name)
        if schema is None:
            raise TypeError(f"x-persist: {name!r} is no property of the schema")
        kind: Literal["S", "N", "B"] | None = "N" if name == said.ttl else key_type(kept.shapes, schema)
        if kind is None:
            raise TypeError(f"x-persist: {name!r} can be in no key: it has to be a string, a number or an integer")
        return Attribute(name, kind)

    def key(named: Named) -> Key:
        return Key(attribute(named.hash), attribute(named.range) if named.range is not None else None)

    indexes = {name: key(named) for name, named in said.indexes.items()}
    return Definition(table, key(said.key), indexes, said.ttl, said.version)


def key_type(shapes: Shapes, schema: Node) -> Literal["S", "N", "B"] | None:
    """The type of an attribute of a key that holds values of *schema*; None where they are of no such type."""
    types = shapes.types(schema) - {"null"}
    if types == {"string"}:
        return "B" if format_of(shapes, schema) == "byte" else "S"
    return "N" if types and types <= {"integer", "number"} else None


def format_of(shapes: Shapes, schema: Node, deepest: int = 8) -> str | None:
    """
    The format of the text that values of *schema* are, where all of its alternatives but null have the same;
    alternatives are looked into *deepest* levels.
    """
    found = shapes.first(schema, "format")
    if found is not None:
        return found.value if isinstance(found.value, str) else None
    branches = shapes.branches(schema) if deepest else []
    formats = {format_of(shapes, one, deepest - 1) for one in branches}
    return formats.pop() if len(formats) == 1 else None
