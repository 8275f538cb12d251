"""
The names that schemas give themselves: `$id`, `$anchor`, `$dynamicAnchor`, and `$self` of a description.

Only a schema has a name: an `$id` in an example, an enum or below a keyword that nobody knows is data. A document
may be a description or hold schemas in any way, so all of it is looked through, and what is a schema is told from
the keyword that it stands under. Neighbours: references.py resolves by these names.
Source: JSON Schema 2020-12 core, 8.2 and 9.2; draft 4, 7.2 (`id`); OpenAPI 3.2, "Base URIs".
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, Literal
from urllib.parse import unquote, urljoin

from pymacaron.source import Document, Node
from pymacaron.spec.drafts import Draft, draft_of

__all__ = ["RECURSIVE", "Identifiers", "joined"]

#: What stands somewhere: a schema, a map or list of schemas, data, or anything that may have schemas below it
_Place = Literal["schema", "schemas", "data", "any"]

_ONE = frozenset(
    {
        *("additionalItems", "additionalProperties", "contains", "contentSchema", "else", "if", "items", "not"),
        *("propertyNames", "then", "unevaluatedItems", "unevaluatedProperties"),
    }
)
_MANY = frozenset(
    {
        *("$defs", "allOf", "anyOf", "definitions", "dependencies", "dependentSchemas", "oneOf"),
        *("patternProperties", "prefixItems", "properties"),
    }
)
_DATA = frozenset(("const", "enum", "example", "examples"))

#: The drafts in which nothing counts beside `$ref`
_ALONE = ("draft-04", "draft-06", "draft-07")

#: The name here of 2019-09's `$recursiveAnchor: true`, which has none
RECURSIVE = "recursive-anchor"


class Identifiers:
    """
    The names in one document. *drafts*: whether its schemas may say by which draft they are written.

    `named`: dict of URI, also with `#anchor` -> Node. `dynamic`: dict of URI of a resource -> its dynamic anchors,
    name -> Node.
    """

    def __init__(self, document: Document, drafts: bool):
        self._document = document
        self._drafts = drafts
        value = document.value
        own = value.get("$self") if isinstance(value, dict) else None
        self._uri = joined(document.uri, own) if isinstance(own, str) else document.uri
        words = (b"$id", b"$anchor", b"$dynamicAnchor", b"$self", b"$recursiveAnchor")
        #: Whether there may be resources of their own in the document, and whether it has any names
        self.scoped = b"$id" in document.text or (drafts and b"draft-04" in document.text)
        self.named: dict[str, Node] = {}
        self.dynamic: dict[str, dict[str, Node]] = {}
        if self.scoped or any(word in document.text for word in words):
            self._read(own if isinstance(own, str) else None)

    def base(self, pointer: tuple[str, ...]) -> str:
        """The URI that references at *pointer* are relative to."""
        if not self.scoped:
            return self._uri
        return self.around(pointer)[-1]

    def around(self, pointer: tuple[str, ...]) -> list[str]:
        """The URIs of the schema resources that *pointer* is in: that of the document, then inwards."""
        found = [self._uri]
        for value, draft in self._way(pointer) if self.scoped else ():
            uri = _split(found[-1], _identifier(value, draft))[0]
            found += [uri] if uri != found[-1] else []
        return found

    def _way(self, pointer: tuple[str, ...]) -> Iterator[tuple[dict[str, Any], Draft | None]]:
        """Every dict from the root to *pointer* that may be a schema, and its draft."""
        value: Any = self._document.value
        place: _Place = "any"
        draft: Draft | None = None
        for token in (None, *pointer):
            if token is not None:
                place = _below(place, token, value)
                value = _member(value, token)
            if isinstance(value, dict) and place in ("schema", "any"):
                draft = self._draft(value, draft)
                yield value, draft

    def _draft(self, value: dict[str, Any], draft: Draft | None) -> Draft | None:
        return (draft_of(value.get("$schema")) or draft) if self._drafts else None

    def _read(self, own: str | None) -> None:
        root = Node(self._document.value, self._document)
        if own is not None:
            self.named[self._uri] = root
        seen: set[tuple[int, str]] = set()  # an alias in YAML is the same object again
        todo: list[tuple[Node, str, _Place, Draft | None]] = [(root, self._uri, "any", None)]
        while todo:
            node, uri, place, draft = todo.pop()
            value = node.value
            if not isinstance(value, dict | list) or place == "data" or (id(value), place) in seen:
                continue
            seen.add((id(value), place))
            if isinstance(value, dict) and place != "schemas":
                draft = self._draft(value, draft)
                uri = self._name(node, uri, draft)
            children = [child for _, child in node.members()] if isinstance(value, dict) else node.items()
            todo += [(child, uri, _below(place, child.pointer[-1], value), draft) for child in reversed(children)]

    def _name(self, node: Node, uri: str, draft: Draft | None) -> str:
        """Note the names of *node*, a schema in the resource *uri*, and give the URI of its own resource."""
        value = node.value
        identifier = _identifier(value, draft)
        uri, anchor = _split(uri, identifier)
        if identifier is not None:
            self.named.setdefault(f"{uri}#{anchor}" if anchor else uri, node)
        for word in ("$anchor", "$dynamicAnchor"):
            if isinstance(name := value.get(word), str):
                self.named.setdefault(f"{uri}#{name}", node)
        if isinstance(name := value.get("$dynamicAnchor"), str):
            self.dynamic.setdefault(uri, {}).setdefault(name, node)
        if value.get("$recursiveAnchor") is True:
            self.dynamic.setdefault(uri, {}).setdefault(RECURSIVE, node)
        return uri


def _identifier(value: dict[str, Any], draft: Draft | None) -> str | None:
    """What the schema *value* calls itself."""
    identifier = value.get("id" if draft == "draft-04" else "$id")
    return identifier if isinstance(identifier, str) and not (draft in _ALONE and "$ref" in value) else None


def _split(uri: str, identifier: str | None) -> tuple[str, str]:
    """
    The URI of the resource that calls itself *identifier* in the resource *uri*, and its anchor, as drafts 4 to 7
    wrote them.
    """
    target, _, anchor = (identifier or "").partition("#")
    return joined(uri, target) if target else uri, anchor


def _below(place: _Place, token: str, value: Any) -> _Place:
    """What stands at *token* of *value*, which is *place* itself."""
    if place == "schemas":
        return "schema"
    if place == "data":
        return "data"
    if place == "any" and isinstance(value, list):
        return "any"
    if token in _MANY or (place == "any" and token == "schemas"):
        return "schemas"
    if token in _ONE or (place == "any" and token in ("schema", "itemSchema")):
        inner = value.get(token) if isinstance(value, dict) else None
        return "schemas" if isinstance(inner, list) else "schema"
    return "any" if place == "any" and token not in _DATA else "data"


def _member(value: Any, token: str) -> Any:
    if isinstance(value, dict):
        return value.get(token)
    if isinstance(value, list) and token.isascii() and token.isdecimal() and int(token) < len(value):
        return value[int(token)]
    return None


def joined(base: str, target: str) -> str:
    """*target* as seen from *base*, each an absolute path or a URL."""
    if target.startswith("file:"):
        path = target.removeprefix("file:")
        if path.startswith("//"):  # file://host/path
            path = path[2:][path[2:].find("/") :] if "/" in path[2:] else "/"
        return os.path.normpath(unquote(path))
    if "://" in base or "://" in target or target.startswith(("urn:", "http:", "https:")):
        return target if target.startswith("urn:") else urljoin(base if "://" in base else "", target)
    if base.startswith("urn:"):
        return target
    return os.path.normpath(os.path.join(os.path.dirname(base), unquote(target.partition("?")[0])))
