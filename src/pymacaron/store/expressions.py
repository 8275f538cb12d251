"""
Comparisons -> the expressions that DynamoDB is asked with. No I/O.

Every name is an alias (#0) and every value, too (:0): no word is reserved, and nothing that users give is parsed. The
type of what is compared is asked for beside its value, so that those that stand in for DynamoDB compare no other.
Source: "Condition and filter expressions" and "Key condition expressions" in the Developer Guide of Amazon DynamoDB.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pymacaron.store.attributes import AttributeValue, to_value
from pymacaron.store.conditions import Comparison
from pymacaron.store.definition import Key
from pymacaron.store.ordering import ordered

__all__ = ["Terms", "condition", "key_condition"]

#: The types that have an order
_ORDERED = ("S", "N", "B")


class Terms:
    """What the aliases of the expressions of one request stand for."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._values: dict[str, AttributeValue] = {}

    def name(self, attribute: str) -> str:
        return self._names.setdefault(attribute, f"#{len(self._names)}")

    def value(self, value: AttributeValue) -> str:
        alias = f":{len(self._values)}"
        self._values[alias] = value
        return alias

    def arguments(self) -> dict[str, Any]:
        """ExpressionAttributeNames and ExpressionAttributeValues, each where there is one."""
        given: dict[str, Any] = {}
        if self._names:
            given["ExpressionAttributeNames"] = {alias: name for name, alias in self._names.items()}
        if self._values:
            given["ExpressionAttributeValues"] = self._values
        return given


def condition(terms: Terms, comparisons: Iterable[Comparison]) -> str:
    """An expression that is true where all of *comparisons* are; at least one. It fits conditions and filters."""
    return " AND ".join(_WRITERS[one.operator](terms, one) for one in comparisons)


def _present(terms: Terms, one: Comparison) -> str:
    return f"attribute_exists({terms.name(one.attribute)})"


def _absent(terms: Terms, one: Comparison) -> str:
    return f"attribute_not_exists({terms.name(one.attribute)})"


def _never(terms: Terms, one: Comparison) -> str:
    name = terms.name(one.attribute)
    return f"attribute_exists({name}) AND attribute_not_exists({name})"


def _typed(terms: Terms, one: Comparison, kind: str) -> str:
    return f"attribute_type({terms.name(one.attribute)}, {terms.value({'S': kind})})"


def _equal(terms: Terms, one: Comparison) -> str:
    value = to_value(one.values[0])
    return f"{_typed(terms, one, _kind(value))} AND {terms.name(one.attribute)} = {terms.value(value)}"


def _other(terms: Terms, one: Comparison) -> str:
    value = to_value(one.values[0])
    return f"(NOT {_typed(terms, one, _kind(value))} OR {terms.name(one.attribute)} <> {terms.value(value)})"


def _ordered(terms: Terms, one: Comparison) -> str:
    """Of a value that has no order nothing is less or greater; DynamoDB would refuse the question."""
    value = to_value(one.values[0])
    if _kind(value) not in _ORDERED:
        return _never(terms, one)
    typed = _typed(terms, one, _kind(value))
    return f"{typed} AND {terms.name(one.attribute)} {one.operator} {terms.value(value)}"


def _between(terms: Terms, one: Comparison) -> str:
    first, last = one.values
    both = (Comparison(one.attribute, ">=", (first,)), Comparison(one.attribute, "<=", (last,)))
    return " AND ".join(_ordered(terms, each) for each in both)


def _begins_with(terms: Terms, one: Comparison) -> str:
    value = to_value(one.values[0])
    if _kind(value) not in ("S", "B"):
        return _never(terms, one)
    typed = _typed(terms, one, _kind(value))
    return f"{typed} AND begins_with({terms.name(one.attribute)}, {terms.value(value)})"


def _contains(terms: Terms, one: Comparison) -> str:
    return f"contains({terms.name(one.attribute)}, {terms.value(to_value(one.values[0]))})"


def _kind(value: AttributeValue) -> str:
    return next(iter(value))


_WRITERS: Mapping[str, Callable[[Terms, Comparison], str]] = {
    "=": _equal,
    "<>": _other,
    "<": _ordered,
    "<=": _ordered,
    ">": _ordered,
    ">=": _ordered,
    "between": _between,
    "begins_with": _begins_with,
    "contains": _contains,
    "present": _present,
    "absent": _absent,
}


# ---- of keys


def key_condition(terms: Terms, key: Key, hash: Any, range: Comparison | None) -> str | None:
    """
    Which items of *key* are asked for; None where there can be none. Both are such as the key can be asked for:
    asked_range() of pages.py has looked at them.
    """
    told = f"{terms.name(key.hash.name)} = {terms.value(to_value(hash))}"
    if range is None:
        return told
    more = _range_condition(terms, terms.name(range.attribute), range)
    return None if more is None else f"{told} AND {more}" if more else told


def _range_condition(terms: Terms, name: str, asked: Comparison) -> str | None:
    """'' where every item fits, None where none does. No key is empty, and DynamoDB does not compare it with that."""
    first, last = asked.values[0], asked.values[-1]
    if asked.operator == "between":
        if ordered(first) > ordered(last) or _is_empty(last):
            return None
        if _is_empty(first):
            return f"{name} <= {terms.value(to_value(last))}"
        return f"{name} BETWEEN {terms.value(to_value(first))} AND {terms.value(to_value(last))}"
    if _is_empty(first):
        return "" if asked.operator in (">", ">=", "begins_with") else None
    if asked.operator == "begins_with":
        return f"begins_with({name}, {terms.value(to_value(first))})"
    return f"{name} {asked.operator} {terms.value(to_value(first))}"


def _is_empty(value: Any) -> bool:
    return value in ("", b"")
