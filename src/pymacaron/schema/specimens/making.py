"""
A bundle (see dialect.py) -> a value that fits it: with the examples that it has, else pleasant to read, never larger
than people look at.

Alternatives are tried one after the other, members that are not required are left out where they lead back to where
they stand. Neighbours: merging.py says what holds at each place, texts.py and numbers.py make what has no members.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pymacaron.schema.specimens.lots import Lot
from pymacaron.schema.specimens.merging import TYPES, Flat, Flats, both, merged, same
from pymacaron.schema.specimens.numbers import number
from pymacaron.schema.specimens.regexes import matching
from pymacaron.schema.specimens.texts import text, word

__all__ = ["Making", "NoValue"]

#: How many values a value may be made of before only what is required is made, and before nothing is
_MANY, _MOST = 400, 20_000
#: How often a definition may stand within itself, where it is required
_TIMES = 3
#: Values within values
_DEPTH = 60
#: Items that are made of an array for which fewer do
_ITEMS = 1000


class NoValue(Exception):
    """None could be made. `pointer`: of what; `why`: in a few words."""

    def __init__(self, pointer: str, why: str):
        super().__init__(f"{pointer or 'the value'}: {why}")
        self.pointer = pointer
        self.why = why


@dataclass
class Making:
    """
    Makes one value of what *definitions* have. `hints`: whether examples and defaults are taken. `fits(schema, value)`
    is asked where a schema leaves something to who judges; without it nothing is. `spare`: only what is required.
    `varied`: lengths and members differ, too.
    """

    definitions: Mapping[str, Any]
    lot: Lot
    hints: bool = True
    fits: Callable[[Any, Any], bool] | None = None
    spare: bool = False
    varied: bool = False
    _made: int = 0
    _open: list[frozenset[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._flats = Flats(self.definitions)

    def value(self, schema: Any) -> Any:
        """Raises NoValue."""
        return self._value(schema, "", "", True)

    def _value(self, schema: Any, pointer: str, name: str, needed: bool) -> Any:
        """The value at *pointer*, the member *name*; *needed*: whether there has to be one."""
        self._made += 1
        if self._made > _MOST or len(self._open) > _DEPTH:
            raise NoValue(pointer, "it has no end")
        why = NoValue(pointer, "no value fits all that is said of it")
        found: Any = None
        for flat in self._flats.of(schema):
            times = sum(bool(flat.refs & refs) for refs in self._open)
            if times and (not needed or times >= _TIMES):
                why = NoValue(pointer, "it has no end")
                continue
            self._open.append(flat.refs)
            try:
                for found in self._values(flat, pointer, name):
                    if self.fits is None or not flat.chose or self.fits(schema, found):
                        return found
                    why = NoValue(pointer, "no value fits exactly one of its alternatives, or is outside of its 'not'")
            except NoValue as error:
                why = error
            finally:
                self._open.pop()
        raise why

    def _values(self, flat: Flat, pointer: str, name: str) -> Iterator[Any]:
        """Those of *flat* that are worth a look; more than one only where somebody judges."""
        said = flat.said
        if self.hints:
            yield from self._hinted(said)
        if "enum" in said:
            options = [one for one in said["enum"] if _is_of(one, said.get("type"))]
            if not options:
                raise NoValue(pointer, "its enum has no value of its type")
            first = [one for one in options if one is not None] or options
            yield self.lot.of(pointer).one(first) if self.varied else first[0]
            if self.fits is not None:
                yield from options
            return
        kinds = _kinds(said)
        last: NoValue | None = None
        for kind in kinds:
            try:
                yield self._of_kind(kind, flat, pointer, name)
                if self.fits is not None and kind == "object" and not self.spare:
                    yield self._object(flat, pointer, bare=True)
                if self.fits is not None and kind in ("string", "integer", "number"):
                    for turn in range(1, 6):
                        yield self._of_kind(kind, flat, f"{pointer} {turn}", name)
            except NoValue as error:
                last = error
        if last is not None:
            raise last

    def _hinted(self, said: Mapping[str, Any]) -> Iterator[Any]:
        hints = [said["example"]] if "example" in said else []
        hints += said["examples"][:1] if isinstance(said.get("examples"), list) else []
        hints += [said["default"]] if said.get("default") is not None else []
        for hint in hints:
            if _is_of(hint, said.get("type")) and ("enum" not in said or any(same(hint, one) for one in said["enum"])):
                yield hint

    def _of_kind(self, kind: str, flat: Flat, pointer: str, name: str) -> Any:
        said, lot = flat.said, self.lot.of(pointer)
        if kind == "object":
            return self._object(flat, pointer)
        if kind == "array":
            return self._array(flat, pointer, name)
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

    # ---- objects

    def _object(self, flat: Flat, pointer: str, bare: bool = False) -> dict[str, Any]:
        said = _dependent(flat.said, spare=bare or self.spare)
        properties = said.get("properties", {})
        required = _required(said)
        most = said.get("maxProperties")
        found: dict[str, Any] = {}
        for name in [*properties, *(one for one in required if one not in properties)]:
            needed = name in required
            if not needed and (bare or not self._is_wanted(pointer, name, len(found), len(required), most)):
                continue
            schema = _with_patterns(said, name)
            told = said.get("x-discriminated", {}).get(name)
            try:
                found[name] = self._member(schema, f"{pointer}/{name}", name, needed, told)
            except NoValue:
                if needed:
                    raise
        self._fill(said, found, pointer, bare or self.spare)
        return found

    def _is_wanted(self, pointer: str, name: str, there: int, required: int, most: int | None) -> bool:
        if self.spare or self._made > _MANY or (most is not None and max(there, required) >= most):
            return False
        return not self.varied or self.lot.of(f"{pointer}/{name} there").number(0, 3) > 0

    def _member(self, schema: Any, pointer: str, name: str, needed: bool, told: str | None) -> Any:
        if isinstance(schema, dict) and schema.get("writeOnly") is True and not needed:
            raise NoValue(pointer, "it is not sent")
        if told is not None:
            options = [one.said.get("enum") for one in self._flats.of(schema)]
            if any(one is None or told in one for one in options):
                return told
        return self._value(schema, pointer, name, needed)

    def _fill(self, said: Mapping[str, Any], found: dict[str, Any], pointer: str, bare: bool) -> None:
        """Add members that no schema names, where there have to be more; one, where it is what the object is for."""
        least = said.get("minProperties", 0)
        others = said.get("additionalProperties", True)
        if not found and not bare and not said.get("properties") and isinstance(others, dict) and others:
            least = max(least, 1)
        if not found and not bare and said.get("patternProperties"):
            least = max(least, 1)
        for turn in range(least + 20):
            if len(found) >= least:
                return
            name, schema = self._new_member(said, f"{pointer}/{turn}")
            if name in found or schema is False or name in said.get("properties", {}):
                continue
            found[name] = self._value(schema, f"{pointer}/{name}", name, len(found) < said.get("minProperties", 0))
        if len(found) < said.get("minProperties", 0):
            raise NoValue(pointer, f"it has to have {least} members")

    def _new_member(self, said: Mapping[str, Any], place: str) -> tuple[str, Any]:
        lot = self.lot.of(place)
        for pattern in said.get("patternProperties", {}):
            name = matching(pattern, lot)
            if name is not None:
                return name, _with_patterns(said, name)
        names: Any = True
        for schema in said.get("propertyNames", []):
            names = both(names, schema)
        name = self._value(both({"type": "string"}, names), place, "", True) if names is not True else word(lot)
        return str(name), _with_patterns(said, str(name))

    # ---- arrays

    def _array(self, flat: Flat, pointer: str, name: str) -> list[Any]:
        said = flat.said
        prefix, rest = said.get("prefixItems", []), said.get("items", True)
        least, most = int(said.get("minItems", 0)), said.get("maxItems")
        holds = [(schema, needed) for schema, needed, _ in said.get("contains", []) if needed]
        usual = (
            0
            if self.spare or self._made > _MANY
            else self.lot.of(f"{pointer} items").number(1, 3)
            if self.varied
            else 1
        )
        wanted = max(least, usual, len(prefix) if not self.spare else 0)
        wanted = min(wanted, most if most is not None else wanted, max(least, _ITEMS))
        found: list[Any] = []
        for schema, needed in holds:
            for _ in range(int(needed)):
                at = len(found)
                own = both(prefix[at] if at < len(prefix) else rest, schema)
                found.append(self._item(own, found, said, f"{pointer}/{at}", name, True))
        while len(found) < wanted:
            at = len(found)
            schema = prefix[at] if at < len(prefix) else rest
            try:
                found.append(self._item(schema, found, said, f"{pointer}/{at}", name, at < least))
            except NoValue:
                if at < least:
                    raise
                break
        return found

    def _item(
        self, schema: Any, found: list[Any], said: Mapping[str, Any], pointer: str, name: str, needed: bool
    ) -> Any:
        name = name.removesuffix("s")
        one = self._value(schema, pointer, name, needed)
        if not said.get("uniqueItems") or not any(same(one, other) for other in found):
            return one
        for other in self._different(schema):
            if not any(same(other, each) for each in found):
                return other
        hints, self.hints = self.hints, False
        try:
            for turn in range(50):
                one = self._value(schema, f"{pointer} {turn}", name, needed)
                if not any(same(one, other) for other in found):
                    return one
        finally:
            self.hints = hints
        raise NoValue(pointer, "there are not enough values that differ")

    def _different(self, schema: Any) -> Iterator[Any]:
        """The values that *schema* lists."""
        for flat in self._flats.of(schema):
            yield from (one for one in flat.said.get("enum", []) if _is_of(one, flat.said.get("type")))
            if "boolean" in flat.said.get("type", []):
                yield from (True, False)


#: dict: keyword -> the type that values have for which somebody writes it
_MEANT = {
    **dict.fromkeys(("properties", "required", "additionalProperties", "patternProperties", "minProperties"), "object"),
    **dict.fromkeys(("maxProperties", "propertyNames", "dependentRequired", "dependentSchemas"), "object"),
    **dict.fromkeys(("items", "prefixItems", "minItems", "maxItems", "contains", "uniqueItems"), "array"),
    **dict.fromkeys(("pattern", "minLength", "maxLength", "format"), "string"),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), "number"),
}


def _kinds(said: Mapping[str, Any]) -> list[str]:
    """The types that a value may have, the one that is meant first, null last."""
    meant = list(dict.fromkeys(_MEANT[keyword] for keyword in said if keyword in _MEANT))
    types = said.get("type")
    if types is None:
        return meant[:1] or ["string", "object", "integer"]
    found = [kind for kind in types if kind in TYPES]
    return sorted(found, key=lambda kind: (kind == "null", kind not in meant))


def _is_of(value: Any, types: list[str] | None) -> bool:
    """Whether *value* has one of *types*."""
    if types is None:
        return True
    if value is None:
        return "null" in types
    if isinstance(value, bool):
        return "boolean" in types
    if isinstance(value, (int, float)):
        return "number" in types or ("integer" in types and value == value // 1)
    kind = "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"
    return kind in types


def _required(said: Mapping[str, Any]) -> list[str]:
    """The members that there have to be, with those that they bring along."""
    found = list(dict.fromkeys(said.get("required", [])))
    brought = said.get("dependentRequired", {})
    present = found if not said.get("properties") else [*found, *said["properties"]]
    for name in present:
        if name in found or name in said.get("properties", {}):
            found += [one for one in brought.get(name, []) if one not in found]
    return found


def _dependent(said: Mapping[str, Any], *, spare: bool) -> Mapping[str, Any]:
    """*said* with the schemas that hold where a member is there that will be there."""
    for name, schema in said.get("dependentSchemas", {}).items():
        if name not in said.get("required", []) and (spare or name not in said.get("properties", {})):
            continue
        for flat in Flats({}).of(schema):
            said = merged({key: value for key, value in said.items() if key != "dependentSchemas"}, flat.said) or said
            break
    return said


def _with_patterns(said: Mapping[str, Any], name: str) -> Any:
    """The schema of the member *name*, by its name and by the patterns that fit it."""
    properties, patterns = said.get("properties", {}), said.get("patternProperties", {})
    schema = properties.get(name, True)
    fitting = False
    for pattern, one in patterns.items():
        try:
            fits = re.search(pattern, name) is not None
        except re.error:
            fits = False
        if fits:
            schema, fitting = both(schema, one), True
    if name in properties or fitting:
        return schema
    others = said.get("additionalProperties", True)
    return others if others is not True else said.get("unevaluatedProperties", True)
