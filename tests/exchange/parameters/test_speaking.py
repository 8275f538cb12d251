"""The type of a text is that of any schema that speaks of it, wherever that stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Make = Callable[..., Any]

INTEGER, STRING = {"type": "integer"}, {"type": "string"}
URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"

K_A = {"properties": {"k": {"const": "a"}}, "required": ["k"]}
IF_A = {"properties": {"k": STRING}, "if": K_A, "then": {"properties": {"v": INTEGER}}}
EITHER = {
    "oneOf": [
        {"properties": {"k": {"const": "a"}, "v": INTEGER}, "required": ["k"]},
        {"properties": {"k": {"const": "b"}, "v": STRING}, "required": ["k"]},
        {"properties": {"k": {"const": "c"}, "v": {"type": "array", "items": INTEGER}}, "required": ["k"]},
    ]
}

CASES = [
    ({"patternProperties": {"^x-": INTEGER}}, {"x-1": "5", "y": "5"}, {"x-1": 5, "y": "5"}),
    ({"allOf": [{"patternProperties": {"^x-": INTEGER}}]}, {"x-1": "5"}, {"x-1": 5}),
    ({"properties": {"x-1": {}}, "patternProperties": {"^x-": INTEGER}}, {"x-1": "5"}, {"x-1": 5}),
    (IF_A, {"k": "a", "v": "5"}, {"k": "a", "v": 5}),
    (IF_A, {"k": "b", "v": "5"}, {"k": "b", "v": "5"}),
    ({**IF_A, "else": {"properties": {"v": {"type": "boolean"}}}}, {"k": "b", "v": "true"}, {"k": "b", "v": True}),
    ({"dependentSchemas": {"k": {"properties": {"v": INTEGER}}}}, {"k": "1", "v": "5"}, {"k": "1", "v": 5}),
    ({"properties": {"k": STRING}, "unevaluatedProperties": INTEGER}, {"k": "1", "v": "5"}, {"k": "1", "v": 5}),
    ({"allOf": [{"properties": {"v": {}}}, {"properties": {"v": INTEGER}}]}, {"v": "5"}, {"v": 5}),
    (EITHER, {"k": "a", "v": "5"}, {"k": "a", "v": 5}),
    (EITHER, {"k": "b", "v": "5"}, {"k": "b", "v": "5"}),
    (EITHER, {"k": "c", "v": "5"}, {"k": "c", "v": [5]}),
    ({"anyOf": [{"patternProperties": {"^x": INTEGER}, "minProperties": 1}]}, {"x": "5"}, {"x": 5}),
]


@pytest.mark.parametrize(("schema", "sent", "value"), CASES)
def test_a_member_of_a_parameter_is_read_by_every_schema_that_speaks_of_it(
    parameter: Make, schema: Any, sent: dict[str, str], value: Any
):
    schema = {"type": "object", **schema}
    query = "&".join(f"p[{name}]={text}" for name, text in sent.items())
    assert parameter(schema, style="deepObject", explode=True).plain(query) == {"p": value}
    query = "&".join(f"{name}={text}" for name, text in sent.items())
    assert parameter(schema, style="form", explode=True).plain(query) == {"p": value}
    query = "p=" + ",".join(f"{name},{text}" for name, text in sent.items())
    assert parameter(schema, style="form", explode=False).plain(query) == {"p": value}


@pytest.mark.parametrize("name", [URLENCODED, MULTIPART])
@pytest.mark.parametrize(("schema", "sent", "value"), CASES)
def test_a_field_of_a_form_is_read_by_every_schema_that_speaks_of_it(
    taking: Make, name: str, schema: Any, sent: dict[str, str], value: Any
):
    called = taking({"type": "object", **schema}, name, plain_body=True)
    if name == MULTIPART:
        (form,), _ = called.arguments(content_type=name, fields=list(sent.items()))
    else:
        body = "&".join(f"{field}={text}" for field, text in sent.items()).encode()
        (form,), _ = called.arguments(body=body, content_type=name)
    assert form == value


def test_names_that_are_declared_on_a_condition_are_known_in_the_query(parameter: Make):
    called = parameter({"type": "object", **IF_A}, style="form", explode=True)
    assert called.plain("k=a&v=5&other=1") == {"p": {"k": "a", "v": 5}}


def test_what_is_wrong_elsewhere_does_not_change_how_a_member_is_read(taking: Make):
    schema = {"type": "object", **IF_A, "patternProperties": {"^x-": INTEGER}}
    called = taking(schema, URLENCODED)
    assert called.wrong(body=b"k=a&v=5&x-1=5&x-2=no", content_type=URLENCODED) == [
        ("form", "/x-2", "type", "'no' is not an integer")
    ]


def test_a_text_that_fits_no_schema_that_speaks_of_it_is_wrong(taking: Make):
    called = taking({"type": "object", "unevaluatedProperties": INTEGER}, URLENCODED)
    assert [one[:2] for one in called.wrong(body=b"v=no", content_type=URLENCODED)] == [("form", "/v")]


def test_with_many_members_that_may_be_read_in_several_ways_the_readings_are_not_multiplied(taking: Make):
    names = [f"v{number}" for number in range(200)]
    then = {"properties": dict.fromkeys(names, INTEGER)}
    called = taking({"type": "object", "if": K_A, "then": then}, URLENCODED)
    body = "k=a&" + "&".join(f"{name}=x" for name in names)
    assert len(called.wrong(body=body.encode(), content_type=URLENCODED)) == 200
