"""
Tables of DynamoDB: what is there, and what plans.py wants done. Everything is asked through a DynamoDBStore.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pymacaron.store.definition import Attribute, Key
from pymacaron.store.plans import Found, Step, index, request
from pymacaron.store.stores import MissingTableError, StoreError

if TYPE_CHECKING:
    from pymacaron.store.dynamodb import DynamoDBStore

__all__ = ["Provisioning"]

#: Seconds between two looks whether a table is ready, at first and at most; and until nobody waits any more
_FIRST_S, _LONGEST_S, _PATIENCE_S = 0.2, 10.0, 3600.0


class Provisioning:
    """The tables that *store* can see."""

    def __init__(
        self,
        store: DynamoDBStore,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._store = store
        self._sleep = sleep
        self._clock = clock
        self._carriers: Mapping[str, Callable[[Step], None]] = {
            "create-table": self._create,
            "add-index": self._add_index,
            "drop-index": self._drop_index,
            "set-ttl": self._set_ttl,
            "clear-ttl": self._clear_ttl,
        }

    def found(self, table: str) -> Found | None:
        """The table of this name; None where there is none. Makes describe calls, changes nothing."""
        try:
            told = self._told(table)
        except MissingTableError:
            return None
        types = {one["AttributeName"]: one["AttributeType"] for one in told["AttributeDefinitions"]}
        indexes = [one for one in _indexes(told) if one.get("IndexStatus") != "DELETING"]
        return Found(
            key=_key(told["KeySchema"], types),
            indexes={one["IndexName"]: _key(one["KeySchema"], types) for one in indexes},
            ttl=self._ttl(table),
            partial=frozenset(
                one["IndexName"] for one in indexes if one.get("Projection", {}).get("ProjectionType") != "ALL"
            ),
            capacity=_capacity(told),
        )

    def carry_out(self, step: Step) -> None:
        """Do *step*, and wait until it is done. Raises StoreError; whoever runs it again goes on where it ended."""
        self._carriers[step.kind](step)

    def _told(self, table: str) -> dict[str, Any]:
        told: dict[str, Any] = self._store.ask("describe_table", TableName=table)["Table"]
        return told

    def _ttl(self, table: str) -> str | None:
        told = self._store.ask("describe_time_to_live", TableName=table)["TimeToLiveDescription"]
        is_on = told.get("TimeToLiveStatus") in ("ENABLED", "ENABLING")
        return told.get("AttributeName") if is_on else None

    def _create(self, step: Step) -> None:
        self._store.ask("create_table", False, **request(step.definition))
        self._wait(step.definition.table)

    def _add_index(self, step: Step) -> None:
        """With the capacity of its table where that is provisioned."""
        self._wait(step.definition.table)
        told = self._told(step.definition.table)
        key = step.definition.indexes[step.name]
        made, capacity = index(step.name, key), _capacity(told)
        if capacity is not None:
            reading, writing = capacity
            made["ProvisionedThroughput"] = {"ReadCapacityUnits": reading, "WriteCapacityUnits": writing}
        types = {one["AttributeName"]: one["AttributeType"] for one in told["AttributeDefinitions"]}
        types |= {attribute.name: attribute.type for attribute in key.attributes}
        attributes = [{"AttributeName": name, "AttributeType": kind} for name, kind in sorted(types.items())]
        self._update_index(step, {"Create": made}, AttributeDefinitions=attributes)

    def _drop_index(self, step: Step) -> None:
        self._wait(step.definition.table)
        self._update_index(step, {"Delete": {"IndexName": step.name}})

    def _update_index(self, step: Step, update: dict[str, Any], **more: Any) -> None:
        """One at a time, which is what UpdateTable takes."""
        table = step.definition.table
        self._store.ask("update_table", False, TableName=table, GlobalSecondaryIndexUpdates=[update], **more)
        self._wait(table)

    def _set_ttl(self, step: Step) -> None:
        self._update_ttl(step, True)

    def _clear_ttl(self, step: Step) -> None:
        self._update_ttl(step, False)

    def _update_ttl(self, step: Step, is_on: bool) -> None:
        specification = {"Enabled": is_on, "AttributeName": step.name}
        self._store.ask(
            "update_time_to_live", False, TableName=step.definition.table, TimeToLiveSpecification=specification
        )

    def _wait(self, table: str) -> None:
        """Until the table and its indexes can be used: filling an index takes as long as there are items."""
        until = self._clock() + _PATIENCE_S
        pause = _FIRST_S
        while (busy := self._busy(table)) is not None:
            if self._clock() >= until:
                raise StoreError(
                    f"Table {table!r} is {busy} after an hour. Run this again later: it goes on from there"
                )
            self._sleep(pause)
            pause = min(_LONGEST_S, pause * 2)

    def _busy(self, table: str) -> str | None:
        """What the table, or one of its indexes, is doing, such as CREATING; None where all can be used."""
        try:
            told = self._told(table)
        except MissingTableError:  # DescribeTable may not know yet of one that was created
            return "CREATING"
        states = [told.get("TableStatus", "ACTIVE"), *(one.get("IndexStatus", "ACTIVE") for one in _indexes(told))]
        return next((str(state) for state in states if state != "ACTIVE"), None)


def _indexes(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    return list(told.get("GlobalSecondaryIndexes") or ())


def _key(schema: list[dict[str, str]], types: Mapping[str, Any]) -> Key:
    names = {one["KeyType"]: one["AttributeName"] for one in schema}
    attributes = {kind: Attribute(name, types[name]) for kind, name in names.items()}
    return Key(attributes["HASH"], attributes.get("RANGE"))


def _capacity(told: Mapping[str, Any]) -> tuple[int, int] | None:
    if told.get("BillingModeSummary", {}).get("BillingMode") == "PAY_PER_REQUEST":
        return None
    given = told.get("ProvisionedThroughput") or {}
    reading, writing = given.get("ReadCapacityUnits", 0), given.get("WriteCapacityUnits", 0)
    return (reading, writing) if reading and writing else None
