"""Definitions that tests of stores use."""

from __future__ import annotations

from pymacaron.store.definition import Attribute, Definition, Key

__all__ = ["COUNTERS", "ORDERS", "table"]

#: A table with all that there is: a range, indexes with and without one, ttl and version
ORDERS = Definition(
    "orders",
    Key(Attribute("customer", "S"), Attribute("at", "N")),
    {
        "by_status": Key(Attribute("status", "S"), Attribute("total", "N")),
        "by_tag": Key(Attribute("tag", "B")),
    },
    ttl="ends",
    version="revision",
)

#: One with a hash alone
COUNTERS = Definition("counters", Key(Attribute("name", "S")), version="revision")


def table(name: str, hash_: str, range_: str | None = None, **indexes: Key) -> Definition:
    """One whose key is the attribute `h` of type *hash_*, and `r` of *range_*."""
    key = Key(Attribute("h", hash_), Attribute("r", range_) if range_ else None)  # type: ignore[arg-type]
    return Definition(name, key, indexes)
