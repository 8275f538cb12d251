"""The keys of the items of a table: what has to be there, and how messages show it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pymacaron.config import MASK
from pymacaron.schema.records import Record
from pymacaron.store.definition import Attribute, Definition
from pymacaron.store.stores import Item, ItemError

__all__ = ["Keys"]

_CLASSES: dict[str, tuple[type, ...]] = {"S": (str,), "B": (bytes,), "N": (int, float, Decimal)}
_TITLES = {"S": "text", "N": "a number", "B": "bytes in base64"}


class Keys:
    """Those of the items that the models of *record* are in the table *definition*."""

    def __init__(self, record: Record, definition: Definition):
        self._record = record
        self._table = definition.table
        self._attributes = definition.key.attributes
        self._classes = [(one.name, _CLASSES[one.type]) for one in self._attributes]

    def of(self, item: Item) -> Item:
        """The key of *item*."""
        return {one.name: item[one.name] for one in self._attributes}

    def shown(self, item: Item) -> str:
        """The key of *item* for messages: of what is never shown no value."""
        return ", ".join(f"{one.name} {self._told(one.name, item[one.name])}" for one in self._attributes)

    def check(self, item: Item) -> None:
        """Raise ItemError where *item* lacks something of its key, or has it as no value of one."""
        for name, classes in self._classes:
            if item.get(name).__class__ not in classes:
                self._refuse(item)

    def checked(self, attribute: Attribute, value: Any) -> Any:
        """*value*, where it is one of *attribute* of a key. Raises ItemError."""
        if value.__class__ not in _CLASSES[attribute.type]:
            what, title = _TITLES[attribute.type], f"{self._record.name}.{attribute.name}"
            told = self._told(attribute.name, value)
            raise ItemError(f"{title} is {told}, and in the key of {self._table} has to be {what}")
        return value

    def _refuse(self, item: Item) -> None:
        for one in self._attributes:
            if one.name not in item:
                raise ItemError(
                    f"{self._record.name}.{one.name} is not set, and is in the key of the table "
                    f"{self._table}. Set it before the {self._record.name} is stored"
                )
            self.checked(one, item[one.name])

    def _told(self, name: str, value: Any) -> str:
        return MASK if self._record.hides(name) else f"{value!r:.80}"
