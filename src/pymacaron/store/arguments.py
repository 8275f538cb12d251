"""The arguments that the methods of a table are called with -> the keys and conditions that its store is asked by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar, cast

from pymacaron.finding import with_article
from pymacaron.schema.models import Model
from pymacaron.store.conditions import Comparison, comparisons
from pymacaron.store.definition import Definition, Key
from pymacaron.store.stores import Item
from pymacaron.store.values import Values

__all__ = ["Arguments"]

M = TypeVar("M", bound=Model)


class Arguments(Generic[M]):
    """Those of the table *definition* of the models *cls*, which are stored as *values*. All may raise TypeError."""

    def __init__(self, cls: type[M], definition: Definition, values: Values[M]):
        self._cls = cls
        self._definition = definition
        self._values = values
        self._title = f"<Table {definition.table} of {cls.__pym_record__.name}>"

    def own(self, model: Any) -> M:
        """*model*, where it is one of the table's."""
        if not isinstance(model, self._cls):
            wanted, found = self._cls.__pym_record__.name, type(model).__name__
            raise TypeError(f"the table {self._definition.table} keeps models {wanted}, no {found}")
        return model

    def key(self, given: Sequence[Any], named: Mapping[str, Any], of: Key | None = None) -> Item:
        """The key of values by position, then by names of properties: of the table, or *of* an index."""
        names = [one.name for one in (of or self._definition.key).attributes]
        asked = f"{self._title} is asked by {' and '.join(names)}"
        if len(given) > len(names):
            raise TypeError(f"{asked}, not by {len(given)} values")
        found = dict(zip(names, given, strict=False))
        for name, value in named.items():
            wire = self._values.name(name)
            if wire not in names or wire in found:
                raise TypeError(f"{asked}: {name} {'is given twice' if wire in found else 'is not in the key'}")
            found[wire] = value
        missing = [name for name in names if name not in found]
        if missing:
            raise TypeError(f"{asked}: {' and '.join(missing)} is missing")
        return self._values.key(found, of)

    def key_of(self, one: Any) -> Item:
        """The key that *one* is or has: the value of the hash, a tuple of hash and range, a dict, or a model."""
        if isinstance(one, Model):
            return self._values.keys.of(self._values.item(self.own(one)))
        if isinstance(one, Mapping):
            return self.key((), cast("Mapping[str, Any]", one))
        return self.key(one if isinstance(one, (tuple, list)) else (one,), {})

    def where(self, where: Mapping[str, Any] | None) -> tuple[Comparison, ...]:
        """What *where*, declared property -> value or Test, asks of an item; a slip would ask for nothing."""
        if where is not None and not (isinstance(where, Mapping) and all(isinstance(name, str) for name in where)):
            is_map = isinstance(where, Mapping)
            what = "a dict with names that are no text" if is_map else with_article(type(where).__name__)
            raise TypeError(f"{self._title}: 'where' is {what}; give a dict of property -> value or test")
        return tuple(
            Comparison(name, one.operator, tuple(self._values.one(name, value) for value in one.values))
            for one in comparisons(where)
            for name in [self._values.declared(one.attribute)]
        )

    def range(self, key: Key, test: Any) -> Comparison | None:
        """What *test*, a value or a Test, asks of the range of *key*."""
        if test is None:
            return None
        if key.range is None:
            raise TypeError(f"{self._title}: nothing is ordered by a range here; ask for it by 'where'")
        return self.where({key.range.name: test})[0]

    def index(self, name: str | None) -> Key:
        """The key of the index *name*, None: of the table."""
        indexes = self._definition.indexes
        if name is None:
            return self._definition.key
        if name not in indexes:
            known = f"it has {', '.join(indexes)}" if indexes else "it has none"
            raise TypeError(f"{self._title} has no index {name!r:.80}; {known}")
        return indexes[name]
