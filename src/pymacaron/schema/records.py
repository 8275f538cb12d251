"""
What a model's class knows of its schema, as records: `Record`, its `Property`s, and the `Plan` by which a JSON value
becomes a Python value.

No behaviour of models here, and no schemas: classes.py and plans.py make these of schemas, members.py and models.py
go by them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pymacaron.finding import did_you_mean
from pymacaron.schema.formats import Format
from pymacaron.schema.violations import is_secret

__all__ = ["Convert", "Plan", "Property", "Record", "UndeclaredError"]

Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True, eq=False)
class Property:
    """
    One declared property: `name` on the wire, `attribute` in Python ('' where it has none), whether it may be null,
    whether its value is never shown, the format of its text, and `convert` from what the dict holds (None where
    nothing changes).
    """

    name: str
    attribute: str
    nullable: bool
    secret: bool
    format: Format | None
    convert: Plan | None


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """
    What a model's class knows: the model's name, its api's, its properties by wire name, wire names by attribute,
    whether it is open to other members, how those are converted, and whether all of them are secrets.
    """

    name: str
    api: str
    properties: Mapping[str, Property]
    attributes: Mapping[str, str]
    open: bool
    extra: Plan | None
    extra_secret: bool

    def hides(self, name: str) -> bool:
        """Whether the value of the member *name* is never shown."""
        known = self.properties.get(name)
        return known.secret if known is not None else self.extra_secret or is_secret(name)

    def wire_name(self, name: str) -> str | None:
        """The wire name of the property that *name*, attribute or wire name, stands for; None where there is none."""
        found = self.attributes.get(name)
        return found if found is not None else name if name in self.properties else None

    def unknown(self, name: str) -> str:
        """The sentence that refuses *name*."""
        return (
            f"{self.name} has no property {name!r}. {did_you_mean(name, [*self.attributes, *self.properties])}".rstrip()
        )


class Plan:
    """
    How a JSON value becomes a Python value: by its class, a function for dicts, lists, text, floats. Others stay.

    Lists and dicts are converted in place, so that what is changed in them is changed in the model. A tuple, which only
    a handler can have put there, becomes a list first.
    """

    __slots__ = ("by_class",)

    def __init__(
        self,
        members: Convert | None = None,
        items: Convert | None = None,
        text: Convert | None = None,
        number: Convert | None = None,
    ):
        functions = ((dict, members), (list, items), (str, text), (float, number))
        self.by_class: dict[type, Convert] = {cls: function for cls, function in functions if function is not None}
        if items is not None:
            self.by_class[tuple] = _of_tuple(items)

    def __call__(self, value: Any) -> Any:
        convert = self.by_class.get(value.__class__)
        return value if convert is None else convert(value)


def _of_tuple(items: Convert) -> Convert:
    return lambda value: items(list(value))


class UndeclaredError(AttributeError):
    """A model has no property of that name. Its text is made when it is asked for, since hasattr() asks for none."""

    def __init__(self, record: Record, name: str):
        super().__init__(record, name)

    def __str__(self) -> str:
        record, name = self.args
        return str(record.unknown(name))
