"""Streams of items, both ways: how items stand in bytes, and what is checked of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pymacaron.exceptions import HTTPError
from pymacaron.exchange import media
from pymacaron.exchange.sequences import Sequence, event, sequence_of
from pymacaron.exchange.streams import Outflow
from pymacaron.schema.violations import Violation, Violations

Make = Callable[..., Any]

INTEGER = {"type": "integer"}
ORDER = {"type": "object", "required": ["item"], "properties": {"item": {"type": "string"}, "n": {"type": "integer"}}}
LINES, RECORDS, EVENTS = "application/x-ndjson", "application/json-seq", "text/event-stream"


def sequence(name: str) -> Sequence:
    kind = media.parse(name)
    assert kind is not None
    found = sequence_of(kind)
    assert found is not None
    return found


def found(name: str, *pieces: bytes, most: int = 1000) -> list[Any]:
    """What is found in *pieces*, read one after the other; a Violation as its code."""
    read = iter((*pieces, b""))
    return [
        one.code if isinstance(one, Violation) else one for one in sequence(name).split(lambda: next(read, b""), most)
    ]


@dataclass
class Pieces:
    """A body that arrives in pieces. `read_so_far`: how many were asked for."""

    pieces: list[bytes]
    max_item_bytes: int = 1000
    is_empty: bool = False
    read_so_far: int = field(default=0)

    def read(self) -> bytes:
        if self.read_so_far == len(self.pieces):
            return b""
        self.read_so_far += 1
        return self.pieces[self.read_so_far - 1]

    def off_loop(self, function: Callable[[], Any]) -> Awaitable[Any]:
        return asyncio.to_thread(function)


def wrong(function: Callable[[], Any]) -> list[tuple[str, str, str]]:
    with pytest.raises(Violations) as caught:
        function()
    return [(one.location, one.pointer, one.code) for one in caught.value.violations]


# ---- which media types


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("application/x-ndjson", "lines"),
        ("application/ndjson", "lines"),
        ("application/jsonl", "lines"),
        ("application/jsonl; charset=utf-8", "lines"),
        ("application/json-seq", "records"),
        ("application/geo+json-seq", "records"),
        ("text/event-stream", "events"),
        ("application/json", None),
        ("application/problem+json", None),
        ("text/plain", None),
    ],
)
def test_a_sequence_is_known_by_its_media_type(name: str, how: str | None):
    kind = media.parse(name)
    assert kind is not None
    known = sequence_of(kind)
    assert (known.name if known is not None else None) == how


# ---- lines


def test_a_line_is_an_item_and_blank_lines_are_none():
    assert found(LINES, b'{"a":1}\n\n \r\n{"b":2}\r\n[3]') == [b'{"a":1}', b'{"b":2}\r', b"[3]"]


def test_an_item_is_given_when_its_line_ends_not_when_more_was_read():
    pieces = Pieces([b'{"a":', b'1}\n{"b"', b":2}\n"])
    items = sequence(LINES).split(pieces.read, 1000)
    assert (next(items), pieces.read_so_far) == (b'{"a":1}', 2)


def test_a_line_that_is_too_long_ends_the_stream_without_being_read_whole():
    pieces = Pieces([b"1\n", *[b"x" * 60] * 10])
    items = sequence(LINES).split(pieces.read, 100)
    assert next(items) == b"1"
    with pytest.raises(HTTPError) as caught:
        next(items)
    assert (caught.value.status, str(caught.value)) == (
        413,
        "An item of the body has more than 100 bytes (max_item_bytes)",
    )
    assert pieces.read_so_far == 3


@pytest.mark.parametrize("name", [LINES, RECORDS])
def test_a_long_item_is_refused_also_where_it_came_with_others(name: str):
    with pytest.raises(HTTPError):
        found(name, b"\x1e1\n\x1e" + b"2" * 20 + b"\n\x1e3\n", most=10)


# ---- records


def test_a_record_begins_with_a_record_separator():
    assert found(RECORDS, b'\x1e{"a":1}\n\x1e[2]\n') == [b'{"a":1}\n', b"[2]\n"]
    assert found(RECORDS, b'\x1e{\n"a":\n1}\n\x1e\x1e\x1e[2]') == [b'{\n"a":\n1}\n', b"[2]"]


def test_a_record_is_given_at_its_line_feed_though_no_other_has_begun():
    pieces = Pieces([b'\x1e{"a":', b"1}\n", b'\x1e{"b":2}\n'])
    items = sequence(RECORDS).split(pieces.read, 1000)
    assert (next(items), pieces.read_so_far) == (b'{"a":1}\n', 2)


@pytest.mark.parametrize("text", [b"12", b"-1", b"true", b"false", b"null"])
def test_a_number_without_white_space_behind_it_may_be_cut_short(text: bytes):
    assert found(RECORDS, b"\x1e" + text) == ["json-seq"]
    assert found(RECORDS, b"\x1e" + text + b"\x1e{}\n") == ["json-seq", b"{}\n"]
    assert found(RECORDS, b"\x1e" + text + b"\n") == [text + b"\n"]
    assert found(RECORDS, b"\x1e" + text + b" \x1e") == [text + b" "]


def test_what_stands_outside_of_a_record_is_wrong_and_the_next_one_is_read():
    assert found(RECORDS, b'{"a":1}\n\x1e{"b":2}\n') == ["json-seq", b'{"b":2}\n']
    assert found(RECORDS, b"\xef\xbb\xbf\n\x1e[]\n") == [b"[]\n"]


def test_a_record_that_comes_line_by_line_is_not_read_anew_for_each():
    lines = [b"\x1e[\n", *[b"1,\n"] * 100_000, b"1]\n"]  # which would take minutes
    assert [len(one) for one in found(RECORDS, *lines, most=1_000_000)] == [300_005]


# ---- events


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_an_event_ends_with_a_blank_line(end: bytes):
    text = end.join(
        [b": hello", b"event: order", b"id: 7", b"data: a", b"data:  b", b"retry: 500", b"x: y", b"", b"data", b"", b""]
    )
    assert found(EVENTS, text) == [{"data": "a\n b", "event": "order", "id": "7", "retry": 500}, {"data": ""}]


def test_what_events_say_that_means_nothing_is_passed_over():
    text = b"\xef\xbb\xbfdata: 1\nid: a\0b\nretry: 5s\nevent:\n\nevent: none\n\n: only a comment\n\ndata: cut off\n"
    assert found(EVENTS, text) == [{"data": "1"}]


def test_an_event_that_is_no_utf_8_is_wrong_and_the_next_one_is_read():
    assert found(EVENTS, b"data: \xff\n\ndata: 1\n\n") == ["encoding", {"data": "1"}]


def test_comments_keep_a_stream_open_for_ever():
    assert found(EVENTS, *[b": still here\n"] * 100, b"data: 1\n\n", most=50) == [{"data": "1"}]
    with pytest.raises(HTTPError):
        found(EVENTS, *[b"data: more\n"] * 100, most=50)
    with pytest.raises(HTTPError):
        found(EVENTS, *[b": more "] * 100, most=50)


def test_an_event_is_written_line_by_line():
    fields = {"data": "a\n b\r\nc\r", "event": "order", "id": "7", "retry": 500}
    assert event(fields) == b"event: order\nid: 7\nretry: 500\ndata: a\ndata:  b\ndata: c\ndata: \n\n"


@pytest.mark.parametrize("fields", [{"event": "a\nb"}, {"id": "a\rb"}, {"id": "a\0"}, {"retry": -1}, {"retry": "5"}])
def test_an_event_that_no_client_would_understand_is_not_written(fields: dict[str, Any]):
    with pytest.raises(ValueError, match="of an event"):
        event({"data": "x", **fields})


# ---- all of them


SENT = {
    LINES: b'{"a":"\xc3\xa4"}\r\n\n[1, 2]\n"x"\n3',
    RECORDS: b'\x1e{"a":\n"\xc3\xa4"}\n\x1e\x1e[1, 2]\n\x1e"x"\n\x1e3 ',
    EVENTS: b"\xef\xbb\xbf: hi\r\ndata: \xc3\xa4\r\ndata: b\r\rid: 1\ndata: c\n\ndata: d\r\n\r\n",
}


@pytest.mark.parametrize("name", [LINES, RECORDS, EVENTS])
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_it_does_not_matter_where_a_body_is_cut_into_pieces(name: str, data: st.DataObject):
    sent = SENT[name]
    cuts = sorted(data.draw(st.sets(st.integers(1, len(sent) - 1))))
    pieces = [sent[start:end] for start, end in zip([0, *cuts], [*cuts, len(sent)], strict=True)]
    values = [one.strip() if isinstance(one, bytes) else one for one in found(name, *pieces)]
    assert values == [one.strip() if isinstance(one, bytes) else one for one in found(name, sent)]
    assert all(one not in ("json-seq", "encoding") for one in values)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=5))
@settings(max_examples=60, deadline=None)
def test_what_is_written_as_an_event_is_read_again(texts: list[str]):
    sent = b"".join(event({"data": text}) for text in texts)
    # A carriage return ends a line, and there is no other way to write it
    assert found(EVENTS, sent, most=10_000) == [
        {"data": text.replace("\r\n", "\n").replace("\r", "\n")} for text in texts
    ]


# ---- the items of a request


def body(name: str, item: Any = None, schema: Any = None, key: str = "itemSchema") -> dict[str, Any]:
    media_type = {} if item is None else {key: item}
    if schema is not None:
        media_type["schema"] = schema
    return {"requestBody": {"required": True, "content": {name: media_type}}}


REF = {"$ref": "#/components/schemas/Order"}


def test_a_handler_gets_an_iterator_of_models(operation: Make):
    called = operation(body(LINES, REF), version="3.2.0", schemas={"Order": ORDER})
    [items], _ = called.arguments(body=b'{"item":"a"}\n{"item":"b","n":2}\n', content_type=LINES)
    Order = called.schemas.models.Order
    assert list(items) == [Order(item="a"), Order(item="b", n=2)]
    assert list(items) == []


def test_an_iterator_of_plain_values_where_the_handler_asks_for_them(operation: Make):
    called = operation(body(LINES, REF), version="3.2.0", schemas={"Order": ORDER}, plain_body=True)
    [items], _ = called.arguments(body=b'{"item":"a"}\n', content_type=LINES)
    assert list(items) == [{"item": "a"}]


@pytest.mark.parametrize(
    ("version", "key"),
    [
        ("3.2.0", "itemSchema"),
        ("3.2.0", "x-item-schema"),
        ("3.1.0", "x-item-schema"),
        ("3.0.3", "x-item-schema"),
    ],
)
def test_each_item_is_checked_by_the_item_schema(operation: Make, version: str, key: str):
    called = operation(body(LINES, ORDER, key=key), version=version)
    [items], _ = called.arguments(body=b'{"item":"a"}\n{"item":2,"n":"x"}\n{"item":"c"}\n{\n', content_type=LINES)
    assert next(items).item == "a"
    assert wrong(lambda: next(items)) == [("body", "/1/item", "type"), ("body", "/1/n", "type")]
    assert next(items).item == "c"
    assert wrong(lambda: next(items)) == [("body", "/3", "json")]
    assert list(items) == []


def test_the_item_schema_of_swagger_2_stands_beside_schema(operation: Make):
    parameter = {"name": "body", "in": "body", "schema": {}, "x-item-schema": {"$ref": "#/definitions/Order"}}
    called = operation({"consumes": [LINES], "parameters": [parameter]}, version="2.0", schemas={"Order": ORDER})
    [items], _ = called.arguments(body=b'{"item":"a"}\n{}\n', content_type=LINES)
    assert type(next(items)) is called.schemas.models.Order
    assert wrong(lambda: next(items)) == [("body", "/1/item", "required")]


def test_an_inline_item_schema_has_a_model_of_its_own(operation: Make):
    called = operation({"operationId": "addOrders", **body(LINES, ORDER)}, version="3.2.0")
    [items], _ = called.arguments(body=b'{"item":"a"}\n', content_type=LINES)
    assert type(next(items)).__name__ == "AddOrdersBodyItem"


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.2.0"])
def test_a_schema_of_an_array_is_that_of_the_sequence(operation: Make, version: str):
    called = operation(body(LINES, schema={"type": "array", "items": ORDER}), version=version)
    [items], _ = called.arguments(body=b"[]\n", content_type=LINES)
    assert wrong(lambda: next(items)) == [("body", "/0", "type")]


def test_before_3_2_another_schema_is_that_of_each_item(operation: Make):
    called = operation(body(LINES, schema=ORDER), version="3.1.0")
    [items], _ = called.arguments(body=b"[]\n", content_type=LINES)
    assert wrong(lambda: next(items)) == [("body", "/0", "type")]


@pytest.mark.parametrize(("version", "schema"), [
    ("3.1.0", {"type": ["array", "null"], "items": INTEGER, "maxItems": 2}),
    ("3.1.0", {"anyOf": [{"type": "array", "items": INTEGER, "maxItems": 2}, {"type": "null"}]}),
    ("3.0.3", {"type": "array", "nullable": True, "items": INTEGER, "maxItems": 2}),
    ("3.2.0", {"type": ["array", "null"], "items": INTEGER, "maxItems": 2}),
    ("3.2.0", {"oneOf": [{"type": "null"}, {"type": "array", "items": INTEGER, "maxItems": 2}]}),
])  # fmt: skip
def test_a_schema_of_an_array_or_null_is_that_of_the_sequence(operation: Make, version: str, schema: Any):
    called = operation(body(LINES, schema=schema), version=version)
    [items], _ = called.arguments(body=b"1\n[]\n3\n", content_type=LINES)
    assert next(items) == 1
    assert wrong(lambda: next(items)) == [("body", "/1", "type")]
    assert wrong(lambda: next(items)) == [("body", "/2", "maxItems")]


def test_without_any_schema_items_are_values_of_json(operation: Make):
    called = operation(body(RECORDS), version="3.1.0")
    [items], _ = called.arguments(body=b"\x1e[1]\n\x1e2\n\x1e3", content_type=RECORDS)
    assert [next(items), next(items)] == [[1], 2]
    assert wrong(lambda: next(items)) == [("body", "/2", "json-seq")]


def test_a_schema_of_texts_is_no_stream(operation: Make):
    called = operation(body(EVENTS, schema={"type": "string"}), version="3.1.0")
    assert called.arguments(body=b"data: 1\n\n", content_type=EVENTS)[0] == ["data: 1\n\n"]


def test_nothing_is_read_before_the_first_item_is_asked_for(operation: Make):
    called = operation(body(LINES, REF), version="3.2.0", schemas={"Order": ORDER})
    pieces = Pieces([b'{"item":"a"}\n', b"{}\n"])
    [items], _ = called.arguments(content_type=LINES, arriving=pieces)
    assert (pieces.read_so_far, repr(items)) == (0, "<Items, 0 read>")
    assert next(items).item == "a"
    assert pieces.read_so_far == 1
    assert called.inbound.shown([items], {}) == {"body": "<Items>"}


def test_items_can_be_awaited(operation: Make):
    called = operation(body(LINES, REF), version="3.2.0", schemas={"Order": ORDER})
    [items], _ = called.arguments(content_type=LINES, arriving=Pieces([b'{"item":"a"}\n{"item":"b"}\n{}']))

    async def read() -> list[str]:
        names = []
        try:
            async for one in items:
                names.append(one.item)
        except Violations as error:
            names += [one.pointer for one in error.violations]
        return names

    assert asyncio.run(read()) == ["a", "b", "/2/item"]


def test_a_failure_of_reading_is_final(operation: Make):
    called = operation(body(LINES), version="3.2.0")
    [items], _ = called.arguments(content_type=LINES, arriving=Pieces([b"1\n" + b"2" * 2000, b"\n3\n"]))
    assert next(items) == 1
    for _ in range(2):
        with pytest.raises(HTTPError):
            next(items)


def test_a_body_that_is_not_there_is_missing_but_an_empty_stream_is_none(operation: Make):
    called = operation(body(LINES), version="3.2.0")
    assert called.wrong(body=b"") == [("body", "", "required", "is missing")]
    [items], _ = called.arguments(body=b"", content_type=LINES)
    assert list(items) == []


def test_a_stream_in_another_charset_is_refused(operation: Make):
    called = operation(body(LINES), version="3.2.0")
    with pytest.raises(media.UnsupportedMediaType):
        called.arguments(body=b"1\n", content_type=f"{LINES}; charset=utf-16")


EVENT = {
    "type": "object",
    "required": ["data"],
    "properties": {"data": {"type": "string"}, "event": {"enum": ["order"]}, "retry": {"type": "integer"}},
}


def test_an_event_is_an_object_of_its_fields(operation: Make):
    called = operation(body(EVENTS, EVENT), version="3.2.0", plain_body=True)
    sent = b'event: order\nretry: 5\ndata: {"a": 1}\n\nevent: other\ndata: 2\n\n'
    [items], _ = called.arguments(body=sent, content_type=EVENTS)
    assert next(items) == {"data": '{"a": 1}', "event": "order", "retry": 5}
    assert wrong(lambda: next(items)) == [("body", "/1/event", "enum")]


def test_data_whose_schema_takes_no_text_is_json(operation: Make):
    schema = {"type": "object", "required": ["data"], "properties": {"data": REF}}
    called = operation(body(EVENTS, schema), version="3.2.0", schemas={"Order": ORDER})
    [items], _ = called.arguments(body=b'data: {"item":\ndata: "a"}\n\ndata: {}\n\ndata: x\n\n', content_type=EVENTS)
    assert next(items).data.item == "a"
    assert wrong(lambda: next(items)) == [("body", "/1/data/item", "required")]
    assert wrong(lambda: next(items)) == [("body", "/2/data", "type")]


# ---- the items of a reply


def replies(content: dict[str, Any]) -> dict[str, Any]:
    return {"responses": {"200": {"description": "ok", "content": content}}}


def sent(reply: Any) -> list[tuple[bytes, list[str]]]:
    """Each item as it is sent, with the pointers of what is wrong with it."""
    assert isinstance(reply.body, Outflow)
    return [(data, [one.pointer for one in reply.body.wrong]) for data in reply.body]


def test_the_items_of_an_iterator_are_sent_and_checked_one_by_one(operation: Make):
    called = operation(replies({LINES: {"itemSchema": REF}}), version="3.2.0", schemas={"Order": ORDER})
    made: list[int] = []

    def items() -> Iterator[Any]:
        made.append(0)
        yield called.schemas.models.Order(item="a")
        made.append(1)
        yield {"item": 3}

    reply = called.outbound.reply(items(), validate=True)
    assert (reply.headers, reply.violations, made) == ([("Content-Type", LINES)], [], [])
    assert next(reply.body) == b'{"item":"a"}\n'
    assert made == [0]
    assert sent(reply) == [(b'{"item":3}\n', ["/1/item"])]
    assert sent(called.outbound.reply(items(), validate=False))[1] == (b'{"item":3}\n', [])


def test_the_item_schema_of_a_reply_in_swagger_2_stands_beside_schema(operation: Make):
    response = {"description": "ok", "x-item-schema": {"$ref": "#/definitions/Order"}}
    declared = {"produces": [LINES], "responses": {"200": response}}
    called = operation(declared, version="2.0", schemas={"Order": ORDER})
    reply = called.outbound.reply(iter([{"item": "a"}, {}]), validate=True)
    assert sent(reply) == [(b'{"item":"a"}\n', []), (b"{}\n", ["/1/item"])]


def test_records_are_framed(operation: Make):
    called = operation(replies({RECORDS: {}}), version="3.2.0")
    assert sent(called.outbound.reply(iter([1, {"a": "\x1e\n"}]))) == [
        (b"\x1e1\n", []),
        (b'\x1e{"a":"\\u001e\\n"}\n', []),
    ]


def test_a_list_is_sent_whole_item_by_item(operation: Make):
    called = operation(replies({LINES: {"itemSchema": ORDER}}), version="3.2.0")
    reply = called.outbound.reply([{"item": "a"}, {}], validate=True)
    assert reply.body == b'{"item":"a"}\n{}\n'
    assert [one.pointer for one in reply.violations] == ["/1/item"]


BOTH = {"application/json": {"schema": {"type": "array", "items": ORDER}}, LINES: {"itemSchema": ORDER}}


@pytest.mark.parametrize(("accept", "content_type", "data"), [
    (None, "application/json", b'[{"item":"a"}]'),
    ("*/*", "application/json", b'[{"item":"a"}]'),
    ("application/json", "application/json", b'[{"item":"a"}]'),
    (LINES, LINES, b'{"item":"a"}\n'),
    (f"application/json;q=0.5, {LINES}", LINES, b'{"item":"a"}\n'),
])  # fmt: skip
def test_an_array_or_a_stream_as_the_caller_wants_it(
    operation: Make, accept: str | None, content_type: str, data: bytes
):
    called = operation(replies(BOTH), version="3.2.0")
    for result in ([{"item": "a"}], iter([{"item": "a"}])):
        reply = called.outbound.reply(result, validate=True, accept=accept)
        body = b"".join(reply.body) if isinstance(reply.body, Outflow) else reply.body
        assert (dict(reply.headers)["Content-Type"], body, reply.violations) == (content_type, data, [])


def test_an_iterator_is_an_array_where_only_json_is_declared_or_nothing(operation: Make):
    for content in ({"application/json": {"schema": {"type": "array", "items": ORDER}}}, {}):
        called = operation(replies(content))
        assert called.outbound.reply(one for one in [{"item": "a"}]).body == b'[{"item":"a"}]'


def test_texts_and_bytes_are_sent_as_they_are_where_no_sequence_is_declared(operation: Make):
    called = operation(replies({"text/csv": {"schema": {"type": "string"}}}))
    reply = called.outbound.reply(iter(["a;\xe4\n", b"b\n"]), validate=True)
    assert dict(reply.headers)["Content-Type"] == "text/csv; charset=utf-8"
    assert sent(reply) == [(b"a;\xc3\xa4\n", []), (b"b\n", [])]
    with pytest.raises(TypeError, match="item 0 is a dict"):
        next(called.outbound.reply(iter([{}])).body)


def test_a_character_that_the_charset_lacks_is_an_error_but_in_markup(operation: Make):
    called = operation(replies({"text/csv; charset=latin-1": {}, "text/html; charset=latin-1": {}}))
    html = called.outbound.reply((iter(["\u20ac"]), 200, {"Content-Type": "text/html; charset=latin-1"}))
    assert b"".join(html.body) == b"&#8364;"
    with pytest.raises(ValueError, match=r"can't encode character '\\u20ac'"):
        next(called.outbound.reply((iter(["\u20ac"]), 200, {"Content-Type": "text/csv; charset=latin-1"})).body)


@pytest.mark.parametrize(
    ("item", "data"),
    [
        ({"data": None}, b"data: null\n\n"),
        ({"data": None, "id": "5"}, b"id: 5\ndata: null\n\n"),
        ({"id": "5", "event": None}, b"id: 5\n\n"),
    ],
)
def test_data_of_none_is_null(operation: Make, item: Any, data: bytes):
    called = operation(replies({EVENTS: {}}), version="3.2.0")
    assert sent(called.outbound.reply(iter([item]), validate=True)) == [(data, [])]


def test_an_item_is_an_event_or_the_data_of_one(operation: Make):
    called = operation(replies({EVENTS: {"itemSchema": EVENT}}), version="3.2.0", schemas={"Order": ORDER})
    Order = called.schemas.models.Order
    items = ["a\nb", 5, None, {"a": 1}, Order(item="x"), {"data": Order(item="y"), "event": "order", "retry": 5}]
    assert sent(called.outbound.reply(iter(items), validate=True)) == [
        (b"data: a\ndata: b\n\n", []),
        (b"data: 5\n\n", []),
        (b"data: null\n\n", []),
        (b'data: {"a":1}\n\n', []),
        (b'data: {"item":"x"}\n\n', []),
        (b'event: order\nretry: 5\ndata: {"item":"y"}\n\n', []),
    ]


def test_an_event_is_checked_as_it_will_be_read(operation: Make):
    called = operation(replies({EVENTS: {"itemSchema": REF}}), version="3.2.0", schemas={"Order": EVENT})
    Event = called.schemas.models.Order
    items = [{"data": "x", "event": "other"}, {"event": "order"}, Event(data="z", event="order")]
    assert sent(called.outbound.reply(iter(items), validate=True)) == [
        (b"event: other\ndata: x\n\n", ["/0/event"]),
        (b"event: order\ndata: \n\n", []),  # without data no client would be told of it
        (b"event: order\ndata: z\n\n", []),
    ]


def test_an_event_of_a_name_alone_has_empty_data_which_clients_dispatch(operation: Make):
    schema = {"type": "object", "properties": {"data": ORDER}}
    called = operation(replies({EVENTS: {"itemSchema": schema}}), version="3.2.0")
    items = [{"event": "only"}, {"id": "5"}, {"retry": 500}, {"id": "5", "event": ""}]
    assert sent(called.outbound.reply(iter(items), validate=True)) == [
        (b"event: only\ndata: \n\n", ["/0/data"]),
        (b"id: 5\n\n", []),  # what a client remembers of a stream, without an event
        (b"retry: 500\n\n", []),
        (b"event: \nid: 5\n\n", []),
    ]


@pytest.mark.parametrize("content", [{}, {"itemSchema": EVENT}])
@pytest.mark.parametrize("text", ["a\rb", "a\r\nb", "\r"])
def test_a_carriage_return_that_events_cannot_carry_is_a_violation(operation: Make, content: Any, text: str):
    called = operation(replies({EVENTS: content}), version="3.2.0")
    written = called.outbound.reply(iter([{"data": text}]), validate=True).body
    assert next(written) == event({"data": text.replace("\r\n", "\n").replace("\r", "\n")})
    detail = "has a carriage return, which events cannot carry: it is read as a line feed"
    assert written.wrong == [Violation("response", "/0/data", "event", detail)]
    assert sent(called.outbound.reply(iter([{"data": text}])))[0][1] == []
    assert sent(called.outbound.reply(iter([{"data": {"a": text}}]), validate=not content))[0][1] == []


def test_data_whose_schema_takes_no_text_is_checked_as_json(operation: Make):
    schema = {"type": "object", "required": ["data"], "properties": {"data": ORDER}}
    called = operation(replies({EVENTS: {"itemSchema": schema}}), version="3.2.0")
    items = [{"data": {"item": "a"}}, {"item": "b"}, {"item": 3}, '{"item": "c"}', "d"]
    assert sent(called.outbound.reply(iter(items), validate=True)) == [
        (b'data: {"item":"a"}\n\n', []),
        (b'data: {"item":"b"}\n\n', []),
        (b'data: {"item":3}\n\n', ["/2/data/item"]),
        (b'data: {"item": "c"}\n\n', []),
        (b"data: d\n\n", ["/4/data"]),
    ]


# ---- streams that are written already


@pytest.mark.parametrize("as_text", [False, True])
@pytest.mark.parametrize(("name", "content", "data", "expected"), [
    (LINES, {"itemSchema": {"type": "integer"}}, b"1\n2\n", []),
    (LINES, {"itemSchema": {"type": "integer"}}, b"1\nx\n[]\n", [("/1", "json"), ("/2", "type")]),
    (LINES, {"schema": {"type": "array", "minItems": 2, "maxItems": 2}}, b"1\n", [("", "minItems")]),
    (LINES, {"schema": {"type": "array", "minItems": 2, "maxItems": 2}}, b"1\n2\n3", [("/2", "maxItems")]),
    (LINES, {}, b"x\n", [("/0", "json")]),
    (RECORDS, {"itemSchema": {}}, b"1\n", [("/0", "json-seq")]),
    (EVENTS, {"itemSchema": EVENT}, b"event: order\ndata: a\n\n", []),
    (EVENTS, {"itemSchema": EVENT}, b"event: x\ndata: a\n\n", [("/0/event", "enum")]),
    (EVENTS, {"schema": {"type": "string"}}, b"anything", []),
    (EVENTS, {"schema": {"type": ["string", "null"], "maxLength": 3}}, b"anything", [("", "maxLength")]),
])  # fmt: skip
def test_a_stream_that_is_written_already_is_checked(
    operation: Make, name: str, content: Any, data: bytes, expected: Any, as_text: bool
):
    called = operation(replies({name: content}), version="3.2.0")
    reply = called.outbound.reply(data.decode() if as_text else data, validate=True)
    assert (reply.body, [(one.pointer, one.code) for one in reply.violations]) == (data, expected)
    assert {one.location for one in reply.violations} <= {"response"}
    found = called.outbound.violations(200, [("Content-Type", name)], data)
    assert [(one.pointer, one.code) for one in found] == expected
    assert called.outbound.reply(data, validate=False).violations == []


def test_of_a_stream_that_is_all_wrong_no_more_is_told_than_of_any_value(operation: Make):
    called = operation(replies({LINES: {"itemSchema": {"type": "integer"}}}), version="3.2.0")
    found = called.outbound.reply(b"x\n" * 5000, validate=True).violations
    assert (len(found), found[-1].code) == (1001, "more")


# ---- the schema of a sequence as a whole


J = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}
NUMBERED = {"type": "array", "prefixItems": [{"type": "integer"}], "items": J}


def lines(*items: Any) -> bytes:
    return b"".join(json.dumps(item).encode() + b"\n" for item in items)


def outcomes(items: Iterator[Any]) -> list[Any]:
    """Each item that is given, and what is wrong with each that is not, to the end."""
    found: list[Any] = []
    while True:
        try:
            found.append(next(items))
        except StopIteration:
            return found
        except Violations as error:
            found.append([(one.pointer, one.code, one.detail) for one in error.violations])


def read(operation: Make, content: dict[str, Any], *items: Any, version: str = "3.2.0") -> list[Any]:
    declared = {"requestBody": {"required": True, "content": {LINES: content}}}
    called = operation(declared, version=version, plain_body=True)
    return outcomes(called.arguments(body=lines(*items), content_type=LINES)[0][0])


def test_the_first_items_have_schemas_of_their_own(operation: Make):
    content = {"schema": NUMBERED}
    assert read(operation, content, 1, {"a": "x"}) == [1, {"a": "x"}]
    assert read(operation, content, {"a": "x"}, 1) == [
        [("/0", "type", "an object is not an integer")],
        [("/1", "type", "1 is not an object")],
    ]
    called = operation(body(LINES, schema={**NUMBERED, "items": REF}), version="3.2.0", schemas={"Order": ORDER})
    [items], _ = called.arguments(body=lines(1, {"item": "x"}), content_type=LINES)
    assert [type(one).__name__ for one in items] == ["int", "Order"]


@pytest.mark.parametrize("schema", [
    {"type": "array", "items": {"required": ["b"]}},
    {"items": {"required": ["b"]}},
    {"allOf": [{"type": "array"}, {"items": {"required": ["b"]}}]},
])  # fmt: skip
def test_an_item_fits_the_schema_of_items_and_that_of_the_sequence(operation: Make, schema: Any):
    content = {"schema": schema, "itemSchema": J}
    assert read(operation, content, {"a": "x", "b": 1}, {"a": "x"}, {"b": 1}, {}) == [
        {"a": "x", "b": 1},
        [("/1/b", "required", "is missing")],
        [("/2/a", "required", "is missing")],
        [("/3/a", "required", "is missing"), ("/3/b", "required", "is missing")],
    ]


def test_items_are_counted_as_they_come(operation: Make):
    content = {"schema": {"type": "array", "minItems": 1, "maxItems": 2}, "itemSchema": J}
    one = {"a": "x"}
    assert read(operation, content) == [[("", "minItems", "has 0 items, fewer than 1")]]
    assert read(operation, content, one, one) == [one, one]
    assert read(operation, content, one, one, {}, one) == [
        one,
        one,
        [("/2", "maxItems", "is item 3, where there are at most 2"), ("/2/a", "required", "is missing")],
        [("/3", "maxItems", "is item 4, where there are at most 2")],
    ]
    closed = {"schema": {"type": "array", "prefixItems": [J], "items": False}}
    assert [type(found) for found in read(operation, closed, one, one)] == [dict, list]


def test_before_3_2_a_schema_beside_an_item_schema_speaks_of_the_sequence_where_it_is_of_arrays(operation: Make):
    content = {"schema": {"type": "array", "maxItems": 0}, "x-item-schema": J}
    assert read(operation, content, {"a": "x"}, version="3.1.0") == [
        [("/0", "maxItems", "is item 1, where there are at most 0")]
    ]
    content = {"schema": {"type": "object", "required": ["b"]}, "x-item-schema": J}
    assert read(operation, content, {"a": "x"}, version="3.1.0") == [{"a": "x"}]


def test_the_items_of_a_reply_are_counted_and_checked_by_both_schemas(operation: Make):
    schema = {**NUMBERED, "minItems": 4, "maxItems": 4}
    called = operation(replies({LINES: {"schema": schema, "itemSchema": True}}), version="3.2.0")
    flow = called.outbound.reply(iter([1, {}, {"a": "x"}]), validate=True).body
    found = []
    for _ in flow:
        found.append([(one.pointer, one.code) for one in flow.wrong])
    assert found == [[], [("/1/a", "required")], []]
    assert flow.wrong == [Violation("response", "", "minItems", "has 3 items, fewer than 4")]
    reply = called.outbound.reply([1, *[{"a": "x"}] * 4], validate=True)
    assert [(one.pointer, one.code) for one in reply.violations] == [("/4", "maxItems")]
    reply = called.outbound.reply([1], validate=True)
    assert [(one.pointer, one.code) for one in reply.violations] == [("", "minItems")]
    flow = called.outbound.reply(iter([1]), validate=False).body
    assert (list(flow), flow.wrong) == ([b"1\n"], [])


def test_events_are_checked_by_both_schemas_as_one_reading_of_their_data(operation: Make):
    data = {"type": "object", "properties": {"data": ORDER}}
    content = {"schema": {"items": {"required": ["id"]}}, "itemSchema": data}
    called = operation({"requestBody": {"content": {EVENTS: content}}}, version="3.2.0", plain_body=True)
    sent = b'id: 1\ndata: {"item": "a"}\n\ndata: {"item": "a"}\n\n'
    assert outcomes(called.arguments(body=sent, content_type=EVENTS)[0][0]) == [
        {"data": {"item": "a"}, "id": "1"},
        [("/1/id", "required", "is missing")],
    ]


# ---- items where a caller wants a text

SEVERAL = ("application/json", "application/x-ndjson", "text/csv")


def several(operation: Make, *types: str) -> Any:
    content = {name: {"schema": {"type": "string"}} if name == "text/csv" else {} for name in types}
    return operation({"responses": {"200": {"description": "it", "content": content}}})


@pytest.mark.parametrize(
    ("types", "accept", "content_type", "body"),
    [
        (SEVERAL, "text/csv", "application/json", b'[{"a":1},{"a":2}]'),
        (SEVERAL, "text/csv, application/x-ndjson;q=0.5", "application/x-ndjson", b'{"a":1}\n{"a":2}\n'),
        (SEVERAL[::-1], None, "application/x-ndjson", b'{"a":1}\n{"a":2}\n'),
        (("text/csv", "*/*"), None, "application/json", b'[{"a":1},{"a":2}]'),
    ],
)
def test_items_that_are_no_texts_are_sent_as_a_list_of_them(
    operation: Make, types: tuple[str, ...], accept: str | None, content_type: str, body: bytes
):
    items = [{"a": 1}, {"a": 2}]
    for result in (items, iter(items)):
        reply = several(operation, *types).outbound.reply(result, accept=accept)
        sent = reply.body if isinstance(reply.body, bytes) else b"".join(reply.body)
        assert (dict(reply.headers)["Content-Type"], sent) == (content_type, body)


@pytest.mark.parametrize("items", [["a\n", "b\n"], [b"a\n", b"b\n"], []])
def test_items_that_are_texts_are_sent_as_the_text_that_is_wanted(operation: Make, items: list[Any]):
    reply = several(operation, *SEVERAL).outbound.reply(iter(items), accept="text/csv")
    assert dict(reply.headers)["Content-Type"].startswith("text/csv")
    assert list(reply.body) == [b"a\n", b"b\n"][: len(items)]


def test_what_gives_items_is_ended_whatever_its_first_item_is(operation: Make):
    ended: list[str] = []

    def giving(first: Any) -> Any:
        try:
            yield first
            yield first
        finally:
            ended.append(str(first))

    called = several(operation, *SEVERAL[1:])
    called.outbound.reply(giving({"a": 1}), accept="text/csv").body.close()
    called.outbound.reply(giving("a"), accept="text/csv").body.close()
    assert ended == ["{'a': 1}", "a"]

    def failing() -> Any:
        yield 1 / 0

    with pytest.raises(ZeroDivisionError):
        called.outbound.reply(failing(), accept="text/csv")
