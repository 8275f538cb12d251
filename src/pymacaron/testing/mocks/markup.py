"""
A value -> XML, by what its schema says in `xml`: names, attributes, wrapped lists, namespaces.

Source: OpenAPI 3.1.1, "XML Object".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from pymacaron.schema.shape import Shapes
from pymacaron.source import Node

__all__ = ["xml"]


def xml(value: Any, schema: Node, shapes: Shapes) -> str:
    """The document whose root is called as the schema says, or as it is named in the description."""
    name = _said(schema, shapes).get("name") or _named(schema, shapes) or "root"
    pieces = "".join(_element(str(name), value, schema, shapes, wrapped=True))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{pieces}'


def _element(name: str, value: Any, schema: Node | None, shapes: Shapes, *, wrapped: bool = False) -> Iterator[str]:
    said = _said(schema, shapes) if schema is not None else {}
    if isinstance(value, list):
        yield from _items(name, value, schema, shapes, wrapped=wrapped or said.get("wrapped") is True)
        return
    tag, names = _tag(name, said), _namespace(said)
    if not isinstance(value, dict):
        yield f"<{tag}{names}>{escape(_text(value))}</{tag}>"
        return
    properties = shapes.properties(schema) if schema is not None else {}
    attributes: list[str] = [names]
    inner: list[str] = []
    for key, one in value.items():
        node = properties.get(key)
        own = _said(node, shapes) if node is not None else {}
        if own.get("attribute") is True and not isinstance(one, (dict, list)):
            attributes.append(f" {_tag(str(own.get('name') or key), own)}={quoteattr(_text(one))}")
        else:
            inner += _element(str(own.get("name") or key), one, node, shapes)
    yield f"<{tag}{''.join(attributes)}>{''.join(inner)}</{tag}>"


def _items(name: str, value: list[Any], schema: Node | None, shapes: Shapes, *, wrapped: bool) -> Iterator[str]:
    items = shapes.first(schema, "items") if schema is not None else None
    own = _said(items, shapes) if items is not None else {}
    inner = [
        piece for one in value for piece in _element(str(own.get("name") or name), one, items, shapes, wrapped=True)
    ]
    if wrapped:
        said = _said(schema, shapes) if schema is not None else {}
        yield f"<{_tag(name, said)}{_namespace(said)}>{''.join(inner)}</{_tag(name, said)}>"
    else:
        yield from inner


def _said(schema: Node, shapes: Shapes) -> Mapping[str, Any]:
    found = shapes.first(schema, "xml")
    return found.value if found is not None and isinstance(found.value, dict) else {}


def _named(schema: Node, shapes: Shapes) -> str | None:
    return shapes.named.get(shapes.target(schema).place)


def _tag(name: str, said: Mapping[str, Any]) -> str:
    """*name* as XML may have it, with its prefix."""
    usable = "".join(char if char.isalnum() or char in "_-." else "_" for char in name)
    usable = usable if usable[:1].isalpha() or usable[:1] == "_" else f"_{usable}"
    prefix = said.get("prefix")
    return f"{prefix}:{usable}" if isinstance(prefix, str) and prefix else usable


def _namespace(said: Mapping[str, Any]) -> str:
    namespace, prefix = said.get("namespace"), said.get("prefix")
    if not isinstance(namespace, str):
        return ""
    return f" xmlns{f':{prefix}' if prefix else ''}={quoteattr(namespace)}"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)
