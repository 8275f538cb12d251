"""Items and AttributeValues: what is sent is what comes back, number by number."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from pymacaron.store.attributes import decoded, encoded
from pymacaron.store.stores import Item, ItemError

TEXTS = st.text(st.characters(exclude_categories=("Cs",)))
FLOATS = st.floats(-1e100, 1e100).filter(lambda value: not value.is_integer() and abs(value) > 1e-100)
NUMBERS = st.integers(-(10**37), 10**37) | FLOATS
SETS = st.sets(TEXTS, min_size=1) | st.sets(st.binary(), min_size=1) | st.sets(st.integers(0, 10**30), min_size=1)
LEAVES = st.none() | st.booleans() | NUMBERS | TEXTS | st.binary() | SETS
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4))


@given(st.dictionaries(TEXTS, VALUES, max_size=5))
def test_what_is_read_is_what_was_written(item: Item) -> None:
    assert decoded(encoded(item)) == item


@given(st.dictionaries(TEXTS, VALUES, max_size=5))
def test_boto3_reads_the_same(item: Item) -> None:
    read = {name: TypeDeserializer().deserialize(value) for name, value in encoded(item).items()}
    assert {name: TypeSerializer().serialize(value) for name, value in read.items()}.keys() == item.keys()
    assert {name: value for name, value in read.items() if isinstance(value, (str, bool))} == {
        name: value for name, value in item.items() if isinstance(value, (str, bool))
    }


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("", {"S": ""}),
        (True, {"BOOL": True}),
        (2**63, {"N": "9223372036854775808"}),
        (0.1, {"N": "0.1"}),
        (-0.0, {"N": "0"}),
        (1e-7, {"N": "1e-07"}),
        (Decimal("1.10"), {"N": "1.10"}),
        (None, {"NULL": True}),
        (b"\x00\xff", {"B": b"\x00\xff"}),
        ([], {"L": []}),
        ({"a": 1}, {"M": {"a": {"N": "1"}}}),
        ({"b", "a"}, {"SS": ["a", "b"]}),
        ({2, 1}, {"NS": ["1", "2"]}),
        (frozenset((b"a",)), {"BS": [b"a"]}),
    ],
)
def test_a_value_is_sent_as_dynamodb_has_it(value: Any, sent: Any) -> None:
    assert encoded({"it": value}) == {"it": sent}


@pytest.mark.parametrize(
    ("digits", "value"),
    [
        ("12", 12),
        ("12.0", 12),
        ("1E+3", 1000),
        ("-0", 0),
        ("0.1", 0.1),
        ("0.10", 0.1),
        ("1e-130", 1e-130),
        ("0.12345678901234567890123456789", Decimal("0.12345678901234567890123456789")),
        ("123456789012345678901234567890.5", Decimal("123456789012345678901234567890.5")),
    ],
)
def test_a_number_comes_back_whole_or_exact(digits: str, value: Any) -> None:
    found = decoded({"it": {"N": digits}})["it"]
    assert (type(found), found) == (type(value), value)


def test_what_items_do_not_have_is_refused() -> None:
    with pytest.raises(ItemError) as refused:
        encoded({"it": [object()]})
    assert str(refused.value) == (
        "A value of type object cannot be stored: give text, a number, a boolean, bytes, a list or a dict"
    )
