"""
A flat schema of objects -> an object: its members, and those that no schema names where there have to be more.

Neighbours: making.py makes the value of each member; arrays.py is the same of arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pymacaron.schema.patterns import matches
from pymacaron.schema.specimens.merging import Flat, Flats, both, merged
from pymacaron.schema.specimens.novalue import NoValue
from pymacaron.schema.specimens.regexes import matching
from pymacaron.schema.specimens.texts import word

if TYPE_CHECKING:
    from pymacaron.schema.specimens.making import Making

__all__ = ["Objects"]

#: How many names are tried beyond those that are lacking
_NAMES = 20


class Objects:
    """Those of *making*, which makes what is in them."""

    def __init__(self, making: Making):
        self._making = making

    def value(self, flat: Flat, pointer: str, *, bare: bool = False) -> dict[str, Any]:
        """That of *flat*, at *pointer*; *bare*: only what is required. Raises NoValue."""
        said = _dependent(flat.said, self._making.flats, spare=bare or self._making.spare)
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
        self._fill(said, found, pointer, bare or self._making.spare)
        return found

    def _is_wanted(self, pointer: str, name: str, there: int, required: int, most: int | None) -> bool:
        if self._making.is_brief or (most is not None and max(there, required) >= most):
            return False
        return not self._making.varied or self._making.lot.of(f"{pointer}/{name} there").number(0, 3) > 0

    def _member(self, schema: Any, pointer: str, name: str, needed: bool, told: str | None) -> Any:
        if isinstance(schema, dict) and schema.get("writeOnly") is True and not needed:
            raise NoValue(pointer, "it is not sent")
        if told is not None:
            options = [one.said.get("enum") for one in self._making.flats.of(schema)]
            if any(one is None or told in one for one in options):
                return told
        return self._making.value_at(schema, pointer, name, needed)

    def _fill(self, said: Mapping[str, Any], found: dict[str, Any], pointer: str, bare: bool) -> None:
        """Add members that no schema names, where there have to be more; one, where it is what the object is for."""
        least = said.get("minProperties", 0)
        others = said.get("additionalProperties", True)
        if not found and not bare and not said.get("properties") and isinstance(others, dict) and others:
            least = max(least, 1)
        if not found and not bare and said.get("patternProperties"):
            least = max(least, 1)
        for name in said.get("properties", {}) if len(found) < least else ():
            if name not in found and len(found) < least:
                with suppress(NoValue):
                    found[name] = self._member(_with_patterns(said, name), f"{pointer}/{name}", name, False, None)
        for turn in range(least + _NAMES):
            if len(found) >= least:
                return
            name, schema = self._new_member(said, f"{pointer}/{turn}", turn)
            if name in found or schema is False or name in said.get("properties", {}):
                continue
            needed = len(found) < said.get("minProperties", 0)
            found[name] = self._making.value_at(schema, f"{pointer}/{name}", name, needed)
        if len(found) < said.get("minProperties", 0):
            raise NoValue(pointer, f"it has to have {least} members")

    def _new_member(self, said: Mapping[str, Any], place: str, turn: int) -> tuple[str, Any]:
        """The name and the schema of one that no schema names: by one pattern after the other, then by none."""
        lot = self._making.lot.of(place)
        ways = [*said.get("patternProperties", {}), *([] if said.get("additionalProperties") is False else [None])]
        pattern = ways[turn % len(ways)] if ways else None
        if pattern is not None:
            name = matching(pattern, lot, 2 * (turn // len(ways)))
            if name is not None:
                return name, _with_patterns(said, name)
        names: Any = True
        for schema in said.get("propertyNames", []):
            names = both(names, schema)
        if names is True:
            name = word(lot)
        else:
            name = str(self._making.value_at(both({"type": "string"}, names), place, "", True))
        return name, _with_patterns(said, name)


def _required(said: Mapping[str, Any]) -> list[str]:
    """The members that there have to be, with those that they bring along."""
    found = list(dict.fromkeys(said.get("required", [])))
    brought = said.get("dependentRequired", {})
    present = found if not said.get("properties") else [*found, *said["properties"]]
    for name in present:
        if name in found or name in said.get("properties", {}):
            found += [one for one in brought.get(name, []) if one not in found]
    return found


def _dependent(said: Mapping[str, Any], flats: Flats, *, spare: bool) -> Mapping[str, Any]:
    """*said* with the schemas that hold where a member is there that will be there."""
    for name, schema in said.get("dependentSchemas", {}).items():
        if name not in said.get("required", []) and (spare or name not in said.get("properties", {})):
            continue
        for flat in flats.of(schema):
            said = merged({key: value for key, value in said.items() if key != "dependentSchemas"}, flat.said) or said
            break
    return said


def _with_patterns(said: Mapping[str, Any], name: str) -> Any:
    """The schema of the member *name*, by its name and by the patterns that fit it."""
    properties, patterns = said.get("properties", {}), said.get("patternProperties", {})
    schema = properties.get(name, True)
    fitting = False
    for pattern, one in patterns.items():
        finds = matches(pattern)
        if finds is not None and finds(name):
            schema, fitting = both(schema, one), True
    if name in properties or fitting:
        return schema
    others = said.get("additionalProperties", True)
    return others if others is not True else said.get("unevaluatedProperties", True)
