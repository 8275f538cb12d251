"""Server-sent events are written and checked by the schema of the whole event."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from pymacaron.exchange.outbound import Outbound
from pymacaron.exchange.streams import Outflow
from pymacaron.schema.codec import Schemas
from pymacaron.schema.violations import Violations

Make = Callable[..., Any]

INTEGER = {"type": "integer"}
EVENTS = "text/event-stream"


def replies(content: dict[str, Any]) -> dict[str, Any]:
    return {"responses": {"200": {"description": "ok", "content": content}}}


def sent(reply: Any) -> list[tuple[bytes, list[str]]]:
    """Each event as it is sent, with the pointers of what is wrong with it."""
    assert isinstance(reply.body, Outflow)
    return [(data, [one.pointer for one in reply.body.wrong]) for data in reply.body]


@pytest.mark.parametrize("data", [
    {},
    {"type": "string", "format": "uuid"},
    {"type": ["string", "object"]},
])  # fmt: skip
@pytest.mark.parametrize(("value", "text"), [
    (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    (datetime(2026, 3, 4, 10, 11, 12, tzinfo=UTC), "2026-03-04T10:11:12Z"),
    (date(2026, 3, 4), "2026-03-04"),
    (b"\xff", "/w=="),
])  # fmt: skip
def test_data_that_json_has_as_a_text_is_that_text(operation: Make, data: Any, value: Any, text: str):
    schema = {"type": "object", "properties": {"data": data}}
    called = operation(replies({EVENTS: {"itemSchema": schema}}), version="3.2.0")
    written = called.outbound.reply(iter([{"data": value}, value])).body
    assert list(written) == [f"data: {text}\n\n".encode()] * 2


def test_numbers_of_events_keep_all_their_digits(operation: Make):
    called = operation(replies({EVENTS: {}}), version="3.2.0")
    items = [{"data": Decimal("1.10")}, {"data": {"n": Decimal("0.1000000000000000000001")}, "id": 7}]
    assert sent(called.outbound.reply(iter(items))) == [
        (b"data: 1.10\n\n", []),
        (b'id: 7\ndata: {"n":0.1000000000000000000001}\n\n', []),
    ]


def named(name: str, **data: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["event"],
        "properties": {"event": {"const": name}, "data": {"type": "object", "properties": data}},
    }


PIN, OPEN_PIN = {"pin": {"type": "string", "writeOnly": True}}, {"pin": {"type": "string"}}
SECOND_HIDES = {"if": {"properties": {"event": {"const": "b"}}}, "then": {"properties": {"data": {"properties": PIN}}}}


@pytest.mark.parametrize("schema", [
    {"oneOf": [named("a"), named("b", **PIN)]},
    {"oneOf": [named("b", **PIN), named("a", **OPEN_PIN)]},
    {"anyOf": [named("a"), named("b", **PIN)]},
    {"allOf": [{"properties": {"data": {}}}, {"properties": {"data": {"properties": PIN}}}]},
    {"properties": {"data": {}}, "oneOf": [named("a"), named("b", **PIN)]},
    SECOND_HIDES,
])  # fmt: skip
@pytest.mark.parametrize("as_model", [False, True])
def test_what_no_reply_may_hold_is_left_out_of_the_data_of_any_event(operation: Make, schema: Any, as_model: bool):
    schemas = {"Data": {"type": "object", "properties": {"pin": {"type": "string"}, "n": {"type": "integer"}}}}
    called = operation(replies({EVENTS: {"itemSchema": schema}}), version="3.2.0", schemas=schemas)
    data = called.schemas.models.Data(pin="1234", n=1) if as_model else {"pin": "1234", "n": 1}
    assert sent(called.outbound.reply(iter([{"event": "b", "data": data}]))) == [
        (b'event: b\ndata: {"n":1}\n\n', []),
    ]


def test_what_one_event_hides_another_one_may_tell(operation: Make):
    schema = {"oneOf": [named("b", **PIN), named("a", **OPEN_PIN)]}
    called = operation(replies({EVENTS: {"itemSchema": schema}}), version="3.2.0")
    items = [{"event": "a", "data": {"pin": "1234"}}, {"event": "b", "data": {"pin": "1234"}}]
    assert sent(called.outbound.reply(iter(items), validate=True)) == [
        (b'event: a\ndata: {"pin":"1234"}\n\n', []),
        (b"event: b\ndata: {}\n\n", []),
    ]


def test_an_event_that_is_a_model_leaves_out_what_its_schema_hides(operation: Make):
    schemas = {"Event": named("b", **PIN)}
    called = operation(
        replies({EVENTS: {"itemSchema": {"$ref": "#/components/schemas/Event"}}}), version="3.2.0", schemas=schemas
    )
    one = called.schemas.models.Event(event="b", data={"pin": "1234", "n": 1})
    assert sent(called.outbound.reply(iter([one]), validate=True)) == [(b'event: b\ndata: {"n":1}\n\n', [])]


def test_data_is_read_and_checked_by_the_alternative_that_the_event_names(operation: Make):
    numbers = {"type": "object", "required": ["event"], "properties": {"event": {"const": "n"}, "data": INTEGER}}
    texts = {"type": "object", "required": ["event"], "properties": {"event": {"const": "t"}, "data": {}}}
    content = {EVENTS: {"itemSchema": {"oneOf": [numbers, texts]}}}
    called = operation({"requestBody": {"content": content}}, version="3.2.0", plain_body=True)
    sent = b"event: n\ndata: 5\n\nevent: t\ndata: 5\n\nevent: n\ndata: x\n\n"
    [items], _ = called.arguments(body=sent, content_type=EVENTS)
    assert [next(items), next(items)] == [{"data": 5, "event": "n"}, {"data": "5", "event": "t"}]
    with pytest.raises(Violations):
        next(items)


class Money:
    def __init__(self, cents: int):
        self.cents = cents


def test_a_format_of_ones_own_in_the_data_of_any_event_is_written(operation: Make):
    formats = {"money": (None, lambda text: Money(int(text)), lambda money: str(money.cents))}
    amount = {"type": "object", "properties": {"sum": {"type": "string", "format": "money"}}}
    plain = {"type": "object", "required": ["event"], "properties": {"event": {"const": "a"}, "data": {}}}
    paid = {"type": "object", "required": ["event"], "properties": {"event": {"const": "b"}, "data": amount}}
    called = operation(replies({EVENTS: {"itemSchema": {"oneOf": [plain, paid]}}}), version="3.2.0")
    outbound = Outbound(called.operation, Schemas(called.api, formats=formats))
    written = outbound.reply(iter([{"event": "b", "data": {"sum": Money(5)}}]), validate=True)
    assert sent(written) == [(b'event: b\ndata: {"sum":"5"}\n\n', [])]


class Document:
    def __str__(self) -> str:
        return "doc-1"


def test_the_id_of_an_event_may_be_of_any_class(operation: Make):
    called = operation(replies({EVENTS: {"itemSchema": {"oneOf": [named("b", **PIN), named("a")]}}}), version="3.2.0")
    items = [{"event": "a", "id": one} for one in (7, UUID(int=1), Document())]
    assert [data for data, _ in sent(called.outbound.reply(iter(items)))] == [
        b"event: a\nid: 7\ndata: \n\n",
        b"event: a\nid: 00000000-0000-0000-0000-000000000001\ndata: \n\n",
        b"event: a\nid: doc-1\ndata: \n\n",
    ]
