"""
A bundle (see dialect.py) -> a value that fits it: with the examples that it has, else pleasant to read, never larger
than people look at.

Alternatives are tried one after the other, members that are not required are left out where they lead back to where
they stand. Neighbours: merging.py says what holds at each place; objects.py, arrays.py, texts.py and numbers.py make
the values of each type; opposites.py says what keeps a value away from what it must not fit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from pymacaron.schema.specimens.arrays import Arrays
from pymacaron.schema.specimens.kinds import is_of, kinds
from pymacaron.schema.specimens.lots import Lot
from pymacaron.schema.specimens.merging import Flat, Flats, same
from pymacaron.schema.specimens.novalue import NoValue
from pymacaron.schema.specimens.numbers import number
from pymacaron.schema.specimens.objects import Objects
from pymacaron.schema.specimens.opposites import Opposites
from pymacaron.schema.specimens.texts import text

__all__ = ["Making"]

#: How many values a value may be made of before only what is required is made, and before nothing is
_MANY, _MOST = 400, 20_000
#: How often a definition may stand within itself, where it is required
_TIMES = 3
#: Values within values
_DEPTH = 60
#: How many ways to keep a value away from what it must not fit are tried, each in how many ways to choose
_APART, _EACH = 200, 5

#: Keywords that list values
_HINTS = frozenset(("example", "examples", "default"))


@dataclass
class Making:
    """
    Makes one value of what *definitions* have. `hints`: whether examples and defaults are taken. `fits(schema, value)`
    is asked where a schema leaves something to who judges; without it nothing is. `spare`: only what is required.
    `varied`: lengths and members differ, too. `many`: how many values it is made of before only what is required is;
    `made`: so many are made.
    """

    definitions: Mapping[str, Any]
    lot: Lot
    hints: bool = True
    fits: Callable[[Any, Any], bool] | None = None
    spare: bool = False
    varied: bool = False
    many: int = _MANY
    made: int = 0
    _open: list[frozenset[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.flats = Flats(self.definitions)
        self._objects, self._arrays = Objects(self), Arrays(self)
        self._opposites = Opposites(self.definitions)
        self._apart = 0

    @property
    def is_brief(self) -> bool:
        """Whether only what is required is made from now on."""
        return self.spare or self.made > self.many

    def value(self, schema: Any) -> Any:
        """Raises NoValue."""
        return self.value_at(schema, "", "", True)

    def value_at(self, schema: Any, pointer: str, name: str, needed: bool) -> Any:
        """
        The value at *pointer*, the member *name*; *needed*: whether there has to be one. Raises NoValue.
        """
        self.made += 1
        if self.made > _MOST or len(self._open) > _DEPTH:
            raise NoValue(pointer, "it has no end")
        why = NoValue(pointer, "no value fits all that is said of it")
        unfit: list[Any] = []
        for flat in self.flats.of(schema):
            times = sum(bool(flat.refs & refs) for refs in self._open)
            if times and (not needed or times >= _TIMES):
                why = NoValue(pointer, "it has no end")
                continue
            try:
                for found in self._of_flat(flat, pointer, name):
                    if self.fits is None or not (flat.chose or self._is_told(flat)) or self.fits(schema, found):
                        return found
                    unfit += [found] if flat.chose else []
                    why = NoValue(pointer, "no value fits exactly one of its alternatives, or is outside of its 'not'")
            except NoValue as error:
                why = error
        if unfit and not self._apart:
            for found in self._kept_apart(schema, unfit, pointer, name):
                return found
        raise why

    def _is_told(self, flat: Flat) -> bool:
        """Whether a value may be one that the schema itself lists, which need not fit all else that is said."""
        return "enum" in flat.said or (self.hints and not _HINTS.isdisjoint(flat.said))

    def _of_flat(self, flat: Flat, pointer: str, name: str) -> Iterator[Any]:
        self._open.append(flat.refs)
        try:
            yield from self._values(flat, pointer, name)
        finally:
            self._open.pop()

    def _kept_apart(self, schema: Any, unfit: list[Any], pointer: str, name: str) -> Iterator[Any]:
        """The values of *schema* that are made to fit nothing else of what those that are *unfit* have fitted."""
        assert self.fits is not None
        self._apart += 1  # not within itself: the ways would multiply
        try:
            for told in islice(self._opposites.apart(schema, unfit[0], self.fits), _APART):
                for flat in islice(self.flats.of({"allOf": [schema, told]}), _EACH):
                    try:
                        for found in islice(self._of_flat(flat, pointer, name), 2):
                            if self.fits(schema, found):
                                yield found
                    except NoValue:
                        continue
        finally:
            self._apart -= 1

    def _values(self, flat: Flat, pointer: str, name: str) -> Iterator[Any]:
        """Those of *flat* that are worth a look; more than one only where somebody judges."""
        said = flat.said
        if self.hints:
            yield from _hinted(said)
        if "enum" in said:
            options = [one for one in said["enum"] if is_of(one, said.get("type"))]
            if not options:
                raise NoValue(pointer, "its enum has no value of its type")
            first = [one for one in options if one is not None] or options
            yield self.lot.of(pointer).one(first) if self.varied else first[0]
            if self.fits is not None:
                yield from options
            return
        last: NoValue | None = None
        for kind in kinds(said):
            try:
                yield self._of_kind(kind, flat, pointer, name)
                if self.fits is not None and kind == "object" and not self.spare:
                    yield self._objects.value(flat, pointer, bare=True)
                if self.fits is not None and kind in ("string", "integer", "number"):
                    for turn in range(1, 6):
                        yield self._of_kind(kind, flat, f"{pointer} {turn}", name)
            except NoValue as error:
                last = error
        if last is not None:
            raise last

    def _of_kind(self, kind: str, flat: Flat, pointer: str, name: str) -> Any:
        said, lot = flat.said, self.lot.of(pointer)
        if kind == "object":
            return self._objects.value(flat, pointer)
        if kind == "array":
            return self._arrays.value(flat, pointer, name)
        found: Any = None
        if kind == "string":
            found = text(said, name, lot)
        elif kind in ("integer", "number"):
            found = number(said, lot, integer=kind == "integer")
        elif kind == "boolean":
            found = not self.varied or bool(lot.number(0, 1))
        elif kind == "null":
            return None
        if found is None:
            raise NoValue(pointer, f"no {kind} fits all that is said of it")
        return found


def _hinted(said: Mapping[str, Any]) -> Iterator[Any]:
    """The examples and the default that have one of the types, and are among the values that are listed."""
    hints = [said["example"]] if "example" in said else []
    hints += said["examples"][:1] if isinstance(said.get("examples"), list) else []
    hints += [said["default"]] if said.get("default") is not None else []
    for hint in hints:
        if is_of(hint, said.get("type")) and ("enum" not in said or any(same(hint, one) for one in said["enum"])):
            yield hint
