"""
The values of a schema of a description, each of which its codec accepts: the one that is always the same, and as many
others as somebody asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pymacaron.schema.codec import Codec, Schemas
from pymacaron.schema.once import once
from pymacaron.schema.specimens.lots import Lot
from pymacaron.schema.specimens.making import Making
from pymacaron.schema.specimens.novalue import NoValue
from pymacaron.schema.validators import validator
from pymacaron.source import Node

__all__ = ["NoValue", "Specimens"]

#: How many lots are tried where a value that was made does not fit
_TURNS = 6


class Specimens:
    """
    Values of *schema* in responses. *seed*: any text, which says which ones.

    Nothing is compiled before the first one is asked for.
    """

    def __init__(self, schema: Node, schemas: Schemas, seed: str = ""):
        self._schema = schema
        self._schemas = schemas
        self._seed = seed
        self._codec: Codec = schemas.codec(schema, "response")
        self._known: dict[int, Callable[[Any], bool]] = {}
        self._kept: list[Any] = []  # so that no other schema gets the id of one that is known

    def first(self) -> Any:
        """The same for the same schema and seed, in each process. Raises NoValue."""
        return self._fitting(self._seed, varied=False)

    def other(self, turn: int) -> Any:
        """Another one for each *turn*, without the examples of the schema. Raises NoValue."""
        return self._fitting(f"{self._seed} {turn}", varied=True)

    def _fitting(self, seed: str, *, varied: bool) -> Any:
        impossible: NoValue | None = None
        unfit: NoValue | None = None
        for making in self._makings(seed, varied):
            try:
                found = making.value({"$ref": self._bundle["$ref"]})
            except NoValue as error:
                impossible = impossible or error
                continue
            wrong = self._codec.violations(found, "response")
            if not wrong:
                return found
            unfit = unfit or NoValue(wrong[0].pointer, wrong[0].detail)
        raise impossible or unfit or NoValue("", "no value fits it")

    def _makings(self, seed: str, varied: bool) -> Iterator[Making]:
        """The ways to make one, from the quickest and best to those that cost more and tell less."""
        definitions, lot = self._bundle["$defs"], Lot(seed)
        yield Making(definitions, lot, hints=not varied, varied=varied)
        if not varied:
            yield Making(definitions, lot, fits=self._fits)
        yield Making(definitions, lot, hints=False, fits=self._fits, varied=varied)
        yield Making(definitions, lot, hints=False, fits=self._fits, spare=True)
        for turn in range(_TURNS):
            yield Making(definitions, lot.of(f"again {turn}"), hints=False, fits=self._fits, varied=True)

    @once
    def _bundle(self) -> dict[str, Any]:
        return self._schemas.telling(self._schema)

    def _fits(self, schema: Any, value: Any) -> bool:
        """Whether *value* fits *schema*, which stands in the bundle."""
        known = self._known.get(id(schema))
        if known is None:
            made = validator({**schema, "$defs": self._bundle["$defs"]}, self._schemas.formats)
            self._kept.append(schema)
            known = self._known[id(schema)] = made.is_valid
        return known(value)
