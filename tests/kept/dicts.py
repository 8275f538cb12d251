"""A store in the fewest lines: a dict. For tests of what asks stores."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from pymacaron.store.conditions import Comparison
from pymacaron.store.definition import Definition
from pymacaron.store.stores import ConditionFailedError, Item, Query, Rows, Scan

__all__ = ["Dicts"]


def number(value: Any) -> Any:
    """A number as stores give it back."""
    if value.__class__ is dict:
        return {name: number(one) for name, one in value.items()}
    if value.__class__ is list:
        return [number(one) for one in value]
    if value.__class__ not in (float, Decimal):
        return value
    exact = Decimal(repr(value)) if value.__class__ is float else value
    if exact == exact.to_integral_value():
        return int(exact)
    return float(exact) if Decimal(repr(float(exact))) == exact else exact


class Dicts:
    """What a store is, in the fewest lines: items by key, whose numbers are read back as those of stores."""

    def __init__(self) -> None:
        self.items: dict[str, dict[tuple[Any, ...], Item]] = {}
        self.looked_at = 0

    def _of(self, table: Definition) -> dict[tuple[Any, ...], Item]:
        return self.items.setdefault(table.table, {})

    def _key(self, table: Definition, item: Item) -> tuple[Any, ...]:
        return tuple(item[one.name] for one in table.key.attributes)

    def get(self, table: Definition, key: Item, *, consistent: bool = True) -> Item | None:
        return copy.deepcopy(self._of(table).get(self._key(table, key)))

    def get_many(self, table: Definition, keys: Sequence[Item], *, consistent: bool = True) -> list[Item]:
        return [found for key in keys if (found := self.get(table, key)) is not None]

    def put(self, table: Definition, item: Item, where: Sequence[Comparison] = ()) -> None:
        key = self._key(table, item)
        self._demand(self._of(table).get(key), where)
        self._of(table)[key] = number(copy.deepcopy(item))

    def delete(self, table: Definition, key: Item, where: Sequence[Comparison] = ()) -> None:
        self._demand(self._of(table).get(self._key(table, key)), where)
        self._of(table).pop(self._key(table, key), None)

    def write(self, table: Definition, puts: Sequence[Item], deletes: Sequence[Item] = ()) -> None:
        for item in puts:
            self.put(table, item)
        for key in deletes:
            self.delete(table, key)

    def query(self, table: Definition, query: Query) -> Rows:
        key = table.key if query.index is None else table.indexes[query.index]
        tests = () if query.range is None else (query.range,)
        order = [one.name for one in (*key.attributes[1:], *table.key.attributes)]
        items = [
            item
            for item in self._of(table).values()
            if item.get(key.hash.name) == query.hash
            and (key.range is None or key.range.name in item)
            and all(holds(item, one) for one in tests)
        ]
        items.sort(key=lambda item: [item[name] for name in order], reverse=query.descending)
        return self._page(table, query, items, [*(one.name for one in key.attributes), *order])

    def scan(self, table: Definition, scan: Scan) -> Rows:
        return self._page(table, scan, list(self._of(table).values()), [one.name for one in table.key.attributes])

    def _page(self, table: Definition, asked: Query | Scan, items: list[Item], names: list[str]) -> Rows:
        begin = 0
        if asked.start is not None:
            keys = [{name: item[name] for name in dict.fromkeys(names)} for item in items]
            begin = keys.index({name: asked.start[name] for name in dict.fromkeys(names)}) + 1
        looked = items[begin:] if asked.limit is None else items[begin : begin + asked.limit]
        self.looked_at += len(looked)
        last = {name: looked[-1][name] for name in names} if begin + len(looked) < len(items) else None
        return Rows([copy.deepcopy(one) for one in looked if all(holds(one, test) for test in asked.where)], last)

    def _demand(self, item: Item | None, where: Sequence[Comparison]) -> None:
        if not all(holds(item or {}, one) for one in where):
            raise ConditionFailedError("no")


def holds(item: Item, test: Comparison) -> bool:
    there, value = test.attribute in item, item.get(test.attribute)
    compared: dict[str, Callable[..., bool]] = {
        "=": lambda other: there and value == other,
        "<>": lambda other: not there or value != other,
        "<": lambda other: there and value < other,
        "<=": lambda other: there and value <= other,
        ">": lambda other: there and value > other,
        ">=": lambda other: there and value >= other,
        "between": lambda first, last: there and first <= value <= last,
        "begins_with": lambda begin: there and str(value).startswith(begin),
        "contains": lambda one: there and one in (value or ()),
        "present": lambda: there,
        "absent": lambda: not there,
    }
    return compared[test.operator](*test.values)
