"""What a client writes of a parameter, by style; and that what is written is read as the same value."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from pymacaron.exchange.inbound import Inbound
from pymacaron.exchange.parameters.writing import Unwritable, writer
from pymacaron.exchange.request import Parts
from pymacaron.schema.codec import Schemas
from pymacaron.schema.models import Model
from pymacaron.spec.load import load

STRING, INTEGER, NUMBER, BOOLEAN = ({"type": name} for name in ("string", "integer", "number", "boolean"))
STRINGS, INTEGERS = {"type": "array", "items": STRING}, {"type": "array", "items": INTEGER}
COLOR = {"type": "object", "properties": {"R": INTEGER, "G": INTEGER}}
PERSON = {"type": "object", "properties": {"name": STRING, "x,y": STRING, "age": INTEGER, "fit": BOOLEAN}}
FREE = {"type": "object", "additionalProperties": STRING}
#: Every combination that the tables of OpenAPI 3.2.0 define
DEFINED = [
    *(("path", style, explode) for style in ("simple", "label", "matrix") for explode in (False, True)),
    *(("query", "form", explode) for explode in (False, True)),
    *(("header", "simple", explode) for explode in (False, True)),
    *(("cookie", style, explode) for style in ("form", "cookie") for explode in (False, True)),
]
#: Those for arrays and objects alone
OF_SEVERAL = [("query", "spaceDelimited", False), ("query", "pipeDelimited", False)]


@cache
def schemas(declared: str, version: str = "3.2.0") -> Schemas:
    """Those of a description with one operation of one parameter, given as JSON."""
    parameter = json.loads(declared)
    path = "/it/{p}" if parameter["in"] == "path" else "/it"
    operation = {"parameters": [parameter], "responses": {"200": {"description": "ok"}}}
    written = {"swagger": "2.0"} if version == "2.0" else {"openapi": version}
    document = {**written, "info": {"title": "It", "version": "1"}, "paths": {path: {"get": operation}}}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "it.json"
        file.write_text(json.dumps(document), encoding="utf-8")
        api = load(file)
    assert [finding for finding in api.findings if finding.severity == "error"] == []
    return Schemas(api)


def declared(location: str, schema: Any, version: str = "3.2.0", **fields: Any) -> Schemas:
    parameter = {"name": "p", "in": location, **({"required": True} if location == "path" else {}), **fields}
    if "content" not in fields:
        parameter |= schema if version == "2.0" else {"schema": schema}
    return schemas(json.dumps(parameter), version)


def write(of: Schemas, value: Any) -> str:
    return writer(of.api.operations[0].parameters[0], of)(value)


def read(of: Schemas, text: str) -> Any:
    """What the handler gets of *text*, as a server has it: bytes as Latin-1 characters."""
    location = of.api.operations[0].parameters[0].location
    on_the_wire = text.encode().decode("latin-1")
    headers = {{"cookie": "cookie"}.get(location, "p"): on_the_wire} if text or location == "header" else {}
    request = Parts(
        path={"p": unquote(text)},
        query=on_the_wire,
        header=lambda name: headers.get(name.lower()) if location in ("header", "cookie") else None,
        content_type=None,
        read=lambda: b"",
        form=lambda in_memory: [],
        raw_path={"p": text},
    )
    value = Inbound(of.api.operations[0], of).arguments(request)[1]["p"]
    return value.to_json() if isinstance(value, Model) else value


#: `make fuzz` is for more
BOUNDED = settings(max_examples=20, deadline=None)
#: Every character, and those that separate something more often
TEXTS = st.text(st.one_of(st.sampled_from(',%&+;=.|[] "\\/?#:@-_~é\t'), st.characters(codec="utf-8")), max_size=6)
PLAIN = st.text(st.sampled_from("abcXYZ019-_~é€𝄞%+/"), min_size=1, max_size=4)
NUMBERS = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False))


def values_of(schema: Any, texts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    kind = schema["type"]
    if kind == "array":
        return st.lists(values_of(schema["items"], texts), min_size=1, max_size=4)
    if kind == "object" and "properties" in schema:
        members = {name: values_of(inner, texts) for name, inner in schema["properties"].items()}
        return st.fixed_dictionaries({}, optional=members).filter(bool)
    if kind == "object":
        return st.dictionaries(texts, texts, min_size=1, max_size=3)
    scalars: dict[str, st.SearchStrategy[Any]] = {"string": texts, "integer": st.integers(), "number": NUMBERS}
    return scalars.get(kind, st.booleans())


def round_trip(of: Schemas, value: Any) -> None:
    """What is written is read as *value*; or it is refused, where the style cannot carry it."""
    try:
        text = write(of, value)
    except Unwritable:
        return
    assume(text or of.api.operations[0].parameters[0].location != "path")  # an empty segment is another path
    assert read(of, text) == value


@pytest.mark.parametrize("schema", [STRING, INTEGER, NUMBER, BOOLEAN], ids=lambda schema: schema["type"])
@pytest.mark.parametrize(("location", "style", "explode"), DEFINED)
@BOUNDED
@given(data=st.data())
def test_what_is_written_of_a_scalar_is_read_as_it(
    location: str, style: str, explode: bool, schema: Any, data: st.DataObject
) -> None:
    of = declared(location, schema, style=style, explode=explode)
    round_trip(of, data.draw(values_of(schema, TEXTS)))


@pytest.mark.parametrize("schema", [STRINGS, INTEGERS, PERSON, FREE], ids=["strings", "integers", "members", "free"])
@pytest.mark.parametrize(
    ("location", "style", "explode"),
    [*DEFINED, *OF_SEVERAL, ("query", "deepObject", True), ("query", "deepObject", False)],
)
@BOUNDED
@given(data=st.data())
def test_what_is_written_of_an_array_or_an_object_is_read_as_it(
    location: str, style: str, explode: bool, schema: Any, data: st.DataObject
) -> None:
    of = declared(location, schema, style=style, explode=explode)
    round_trip(of, data.draw(values_of(schema, data.draw(st.sampled_from([TEXTS, PLAIN])))))


@pytest.mark.parametrize("media_type", ["application/json", "application/problem+json", "text/plain"])
@pytest.mark.parametrize("location", ["path", "query", "header", "cookie", "querystring"])
@BOUNDED
@given(data=st.data())
def test_what_is_written_as_a_media_type_is_read_as_it(location: str, media_type: str, data: st.DataObject) -> None:
    schema = STRING if media_type == "text/plain" else PERSON
    of = declared(location, None, content={media_type: {"schema": schema}})
    value = data.draw(values_of(schema, TEXTS))
    assume(value != "" or location != "querystring")  # no query at all
    round_trip(of, value)


@pytest.mark.parametrize("location", ["path", "query", "header", "cookie", "querystring"])
@BOUNDED
@given(data=st.data())
def test_what_is_written_as_a_form_is_read_as_it(location: str, data: st.DataObject) -> None:
    schema = {"type": "object", "properties": {"a": STRING, "b": INTEGERS, "c": COLOR, "d": STRINGS, "e": PERSON}}
    encoding = {"d": {"style": "pipeDelimited", "explode": False}, "e": {"style": "deepObject"}}
    content = {"application/x-www-form-urlencoded": {"schema": schema, "encoding": encoding}}
    round_trip(declared(location, None, content=content), data.draw(values_of(schema, TEXTS)))


@pytest.mark.parametrize(
    ("location", "collection"),
    [
        *((place, how) for place in ("path", "query", "header") for how in ("csv", "ssv", "tsv", "pipes")),
        ("query", "multi"),
    ],
)
@BOUNDED
@given(data=st.data())
def test_what_is_written_by_a_collection_format_is_read_as_it(
    location: str, collection: str, data: st.DataObject
) -> None:
    inner_format = "csv" if collection == "pipes" else "pipes"
    schema = {"type": "array", "items": {**STRINGS, "collectionFormat": inner_format}, "collectionFormat": collection}
    of = declared(location, schema, "2.0")
    inner = st.lists(PLAIN, min_size=1, max_size=3)
    round_trip(of, data.draw(st.lists(inner, min_size=1, max_size=3)))


@BOUNDED
@given(TEXTS)
@example("%41")
def test_reserved_characters_may_stay_as_they_are(text: str) -> None:
    for location in ("query", "cookie"):
        of = declared(location, STRING, allowReserved=True)
        assert read(of, write(of, text)) == text
    several = declared("query", STRINGS, allowReserved=True, explode=False)
    assert read(several, write(several, [text, text])) == [text, text]


@BOUNDED
@given(st.data())
@pytest.mark.parametrize("explode", [False, True])
@pytest.mark.parametrize("location", ["query", "cookie", "path"])
def test_arrays_in_arrays_and_in_objects_are_read_as_they_were_written(
    location: str, explode: bool, data: st.DataObject
) -> None:
    for inner, values in ((INTEGERS, st.integers()), (STRINGS, TEXTS)):
        several = st.lists(st.lists(values, max_size=3), min_size=1, max_size=3)
        of = declared(location, {"type": "array", "items": inner}, explode=explode)
        round_trip(of, data.draw(several))
        of = declared(location, {"type": "object", "properties": {"a": inner, "b": STRING}}, explode=explode)
        round_trip(of, {"a": data.draw(several)[0], "b": "x"})


@pytest.mark.parametrize(
    ("location", "schema", "fields", "value", "text"),
    [
        ("query", BOOLEAN, {}, True, "p=true"),
        ("query", NUMBER, {}, 1.5, "p=1.5"),
        ("query", STRING, {}, "a b&c=d", "p=a%20b%26c%3Dd"),
        ("query", STRING, {}, "", "p="),
        ("query", STRING, {}, None, "p="),
        ("query", STRINGS, {}, [], ""),
        ("query", STRINGS, {}, ["a", None, ""], "p=a&p="),
        (
            "query",
            {**STRING, "format": "date-time"},
            {},
            datetime(2026, 1, 2, tzinfo=UTC),
            "p=2026-01-02T00%3A00%3A00Z",
        ),
        ("query", {**STRING, "format": "date"}, {}, date(2026, 1, 2), "p=2026-01-02"),
        ("query", {**STRING, "format": "uuid"}, {}, UUID(int=1), "p=00000000-0000-0000-0000-000000000001"),
        ("query", FREE, {}, {"a": "1", "b": None}, "a=1"),
        ("query", STRING, {"allowReserved": True}, "a/b?c,d;e=f&g+h#i[j]%2F", "p=a/b?c,d;e=f%26g%2Bh%23i%5Bj%5D%252F"),
        ("cookie", STRING, {"allowReserved": True}, 'a;b,c "d\\\t/e', "p=a%3Bb%2Cc%20%22d%5C%09/e"),
        ("query", STRINGS, {"allowReserved": True, "explode": False}, ["a/b,c", "d"], "p=a/b%2Cc,d"),
        ("query", COLOR, {"style": "deepObject"}, {"R": 1, "G": 2}, "p%5BR%5D=1&p%5BG%5D=2"),
        ("query", FREE, {"style": "deepObject"}, {"a": {"b": ["x", "y"]}}, "p%5Ba%5D%5Bb%5D=x&p%5Ba%5D%5Bb%5D=y"),
        ("query", {"type": "array", "items": COLOR}, {}, [{"R": 1}], "p=%7B%22R%22%3A1%7D"),
        ("path", STRING, {}, "a/b,c", "a%2Fb%2Cc"),
        ("path", STRING, {"allowReserved": True}, "a/b,c", "a%2Fb,c"),
        ("path", STRINGS, {}, [], ""),
        ("header", STRING, {}, "50% é", "50% é"),
        ("cookie", STRINGS, {"style": "cookie"}, ["a", "b%"], "p=a; p=b%"),
        ("cookie", STRINGS, {}, ["a", "b;"], "p=a&p=b%3B"),
    ],
)
def test_what_is_written(location: str, schema: Any, fields: dict[str, Any], value: Any, text: str) -> None:
    assert write(declared(location, schema, **fields), value) == text


@pytest.mark.parametrize(
    ("location", "schema", "fields", "value", "why"),
    [
        ("query", STRINGS, {"style": "pipeDelimited"}, ["a|b"], "'a|b' has '|' in it, which style pipeDelimited has"),
        ("query", STRING, {"style": "pipeDelimited"}, "a", "style pipeDelimited is for arrays and objects"),
        ("query", STRING, {"style": "deepObject"}, None, "style deepObject is for objects"),
        ("query", FREE, {"style": "deepObject"}, {"a]": "1"}, "'a]' has brackets, by which style deepObject tells"),
        (
            "query",
            STRINGS,
            {"style": "spaceDelimited", "explode": True},
            ["a"],
            "no style 'spaceDelimited' with explode",
        ),
        ("query", STRING, {}, "\ud800", "half of a surrogate pair has no UTF-8"),
        ("query", NUMBER, {}, float("nan"), ""),
        ("path", STRINGS, {"style": "label", "explode": True}, ["1.5"], "'1.5' has '.' in it"),
        ("header", STRING, {}, "a\r\nSet-Cookie: b=1", "a header has no control characters"),
        ("header", STRINGS, {}, ["a,b"], "'a,b' has ',' in it"),
        ("header", STRINGS, {}, [""], "an empty header is an empty list"),
        ("header", STRINGS, {}, ["a", ""], "nobody reads an empty item of a header"),
        ("cookie", STRING, {"style": "cookie"}, "a; b=1", "a cookie of style cookie cannot hold this"),
    ],
)
def test_what_a_style_cannot_carry_is_refused(
    location: str, schema: Any, fields: dict[str, Any], value: Any, why: str
) -> None:
    with pytest.raises(Unwritable) as caught:
        write(declared(location, schema, **fields), value)
    assert why in str(caught.value)


def test_arrays_of_swagger_2_are_joined_by_their_collection_formats() -> None:
    schema = {"type": "array", "items": {**INTEGERS, "collectionFormat": "csv"}, "collectionFormat": "pipes"}
    assert write(declared("query", schema, "2.0"), [[1, 2], [3]]) == "p=1,2%7C3"
    assert write(declared("query", {**INTEGERS, "collectionFormat": "multi"}, "2.0"), [1, 2]) == "p=1&p=2"


@pytest.mark.parametrize(
    ("schema", "value", "text"),
    [(STRINGS, ["a", "b"], "p%5B0%5D=a&p%5B1%5D=b"), ({"type": ["string", "object"]}, "", "p=")],
)
def test_arrays_and_texts_of_deep_object_are_read_as_they_were_written(schema: Any, value: Any, text: str) -> None:
    of = declared("query", schema, style="deepObject", explode=True)
    assert (write(of, value), read(of, text)) == (text, value)


def test_an_array_of_deep_object_may_have_empty_brackets() -> None:
    assert read(declared("query", STRINGS, style="deepObject", explode=True), "p%5B%5D=a&p%5B%5D=b") == ["a", "b"]
