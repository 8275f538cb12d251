"""What every store gives back of what it was given, and what it refuses."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stored.tables import COUNTERS, ORDERS

from pymacaron.store.stores import ItemError, Scan, Store

SCAN = Scan()
KEY = {"customer": "ann", "at": 1}


def typed(value: Any) -> Any:
    """*value* with the class of whatever is in it, since True == 1 == 1.0."""
    if isinstance(value, dict):
        return {name: typed(one) for name, one in value.items()}
    if isinstance(value, list):
        return [typed(one) for one in value]
    if isinstance(value, (set, frozenset)):
        return set, frozenset(typed(one) for one in value)
    return type(value), value


@pytest.mark.parametrize(
    "value",
    [
        *("", "text", "Grüße, 日本, 🎉", "\x00", '"\\', b"", b"\x00\xff", None, True, False),
        *(0, 1, -1, 2**53 + 1, 2**64, -(2**200 // 10**23 * 10**23), 10**38 - 1, 10**125, 0.1, -2.5, 1e-130, 1e-7),
        *(Decimal("0.12345678901234567890123456789012345678"), Decimal("1.5E-100") + 0, Decimal("1E-130") / 1),
        *([], {}, [[]], {"a": {}}, {"$b": "aGk="}, {"$m": {"$b": 1}}, {"$s": []}, {"$": b"x", "b": 1}, {"$n": b"x"}),
        *({"a", ""}, {b"a", b""}, {1, 2.5, Decimal("0.12345678901234567890123")}, {"a": [b"x", {"b": {1}}, None]}),
    ],
)
def test_a_value_comes_back_as_it_was(store: Store, value: Any) -> None:
    if isinstance(value, Decimal) and Decimal(repr(float(value))) == value:
        value = float(value)  # which is the same number
    store.put(ORDERS, {**KEY, "value": value})
    assert typed(store.get(ORDERS, KEY)) == typed({**KEY, "value": value})


@pytest.mark.parametrize(
    ("value", "back"),
    [
        *((5.0, 5), (-0.0, 0), (1e23, 10**23), (2.0**60, 1152921504606847000), (1e125, 10**125)),
        *((Decimal("5.00"), 5), (Decimal("0.10"), 0.1), (Decimal("1E+3"), 1000), (Decimal("-0"), 0)),
        *(([1.0, {"a": 2.0}], [1, {"a": 2}]), ({1.0, Decimal("2.50")}, {1, 2.5}), (frozenset("a"), {"a"})),
    ],
)
def test_a_number_comes_back_as_an_int_a_float_or_a_decimal_whichever_it_is_exactly(
    store: Store, value: Any, back: Any
) -> None:
    store.put(ORDERS, {**KEY, "value": value})
    assert typed(store.get(ORDERS, KEY)) == typed({**KEY, "value": back})


def deep(levels: int) -> Any:
    value: Any = "leaf"
    for level in range(levels):
        value = [value] if level % 2 else {"in": value}
    return value


ATTRIBUTE = "orders: attribute 'value'"
NO_NUMBER = "which is no number that can be stored; null can, and so can what is left out"
MORE = "can be stored; as text it can have more"
MIXED = "is a set of different things; give text alone, numbers alone or bytes alone, or a list"
END = "numbers end below 1E+126"
RANGE = "and numbers end at 1E-130 and below 1E+126; as text it can have any size"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (float("nan"), f"{ATTRIBUTE} is nan, {NO_NUMBER}"),
        (float("-inf"), f"{ATTRIBUTE} is -inf, {NO_NUMBER}"),
        (Decimal("NaN"), f"{ATTRIBUTE} is NaN, {NO_NUMBER}"),
        (10**38 + 1, f"{ATTRIBUTE} is a number of 39 digits, and 38 {MORE}"),
        (Decimal("1." + "1" * 38), f"{ATTRIBUTE} is a number of 39 digits, and 38 {MORE}"),
        (10**126, f"{ATTRIBUTE} is a number of the size 1E+126, {RANGE}"),
        pytest.param(1 << 20_000, f"{ATTRIBUTE} is a number of more than 126 digits; {END}", id="huge"),
        (1e300, f"{ATTRIBUTE} is a number of the size 1E+300, {RANGE}"),
        (5e-324, f"{ATTRIBUTE} is a number of the size 1E-324, {RANGE}"),
        (Decimal("1E-131"), f"{ATTRIBUTE} is a number of the size 1E-131, {RANGE}"),
        (set(), f"{ATTRIBUTE} is a set of nothing; leave it out"),
        ({1, "a"}, f"{ATTRIBUTE} {MIXED}"),
        ({True}, f"{ATTRIBUTE} {MIXED}"),
        ("\ud800", f"{ATTRIBUTE} holds half of a surrogate pair, which is no text; give whole characters"),
        (
            [{"a": object()}],
            "orders: attribute 'value[0].a' is of the class object, which cannot be stored; "
            "text, numbers, booleans, null, bytes, lists, maps and sets can",
        ),
        ({"": 1}, "orders: a name in 'value' has 0 bytes; give one of 1 to 65,535"),
        ({1: 1}, "orders: a name in 'value' is a number; give text"),
        pytest.param("x" * 409_600, "orders: the item takes 409,620 bytes, and one has at most 409,600 (400 KB); "
         "keep large values elsewhere, and where they are in the item", id="large"),
    ],
)  # fmt: skip
def test_what_cannot_be_stored_is_refused_and_nothing_is_changed(store: Store, value: Any, told: str) -> None:
    store.put(ORDERS, {**KEY, "value": "before"})
    with pytest.raises(ItemError) as put:
        store.put(ORDERS, {**KEY, "value": value})
    with pytest.raises(ItemError) as written:
        store.write(ORDERS, [{"customer": "ann", "at": 2}, {**KEY, "value": value}])
    assert [str(put.value), str(written.value)] == [told, told]
    assert store.scan(ORDERS, SCAN).items == [{**KEY, "value": "before"}]


def test_an_item_of_400_kb_is_stored(store: Store) -> None:
    item = {**KEY, "value": "x" * (409_600 - len("customerannat") - 2 - len("value"))}
    store.put(ORDERS, item)
    assert store.get(ORDERS, KEY) == item
    with pytest.raises(ItemError, match="takes 409,601 bytes"):
        store.put(ORDERS, {**item, "value": item["value"] + "x"})


def test_a_value_lies_at_most_32_levels_deep(store: Store) -> None:
    store.put(ORDERS, {**KEY, "value": deep(31)})
    assert store.get(ORDERS, KEY) == {**KEY, "value": deep(31)}
    with pytest.raises(ItemError, match="is nested deeper than 32 levels"):
        store.put(ORDERS, {**KEY, "value": deep(32)})


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"customer": None}, "orders: attribute 'customer' is null, and in the table's key it is text; give text"),
        ({"customer": ""}, "orders: attribute 'customer' is empty, which a part of the table's key may not be; "
         "give at least one character"),
        ({"customer": "é" * 1025}, "orders: attribute 'customer' takes 2,050 bytes, and the hash of a key has at most "
         "2,048; give a shorter one, such as a digest of it"),
        ({"at": "1"}, "orders: attribute 'at' is text, and in the table's key it is a number; give a number"),
        ({"at": True}, "orders: attribute 'at' is a boolean, and in the table's key it is a number; give a number"),
        ({"at": float("inf")}, f"orders: attribute 'at' is inf, {NO_NUMBER}"),
        ({"status": None}, "orders: attribute 'status' is null, and in the key of an index it is text; "
         "give text, or leave it out"),
        ({"status": ""}, "orders: attribute 'status' is empty, which a part of the key of an index may not be; "
         "give at least one character"),
        ({"tag": "t"}, "orders: attribute 'tag' is text, and in the key of an index it is bytes; "
         "give bytes, or leave it out"),
        ({"tag": b""}, "orders: attribute 'tag' is empty, which a part of the key of an index may not be; "
         "give at least one byte"),
    ],
)  # fmt: skip
def test_a_key_has_its_type_and_its_size(store: Store, changed: dict[str, Any], told: str) -> None:
    with pytest.raises(ItemError) as refused:
        store.put(ORDERS, {**KEY, **changed})
    assert str(refused.value) == told
    assert store.scan(ORDERS, SCAN).items == []


def test_an_item_without_its_key_is_refused(store: Store) -> None:
    told = "orders: attribute 'at' is not there, and it is part of the table's key; give a number"
    for ask in (
        lambda: store.put(ORDERS, {"customer": "ann"}),
        lambda: store.get(ORDERS, {"customer": "ann"}),
        lambda: store.delete(ORDERS, {"customer": "ann"}),
        lambda: store.write(ORDERS, [], [{"customer": "ann"}]),
    ):
        with pytest.raises(ItemError) as refused:
            ask()
        assert str(refused.value) == told


def test_what_comes_out_is_a_copy(store: Store) -> None:
    item = {**KEY, "tags": ["a"]}
    store.put(ORDERS, item)
    item["tags"].append("b")  # type: ignore[attr-defined]
    got = store.get(ORDERS, KEY)
    assert got == {**KEY, "tags": ["a"]}
    got["tags"].append("c")
    assert store.get(ORDERS, KEY) == {**KEY, "tags": ["a"]}


text = st.text(max_size=8)
numbers = (
    st.integers(-(10**38) + 1, 10**38 - 1)
    | st.floats(-1e100, 1e100, allow_nan=False).filter(lambda one: one == 0 or abs(one) > 1e-130)
    | st.decimals(-(10**6), 10**6, places=12)
)
sets = (
    st.sets(text, min_size=1, max_size=3)
    | st.sets(st.binary(max_size=4), min_size=1, max_size=3)
    | st.sets(numbers, min_size=1, max_size=3)
)
atoms = st.none() | st.booleans() | text | st.binary(max_size=8) | numbers | sets
names = st.text(min_size=1, max_size=5) | st.sampled_from(["$b", "$n", "$s", "$m"])
values = st.recursive(
    atoms, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4), max_leaves=12
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(item=st.dictionaries(names.filter(lambda name: name != "name"), values, max_size=5))
def test_any_item_comes_back_and_is_then_stored_as_it_is(store: Store, item: dict[str, Any]) -> None:
    whole = {"name": "n", **item}
    store.put(COUNTERS, whole)
    got = store.get(COUNTERS, {"name": "n"})
    assert as_decimals(got) == as_decimals(whole)
    store.put(COUNTERS, got or {})
    assert typed(store.get(COUNTERS, {"name": "n"})) == typed(got)


def as_decimals(value: Any) -> Any:
    """*value* with the decimal number in place of each number: of a float, that which its text says."""
    if isinstance(value, dict):
        return {name: as_decimals(one) for name, one in value.items()}
    if isinstance(value, list):
        return [as_decimals(one) for one in value]
    if isinstance(value, (set, frozenset)):
        return {as_decimals(one) for one in value}
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return value
