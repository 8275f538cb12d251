"""What can be sent comes back as it was; what cannot is refused, with its place."""

from __future__ import annotations

import io
import math
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import IntEnum
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from pymacaron import ApiPool
from pymacaron.schema.formats import FORMATS
from pymacaron.tasks.arguments import ArgumentError, UnreadableError, decode, encode, encode_call

ZONES = some.sampled_from([None, UTC, timezone(timedelta(hours=-3, minutes=7)), ZoneInfo("Europe/Paris")])
ATOMS = (
    some.none()
    | some.booleans()
    | some.integers()
    | some.floats(allow_nan=False)
    | some.text(some.characters(codec="utf-8"))
    | some.binary()
    | some.decimals(allow_nan=False)
    | some.uuids()
    | some.dates()
    | some.datetimes(timezones=ZONES)
    | some.times(timezones=ZONES)
    | some.timedeltas()
    | some.complex_numbers(allow_nan=False)
)
KEYS = some.text(some.characters(codec="utf-8")) | some.integers() | some.just("$") | some.tuples(some.text("ab"))
VALUES = some.recursive(
    ATOMS,
    lambda inner: (
        some.lists(inner)
        | some.dictionaries(KEYS, inner)
        | some.lists(inner).map(tuple)
        | some.frozensets(some.integers() | some.text("ab"))
        | some.sets(some.integers() | some.dates())
    ),
    max_leaves=20,
)


class Colour(IntEnum):
    RED = 1


@settings(deadline=None)
@given(VALUES)
def test_what_is_sent_comes_back_as_it_was(value: Any) -> None:
    back = decode(encode(value, "it"))
    assert (back, type(back)) == (value, type(value))


@settings(deadline=None)
@given(ATOMS)
def test_what_stands_alone_comes_back_to_the_letter(value: Any) -> None:
    assert repr(decode(encode(value, "it"))) == repr(value)


@pytest.mark.parametrize("value", [math.nan, Decimal("NaN"), Decimal("sNaN"), Decimal("-0.00"), -0.0, bytearray(b"a")])
def test_so_does_what_is_equal_to_others_or_to_nothing(value: Any) -> None:
    assert repr(decode(encode(value, "it"))) == repr(value)


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("uuid", "{00000000-0000-0000-0000-000000000007}"),
        ("date-time", "2016-12-31T23:59:60Z"),
        ("date-time", "2030-01-01t00:00:00.5z"),
        ("byte", "AB=="),
    ],
)
def test_what_models_read_of_a_text_of_its_own_keeps_it(format: str, text: str) -> None:
    known = FORMATS[format]
    assert known.convert is not None
    assert known.unconvert is not None
    value = known.convert(text)
    back = decode(encode([value], "it"))
    assert (back, type(back[0])) == ([value], type(value))
    assert known.unconvert(back[0]) == text


def test_what_is_reckoned_of_such_a_datetime_is_a_datetime() -> None:
    known = FORMATS["date-time"].convert
    assert known is not None
    value = known("2016-12-31T23:59:60Z") + timedelta(days=1)
    assert decode(encode(value, "it")) == value
    assert decode(encode(value.replace(tzinfo=None), "it")) == value.replace(tzinfo=None)


def test_a_model_comes_back_as_what_was_set_of_it(memory: Any) -> None:
    model = ApiPool.jobs.model
    order = model.Order(id=UUID(int=1), lines=[model.Line(text="a")])
    order["note"] = {"any": [1.5]}
    text = encode((order, model.Order()), "it")
    assert text == (
        b'{"$":"tuple","v":[{"$":"model","api":"jobs","model":"Order","v":{"id":"00000000-0000-0000-0000-000000000001",'
        b'"lines":[{"text":"a"}],"note":{"any":[1.5]}}},{"$":"model","api":"jobs","model":"Order","v":{}}]}'
    )
    assert decode(text) == (order, model.Order())


def test_the_text_of_a_set_is_the_same_in_every_process() -> None:
    code = "from pymacaron.tasks.arguments import encode; print(encode({'a', 'b', 'c', 'd', ('e',)}, 'it'))"
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(told) == 1


ENDLESS: list[Any] = []
ENDLESS.append(ENDLESS)
CAN = "send models, plain values, datetimes, UUIDs, Decimals, bytes, and lists, tuples, sets and dicts of them"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (object(), f"the argument 'x' is an object, which cannot be sent to a task: {CAN}"),
        ({"a": [Path("/")]}, f"the argument 'x'['a'][0] is a {type(Path('/')).__name__}, which cannot be sent"),
        ([(1, io.BytesIO())], "the argument 'x'[0][1] is a BytesIO, which cannot be sent"),
        ({1: {object()}}, "an item of the argument 'x'[1] is an object, which cannot be sent"),
        ({(object(),): 1}, "a key of the argument 'x'[0] is an object, which cannot be sent"),
        (Colour.RED, "the argument 'x' is a Colour, which cannot be sent"),
        (ValueError("a"), "the argument 'x' is a ValueError, which cannot be sent"),
        ((n for n in ()), "the argument 'x' is a generator, which cannot be sent"),
        (ENDLESS, "the argument 'x'" + "[0]" * 21 + "[... is nested deeper than 100 levels, or contains itself"),
        ("\ud800", "an argument has a text that is no Unicode: a lone surrogate"),
        ({"\ud800": 1}, "an argument has a text that is no Unicode: a lone surrogate"),
    ],
)
def test_what_cannot_come_back_is_refused_with_its_place(value: Any, told: str) -> None:
    with pytest.raises(ArgumentError) as raised:
        encode_call([value], {}, ["x"])
    assert str(raised.value).startswith(told)
    with pytest.raises(ArgumentError):
        encode_call([], {"x": value}, ["x"])


def test_a_model_that_has_no_json_is_refused(memory: Any) -> None:
    order = ApiPool.jobs.model.Order()
    order["note"] = math.inf
    with pytest.raises(
        ArgumentError, match=r"^the argument 'x', the model Order, has no JSON: /note: inf is no number"
    ):
        encode_call([order], {}, ["x"])


def test_a_call_is_a_list_of_arguments_and_an_object_of_those_with_names() -> None:
    text = encode_call([1, (2,)], {"more": date(2030, 1, 1), "$": b""}, ["a", "rest"])
    assert decode(text) == [[1, (2,)], {"more": date(2030, 1, 1), "$": b""}]
    assert encode_call([1], {"b": 2}, ["a", "b"]) == b'[[1],{"b":2}]'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"{", "it is no JSON"),
        (b'{"$":"matrix","v":[]}', "a value of kind 'matrix' was sent, which this version does not know"),
        (b'[{"$":["tuple"],"v":[]}]', "a value of kind ['tuple'] was sent, which this version does not know"),
        (b'{"$":"UUID","v":"x"}', "a value of kind 'UUID' was sent that is none"),
        (
            b'{"$":"datetime","v":["2030-01-01T00:00:00",0,"Mars/Olympus"]}',
            "a value of kind 'datetime' was sent that is none",
        ),
        (b'{"$":"bytes","v":"*"}', "a value of kind 'bytes' was sent that is none"),
        (b'{"$":"tuple"}', "a value of kind 'tuple' was sent that is none"),
        (b'{"$":"set","v":[[]]}', "a value of kind 'set' was sent that is none"),
        (b'{"$":"Decimal","v":"one"}', "a value of kind 'Decimal' was sent that is none"),
        (b'{"$":"model","v":{}}', "a value of kind 'model' was sent that is none"),
        (
            b'{"$":"model","api":"mars","model":"A","v":{}}',
            "a model of the api 'mars' was sent, which is not loaded here",
        ),
        (b'{"$":"text","v":["iri","x"]}', "a value of kind 'text' was sent that is none"),
    ],
)
def test_what_cannot_be_read_is_said(text: bytes, told: str) -> None:
    with pytest.raises(UnreadableError) as raised:
        decode(text)
    assert str(raised.value) == told


def test_a_model_that_is_not_known_any_more_is_said(memory: Any) -> None:
    with pytest.raises(UnreadableError, match=r"^a model was sent that is not known here: .*Ordr"):
        decode(b'{"$":"model","api":"jobs","model":"Ordr","v":{}}')


class Nowhere(tzinfo):
    """A time zone that knows no offset."""

    def utcoffset(self, when: datetime | None) -> None:
        return None

    dst = tzname = utcoffset  # type: ignore[assignment]


def test_a_time_zone_without_an_offset_cannot_be_sent() -> None:
    with pytest.raises(ArgumentError) as raised:
        encode(datetime(2026, 1, 1, tzinfo=Nowhere()), "it")
    assert str(raised.value) == "it cannot be sent to a task: its time zone has no name"
