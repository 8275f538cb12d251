"""
`make bench-tables`: what it costs to keep models: one got from DynamoDB and one put there, beside plain boto3 that asks
the same server, moto's, for the same item; and batches put into SQLite, beside plain sqlite3 that writes the same rows
as JSON, with the same settings and as many in a transaction.

Each is a window of CPU in a process of its own, one after the other in turn; the least of each counts.
`python bench/tables.py [--write]`.
"""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import page
from child import answer, least

__all__ = ["main"]

#: What a call may cost, in those of the plain library
_MOST_DYNAMODB, _MOST_SQLITE = 1.1, 2.0
_ROUNDS, _CALLS, _BATCHES, _BATCH = 25, 60, 3, 1000
#: dict: name -> what is said of it
_ASKED: Mapping[str, str] = {
    "get-client": "get: boto3's client, and its deserializer",
    "get-resource": "get: boto3's resource",
    "get": "get: a model, by `table(Order).get()`",
    "save-client": "save: boto3's client, and its serializer",
    "save-resource": "save: boto3's resource",
    "save": "save: a model, by `table(Order).put()`",
}
_WRITTEN: Mapping[str, str] = {
    "plain-sqlite": "save, batched: sqlite3, `INSERT OR REPLACE` of `json.dumps()`",
    "sqlite-items": "save, batched: items, by the store alone",
    "sqlite": "save, batched: models, by `table(Order).put_many()`",
}
_PORT = "BENCH_AWS_PORT"
_ACCOUNT = {"region_name": "eu-west-1", "aws_access_key_id": "bench", "aws_secret_access_key": "bench"}
_KEY = {"customer_id": "c-000017", "created_at": "2026-11-23T15:30:00.123456Z"}
_ORDER: Mapping[str, Any] = {
    **_KEY,
    "status": "open",
    "notes": "Leave it with the neighbours, who are at home until noon.",
    "paid": True,
    "discount": None,
    "address": {"street": "12 Long Lane", "town": "Springfield", "zip": "12345"},
    "lines": [
        {"sku": f"SKU-{number:06}", "quantity": number + 1, "price": 9.75 + number, "tags": ["new", "blue"]}
        for number in range(5)
    ],
}


def main() -> None:
    options = page.options("what it costs to keep models", rounds=_ROUNDS).parse_args()
    if options.serve:
        _serve(options.serve)
        return
    with _aws():
        asked = least(__file__, _ASKED, options.rounds, _CALLS)
    written = least(__file__, _WRITTEN, options.rounds, _BATCHES)
    table = _table(asked, {name: spent / _BATCH for name, spent in written.items()})
    page.show("bench-tables", table, writes=options.write)


@contextmanager
def _aws() -> Iterator[None]:
    """While moto's server runs, at the port of the variable _PORT, with the table."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while not _accepts(port):
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit("moto's server did not start: pip install 'moto[server]'")
            time.sleep(0.1)
        os.environ[_PORT] = str(port)
        _client().create_table(
            TableName="orders",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in _KEY],
            KeySchema=[
                {"AttributeName": name, "KeyType": kind} for name, kind in zip(_KEY, ("HASH", "RANGE"), strict=True)
            ],
        )
        yield
    finally:
        process.kill()
        process.wait()


def _accepts(port: int) -> bool:
    with socket.socket() as connection:
        is_open = connection.connect_ex(("127.0.0.1", port)) == 0
        return is_open and connection.getsockname()[1] != port  # else it has met itself


def _table(asked: Mapping[str, float], written: Mapping[str, float]) -> Iterator[str]:
    size = f"an item of {len(json.dumps(_ORDER))} bytes as JSON"
    yield f"{page.when_and_where()} Microseconds of CPU for {size}, those of the server not among them."
    yield ""
    yield "| call | CPU |"
    yield "|---|---:|"
    said = {**_ASKED, **_WRITTEN}
    for name, spent in {**asked, **written}.items():
        yield f"| {said[name]} | {spent:.1f} |"
    yield ""
    for name in ("get", "save"):
        ratio = asked[name] / asked[f"{name}-client"]
        yield f"DynamoDB, {name}: {ratio:.2f} times boto3's client, {_verdict(ratio, _MOST_DYNAMODB)}."
    ratio = written["sqlite"] / written["plain-sqlite"]
    yield f"SQLite, batches of {_BATCH:,}: {ratio:.2f} times plain sqlite3, {_verdict(ratio, _MOST_SQLITE)}."


def _verdict(ratio: float, most: float) -> str:
    return f"at most {most:g} wanted: {'met' if ratio <= most else 'missed'}"


# ---- in a process of its own


def _serve(name: str) -> None:
    def prepared(folder: Path) -> tuple[Callable[[], Any], Callable[[Any], bool]]:
        call, wanted = _KINDS[name](folder)
        return call, lambda found: wanted is None or bool(_plain(found) == wanted)

    answer(prepared)


def _plain(found: Any) -> Any:
    return found.to_json() if hasattr(found, "to_json") else found


Kind = tuple[Callable[[], Any], Any]


def _endpoint() -> str:
    return f"http://127.0.0.1:{os.environ[_PORT]}"


def _client() -> Any:
    import boto3  # type: ignore[import-untyped]

    return boto3.client("dynamodb", endpoint_url=_endpoint(), **_ACCOUNT)


def _resource() -> Any:
    import boto3

    return boto3.resource("dynamodb", endpoint_url=_endpoint(), **_ACCOUNT).Table("orders")


def _decimal() -> Any:
    """The order as boto3 takes it: it knows no floats."""
    return json.loads(json.dumps(_ORDER), parse_float=Decimal)


def _save_client(folder: Path) -> Kind:
    from boto3.dynamodb.types import TypeSerializer  # type: ignore[import-untyped]

    client, order, serialize = _client(), _decimal(), TypeSerializer().serialize

    def call() -> None:
        client.put_item(TableName="orders", Item={name: serialize(value) for name, value in order.items()})

    return call, None


def _save_resource(folder: Path) -> Kind:
    table, order = _resource(), _decimal()

    def call() -> None:
        table.put_item(Item=order)

    return call, None


def _get_client(folder: Path) -> Kind:
    from boto3.dynamodb.types import TypeDeserializer

    _save_client(folder)[0]()
    client, deserialize = _client(), TypeDeserializer().deserialize
    key = {name: {"S": value} for name, value in _KEY.items()}

    def call() -> Any:
        found = client.get_item(TableName="orders", Key=key, ConsistentRead=True)["Item"]
        return {name: deserialize(value) for name, value in found.items()}

    return call, _decimal()


def _get_resource(folder: Path) -> Kind:
    _save_client(folder)[0]()
    table = _resource()
    return lambda: table.get_item(Key=_KEY, ConsistentRead=True)["Item"], _decimal()


def _order_class(folder: Path, store_url: str) -> Any:
    """The class Order of an api whose models are kept at *store_url*."""
    from pymacaron import ApiPool, config, load_clients

    texts = ("customer_id", "status", "notes")
    properties: dict[str, Any] = {name: {"type": "string"} for name in texts}
    properties |= {
        "created_at": {"type": "string", "format": "date-time"},
        "paid": {"type": "boolean"},
        "discount": {"type": ["integer", "null"]},
        "address": {"$ref": "#/components/schemas/Address"},
        "lines": {"type": "array", "items": {"$ref": "#/components/schemas/Line"}},
    }
    address = {name: {"type": "string"} for name in ("street", "town", "zip")}
    line: dict[str, Any] = {"sku": {"type": "string"}, "quantity": {"type": "integer"}, "price": {"type": "number"}}
    line["tags"] = {"type": "array", "items": {"type": "string"}}
    key = dict(zip(("hash", "range"), _KEY, strict=True))
    schemas = {
        "Order": {"type": "object", "x-persist": {"table": "orders", "key": key}, "properties": properties},
        "Address": {"type": "object", "properties": address},
        "Line": {"type": "object", "properties": line},
    }
    document = {"openapi": "3.1.0", "info": {"title": "Shop", "version": "1"}, "paths": {}}
    (folder / "shop.json").write_text(json.dumps({**document, "components": {"schemas": schemas}}))
    settings = {"aws_region": "eu-west-1", "aws_access_key_id": "bench", "aws_secret_access_key": "bench"}
    config.load(settings={"name": "bench", "store_url": store_url, **settings}, start_dir=folder)
    load_clients(folder, ["shop"])
    return ApiPool.shop.model.Order


def _get(folder: Path) -> Kind:
    from pymacaron.store import table

    orders = table(_order_class(folder, f"dynamodb://127.0.0.1:{os.environ[_PORT]}"))
    _save_client(folder)[0]()
    return lambda: orders.get(*_KEY.values()), dict(_ORDER)


def _save(folder: Path) -> Kind:
    from pymacaron.store import table

    made = _order_class(folder, f"dynamodb://127.0.0.1:{os.environ[_PORT]}")
    orders, order = table(made), made.from_json(dict(_ORDER))
    return lambda: orders.put(order), None


def _plain_sqlite(folder: Path) -> Kind:
    file = sqlite3.connect(folder / "plain.sqlite3", isolation_level=None)
    file.execute("PRAGMA journal_mode = WAL")
    file.execute("PRAGMA synchronous = FULL")
    file.execute("CREATE TABLE orders (hash TEXT, range TEXT, item TEXT, PRIMARY KEY (hash, range)) WITHOUT ROWID")
    orders = [{**_ORDER, "customer_id": f"c-{number:06}"} for number in range(_BATCH)]

    def call() -> None:
        rows = ((one["customer_id"], one["created_at"], json.dumps(one)) for one in orders)
        file.execute("BEGIN IMMEDIATE")
        file.executemany("INSERT OR REPLACE INTO orders VALUES (?, ?, ?)", rows)
        file.execute("COMMIT")

    return call, None


def _sqlite(folder: Path) -> Kind:
    from pymacaron.store import table

    made = _order_class(folder, f"sqlite:///{folder / 'orders.sqlite3'}")
    orders = [made.from_json({**_ORDER, "customer_id": f"c-{number:06}"}) for number in range(_BATCH)]
    return lambda: table(made).put_many(orders), None


def _sqlite_items(folder: Path) -> Kind:
    from pymacaron.store.definition import Attribute, Definition, Key
    from pymacaron.store.sqlite import SQLiteStore

    hash_, range_ = (Attribute(name, "S") for name in _KEY)
    definition, store = Definition("orders", Key(hash_, range_)), SQLiteStore(folder / "orders.sqlite3")
    orders = [{**_ORDER, "customer_id": f"c-{number:06}"} for number in range(_BATCH)]
    return lambda: store.write(definition, orders), None


_KINDS: Mapping[str, Callable[[Path], Kind]] = {
    "get-client": _get_client,
    "get-resource": _get_resource,
    "get": _get,
    "save-client": _save_client,
    "save-resource": _save_resource,
    "save": _save,
    "plain-sqlite": _plain_sqlite,
    "sqlite-items": _sqlite_items,
    "sqlite": _sqlite,
}


if __name__ == "__main__":
    main()
