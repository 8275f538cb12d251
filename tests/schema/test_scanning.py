"""A scan names the members of an object that do not fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pymacaron.schema.formats import FORMATS
from pymacaron.schema.leaves import Leaf
from pymacaron.schema.scanning import scan
from pymacaron.schema.validators import validator


def leaf(schema: Any) -> Leaf:
    return Leaf(schema, lambda one: validator(one, FORMATS))


LEAVES = {"a": leaf({"type": "integer", "minimum": 1}), "b": leaf({"type": "string", "enum": ["x"]})}


def found(names: list[str], required: list[str], nested: dict[str, Callable[[Any], bool]] | None = None) -> Any:
    return scan(names, {name: LEAVES[name] for name in names if name in LEAVES}, nested or {}, required)


def test_what_does_not_fit_and_what_is_missing_is_named_in_the_order_of_the_schema() -> None:
    find = found(["a", "b"], ["b"])
    assert find({"a": 1, "b": "x"}) == find({"b": "x"}) == ()
    assert find({"b": "y", "a": 0}) == ("a", "b")
    assert find({"a": None}) == ("a", "b")


def test_members_that_are_not_declared_are_told_first() -> None:
    find = found(["a", "b"], ["b"])
    assert find({"a": 1, "b": "x", "c": 1}) == (None,)
    assert find({"c": 1, "a": 0}) == (None, "a", "b")


def test_what_holds_others_is_asked_whole() -> None:
    find = found(["a", "c"], [], {"c": lambda value: value == [1]})
    assert find({"c": [1]}) == ()
    assert find({"c": [2]}) == ("c",)


def test_any_name_can_be_scanned() -> None:
    odd = ["", "'", '"""', "a'+b\n", "\\", "{m}", "absent", " in o", "é\U0001f600", "__builtins__"]
    find = scan(odd, dict.fromkeys(odd, LEAVES["b"]), {}, odd)
    assert find is not None
    assert find(dict.fromkeys(odd, "x")) == ()
    assert find(dict.fromkeys(odd, "y")) == tuple(odd)
    assert find({}) == tuple(odd)


def test_no_scan_is_made_where_most_properties_are_not_there_or_what_is_required_is_not_declared() -> None:
    names = [f"p{number}" for number in range(33)]
    leaves = dict.fromkeys(names, LEAVES["a"])
    assert scan(names, leaves, {}, []) is None
    assert scan(names[:32], leaves, {}, []) is not None
    assert scan([], {}, {}, []) is None
    assert found(["a"], ["z"]) is None
