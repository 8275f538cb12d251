"""What models are stored as, and that they come back as they were."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from kept.dicts import Dicts

from pymacaron.models import clone, to_json
from pymacaron.store import ItemError, table
from pymacaron.store.values import Values

TIME = {"type": "string", "format": "date-time"}
TEXT = {"type": "string"}
BYTES = {"type": "string", "format": "byte"}


def stored(dicts: Dicts) -> Any:
    """The one item that is there."""
    (item,) = (item for items in dicts.items.values() for item in items.values())
    return item


def test_a_property_is_stored_as_its_json_is(kept: Callable[..., Any], dicts: Dicts) -> None:
    inner = {"type": "object", "properties": {"city": TEXT}}
    Thing = kept({"id": TEXT, "n": {"type": "integer"}, "at": TIME, "where": inner, "raw": BYTES, "x": {}, "y": TEXT})
    at = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    thing = Thing(id="a", n=2**60, at=at, where={"city": "Oslo"}, raw=b"\0\1", x=[None, True, 0.1, "", {}])
    Thing.save_to_db(thing)
    assert stored(dicts) == {
        "id": "a",
        "n": 2**60,
        "at": "2026-03-04T05:06:07Z",
        "where": {"city": "Oslo"},
        "raw": b"\0\1",
        "x": [None, True, 0.1, "", {}],
    }
    again = Thing.load_from_db("a")
    assert again == thing
    assert again.at == at
    assert again.where.city == "Oslo"
    assert again.raw == b"\0\1"
    assert again.y is None


@pytest.mark.parametrize(
    "value",
    [
        1e23,
        -0.0,
        5e-324 * 2**60,
        2**53 + 1,
        10**37,
        1.7976931348623157e125,
        Decimal("0.12345678901234567890123"),
        Decimal("12345678901234567890.0"),
        Decimal("1.10"),
        Decimal("1E+30"),
        [1e23, 10**23, {"a": -0.0}],
        "",
        None,
        {},
        [],
        False,
        {"": ""},
        {"nested": {"null": None}},
    ],
)
def test_any_json_value_comes_back_as_it_was(kept: Callable[..., Any], dicts: Dicts, value: Any) -> None:
    Thing = kept({"id": TEXT, "x": {}})
    thing = Thing(id="a")
    thing["x"] = value
    Thing.save_to_db(thing)
    again = Thing.load_from_db("a")
    assert again == thing
    assert to_json(again) == to_json(thing)
    assert repr(to_json(again)) == repr(to_json(thing))


def test_null_and_absent_are_two_things(kept: Callable[..., Any], dicts: Dicts) -> None:
    Thing = kept({"id": TEXT, "a": {"type": ["string", "null"]}, "b": {"type": ["string", "null"]}})
    Thing.save_to_db(Thing(id="a", a=None))
    assert to_json(Thing.load_from_db("a")) == {"id": "a", "a": None}


@pytest.mark.parametrize(
    ("text", "stored_as", "is_exact"),
    [
        ("2026-11-23T15:30:00Z", "2026-11-23T15:30:00.000000Z", False),
        ("2026-11-23T15:30:00.5Z", "2026-11-23T15:30:00.500000Z", True),
        ("2026-11-23T15:30:00.500000Z", "2026-11-23T15:30:00.500000Z", False),
        ("2026-11-23T16:30:00+01:00", "2026-11-23T15:30:00.000000Z", True),
        ("2026-11-23t15:30:00z", "2026-11-23T15:30:00.000000Z", True),
        ("2026-11-23T15:30:00.1234560000Z", "2026-11-23T15:30:00.123456Z", True),
    ],
)
def test_times_in_keys_are_stored_so_that_they_sort(
    kept: Callable[..., Any], dicts: Dicts, text: str, stored_as: str, is_exact: bool
) -> None:
    Thing = kept({"id": TEXT, "at": TIME}, key={"hash": "id", "range": "at"})
    thing = Thing.from_json({"id": "a", "at": text})
    Thing.save_to_db(thing)
    assert stored(dicts)["at"] == stored_as
    assert ("_exact" in stored(dicts)) is is_exact
    again = Thing.load_from_db("a", thing.at)
    assert to_json(again) == {"id": "a", "at": text}
    assert Thing.load_from_db("a", text) == again
    elsewhere = thing.at.astimezone(timezone(timedelta(hours=-3)))
    assert Thing.load_from_db(at=elsewhere, id="a") == again


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("2026-11-23T15:30:00.1234567Z", "has more than the six digits of a second that a key can have"),
        ("2026-12-31T23:59:60Z", "is a leap second, which sorts with none of the others in a key"),
        ("yesterday", "is no date-time of RFC 3339 that Python has"),
        ("0001-01-01T00:00:00+01:00", "is no date-time of RFC 3339 that Python has"),
    ],
)
def test_times_that_no_key_can_have_are_refused(kept: Callable[..., Any], dicts: Dicts, text: str, fact: str) -> None:
    Thing = kept({"id": TEXT, "at": TIME}, key={"hash": "id", "range": "at"})
    with pytest.raises(ItemError, match=fact) as caught:
        Thing.save_to_db(Thing.from_json({"id": "a", "at": text}))
    assert str(caught.value).startswith("Thing.at: ")
    assert dicts.items == {}


def test_uuids_in_keys_are_one_however_they_are_written(kept: Callable[..., Any], dicts: Dicts) -> None:
    Thing = kept({"id": {"type": "string", "format": "uuid"}})
    text = "6FA459EA-EE8A-3CA4-894E-DB77E160355E"
    Thing.save_to_db(Thing.from_json({"id": text}))
    assert stored(dicts)["id"] == text.lower()
    assert to_json(Thing.load_from_db(UUID(text))) == {"id": text}
    assert to_json(Thing.load_from_db(text)) == {"id": text}


@pytest.mark.parametrize(
    ("text", "second", "is_exact"),
    [
        ("2033-05-18T03:33:20Z", 2_000_000_000, False),
        ("2033-05-18T03:33:19.1Z", 2_000_000_000, True),
        ("2033-05-18T05:33:20+02:00", 2_000_000_000, True),
    ],
)
def test_the_end_of_an_item_is_a_whole_second(
    kept: Callable[..., Any], dicts: Dicts, text: str, second: int, is_exact: bool
) -> None:
    Thing = kept({"id": TEXT, "ends": TIME}, ttl="ends")
    Thing.save_to_db(Thing.from_json({"id": "a", "ends": text}))
    assert stored(dicts)["ends"] == second
    assert ("_exact" in stored(dicts)) is is_exact
    assert to_json(Thing.load_from_db("a")) == {"id": "a", "ends": text}


def test_base64_in_any_way_of_writing_it_comes_back(kept: Callable[..., Any], dicts: Dicts) -> None:
    Thing = kept({"id": TEXT, "raw": {"type": "array", "items": BYTES}})
    texts = ["AAE=", "AAF=", "", "no base64", "AAE"]
    Thing.save_to_db(Thing.from_json({"id": "a", "raw": texts}))
    assert stored(dicts)["raw"] == [b"\0\1", b"\0\1", b"", "no base64", "AAE"]
    assert to_json(Thing.load_from_db("a")) == {"id": "a", "raw": texts}


def test_what_is_exact_counts_only_for_what_it_was_written_for(kept: Callable[..., Any], dicts: Dicts) -> None:
    Thing = kept({"id": TEXT, "x": {}})
    Thing.save_to_db(Thing.from_json({"id": "a", "x": 1e23}))
    stored(dicts)["x"] = 7
    assert to_json(Thing.load_from_db("a")) == {"id": "a", "x": 7}


def test_attributes_that_the_schema_does_not_know_stay(kept: Callable[..., Any], dicts: Dicts) -> None:
    Thing = kept({"id": TEXT})
    others = {"x": 1, "tags": {"b", "a"}, "raw": b"\0", "deep": {"set": {1, 2}}, "_exact": 5, "list": [b"\1"]}
    dicts.items["things"] = {("a",): {"id": "a", **others}}
    thing = Thing.load_from_db("a")
    assert to_json(thing) == {"id": "a", "x": 1}
    Thing.save_to_db(clone(thing))
    assert stored(dicts) == {"id": "a", **others}


def test_a_closed_schema_keeps_them_where_nobody_sees_them(kept: Callable[..., Any], dicts: Dicts) -> None:
    Thing = kept({"id": TEXT}, schema={"additionalProperties": False})
    dicts.items["things"] = {("a",): {"id": "a", "x": 1}}
    thing = Thing.load_from_db("a")
    assert to_json(thing) == {"id": "a"}
    assert thing == Thing(id="a")
    assert "x" not in repr(thing)
    Thing.save_to_db(thing)
    assert stored(dicts) == {"id": "a", "x": 1}


def test_a_set_is_read_as_a_list_and_stays_a_set(kept: Callable[..., Any], dicts: Dicts) -> None:
    Thing = kept({"id": TEXT, "tags": {"type": "array", "items": TEXT}})
    dicts.items["things"] = {("a",): {"id": "a", "tags": {"b", "a"}}}
    thing = Thing.load_from_db("a")
    assert thing.tags == ["a", "b"]
    thing.tags.append("c")
    Thing.save_to_db(thing)
    assert stored(dicts)["tags"] == {"a", "b", "c"}
    thing.tags.append("c")
    Thing.save_to_db(thing)
    assert stored(dicts)["tags"] == ["a", "b", "c", "c"]


def test_values_of_an_unexpected_type_are_given_as_they_are(kept: Callable[..., Any], dicts: Dicts) -> None:
    Thing = kept(
        {"id": TEXT, "n": {"type": "integer"}, "ends": TIME, "raw": BYTES, "text": TEXT, "at": TIME},
        ttl="ends",
        indexes={"by_at": {"hash": "at"}},
    )
    item = {"id": "a", "n": "many", "ends": 4_000_000_000.5, "raw": "?", "text": b"\0", "at": "2026"}
    dicts.items["things"] = {("a",): dict(item)}
    thing = Thing.load_from_db("a")
    assert to_json(thing) == {**item, "text": "AA=="}
    Thing.save_to_db(thing)
    assert stored(dicts) == item


def test_unset_properties_are_not_there_and_read_as_their_default(kept: Callable[..., Any], dicts: Dicts) -> None:
    Thing = kept({"id": TEXT, "size": {"type": "integer", "default": 3}, "tags": {"type": "array", "default": ["x"]}})
    Thing.save_to_db(Thing(id="a"))
    assert stored(dicts) == {"id": "a"}
    thing = Thing.load_from_db("a")
    assert (thing.size, thing.tags) == (3, ["x"])
    thing.tags.append("y")
    Thing.save_to_db(thing)
    assert stored(dicts) == {"id": "a", "tags": ["x", "y"]}


def test_an_unset_property_is_in_an_index_by_its_default(kept: Callable[..., Any], dicts: Dicts) -> None:
    properties = {"id": TEXT, "status": {"type": "string", "default": "open"}}
    Thing = kept(properties, indexes={"by_status": {"hash": "status"}})
    Thing.save_to_db(Thing(id="a"))
    assert stored(dicts) == {"id": "a", "status": "open", "_exact": {"status": ""}}
    (thing,) = table(Thing).query("open", index="by_status")
    assert to_json(thing) == {"id": "a"}
    stored(dicts)["status"] = "paid"
    thing = Thing.load_from_db("a")
    assert to_json(thing) == {"id": "a", "status": "paid"}
    Thing.save_to_db(thing)
    assert stored(dicts) == {"id": "a", "status": "paid"}


def test_members_that_only_a_condition_declares_come_back(kept: Callable[..., Any], dicts: Dicts) -> None:
    schema = {
        "unevaluatedProperties": False,
        "patternProperties": {"^p_": {}},
        "if": {"required": ["id"]},
        "then": {"properties": {"later": TEXT}},
    }
    Thing = kept({"id": TEXT}, schema=schema)
    data = {"id": "a", "later": "x", "p_1": [1]}
    Thing.save_to_db(Thing.from_json(data))
    assert to_json(Thing.load_from_db("a")) == data


def test_what_has_no_json_is_refused(kept: Callable[..., Any], dicts: Dicts) -> None:
    Thing = kept({"id": TEXT, "x": {}})
    for value, fact in (
        (float("nan"), "/x: nan is no number of JSON"),
        (datetime(2026, 1, 1), "/x: a datetime without a time zone"),
        (object(), "object has no JSON"),
    ):
        with pytest.raises(ItemError, match=fact):
            Thing.save_to_db(Thing(id="a", x=value))
    with pytest.raises(
        ItemError, match=r"^Thing holds half of a surrogate pair, which is no text; give whole characters$"
    ):
        Thing.save_to_db(Thing(id="a", x="\ud800"))
    with pytest.raises(ItemError, match=r"Thing\.id is not set, and is in the key of the table things"):
        Thing.save_to_db(Thing(x=1))
    with pytest.raises(ItemError, match=r"Thing\.id is 5, and in the key of things has to be text"):
        Thing.save_to_db(Thing(id=5))
    assert dicts.items == {}


def test_values_of_formats_of_ones_own_come_back(schemas_of: Callable[..., Any], dicts: Dicts) -> None:
    class Money:
        def __init__(self, text: str):
            self.text = text

    formats = {"money": (None, Money, lambda money: money.text)}
    schema = {
        "type": "object",
        "properties": {"id": {"type": "string", "format": "money"}},
        "x-persist": {"table": "prices", "key": {"hash": "id"}},
    }
    schemas = schemas_of({"Price": schema}, formats=formats)
    schemas.classes.keeper = table
    Price = schemas.models.Price
    Price.save_to_db(Price(id=Money("5 EUR")))
    assert stored(dicts) == {"id": "5 EUR"}
    assert Price.load_from_db(Money("5 EUR")).id.text == "5 EUR"
    assert isinstance(table(Price)._found()[1], Values)
