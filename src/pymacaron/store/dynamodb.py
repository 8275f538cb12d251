"""
A Store in DynamoDB. What is sent is made by attributes.py and expressions.py, and asked by calls.py, which knows boto3;
tables are made by provisioning.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from pymacaron.store.attributes import decoded, encoded
from pymacaron.store.calls import ROUNDS, Calls
from pymacaron.store.conditions import Comparison
from pymacaron.store.definition import Definition
from pymacaron.store.expressions import Terms, condition, key_condition
from pymacaron.store.items import checked, key_bytes, place
from pymacaron.store.matching import holds, prepared
from pymacaron.store.pages import asked_range, key_of
from pymacaron.store.stores import Item, Query, Rows, Scan, StoreError

__all__ = ["DynamoDBStore"]

#: How many keys and items a batch has at most. Source: BatchGetItem and BatchWriteItem
_KEYS, _ITEMS = 100, 25


class DynamoDBStore(Calls):
    """See Calls for what it is made of, and where it may be used."""

    def __repr__(self) -> str:
        return f"<DynamoDBStore {self.place}>"

    # ---- what a Store does

    def get(self, table: Definition, key: Item, *, consistent: bool = True) -> Item | None:
        place(table, key)
        answer = self.ask("get_item", TableName=table.table, Key=encoded(key), ConsistentRead=consistent)
        found = answer.get("Item")
        return None if found is None else decoded(found)

    def get_many(self, table: Definition, keys: Sequence[Item], *, consistent: bool = True) -> list[Item]:
        found: list[Item] = []
        for batch in _batches(list({place(table, key): key for key in keys}.values()), _KEYS):
            left = {"Keys": [encoded(key) for key in batch], "ConsistentRead": consistent}
            for answer in self._all("batch_get_item", table, left, "UnprocessedKeys", lambda rest: len(rest["Keys"])):
                found += map(decoded, answer["Responses"].get(table.table, ()))
        return found

    def put(self, table: Definition, item: Item, where: Sequence[Comparison] = ()) -> None:
        self._write("put_item", table, {"Item": encoded(checked(table, item)[0])}, where)

    def delete(self, table: Definition, key: Item, where: Sequence[Comparison] = ()) -> None:
        place(table, key)
        self._write("delete_item", table, {"Key": encoded(key)}, where)

    def write(self, table: Definition, puts: Sequence[Item], deletes: Sequence[Item] = ()) -> None:
        wanted = {place(table, item): {"PutRequest": {"Item": encoded(checked(table, item)[0])}} for item in puts}
        wanted |= {place(table, key): {"DeleteRequest": {"Key": encoded(key)}} for key in deletes}
        requests = list(wanted.values())  # a batch that has a key twice is refused
        done = 0
        try:
            for batch in _batches(requests, _ITEMS):
                for _ in self._all("batch_write_item", table, batch, "UnprocessedItems", len):
                    pass
                done += len(batch)
        except StoreError as error:
            if len(requests) == 1:
                raise
            raise type(error)(f"{error}. {_partly(done, len(requests))}") from None

    def query(self, table: Definition, query: Query) -> Rows:
        key = key_of(table, query.index)
        key_bytes(table, key, key.hash, query.hash)
        asked_range(table, key, query)
        terms = Terms()
        asked = key_condition(terms, key, query.hash, query.range)
        if asked is None:
            return Rows([], None)
        names = {attribute.name for attribute in key.attributes}  # which a filter of a query may not name
        there = [one for one in query.where if one.attribute not in names]
        arguments = {"KeyConditionExpression": asked, "ScanIndexForward": not query.descending}
        rows = self._rows("query", table, query, terms, arguments, there)
        here = prepared(table, [one for one in query.where if one.attribute in names])
        return Rows([item for item in rows.items if holds(here, item)], rows.last) if here else rows

    def scan(self, table: Definition, scan: Scan) -> Rows:
        arguments = {} if scan.segment is None else dict(zip(("Segment", "TotalSegments"), scan.segment, strict=True))
        key_of(table, scan.index)
        return self._rows("scan", table, scan, Terms(), arguments, scan.where)

    # ---- how

    def _write(self, operation: str, table: Definition, what: dict[str, Any], where: Sequence[Comparison]) -> None:
        if not where:
            self.ask(operation, TableName=table.table, **what)
            return
        terms = Terms()
        asked = condition(terms, prepared(table, where))
        self.ask(operation, False, TableName=table.table, ConditionExpression=asked, **terms.arguments(), **what)

    def _rows(
        self,
        operation: str,
        table: Definition,
        asked: Query | Scan,
        terms: Terms,
        arguments: dict[str, Any],
        where: Sequence[Comparison],
    ) -> Rows:
        if asked.index is not None:
            arguments["IndexName"] = asked.index
        else:
            arguments["ConsistentRead"] = asked.consistent
        if asked.limit is not None:
            arguments["Limit"] = asked.limit
        if asked.start is not None:
            arguments["ExclusiveStartKey"] = encoded(asked.start)
        if where:
            arguments["FilterExpression"] = condition(terms, prepared(table, where))
        answer = self.ask(operation, TableName=table.table, **arguments, **terms.arguments())
        last = answer.get("LastEvaluatedKey")
        return Rows([decoded(one) for one in answer["Items"]], decoded(last) if last else None)

    def _all(
        self, operation: str, table: Definition, left: Any, rest: str, size: Callable[[Any], int]
    ) -> Iterator[dict[str, Any]]:
        """The answers to a batch: to all of *left*, then to what each names as its *rest*, until there is none."""
        idle = 0
        while True:
            answer = self.ask(operation, RequestItems={table.table: left})
            yield answer
            remaining = answer.get(rest, {}).get(table.table)
            if not remaining:
                return
            idle = 0 if size(remaining) < size(left) else idle + 1
            left = remaining
            if idle == ROUNDS:
                fact = f"{self.place} is too busy with table {table.table!r}: {size(left)} of a batch are not done"
                raise StoreError(f"{fact}. Try again later, or raise the table's capacity")
            self.wait(idle)


def _partly(done: int, of: int) -> str:
    """What is known of *of* items and keys of which the first *done* are written, or deleted."""
    return f"The first {done} of {of} are done, and of the others up to {_ITEMS}: do all of them again"


def _batches(items: Sequence[Any], size: int) -> Iterator[list[Any]]:
    each = iter(items)
    while batch := list(islice(each, size)):
        yield batch
