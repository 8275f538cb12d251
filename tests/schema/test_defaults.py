"""Defaults of properties: what an unset one reads as, and that nothing else knows of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from pymacaron.schema.codec import Codec, Schemas
from pymacaron.schema.models import is_set

Make = Callable[..., Codec]

SCHEMA = {
    "type": "object",
    "properties": {
        "count": {"type": "integer", "default": 1},
        "at": {"type": "string", "format": "date-time", "default": "2026-01-31T00:00:00Z"},
        "line": {"type": "object", "properties": {"n": {"type": "integer", "default": 7}}, "default": {"n": 5}},
        "tags": {"type": "array", "items": {"type": "string"}, "default": ["a"]},
        "null": {"type": ["integer", "null"], "default": None},
        "flag": {"type": ["boolean", "null"], "default": True},
        "note": {"type": "string"},
        "odd": {"type": "integer", "default": "many"},
    },
}


def test_an_unset_property_reads_as_its_default(codec_of: Make) -> None:
    it = codec_of(SCHEMA).decode(b"{}")
    assert (it.count, it["count"], it.at, it.tags, it.null, it.flag, it.note) == (
        1,
        1,
        datetime(2026, 1, 31, tzinfo=UTC),
        ["a"],
        None,
        True,
        None,
    )
    assert (it.line.n, type(it.line).get_model_name()) == (5, "ItLine")


def test_a_default_that_its_schema_refuses_reads_as_it_is_written(codec_of: Make) -> None:
    assert codec_of(SCHEMA).decode(b"{}").odd == "many"


def test_nothing_but_reading_knows_of_a_default(codec_of: Make) -> None:
    codec = codec_of(SCHEMA)
    it = codec.decode(b"{}")
    read = [it.count, it.at, it.line, it.tags, it["tags"]]
    assert (len(read), list(it), "count" in it, is_set(it, "count"), it.to_json(), codec.encode(it)) == (
        5,
        [],
        False,
        False,
        {},
        b"{}",
    )
    assert it == codec.decode(b"{}")
    assert it != codec.decode(b'{"count":1}')
    assert (it.clone().to_json(), repr(it)) == ({}, "It()")


def test_what_is_set_to_its_default_is_sent(codec_of: Make) -> None:
    codec = codec_of(SCHEMA)
    it = codec.decode(b"{}")
    it.count = 1
    assert codec.encode(it) == b'{"count":1}'
    del it.count
    assert (it.count, codec.encode(it)) == (1, b"{}")


def test_null_stays_null(codec_of: Make) -> None:
    codec = codec_of(SCHEMA)
    it = codec.decode(b'{"flag":null}')
    assert (it.flag, codec.encode(it)) == (None, b'{"flag":null}')
    it.flag = False
    assert it.flag is False
    it.count = None  # which unsets what cannot be null
    assert (it.count, codec.encode(it)) == (1, b'{"flag":false}')


def test_a_list_or_object_that_is_changed_is_set(codec_of: Make) -> None:
    codec = codec_of(SCHEMA)
    it, other = codec.decode(b"{}"), codec.decode(b"{}")
    assert it.tags is it.tags
    it.tags.append("b")
    it.line.n = 6
    assert (is_set(it, "tags"), it.tags, codec.encode(it)) == (True, ["a", "b"], b'{"tags":["a","b"],"line":{"n":6}}')
    assert (other.tags, codec.encode(other)) == (["a"], b"{}")
    it.tags.append("c")
    assert codec.encode(it) == b'{"tags":["a","b","c"],"line":{"n":6}}'


def test_a_default_of_a_default_that_is_changed_sets_both(codec_of: Make) -> None:
    inner = {"type": "object", "properties": {"tags": {"type": "array", "default": []}}, "default": {}}
    codec = codec_of({"type": "object", "properties": {"inner": inner}})
    it = codec.decode(b"{}")
    it.inner.tags.append(1)
    assert codec.encode(it) == b'{"inner":{"tags":[1]}}'


def test_true_for_one_is_a_change(codec_of: Make) -> None:
    codec = codec_of({"type": "object", "properties": {"list": {"type": "array", "default": [1]}}})
    it = codec.decode(b"{}")
    it.list[0] = True
    assert codec.encode(it) == b'{"list":[true]}'


def test_a_default_of_a_list_that_was_replaced_is_forgotten(codec_of: Make) -> None:
    codec = codec_of(SCHEMA)
    it = codec.decode(b"{}")
    old = it.tags
    it.tags = ["x"]
    del it.tags
    old.append("y")
    assert (it.tags, codec.encode(it)) == (["a"], b"{}")


@pytest.mark.parametrize(("version", "value"), [("3.0.3", "theirs"), ("3.1.0", "mine")])
def test_a_default_beside_a_reference_counts_by_version(codec_of: Make, version: str, value: str) -> None:
    schema = {
        "type": "object",
        "properties": {"name": {"$ref": "#/components/schemas/Name", "default": "mine"}},
    }
    it = codec_of(schema, version, others={"Name": {"type": "string", "default": "theirs"}}).decode(b"{}")
    assert it.name == value


@pytest.mark.parametrize("version", ["2.0", "3.0.3", "3.1.0"])
def test_the_nearest_default_of_an_all_of_counts(codec_of: Make, version: str) -> None:
    where = "definitions" if version == "2.0" else "components/schemas"
    schema = {
        "type": "object",
        "properties": {
            "a": {"allOf": [{"$ref": f"#/{where}/Name"}], "default": "mine"},
            "b": {"allOf": [{"$ref": f"#/{where}/Name"}]},
        },
    }
    it = codec_of(schema, version, others={"Name": {"type": "string", "default": "theirs"}}).decode(b"{}")
    assert (it.a, it.b) == ("mine", "theirs")


def test_a_default_of_an_alternative_alone_is_no_default(codec_of: Make) -> None:
    schema = {
        "type": "object",
        "properties": {"kind": {"type": "string"}},
        "anyOf": [{"properties": {"n": {"type": "integer", "default": 3}}}, {"properties": {"m": {}}}],
    }
    assert codec_of(schema).decode(b"{}").n is None


def test_a_default_of_a_format_of_ones_own_is_converted(schemas_of: Callable[..., Schemas]) -> None:
    formats = {"dec": (None, Decimal, str)}
    schema = {"type": "object", "properties": {"n": {"type": "string", "format": "dec", "default": "1.50"}}}
    it = schemas_of({"It": schema}, formats=formats).models.It()
    assert (it.n, it.to_json()) == (Decimal("1.50"), {})


def test_a_model_that_a_handler_makes_reads_defaults_too(schemas_of: Callable[..., Schemas]) -> None:
    it: Any = schemas_of({"It": SCHEMA}).models.It(note="x")
    assert (it.count, it.to_json()) == (1, {"note": "x"})
