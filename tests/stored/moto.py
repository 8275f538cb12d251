"""moto's server as a process: a DynamoDB to compare with, as far as it does what DynamoDB does."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

import boto3
import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from upstreams.process import free_port, listening

from pymacaron.store.conditions import Comparison
from pymacaron.store.definition import Definition
from pymacaron.store.stores import Query

__all__ = ["Raw", "decimals", "moto_server"]

_OPERATORS = {"=": "=", "<>": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


@contextmanager
def moto_server(folder: Path) -> Iterator[str]:
    """The URL of one that keeps nothing. Skips where it is not installed; fails in CI."""
    command = shutil.which("moto_server", path=str(Path(sys.executable).parent))
    if command is None:
        assert not os.environ.get("CI"), "moto[server] is not installed: make .venv/.test"
        pytest.skip("moto[server] is not installed")
    port, log = free_port(), folder / "moto.log"

    def fail(fact: str) -> NoReturn:
        pytest.fail(f"moto_server: {fact}:\n{log.read_text()}")

    with listening([command, "-H", "127.0.0.1", "-p", str(port)], port, log, 60, fail):
        yield f"http://127.0.0.1:{port}"


class Raw:
    """DynamoDB as boto3 asks it, without any code of ours but the records of what is asked."""

    def __init__(self, url: str):
        keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "region_name": "eu-central-1"}
        self._client: Any = boto3.client("dynamodb", endpoint_url=url, **keys)
        self.failed = self._client.exceptions.ConditionalCheckFailedException

    def create(self, table: Definition) -> None:
        keys = {"": table.key, **table.indexes}
        types = {one.name: one.type for key in keys.values() for one in key.attributes}
        schemas = {
            name: [
                {"AttributeName": one.name, "KeyType": kind}
                for one, kind in zip(key.attributes, ("HASH", "RANGE"), strict=False)
            ]
            for name, key in keys.items()
        }
        indexes = [
            {"IndexName": name, "KeySchema": schemas[name], "Projection": {"ProjectionType": "ALL"}}
            for name in table.indexes
        ]
        self._client.create_table(
            TableName=table.table,
            KeySchema=schemas[""],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": type_} for name, type_ in types.items()],
            BillingMode="PAY_PER_REQUEST",
            **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
        )

    def drop(self, table: Definition) -> None:
        self._client.delete_table(TableName=table.table)

    def put(self, table: Definition, item: dict[str, Any], where: tuple[Comparison, ...] = ()) -> None:
        asked = self._asked("ConditionExpression", where)
        self._client.put_item(TableName=table.table, Item=_map(item), **asked)

    def query(self, table: Definition, query: Query) -> tuple[list[dict[str, Any]], Any]:
        key = table.indexes[query.index] if query.index else table.key
        keys = (Comparison(key.hash.name, "=", (query.hash,)), *([query.range] if query.range else []))
        asked = self._asked("KeyConditionExpression", keys, "k")
        filters = self._asked("FilterExpression", tuple(query.where), "f")
        for name in ("ExpressionAttributeNames", "ExpressionAttributeValues"):
            asked[name] = {**asked.get(name, {}), **filters.pop(name, {})}
        more = {"IndexName": query.index, "Limit": query.limit, "ExclusiveStartKey": query.start}
        asked |= {name: value for name, value in more.items() if value is not None}
        done = self._client.query(TableName=table.table, ScanIndexForward=not query.descending, **asked, **filters)
        return [_plain(item) for item in done["Items"]], done.get("LastEvaluatedKey")

    def _asked(self, kind: str, where: tuple[Comparison, ...], prefix: str = "c") -> dict[str, Any]:
        texts, names, values = [], {}, {}
        for index, one in enumerate(where):
            name = f"#{prefix}{index}"
            names[name] = one.attribute
            given = [f":{prefix}{index}_{place}" for place in range(len(one.values))]
            values |= {to: _serialize(value) for to, value in zip(given, one.values, strict=True)}
            texts.append(_text(one.operator, name, given))
        found: dict[str, Any] = {kind: " AND ".join(texts)} if texts else {}
        found |= {"ExpressionAttributeNames": names} if names else {}
        return found | ({"ExpressionAttributeValues": values} if values else {})


def _text(operator: str, name: str, given: list[str]) -> str:
    if operator in _OPERATORS:
        return f"{name} {operator} {given[0]}"
    if operator == "between":
        return f"{name} BETWEEN {given[0]} AND {given[1]}"
    called = {"present": "attribute_exists", "absent": "attribute_not_exists"}.get(operator, operator)
    return f"{called}({', '.join((name, *given))})"


def decimals(value: Any) -> Any:
    """*value* with the decimal number in place of each number: of a float, that which its text says."""
    if isinstance(value, dict):
        return {name: decimals(one) for name, one in value.items()}
    if isinstance(value, list):
        return [decimals(one) for one in value]
    if isinstance(value, (set, frozenset)):
        return {decimals(one) for one in value}
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return value


def _serialize(value: Any) -> Any:
    return TypeSerializer().serialize(decimals(value))


def _map(item: dict[str, Any]) -> dict[str, Any]:
    return {name: _serialize(value) for name, value in item.items()}


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    return {name: _bytes(TypeDeserializer().deserialize(value)) for name, value in item.items()}


def _bytes(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _bytes(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_bytes(one) for one in value]
    if isinstance(value, set):
        return {_bytes(one) for one in value}
    return bytes(value) if type(value).__name__ == "Binary" else value
