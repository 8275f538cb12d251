"""
A flat schema of arrays -> a list: as many items as there have to be, and one that people see.

Neighbours: making.py makes each item; objects.py is the same of objects.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pymacaron.schema.specimens.kinds import is_of
from pymacaron.schema.specimens.merging import Flat, both, same
from pymacaron.schema.specimens.novalue import NoValue

if TYPE_CHECKING:
    from pymacaron.schema.specimens.making import Making

__all__ = ["Arrays"]

#: How often another item is made where one is there already, and there may be none twice
_TURNS = 50
#: Items that a list has at most
_MOST = 10_000


class Arrays:
    """Those of *making*, which makes what is in them."""

    def __init__(self, making: Making):
        self._making = making

    def value(self, flat: Flat, pointer: str, name: str) -> list[Any]:
        """That of *flat*, at *pointer*, the member *name*. Raises NoValue."""
        said = flat.said
        prefix, least, most = said.get("prefixItems", []), _least(said), said.get("maxItems")
        if least > _MOST:
            raise NoValue(pointer, f"more than {_MOST:,} items are not made")
        wanted = max(least, self._usual(pointer), len(prefix) if not self._making.spare else 0)
        wanted = wanted if most is None else min(wanted, int(most))
        found: list[Any] = []
        for schema in _held(said.get("contains", []), most):
            self._contain(schema, found, said, pointer, name)
        while len(found) < wanted:
            needed = len(found) < least
            try:
                found.append(self._item(True, found, said, pointer, name, needed))
            except NoValue:
                if needed:
                    raise
                break
        return found

    def _contain(self, schema: Any, found: list[Any], said: Mapping[str, Any], pointer: str, name: str) -> None:
        """Add an item to *found* that fits *schema*, and before it those whose own schemas do not let them."""
        for _ in said.get("prefixItems", []):
            try:
                found.append(self._item(schema, found, said, pointer, name, True))
                return
            except NoValue:
                found.append(self._item(True, found, said, pointer, name, True))
        found.append(self._item(schema, found, said, pointer, name, True))

    def _usual(self, pointer: str) -> int:
        """How many items there are where nothing is said."""
        if self._making.is_brief:
            return 0
        return self._making.lot.of(f"{pointer} items").number(1, 3) if self._making.varied else 1

    def _item(
        self, besides: Any, found: list[Any], said: Mapping[str, Any], pointer: str, name: str, needed: bool
    ) -> Any:
        """The one behind those that are *found*; *besides*: what it has to fit, too."""
        prefix, at = said.get("prefixItems", []), len(found)
        rest = said.get("items", said.get("unevaluatedItems", True))
        schema = both(prefix[at] if at < len(prefix) else rest, besides)
        name, pointer = name.removesuffix("s"), f"{pointer}/{at}"
        one = self._making.value_at(schema, pointer, name, needed)
        if not said.get("uniqueItems") or not any(same(one, other) for other in found):
            return one
        for other in self._listed(schema):
            if not any(same(other, each) for each in found):
                return other
        hints, self._making.hints = self._making.hints, False
        try:
            for turn in range(_TURNS):
                one = self._making.value_at(schema, f"{pointer} {turn}", name, needed)
                if not any(same(one, other) for other in found):
                    return one
        finally:
            self._making.hints = hints
        if isinstance(one, str):  # of a text that may be any, there are not so many words
            return f"{one} {at}"
        raise NoValue(pointer, "there are not enough values that differ")

    def _listed(self, schema: Any) -> Iterator[Any]:
        """The values that *schema* lists."""
        fits = self._making.fits
        for flat in self._making.flats.of(schema):
            listed = (True, False) if "boolean" in flat.said.get("type", []) else ()
            for one in flat.said.get("enum", listed):
                if is_of(one, flat.said.get("type")) and (fits is None or fits(schema, one)):
                    yield one


def _least(said: Mapping[str, Any]) -> int:
    """How many items there are at least: of `contains: true`, too, any items will do."""
    counts = [int(needed) for schema, needed, _ in said.get("contains", []) if schema is True or schema == {}]
    return max(int(said.get("minItems", 0)), *counts, 0)


def _held(contains: Sequence[tuple[Any, float, float | None]], most: float | None) -> list[Any]:
    """What items have to fit, for each a schema; all of it at once where there may not be so many."""
    told = [(schema, int(needed)) for schema, needed, _ in contains if needed and schema is not True and schema != {}]
    held = [schema for schema, needed in told for _ in range(needed)]
    if len(told) < 2 or most is None or len(held) <= most:
        return held
    every: Any = True
    for schema, _ in told:
        every = both(schema, every)
    return [every] * max(needed for _, needed in told)
