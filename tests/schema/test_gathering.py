from __future__ import annotations

from typing import Any

import pytest

from pymacaron.schema.gathering import Gathered, Lists, Maps, Nullable, Objects, Walk, nothing

ODD = [
    "",
    "it's",
    '"',
    "\\",
    "a\nb",
    "\r",
    "\x00",
    "{x}",
    "])(",
    "count",
    "found",
    "value",
    "values",
    "__class__",
    "\ud800",
    "ü",
]


def walked(walk: Walk, value: Any, width: int = 2) -> tuple[int, list[list[Any]]]:
    found = nothing(width)()
    return walk.one(value, found), found


def walked_many(walk: Walk, values: list[Any], width: int = 2) -> tuple[int, list[list[Any]]]:
    found = nothing(width)()
    return walk.many(values, found), found


@pytest.mark.parametrize("name", ODD)
def test_a_name_is_nothing_but_a_name(name: str) -> None:
    for required in (frozenset([name]), frozenset[str]()):
        objects = Objects({name: Gathered(1)}, required)
        assert walked(objects, {name: 7}) == (1, [[], [7]])
        assert walked_many(objects, [{name: 7}, {name: 8}]) == (2, [[], [7, 8]])
        around = Objects({name: objects}, required)
        assert walked(around, {name: {name: 7}}) == (2, [[], [7]])
        assert walked_many(around, [{name: {name: 7}}]) == (2, [[], [7]])


def test_what_may_be_missing_is_gathered_where_it_is_there() -> None:
    inner = Objects({"b": Gathered(1)}, frozenset())
    objects = Objects({"a": Gathered(0), "in": inner}, frozenset())
    values = [{"x": 1}, {"a": 1, "in": {}}, {"in": {"b": 2}}]
    assert [walked(objects, value) for value in values] == [(1, [[], []]), (2, [[1], []]), (2, [[], [2]])]
    assert walked_many(objects, values) == (5, [[1], [2]])


def test_members_are_counted_in_all_that_is_walked_through() -> None:
    objects = Objects({}, frozenset())
    maps, lists, nullable = Maps(objects), Lists(objects), Nullable(objects)
    one = {"a": 1, "b": 2}
    assert walked(Maps(None), one)[0] == 2
    assert (walked(maps, {"k": one})[0], walked_many(maps, [{"k": one}, {}])[0]) == (3, 3)
    assert (walked(lists, [one, one])[0], walked_many(lists, [[one], [], [one]])[0]) == (4, 4)
    assert (walked(nullable, None)[0], walked_many(nullable, [None, one])[0]) == (0, 2)


def test_each_walk_begins_with_empty_lists() -> None:
    fresh = nothing(3)
    fresh()[1].append(1)
    assert fresh() == [[], [], []]


def test_strangers_are_the_members_that_no_type_has() -> None:
    inner = Objects({}, frozenset(), frozenset("a"), 2)
    closed = Objects({"in": inner}, frozenset(), frozenset(["in"]))
    objects = Objects(
        {"l": Lists(closed), "m": Maps(inner), "n": Nullable(inner), "g": Gathered(1)},
        frozenset(),
        frozenset("lmng"),
        1,
    )
    value = {"l": [{"in": {"a": 1, "b": 2}, "x": 1}, 7], "m": {"k": {"c": 1}}, "n": None, "g": {"y": 1}, "z": 1}
    assert sorted(objects.strangers(value)) == [(1, "z"), (2, "b"), (2, "c")]
    for other in (None, 7, [], {"l": 7, "m": 7, "n": 7}):
        assert list(objects.strangers(other)) == []
