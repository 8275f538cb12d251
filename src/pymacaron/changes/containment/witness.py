"""
A value that fits one schema and not another, looked for among a few.
"""

from __future__ import annotations

from typing import Any

from pymacaron.changes.containment.definitions import Definitions, Spot
from pymacaron.changes.containment.known import Known, atom_of
from pymacaron.schema.specimens.lots import Lot
from pymacaron.schema.specimens.making import Making
from pymacaron.schema.specimens.novalue import NoValue

__all__ = ["Witnesses"]

#: How many are made
_TURNS = 5
#: From so many parts on, only what is required is made; so many steps is one
_MANY, _PART = 200, 5
#: Schemas that lead to more others than this are not looked at
_MOST = 60


class Witnesses:
    """Looks for values; what was found is kept."""

    def __init__(self, definitions: Definitions):
        self._definitions = definitions
        self._found: dict[Any, tuple[Any, ...]] = {}

    def instance(self, known: Known, right: Spot) -> tuple[Any, ...]:
        """A value that is *known* and does not fit *right*, alone in a tuple; () where none is found."""
        key = (known.spots, known.chosen, known.only, right)
        if key not in self._found:
            self._found[key] = self._looked(known, right)
        return self._found[key]

    def _looked(self, known: Known, right: Spot) -> tuple[Any, ...]:
        definitions = self._definitions
        spots = known.spots
        if not spots:
            return ()
        schema = {"allOf": [definitions.value(spot) for spot in spots]}
        document = definitions.document(schema, spots[0].side)
        if len(document["$defs"]) > _MOST:
            return ()
        for turn in range(_TURNS):
            if definitions.effort.is_out:
                break
            making = Making(
                document["$defs"], Lot(f"{turn}"), hints=False, varied=turn > 0, spare=turn == 1, many=_MANY
            )
            try:
                value = making.value(schema)
            except (NoValue, RecursionError):
                continue
            finally:
                definitions.effort.spent += making.made * _PART
            is_known = atom_of(value) in known.only and all(definitions.accepts(spot, value) for spot in spots)
            if is_known and not definitions.accepts(right, value):
                return (value,)
        return ()
