"""Bodies of every media type: what a client sends is what the handler gets."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pymacaron.exceptions import ValidationError
from pymacaron.exchange.answered import Answered
from pymacaron.exchange.asking import Asking
from pymacaron.exchange.files import Upload
from pymacaron.exchange.inbound import Inbound
from pymacaron.exchange.outbound import Outbound
from pymacaron.exchange.payloads.files import Sent
from pymacaron.exchange.payloads.items import AsyncFlow
from pymacaron.exchange.payloads.parts import Multipart, SentPart
from pymacaron.schema.codec import Schemas
from pymacaron.spec.load import load

from .conftest import request

Make = Callable[..., Any]

STRING, INTEGER = {"type": "string"}, {"type": "integer"}
FILE = {"type": "string", "format": "binary"}
FORM, MULTIPART, NDJSON = "application/x-www-form-urlencoded", "multipart/form-data", "application/x-ndjson"


def body(content: Any, **more: Any) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": content, **more}}


def of(schema: Any, name: str, **more: Any) -> dict[str, Any]:
    return body({name: {"schema": schema, **more}})


def thing(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def asked(operation: Make, declared: Any, *args: Any, content_type: str | None = None, **more: Any) -> Any:
    called = operation(declared, **more)
    return Asking(called.operation, called.schemas).asked(args, {}, content_type=content_type)


def kind(of: Any) -> str:
    return dict(of.headers).get("Content-Type", "").partition("; boundary")[0]


# ---- which type


@pytest.mark.parametrize(
    ("value", "chosen"),
    [
        ({"a": 1}, "application/json"),
        ([1], "application/json"),
        (1.5, "application/json"),
        ("x", "text/plain; charset=utf-8"),
        (b"x", "image/png"),
        (io.BytesIO(b"x"), "image/png"),
        ({"f": io.BytesIO(b"x")}, "multipart/form-data"),
        (iter([{"a": 1}]), NDJSON),
    ],
)
def test_the_class_of_a_value_chooses_among_what_is_declared(operation: Make, value: Any, chosen: str) -> None:
    names = [NDJSON, "text/plain", "image/png", MULTIPART, FORM, "application/json"]
    content = {name: {} for name in names}
    assert kind(asked(operation, body(content), value)) == chosen


def test_a_caller_may_choose(operation: Make) -> None:
    found = asked(operation, body({"application/json": {}, FORM: {}}), {"a": 1}, content_type=FORM)
    assert (kind(found), found.body) == (FORM, b"a=1")


@pytest.mark.parametrize(
    ("names", "value", "chosen"),
    [
        (["*/*"], {"a": 1}, "application/json"),
        (["*/*"], b"x", "application/octet-stream"),
        (["image/*"], ("a.png", b"x"), "image/png"),
        ([], {"a": 1}, "application/json"),
        (["application/*+json"], {"a": 1}, "application/json"),
        (["application/xml"], "<a/>", "application/xml"),
    ],
)
def test_a_range_is_sent_as_a_type_that_is_in_it(operation: Make, names: Any, value: Any, chosen: str) -> None:
    assert kind(asked(operation, body({name: {} for name in names}), value)) == chosen


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("application/xml", {"a": 1}, "is a dict, which application/xml cannot be made of: give the text or"),
        ("image/*", b"x", "has no type that image/* is of"),
        (NDJSON, 5, "is a int, which application/x-ndjson cannot be made of"),
    ],
)
def test_a_value_that_no_declared_type_is_made_of_is_told(operation: Make, name: str, value: Any, told: str) -> None:
    with pytest.raises(ValidationError) as caught:
        asked(operation, of({}, name), value)
    assert caught.value.errors[0]["detail"].startswith(told)


def test_a_chosen_type_that_is_not_declared_is_told(operation: Make) -> None:
    with pytest.raises(ValidationError, match="'text/csv' is not declared; application/json is"):
        asked(operation, of({}, "application/json"), "a", content_type="text/csv")


# ---- there and back


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.2.0"])
@pytest.mark.parametrize("name", [FORM, MULTIPART])
def test_forms_are_read_as_they_were_given(sent: Make, name: str, version: str) -> None:
    tags = {"type": "array", "items": STRING}
    schema = thing(name=STRING, age=INTEGER, fit={"type": "boolean"}, tags=tags, home=thing(zip=STRING))
    value = {"name": "ä&=+ %", "age": 3, "fit": True, "tags": ["a,b", "c"], "home": {"zip": "1"}}
    assert sent(of(schema, name), value, version=version) == value


@pytest.mark.parametrize("value", [[], [5], [[5]], [[1], [2]], [{"a": 1}]])
def test_lists_in_multipart_forms_stay_what_they_are(sent: Make, value: Any) -> None:
    schema = thing(it={"type": "array", "items": {"type": ["integer", "array", "object"]}}, end=STRING)
    assert sent(of(schema, MULTIPART), {"it": value, "end": "x"}) == {"it": value, "end": "x"}


def test_styles_of_a_multipart_form_are_written(sent: Make) -> None:
    schema = thing(ids={"type": "array", "items": INTEGER}, at=thing(x=INTEGER))
    encoding = {"ids": {"style": "pipeDelimited", "explode": False}, "at": {"style": "deepObject", "explode": True}}
    assert sent(of(schema, MULTIPART, encoding=encoding), {"ids": [1, 2], "at": {"x": 1}}) == {
        "ids": [1, 2],
        "at": {"x": 1},
    }


@pytest.mark.parametrize(
    "given",
    [
        b"\0\xff\r\n--",
        io.BytesIO(b"\0\xff\r\n--"),
        Upload(b"\0\xff\r\n--", "a.bin", "image/png"),
        ('a".bin', b"\0\xff\r\n--", "image/png"),
    ],
)
def test_files_of_a_form_are_read_as_they_were_given(sent: Make, given: Any) -> None:
    found = sent(of(thing(file=FILE, note=STRING), MULTIPART), {"file": given, "note": "x"})
    assert (found["file"].read(), found["note"]) == (b"\0\xff\r\n--", "x")


def test_a_path_is_sent_by_its_name_and_type(sent: Make, tmp_path: Path) -> None:
    (tmp_path / "rex.png").write_bytes(b"png")
    found = sent(of(thing(files={"type": "array", "items": FILE}), MULTIPART), {"files": [tmp_path / "rex.png"] * 2})
    assert [(one.filename, one.mimetype, one.read()) for one in found["files"]] == [
        ("rex.png", "image/png", b"png")
    ] * 2


@pytest.mark.parametrize("given", [b"png", ("", b"png"), io.BytesIO(b"png"), "png", [b"png"] * 2])
def test_a_file_without_a_name_is_called_as_its_field(sent: Make, given: Any) -> None:
    schema = {"type": "array", "items": FILE} if isinstance(given, list) else FILE
    found = sent(of(thing(photo=schema), MULTIPART), {"photo": given})["photo"]
    assert {one.filename for one in (found if isinstance(found, list) else [found])} == {"photo"}


def test_a_file_that_cannot_be_read_is_told_once_and_before_it_is_sent(operation: Make, tmp_path: Path) -> None:
    closed = io.BytesIO(b"x")
    closed.close()
    files = {"folder": tmp_path, "closed": closed, "lost": tmp_path / "lost"}
    schema = {**thing(**dict.fromkeys(files, FILE)), "required": [*files]}
    with pytest.raises(ValidationError) as caught:
        asked(operation, of(schema, MULTIPART), files, version="3.0.3")
    assert [(one["pointer"], one["code"]) for one in caught.value.errors] == [(f"/{name}", "file") for name in files]
    assert "Is a directory" in str(caught.value)
    assert "the file is closed" in str(caught.value)


def test_files_that_do_not_fit_are_told(operation: Make, tmp_path: Path) -> None:
    schema = thing(file={**FILE, "maxLength": 2}, lost=FILE, note=INTEGER)
    with pytest.raises(ValidationError) as caught:
        asked(
            operation,
            of(schema, MULTIPART, encoding={"file": {"contentType": "image/png"}}),
            {"file": ("a.txt", b"xxx"), "lost": tmp_path / "lost", "note": "x"},
            version="3.0.3",
        )
    assert [(one["pointer"], one["code"]) for one in caught.value.errors] == [
        ("/lost", "file"),
        ("/note", "type"),
        ("/file", "maxLength"),
        ("/file", "contentType"),
    ]


def test_fields_of_swagger_2_go_by_keyword(sent: Make) -> None:
    fields = [
        {"name": "n", "in": "formData", "type": "integer"},
        {"name": "tags", "in": "formData", "type": "array", "items": STRING, "collectionFormat": "multi"},
    ]
    value = {"n": 3, "tags": ["a b", "c&d"]}
    for consumes in (FORM, MULTIPART):
        assert sent({"parameters": fields, "consumes": [consumes]}, given=value, version="2.0") == value


def test_a_file_of_swagger_2_is_sent_beside_its_fields(sent: Make) -> None:
    fields = [
        {"name": "n", "in": "formData", "type": "integer", "required": True},
        {"name": "file", "in": "formData", "type": "file"},
    ]
    declared = {"parameters": fields, "consumes": [MULTIPART]}
    found = sent(declared, given={"n": 3, "file": ("a.txt", b"x")}, version="2.0")
    assert (found["n"], found["file"].filename, found["file"].read()) == (3, "a.txt", b"x")
    with pytest.raises(ValidationError, match="form /n is missing; form /file cannot be sent as a file"):
        sent(declared, given={"file": 5}, version="2.0")


def test_a_list_is_a_multipart_body_without_names(sent: Make) -> None:
    schema = {"type": "array", "prefixItems": [thing(a=INTEGER), STRING], "items": {}}
    found = sent(of(schema, "multipart/mixed"), [{"a": 1}, "x", ("a.png", b"png", "image/png")], version="3.2.0")
    assert (found[:2], found[2].read()) == ([{"a": 1}, "x"], b"png")


@pytest.mark.parametrize("name", [NDJSON, "application/json-seq", "text/event-stream"])
def test_iterators_are_sent_item_by_item(sent: Make, name: str) -> None:
    items = [{"data": "a"}, {"data": "b\nc"}]
    assert list(sent(body({name: {"itemSchema": thing(data=STRING)}}), iter(items), version="3.2.0")) == items


def test_an_item_that_does_not_fit_ends_its_stream(operation: Make) -> None:
    flow = asked(operation, body({NDJSON: {"itemSchema": INTEGER}}), iter([1, "x"]), version="3.2.0").body
    pieces = iter(flow)
    assert next(pieces) == b"1\n"
    with pytest.raises(ValidationError, match="body /1 'x' is not an integer"):
        next(pieces)


def test_async_iterators_are_sent_by_async_pieces(operation: Make) -> None:
    import asyncio

    async def items() -> AsyncIterator[int]:
        yield 1
        yield 2

    flow = asked(operation, body({NDJSON: {"itemSchema": INTEGER}}), items(), version="3.2.0").body
    assert isinstance(flow, AsyncFlow)

    async def collected() -> bytes:
        return b"".join([piece async for piece in flow])

    assert asyncio.run(collected()) == b"1\n2\n"


def test_bytes_and_texts_are_sent_as_they_are(sent: Make) -> None:
    assert sent(of(FILE, "image/png"), io.BytesIO(b"png")) == b"png"
    assert sent(of(STRING, "text/plain"), "ä") == "ä"
    assert sent(of(STRING, "text/plain; charset=latin-1"), "ä") == "ä"
    assert sent(of(INTEGER, "text/plain"), 5) == 5


# ---- files of any size


class Large(io.RawIOBase):
    """A file of many bytes that nobody holds."""

    def __init__(self, size: int):
        self._size, self._at = size, 0
        self.most = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + (self._size if whence == io.SEEK_END else 0)
        return self._at

    def read(self, size: int = -1) -> bytes:
        left = self._size - self._at
        size = left if size < 0 else min(size, left)
        self.most = max(self.most, size)
        self._at += size
        return b"x" * size


def test_a_large_file_is_read_in_small_pieces_and_can_be_sent_again() -> None:
    large = Large(1 << 24)
    form = Multipart([SentPart("file", Sent(large), "image/png", "a.png")])
    assert form.repeatable
    for _ in range(2):
        assert sum(map(len, form)) == form.length
    assert large.most == 65_536


def test_a_file_that_shrinks_meanwhile_breaks_off(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"12345")
    sent = Sent(file)
    file.write_bytes(b"1")
    with pytest.raises(OSError, match="has 4 bytes fewer than when it was given"):
        list(sent)


def test_a_file_that_is_open_for_text_is_refused() -> None:
    with pytest.raises(TypeError, match="open it with mode 'rb'"):
        Sent(io.StringIO("x"))


def test_a_header_with_a_line_break_is_refused() -> None:
    with pytest.raises(ValueError, match="line break"):
        SentPart("a", b"", "text/plain\r\nX: y").head()


# ---- whatever values there are

TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
FORMS = st.fixed_dictionaries(
    {"always": TEXTS},
    optional={
        "count": st.integers(-(2**53), 2**53),
        "rate": st.floats(allow_nan=False, allow_infinity=False),
        "fit": st.booleans(),
        "tags": st.lists(TEXTS, min_size=1, max_size=3),
        "marks": st.lists(st.integers(0, 9), min_size=1, max_size=3),
        "home": st.dictionaries(TEXTS, st.integers(0, 9), max_size=3),
        "homes": st.lists(st.dictionaries(TEXTS, st.integers(0, 9), max_size=2), min_size=1, max_size=3),
    },
)
PROPERTIES = thing(
    always=STRING,
    count=INTEGER,
    rate={"type": "number"},
    fit={"type": "boolean"},
    tags={"type": "array", "items": STRING},
    marks={"type": "array", "items": INTEGER},
    home={"type": "object"},
    homes={"type": "array", "items": {"type": "object"}},
)


@pytest.fixture(scope="module")
def exchanged(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Any, Any], tuple[Any, Any]]:
    """exchanged(media type, schema, value) -> what the handler gets of it, and the client of it as a reply."""
    known: dict[Any, tuple[Asking, Inbound, Outbound, Answered]] = {}

    def made(name: str, schema: Any) -> tuple[Asking, Inbound, Outbound, Answered]:
        content = {name: {"schema": schema}}
        declared = {"requestBody": {"content": content}, "responses": {"200": {"description": "", "content": content}}}
        document = {"openapi": "3.1.0", "info": {"title": "", "version": ""}, "paths": {"/it": {"post": declared}}}
        file = tmp_path_factory.mktemp("it") / "it.json"
        file.write_text(json.dumps(document))
        api = load(file)
        schemas, operation = Schemas(api), api.operations[0]
        return (
            Asking(operation, schemas),
            Inbound(operation, schemas, plain_body=True),
            Outbound(operation, schemas),
            Answered(operation, schemas, validation="strict"),
        )

    def exchange(name: str, schema: Any, value: Any) -> tuple[Any, Any]:
        key = (name, json.dumps(schema))
        asking, inbound, outbound, answered = known.setdefault(
            key, made(name, schema) if key not in known else known[key]
        )
        got = inbound.arguments(request("/it", asking.asked((value,), {})))[0][0]
        if name in (FORM, MULTIPART):
            return got, got  # no handler sends one
        reply = outbound.reply((value, 200))
        assert isinstance(reply.body, bytes)
        return got, answered.value(200, reply.headers, reply.body)

    return exchange


@given(value=PLAIN.filter(lambda one: one is not None))
@settings(deadline=None, max_examples=150)
def test_any_json_is_the_same_on_the_other_side(exchanged: Make, value: Any) -> None:
    assert exchanged("application/json", {}, value) == (value, value)


@given(value=FORMS)
@settings(deadline=None, max_examples=150)
@pytest.mark.parametrize("name", [FORM, MULTIPART])
def test_any_form_is_the_same_on_the_other_side(exchanged: Make, name: str, value: Any) -> None:
    assert exchanged(name, PROPERTIES, value)[0] == value


@given(value=TEXTS)
@settings(deadline=None, max_examples=50)
def test_any_text_is_the_same_on_the_other_side(exchanged: Make, value: str) -> None:
    assert exchanged("text/plain", STRING, value) == (value, value)


@given(value=st.lists(PLAIN, max_size=4))
@settings(deadline=None, max_examples=100)
@pytest.mark.parametrize("name", [NDJSON, "application/json-seq"])
def test_any_items_are_the_same_on_the_other_side(exchanged: Make, name: str, value: Any) -> None:
    got, answered = exchanged(name, {"type": "array"}, value)
    assert (list(got), answered) == (value, value)
