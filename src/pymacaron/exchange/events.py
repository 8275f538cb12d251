"""
Server-sent events <-> values: what of an event is a text, what is JSON in one, and which of both its schema takes.

Neighbours: streams.py reads and writes items, sequences.py has the lines of an event.
Source: OpenAPI 3.2.0, "Special Considerations for text/event-stream Content"; WHATWG HTML, "Server-sent events".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pymacaron.exchange.itemrules import ItemRules
from pymacaron.exchange.sequences import EVENT_FIELDS, event
from pymacaron.schema.codec import Codec, Schemas, json_decode, json_exact
from pymacaron.schema.models import Model
from pymacaron.schema.shape import Identity
from pymacaron.schema.violations import Violation, Violations
from pymacaron.source import Node

__all__ = ["EventSchema", "Written"]

#: What a writer gives of an item: its bytes, and what is wrong with it
Written = tuple[bytes, list[Violation]]

_NO_JSON: Final[Any] = object()


class EventSchema:
    """
    Events by the item schema. Their `data` is a text; where the schema takes none, but JSON that stands in it, it is
    that.
    """

    def __init__(self, rules: ItemRules, schemas: Schemas):
        self._rules = rules
        # Of each item that has a schema of its own, then of all others
        codecs = [rules.codec(index) for index in range(rules.first + 1)]
        self._takes_text = [codec is None or _takes_text(codec.schema, schemas) for codec in codecs]

    def read(self, fields: dict[str, Any], index: int, location: str) -> tuple[dict[str, Any], list[Violation]]:
        """An event that was sent as what the schema takes, and what is wrong with it."""
        return self._fitting(fields, fields["data"], index, location)

    def written(self, item: Any, index: int, validate: bool, location: str = "response") -> Written:
        fields = _event_fields(item, self._rules.codec(index))
        data = fields.get("data")
        if data is None and fields.get("event"):
            data = ""  # without a line of data no client would be told of it
        text = None if data is None else _text(data)
        sent = event(fields if text is None else {**fields, "data": text})
        if not validate:
            return sent, []
        wrong = self._fitting(fields, text, index, location)[1]
        return sent, wrong if text is None or "\r" not in text else [_carriage_return(index, location), *wrong]

    def _fitting(
        self, fields: dict[str, Any], text: str | None, index: int, location: str
    ) -> tuple[dict[str, Any], list[Violation]]:
        """The event with its data as *text*, or as the JSON in it where only that fits."""
        found = [fields if text is None else {**fields, "data": text}]
        if text is not None and self._rules.codec(index) is not None and (value := _json(text)) is not _NO_JSON:
            found.append({**fields, "data": value})
        if not self._takes_text[min(index, self._rules.first)]:
            found.reverse()
        first: list[Violation] | None = None
        for one in found:
            wrong = self._rules.violations(one, index, location)
            if not wrong:
                return one, []
            first = wrong if first is None else first
        return found[0], first or []


def _takes_text(schema: Node, schemas: Schemas) -> bool:
    """Whether the data of an event of *schema* may be a text, by what is declared of it there and in alternatives."""
    shapes, seen = schemas.shapes, set[Identity]()

    def takes(node: Node) -> bool:
        if node.identity in seen:
            return True
        seen.add(node.identity)
        for part in shapes.parts(node):
            data = None if shapes.is_ignored(part) else shapes.own_properties(part).get("data")
            if data is not None and "string" not in shapes.types(data):
                return False
            alternatives = shapes.alternatives(part)
            if alternatives and not any(map(takes, alternatives)):
                return False
        return True

    return takes(schema)


def _carriage_return(index: int, location: str) -> Violation:
    """Source: WHATWG HTML, "Parsing an event stream": CR and CR LF end a line as LF does, and nothing escapes them."""
    detail = "has a carriage return, which events cannot carry: it is read as a line feed"
    return Violation(location, f"/{index}/data", "event", detail)


def _event_fields(item: Any, codec: Codec | None) -> dict[str, Any]:
    """
    The fields of the event that *item* is: a dict of nothing but them, or a model with a property `data`. All else is
    the data of one. Without what the schema of the event, *codec*, leaves out of responses.
    """
    is_model = isinstance(item, Model) and "data" in item.__pym_record__.properties
    if not is_model and not (isinstance(item, Mapping) and item and EVENT_FIELDS.issuperset(item)):
        item = {"data": item}
    elif not is_model:
        item = {name: value for name, value in item.items() if value is not None or name == "data"}
    made: Any = item if codec is None else codec.outgoing(item)
    if isinstance(made, Model):
        made = made.__pym_reply__
    fields = {name: value for name, value in made.items() if value is not None}
    if "data" in made:
        fields.setdefault("data", _NULL)
    for name in fields.keys() - {"data", "retry"}:
        fields[name] = _label(fields[name]) if name in EVENT_FIELDS else json_decode(json_exact(fields[name], True))
    return fields


def _text(value: Any) -> str:
    """*value* as a text: what JSON has as one is that, all else its JSON."""
    if isinstance(value, str):
        return value
    data = json_exact(value, reply=True)
    return str(json_decode(data)) if data[:1] == b'"' else data.decode()


def _label(value: Any) -> str:
    """*value* as the name or the id of an event, which may be of any class."""
    try:
        return _text(value)
    except TypeError:
        return str(value)


#: What an item of None is sent as
_NULL = "null"


def _json(text: str) -> Any:
    """The JSON value that *text* is, _NO_JSON where it is none."""
    try:
        return json_decode(text.encode())
    except (Violations, UnicodeEncodeError):
        return _NO_JSON
