"""
What a model's class knows of its schema, as records: `Record`, its `Property`s, and the `Plan` by which a JSON value
becomes a Python value.

No behaviour of models here, and no schemas: classes.py and plans.py make these of schemas, members.py and models.py
go by them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pymacaron.finding import did_you_mean
from pymacaron.schema.defaults import Default
from pymacaron.schema.formats import Format
from pymacaron.schema.quoting import is_secret

__all__ = ["Convert", "Patterns", "Plan", "Property", "Record", "UndeclaredError", "named_plan"]

Convert = Callable[[Any], Any]

#: Whether a name matches, and the plan of the members that have such a name
Patterns = tuple[tuple[Callable[[str], bool], "Plan | None"], ...]


#: What a dict has, and who takes a model for one asks for
_OF_DICTS = frozenset(("get", "items", "keys", "pop", "setdefault", "update", "values"))


def named_plan(name: str, patterns: Patterns, rest: Plan | None) -> Plan | None:
    """The plan of the member *name*: that of the first pattern that it matches and that converts, else *rest*."""
    found = [plan for matches, plan in patterns if matches(name)]
    return next((plan for plan in found if plan is not None), None) if found else rest


@dataclass(frozen=True, slots=True, eq=False)
class Property:
    """
    One declared property: `name` on the wire, `attribute` in Python ('' where it has none), whether it may be null,
    whether its value is never shown, the known format of its text, `convert` from what the dict holds (None where
    nothing changes), and the `default` that it reads as while it is unset.
    """

    name: str
    attribute: str
    nullable: bool
    secret: bool
    format: Format | None
    convert: Plan | None
    default: Default | None = None

    @property
    def unconverts(self) -> bool:
        """Whether a value that is set may have to become its text."""
        return self.format is not None and self.format.type is not None and self.format.unconvert is not None


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """
    What a model's class knows: the model's name, its api's, its properties by wire name, wire names by attribute,
    whether it is open to other members, how those are converted (by patterns of their names first), and whether all of
    them are secrets.

    `receive` converts in place the values of formats of one's own in a dict of JSON that was just read; None where
    there are none. `conceal` leaves out of a dict what no response may hold, see outgoing.py. `finder` gives what finds
    the class again by the names of its api and itself, None where nothing does: without, it cannot be pickled.
    `secrets`: undeclared members that are hidden, see classes.py.
    """

    name: str
    api: str
    properties: Mapping[str, Property]
    attributes: Mapping[str, str]
    open: bool
    extra: Plan | None
    extra_secret: bool
    patterns: Patterns = ()
    receive: Callable[[dict[str, Any]], None] | None = None
    conceal: Callable[[Any], Any] | None = None
    finder: Callable[[], Callable[[str, str], Any] | None] = lambda: None
    secrets: frozenset[str] = frozenset()
    #: The properties whose attribute is their name on the wire, and whose values are kept as they are
    kept: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        same = (name for name, wire in self.attributes.items() if name == wire)
        kept = frozenset(name for name in same if not self.properties[name].unconverts)
        object.__setattr__(self, "kept", kept)

    def other(self, name: str) -> Plan | None:
        """How the member *name*, which is not declared, is converted."""
        return named_plan(name, self.patterns, self.extra) if self.patterns else self.extra

    def hides(self, name: str) -> bool:
        """Whether the value of the member *name* is never shown."""
        known = self.properties.get(name)
        return known.secret if known is not None else self.extra_secret or name in self.secrets or is_secret(name)

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
    How a JSON value becomes a Python value: by its class, a function for dicts, lists, text, floats, integers. Others
    stay.

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
        integer: Convert | None = None,
    ):
        functions = ((dict, members), (list, items), (str, text), (float, number), (int, integer))
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
        told: str = record.unknown(name)
        return (
            f"{told} It is a model, not a dict: see docs/models.md" if name in _OF_DICTS and "?" not in told else told
        )
