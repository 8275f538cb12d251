"""Models that are kept: `table(Order)`, and what has to be true of items. See docs/persistence.md."""

from pymacaron.store.conditions import (
    above,
    absent,
    at_least,
    at_most,
    begins_with,
    below,
    between,
    contains,
    is_not,
    present,
)
from pymacaron.store.current import use
from pymacaron.store.listing import Page
from pymacaron.store.stores import (
    ConditionFailedError,
    ItemError,
    MissingTableError,
    StoreError,
    VersionConflictError,
)
from pymacaron.store.tables import Table, table

__all__ = [
    "ConditionFailedError",
    "ItemError",
    "MissingTableError",
    "Page",
    "StoreError",
    "Table",
    "VersionConflictError",
    "above",
    "absent",
    "at_least",
    "at_most",
    "begins_with",
    "below",
    "between",
    "contains",
    "is_not",
    "present",
    "table",
    "use",
]
