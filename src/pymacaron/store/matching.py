"""Whether Comparisons hold of an item, as in DynamoDB: values of different types are never equal, and none is less."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymacaron.store.conditions import Comparison
from pymacaron.store.definition import Definition
from pymacaron.store.items import operand
from pymacaron.store.ordering import kind, ordered
from pymacaron.store.stores import ConditionFailedError, Item

__all__ = ["demand", "holds", "prepared"]

_ORDERS = {
    "<": lambda value, other: value < other,
    "<=": lambda value, other: value <= other,
    ">": lambda value, other: value > other,
    ">=": lambda value, other: value >= other,
}


def prepared(table: Definition, where: Sequence[Comparison]) -> tuple[Comparison, ...]:
    """*where* with its values as stores give them back. Raises ItemError for one that could never be stored."""
    return tuple(
        Comparison(one.attribute, one.operator, tuple(operand(table, one.attribute, value) for value in one.values))
        for one in where
    )


def demand(table: Definition, where: Sequence[Comparison], item: Item | None) -> None:
    """Raise ConditionFailedError unless *where*, prepared(), holds of *item*, which is what is there, if anything."""
    failed = [one for one in where if not _holds(one, item or {})]
    if failed:
        asked = ", ".join(f"{one.attribute} {one.operator}" for one in failed)
        there = "the item that is there is another" if item is not None else "there is no such item"
        raise ConditionFailedError(
            f"{table.table}: {there} than asked for ({asked}). Nothing was changed; read it again"
        )


def holds(where: Sequence[Comparison], item: Item) -> bool:
    """Whether all of *where*, prepared(), is true of *item*."""
    return all(_holds(one, item) for one in where)


def _holds(asked: Comparison, item: Item) -> bool:
    operator, values = asked.operator, asked.values
    there = asked.attribute in item
    if operator in ("present", "absent"):
        return there is (operator == "present")
    if not there:
        return operator == "<>"
    value: Any = item[asked.attribute]
    if operator in ("=", "<>"):
        return _same(value, values[0]) is (operator == "=")
    if operator == "contains":
        return _contains(value, values[0])
    if operator == "begins_with":
        return kind(value) == kind(values[0]) != "N" and kind(value) is not None and bool(value.startswith(values[0]))
    if kind(value) is None or any(kind(one) != kind(value) for one in values):
        return False
    at = ordered(value)
    if operator == "between":
        return ordered(values[0]) <= at <= ordered(values[1])
    return bool(_ORDERS[operator](at, ordered(values[0])))


def _same(one: Any, other: Any) -> bool:
    """Whether both are equal and of one type, at any depth. A number() has one class for each value."""
    if one.__class__ is not other.__class__:
        return False
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(value, other[name]) for name, value in one.items())
    return bool(one == other)


def _contains(value: Any, sought: Any) -> bool:
    if isinstance(value, (list, set)):
        return any(_same(one, sought) for one in value)
    if isinstance(value, str):
        return isinstance(sought, str) and sought in value
    return isinstance(value, bytes) and isinstance(sought, bytes) and sought in value
