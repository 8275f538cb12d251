"""
A multipart body without names (multipart/mixed, multipart/related, ...) as one list: an item for each part, in order.

Neighbours: contents.py reads a part, forms.py the multipart bodies whose parts have names.
Source: OpenAPI 3.2.0, "Media Type Object": `itemSchema`, `prefixEncoding`, `itemEncoding`; RFC 2046, RFC 2387.
"""

from __future__ import annotations

from typing import Any

from pymacaron.exchange.bodies.contents import Item
from pymacaron.exchange.files import Upload
from pymacaron.exchange.multipart import Head
from pymacaron.exchange.parameters.texts import ABSENT, Refused
from pymacaron.exchange.request import Request
from pymacaron.schema.codec import Codec, Schemas
from pymacaron.schema.violations import Violation, Violations
from pymacaron.source import Node
from pymacaron.spec.model import MediaType

__all__ = ["MultipartList"]


class MultipartList:
    """The parts as a list: values by their own types and the schemas of the items, files as Uploads."""

    def __init__(self, media_type: MediaType, codec: Codec | None, schemas: Schemas, plain: bool, required: bool):
        self._codec = codec
        self._schemas = schemas
        self._plain = plain
        self._required = required
        schema = None if codec is None else codec.schema
        prefix = None if schema is None else schemas.shapes.first(schema, "prefixItems")
        self._prefix = [] if prefix is None else prefix.items()
        self._rest = media_type.item_schema or (codec.items if codec is not None else None)
        #: The schema of each item where no schema speaks of the list
        self._each = media_type.item_schema
        encodings = media_type.node.get("prefixEncoding")
        told = [] if encodings is None else encodings.items()
        self._items = [
            _item(self.schema_at(index), told[index] if index < len(told) else None, schemas)
            for index in range(max(len(told), len(self._prefix)))
        ]
        self._other = _item(self._rest, media_type.node.get("itemEncoding"), schemas)

    def __call__(self, request: Request) -> Any:
        seen = -1

        def in_memory(head: Head) -> bool:
            nonlocal seen
            seen += 1
            return self._item_at(seen).in_memory(head)

        parts = request.form(in_memory)
        if not parts and not self._required:
            return ABSENT
        wrong: list[Violation] = []
        values: list[Any] = []
        for index, part in enumerate(parts):
            item = self._item_at(index)
            wrong += [Violation("body", f"/{index}", code, detail) for code, detail in item.faults(part)]
            try:
                values.append(item.read(part))
            except Refused as error:
                wrong.append(Violation("body", f"/{index}", error.code, error.detail))
                values.append(None)
        known = {one.pointer for one in wrong}
        wrong += [one for one in self.violations(values) if f"/{one.pointer[1:].partition('/')[0]}" not in known]
        if wrong:
            raise Violations(wrong)
        return values if self._plain else [self._converted(index, value) for index, value in enumerate(values)]

    def _item_at(self, index: int) -> Item:
        return self._items[index] if index < len(self._items) else self._other

    def schema_at(self, index: int) -> Node | None:
        return self._prefix[index] if index < len(self._prefix) else self._rest

    def violations(self, values: list[Any]) -> list[Violation]:
        """What is wrong with the values; of files only whether they may be there, and how many."""
        files = {f"/{index}" for index, value in enumerate(values) if isinstance(value, Upload)}
        sent = ["" if isinstance(value, Upload) else value for value in values]
        found = [] if self._codec is None else self._codec.violations(sent, "body")
        if self._each is not None:
            each = self._schemas.codec(self._each, "request")
            for index, value in enumerate(sent):
                found = found + each.violations(value, "body", f"/{index}")
        return [one for one in found if one.pointer not in files and not (files and one.code == "uniqueItems")]

    def _converted(self, index: int, value: Any) -> Any:
        node = self.schema_at(index)
        return (
            value if node is None or isinstance(value, Upload) else self._schemas.codec(node, "request").convert(value)
        )


def _item(schema: Node | None, encoding: Node | None, schemas: Schemas) -> Item:
    told = encoding.value if encoding is not None and isinstance(encoding.value, dict) else {}
    return Item(schema, told, encoding.get("headers") if encoding is not None and told else None, schemas)
