"""
Under which conditions something is written: the version that it was read with, what `where` asks, that it is new.

Writes that find something else than they ask for change nothing, in the store and in the model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Generic, TypeVar

from pymacaron.schema.members import put
from pymacaron.schema.models import Model
from pymacaron.store.conditions import Comparison
from pymacaron.store.definition import Definition
from pymacaron.store.forms import ended
from pymacaron.store.items import checked, place
from pymacaron.store.stores import ConditionFailedError, Item, ItemError, Store, VersionConflictError
from pymacaron.store.values import Values, unversioned

__all__ = ["Writes"]

M = TypeVar("M", bound=Model)


class Writes(Generic[M]):
    """The writes to one table of a store. *clock* gives the second of the epoch."""

    def __init__(self, store: Store, table: Definition, values: Values[M], clock: Callable[[], float]):
        self._store = store
        self._table = table
        self._values = values
        self._clock = clock

    def put(self, model: M, where: Sequence[Comparison], if_absent: bool) -> None:
        """See Table.put()."""
        item = self._values.item(model)
        name = self._table.version
        if name is None:
            self._write(model, item, [self._is_new()] if if_absent else [], where)
            return
        known = None if if_absent else _version(model, name, item.get(name))
        item = {**item, name: (known or 0) + 1}
        self._write(model, item, [self._is_new()] if if_absent else self._expected(model, known), where)
        put(model.__pym_record__, model.__pym_data__, model.__pym_record__.properties[name], item[name])

    def look(self, model: M, *, is_put: bool) -> None:
        """Raise ItemError where *model* could not be put, or deleted, whatever the store has; asks it nothing."""
        item, name = self._values.item(model), self._table.version
        known = None if name is None else _version(model, name, item.get(name))
        if not is_put:
            place(self._table, item)
        else:
            checked(self._table, item if name is None else {**item, name: (known or 0) + 1})

    def delete(self, key: Item, where: Sequence[Comparison]) -> None:
        """See Table.delete()."""
        try:
            self._store.delete(self._table, key, where)
        except ConditionFailedError:
            told = self._values.keys.shown(key)
            raise ConditionFailedError(
                f"{self._table.table}: what 'where' asks is not true of that with {told}"
            ) from None

    def delete_model(self, model: M, where: Sequence[Comparison]) -> None:
        """The same of a model, under its version."""
        item = self._values.item(model)
        name = self._table.version
        expected: list[Comparison] = []
        if name is not None:
            known = _version(model, name, item.get(name))
            expected = [_without(name, model) if known is None else Comparison(name, "=", (known,))]
        try:
            self._store.delete(self._table, self._values.keys.of(item), (*expected, *where))
        except ConditionFailedError:
            raise self._refused(model, item, expected, where) from None

    def _expected(self, model: M, version: int | None) -> list[Comparison]:
        """What has to be true of the item of *model*, which was read with *version*."""
        name = self._table.version
        assert name is not None
        if version is not None:
            return [Comparison(name, "=", (version,))]
        if unversioned(model) is not None:
            return [Comparison(self._table.key.hash.name, "present"), _without(name, model)]
        return [self._is_new()]

    def _is_new(self) -> Comparison:
        return Comparison(self._table.key.hash.name, "absent")

    def _write(
        self, model: M, item: Item, expected: Sequence[Comparison], where: Sequence[Comparison], again: bool = True
    ) -> None:
        try:
            self._store.put(self._table, item, (*expected, *where))
        except ConditionFailedError:
            if again and self._is_new() in expected and self._is_cleared(item):
                self._write(model, item, expected, where, again=False)
                return
            raise self._refused(model, item, expected, where) from None

    def _is_cleared(self, item: Item) -> bool:
        """Whether what stood in the way of *item* was over, and is gone now."""
        ttl = self._table.ttl
        if ttl is None:
            return False
        key = self._values.keys.of(item)
        there = self._store.get(self._table, key)
        if there is None or not ended(there.get(ttl), self._clock()):
            return there is None
        try:
            self._store.delete(self._table, key, [Comparison(ttl, "=", (there[ttl],))])
        except ConditionFailedError:
            return False
        return True

    def _refused(
        self, model: M, item: Item, expected: Sequence[Comparison], where: Sequence[Comparison]
    ) -> ConditionFailedError:
        """The error that says which of them did not hold."""
        what = self._shown(model, item)
        version = self._table.version
        is_versioned = any(one.attribute == version for one in expected)
        looks = is_versioned or (where and expected)
        there = self._store.get(self._table, self._values.keys.of(item)) if looks else None
        is_where = bool(where) and (not expected or self._holds(expected, there))
        if is_where:
            return ConditionFailedError(f"{what} is not written: what 'where' asks is not true of what is there")
        if is_versioned and (there is None or ended(there.get(self._table.ttl or ""), self._clock())):
            return VersionConflictError(f"{what} is not there (any more), and a new one has to come without {version}")
        if is_versioned:
            return VersionConflictError(f"{what} was written by somebody else since it was read: read it again")
        if version is not None:
            return VersionConflictError(f"{what} is there already: read it, and save what was read")
        return ConditionFailedError(f"{what} is there already")

    def _holds(self, expected: Sequence[Comparison], there: Item | None) -> bool:
        """Whether what is expected is true of what is *there* now."""
        found = there or {}
        meant = {"present": lambda one: one.attribute in found, "absent": lambda one: one.attribute not in found}
        return all(
            meant[one.operator](one)
            if one.operator in meant
            else one.attribute in found and found[one.attribute] == one.values[0]
            for one in expected
        )

    def _shown(self, model: M, item: Item) -> str:
        return f"{model.__pym_record__.name} with {self._values.keys.shown(item)}"


def _without(name: str, model: Model) -> Comparison:
    """That what is there has no version *name*: none, or null where *model* was read so."""
    return Comparison(name, "=", (None,)) if unversioned(model) == "null" else Comparison(name, "absent")


def _version(model: Model, name: str, value: Any) -> int | None:
    """The version that *model* was read with; None where it has none."""
    if value is None:
        return None
    if value.__class__ in (int, float, Decimal) and value == int(value):
        return int(value)
    raise ItemError(f"{model.__pym_record__.name}.{name} is {value!r:.80}, and has to be the number of its last write")
