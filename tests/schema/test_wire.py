"""JSON text: what is read, what is refused and where, what is written."""

from __future__ import annotations

import math
import re
import sys
import tracemalloc
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymacaron.schema.codec import json_decode, json_encode, json_exact
from pymacaron.schema.violations import Violation, Violations
from pymacaron.schema.wire import plain, read_by


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


@pytest.mark.parametrize("marks", [2, 3000])
def test_more_than_one_byte_order_mark_is_no_json(marks: int) -> None:
    found = refusal(b"\xef\xbb\xbf" * marks + b'{"a":1}')
    assert (found.code, found.detail) == ("json", "is not JSON: it begins with more than one byte order mark")


def test_the_place_of_a_mistake_is_counted_after_the_byte_order_mark() -> None:
    assert refusal(b"\xef\xbb\xbf{} {}").detail == "is not JSON: extra data, line 1, column 4"


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


class Odd(float):
    pass


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (math.nan, "the value: nan is no number of JSON"),
        ({"price": math.inf}, "/price: inf is no number of JSON"),
        ({"lines": [{"n": None}, {"n": -math.inf}]}, "/lines/1/n: -inf is no number of JSON"),
        ([10**30, math.nan], "/1: nan is no number of JSON"),
        ([Odd("nan")], "/0: nan is no number of JSON"),
        ({"a/b": Decimal("NaN")}, "/a~1b: NaN is no number of JSON"),
        ((Decimal("-Infinity"),), "/0: -Infinity is no number of JSON"),
        (Decimal("sNaN"), "the value: sNaN is no number of JSON"),
        ([datetime(2026, 3, 4, 10, 11, 12)], "/0: a datetime without a time zone"),
        ({"at": {"x": datetime(2026, 3, 4, 10, 11, 12, 5)}}, "/at/x: a datetime without a time zone"),
    ],
)
def test_what_json_has_no_way_to_say_is_refused_at_its_place(value: Any, text: str) -> None:
    for reply in (False, True):
        with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
            json_exact(value, reply)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": None, "b": 1.5, "c": [10**30, None]}, '{"a":null,"b":1.5,"c":[1000000000000000000000000000000,null]}'),
        (["NaN", "Infinity", "2026-03-04T10:11:12", None], '["NaN","Infinity","2026-03-04T10:11:12",null]'),
        ([datetime(2026, 3, 4, tzinfo=UTC), None], '["2026-03-04T00:00:00Z",null]'),
        ([1.7976931348623157e308, None], "[1.7976931348623157e308,null]"),
        (
            [Name("a"), Count(3), Ratio(1.5), OrderedDict(a=1), MappingProxyType({"a": b"hi"})],
            '["a",3,1.5,{"a":1},{"a":"aGk="}]',
        ),
    ],
)
def test_what_only_looks_like_that_is_sent_as_it_is(value: Any, text: str) -> None:
    assert [json_exact(value, reply).decode() for reply in (False, True)] == [text, text]


def test_what_has_no_json_is_refused_by_its_class() -> None:
    with pytest.raises(
        TypeError, match=r"^object has no JSON; models, dicts, lists, text, numbers, dates and UUIDs have$"
    ):
        json_encode({"a": object()})
    with pytest.raises(TypeError, match=r"^object has no JSON"):
        json_exact({"a": object()}, True)


def test_a_value_without_end_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(ValueError, match=r"^the value is nested too deep, or contains itself$"):
        json_encode(endless)


def test_half_a_surrogate_pair_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="surrogates not allowed"):
        json_encode("\ud800")


def peak_of(function: Callable[[], Any]) -> int:
    """The bytes that *function* takes at most."""
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_repeated_name_is_looked_for_in_memory_as_large_as_the_text() -> None:
    deep = b"[" * 800 + b",".join([b"[]"] * 100_000) + b"]" * 800
    data = b'[{"a\\u003a":1},' + deep + b"]"
    assert peak_of(lambda: json_decode(data)) < 200 * len(data)
    assert refusal(b'{"a\\u003a":[[],[[]],{"b":{"c":1,"c":2}}]}') == Violation(
        "body", "/a:/2/b/c", "json", "stands there more than once"
    )


def test_whatever_is_read_can_be_written() -> None:
    def below(calls: int, function: Callable[..., Any], value: Any) -> Any:
        return below(calls - 1, function, value) if calls else function(value)

    def is_read(depth: int) -> bool:
        try:
            return bool(json_decode(b"[" * depth + b"]" * depth) is not None)
        except Violations:
            return False

    limit, above = 500, 200_000  # where reading ends is Python's to say, and each version of it says otherwise
    while above - limit > 1:
        middle = (limit + above) // 2
        limit, above = (middle, above) if is_read(middle) else (limit, middle)
    written = 0
    for depth in range(limit - 75, limit + 75):
        for data in (b"[" * depth + b"null" + b"]" * depth, b'{"a":' * depth + b"1" + b"}" * depth):
            try:
                value = json_decode(data)
            except Violations:
                assert refusal(data) == Violation("body", "", "json", "is nested too deep")
                continue
            for write in (json_encode, json_exact, plain):
                below(24, write, value)
            written += 1
    assert 20 < written < 280, limit


LEVELS = st.lists(st.sampled_from(["[|]", "[1,|]", '{"":|}', '[{"":|}]', "[[],|]", '{"a":[],"b":|}']), max_size=9)


@given(levels=LEVELS, times=st.integers(1, 600), spaces=st.integers(0, 3000))
def test_what_has_many_levels_is_read_with_care(levels: list[str], times: int, spaces: int) -> None:
    """However few bytes they are in; and what is short and flat is read at once."""
    depth = times * sum(level.count("[") - level.count("[]") + level.count("{") for level in levels)
    heads, tails = zip(*(level.split("|") for level in levels), strict=True) if levels else ((), ())
    data = ("".join(heads) * times + "1" + "".join(tails[::-1]) * times + " " * spaces).encode()
    seen: list[int] = []
    read_by(lambda data: seen.append(calls()), data)
    assert seen[0] > calls() + 10 or depth < 500
    assert seen[0] < calls() + 10 or len(data) >= 1000


def calls() -> int:
    frame, count = sys._getframe(), 0
    while frame.f_back is not None:
        frame, count = frame.f_back, count + 1
    return count
