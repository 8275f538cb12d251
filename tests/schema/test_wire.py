"""JSON text: what is read, what is refused and where, what is written."""

from __future__ import annotations

import math
from collections import OrderedDict
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest

from pymacaron.schema.codec import json_decode, json_encode
from pymacaron.schema.violations import Violation, Violations


def refusal(data: bytes) -> Violation:
    with pytest.raises(Violations) as caught:
        json_decode(data)
    assert len(caught.value.violations) == 1
    return caught.value.violations[0]


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        (b"", "is empty; JSON is asked"),
        (b" \n ", "is empty; JSON is asked"),
        (b'{"a":1,}', "is not JSON: illegal trailing comma before end of object, line 1, column 7"),
        (b'{"a":1,\n "b": x}', "is not JSON: expecting value, line 2, column 7"),
        (b'{"a"', "is not JSON: expecting ':' delimiter, line 1, column 5"),
        (b"{} {}", "is not JSON: extra data, line 1, column 4"),
        (b"[NaN]", "is not JSON: NaN is no JSON number"),
        (b"[-Infinity]", "is not JSON: -Infinity is no JSON number"),
        (b'{"a":"\xe9"}', "is not UTF-8: line 1, column 7"),
        ('{"a":"é"}'.encode("utf-16"), "is not UTF-8: line 1, column 1"),
        (b'"\\ud800"', "is not JSON: it holds half of a surrogate pair"),
        (b"[1e999]", "holds a number that is out of range"),
        (b"1" + b"0" * 5000, "holds a number that is out of range"),
        (b"[" * 100_000, "is nested too deep"),
    ],
)
def test_what_is_no_json_is_one_violation_that_says_where(data: bytes, detail: str) -> None:
    found = refusal(data)
    if "trailing comma" in detail:  # Python before 3.13 has other words for it
        assert found.detail.startswith("is not JSON: ")
        found = Violation(found.location, found.pointer, found.code, detail)
    assert found == Violation("body", "", "json", detail)


def test_a_byte_order_mark_is_passed_over() -> None:
    assert json_decode(b'\xef\xbb\xbf{"a":1}') == {"a": 1}


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"123456789012345678901234567890", 123456789012345678901234567890),
        (b"1.0", 1.0),
        (b"null", None),
        (b'"\\u00e9"', "é"),
    ],
)
def test_values_are_read(data: bytes, value: Any) -> None:
    assert (json_decode(data), type(json_decode(data))) == (value, type(value))


class Colour(Enum):
    RED = "red"


class Name(str):
    pass


class Count(int):
    pass


class Ratio(float):
    pass


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": [1, 2.5, True, None, "é"]}, '{"a":[1,2.5,true,null,"é"]}'),
        (datetime(2026, 3, 4, tzinfo=UTC), '"2026-03-04T00:00:00Z"'),
        (date(2026, 3, 4), '"2026-03-04"'),
        (UUID(int=5), '"00000000-0000-0000-0000-000000000005"'),
        (b"hi", '"aGk="'),
        (Decimal("1.10"), "1.10"),
        (10**30, "1" + "0" * 30),
        ((1, 2), "[1,2]"),
        ({1: 2}, '{"1":2}'),
        (Colour.RED, '"red"'),
        ([Name("a"), Count(3), Ratio(1.5)], '["a",3,1.5]'),
        (OrderedDict(a=1), '{"a":1}'),
        (MappingProxyType({"a": 1}), '{"a":1}'),
        (math.nan, "null"),
    ],
)
def test_values_are_written_compactly(value: Any, text: str) -> None:
    assert json_encode(value).decode() == text


def test_what_has_no_json_is_refused_by_its_class() -> None:
    with pytest.raises(
        TypeError, match=r"^object has no JSON; models, dicts, lists, text, numbers, dates and UUIDs have$"
    ):
        json_encode({"a": object()})


def test_a_value_without_end_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(ValueError, match=r"^the value is nested too deep, or contains itself$"):
        json_encode(endless)


def test_half_a_surrogate_pair_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="surrogates not allowed"):
        json_encode("\ud800")
