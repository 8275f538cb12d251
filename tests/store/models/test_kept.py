"""A service whose models are kept in each store: the whole way, over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from conformance.material import descriptions, loaded
from conformance.messages import Maker
from conformance.translation import Translation
from flask import Flask
from flask.testing import FlaskClient

from pymacaron import API, ApiPool, config
from pymacaron.models import Model, from_json, to_json
from pymacaron.schema.codec import Schemas
from pymacaron.schema.kept import Kept
from pymacaron.store import VersionConflictError, table, use
from pymacaron.store.definition import Attribute, Definition, Key
from pymacaron.store.memory import MemoryStore
from pymacaron.store.sqlite import SQLiteStore
from pymacaron.store.stores import ItemError, Store
from pymacaron.store.values import Values

SHOP = """
openapi: 3.1.0
info: {title: Kept, version: '1'}
paths:
  /orders/{customer_id}:
    parameters:
    - {name: customer_id, in: path, required: true, schema: {type: string}}
    get:
      operationId: list
      parameters:
      - {name: cursor, in: query, schema: {type: string}}
      - {name: limit, in: query, schema: {type: integer, default: 2}}
      responses: {'200': {description: Some, content: {application/json: {}}}}
    put:
      operationId: save
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
      responses: {'200': {description: It, content: {application/json: {}}}}
components:
  schemas:
    Order:
      type: object
      properties:
        customer_id: {type: string}
        created_at: {type: string, format: date-time}
        status: {type: string, default: open}
        raw: {type: string, format: byte}
        revision: {type: integer}
      x-persist:
        table: orders
        key: {hash: customer_id, range: created_at}
        indexes: {by_status: {hash: status, range: created_at}}
        version: revision
"""

STORES: dict[str, Callable[[Path], Any]] = {
    "memory": lambda folder: MemoryStore(),
    "sqlite": lambda folder: SQLiteStore(folder / "kept.sqlite3"),
}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with use(STORES[request.param](tmp_path)) as made:
        yield made
    getattr(made, "close", lambda: None)()


@pytest.fixture
def client(tmp_path: Path, store: Store) -> Iterator[FlaskClient]:
    (tmp_path / "kept.yaml").write_text(SHOP)
    (tmp_path / "pym-config.yaml").write_text("name: kept\nlive_host: http://localhost\n")
    config.load(tmp_path / "pym-config.yaml")

    def list_(customer_id: str, cursor: str | None = None, limit: int = 2) -> Any:
        page = table(ApiPool.kept.model.Order).query(customer_id, cursor=cursor, limit=limit)
        return {"items": page.items, "cursor": page.cursor}

    def save(body: Any, customer_id: str) -> Any:
        body.customer_id = customer_id
        ApiPool.kept.model.Order.save_to_db(body)
        return ApiPool.kept.model.Order.load_from_db(customer_id, body.created_at)

    app = Flask("kept")
    api = API(app, resolver=lambda operation: {"list": list_, "save": save}.get(operation.id))
    api.load_apis(tmp_path / "kept.yaml")
    api.start(serve="kept")
    yield app.test_client()
    config.reset()


def test_a_service_keeps_its_models(client: FlaskClient, store: Store) -> None:
    sent = {"raw": "AAF=", "deep": {"n": [1e23, None, 2**70]}}
    for day in (1, 2, 3):
        body = {"created_at": f"2026-01-0{day}T10:00:00.50+01:00", **sent}
        assert client.put("/orders/ada", json=body).json == {**body, "customer_id": "ada", "revision": 1}
    first = client.get("/orders/ada").json
    assert first is not None
    rest = client.get("/orders/ada", query_string={"cursor": first["cursor"]}).json
    assert rest is not None
    assert [one["created_at"][:10] for one in first["items"] + rest["items"]] == [
        "2026-01-01",
        "2026-01-02",
        "2026-01-03",
    ]
    assert rest["cursor"] is None
    again = client.put("/orders/ada", json={"created_at": "2026-01-01T09:00:00.5Z"})
    assert (again.status_code, again.json and again.json["error"]) == (409, "VERSION_CONFLICT")
    assert client.put("/orders/ada", json=first["items"][0]).json == {**first["items"][0], "revision": 2}
    gone = client.put("/orders/bob", json={"created_at": "2026-01-01T09:00:00Z", "revision": 1})
    assert gone.status_code == 409
    assert "is not there (any more), and a new one has to come without revision" in str(gone.json)
    assert client.get("/orders/ada?cursor=x").status_code == client.get("/orders/ada?limit=0").status_code == 400
    assert client.get("/orders/bob").json == {"items": [], "cursor": None}


def test_tables_are_asked_alike_in_every_store(client: FlaskClient, store: Store) -> None:
    Order = ApiPool.kept.model.Order
    orders = table(Order)
    orders.put_many(Order(customer_id=f"c{n}", created_at=f"2026-01-01T00:00:{n:02}Z") for n in range(30))
    found, cursor = list[str](), None
    for _ in range(4):
        page = orders.query("open", index="by_status", limit=9, cursor=cursor, descending=True)
        found += [one.customer_id for one in page]
        cursor = page.cursor
    assert (found, cursor) == ([f"c{n}" for n in range(29, -1, -1)], None)
    assert sorted(one.customer_id for one in orders.scan(limit=1000)) == sorted(found)
    keys = [("c3", "2026-01-01T00:00:03Z"), ("c3", "2026-01-01T00:00:04Z")]
    three, none = orders.get_many(keys)
    assert (three.revision, none) == (1, None)
    with pytest.raises(VersionConflictError):
        orders.put_many([Order(customer_id="c3", created_at=three.created_at)])
    orders.delete_many([one for one in orders.scan() if one.customer_id != "c3"])
    assert orders.scan().items == [three]


def test_what_a_store_cannot_keep_is_refused_before_it_is_asked(client: FlaskClient, store: Store) -> None:
    Order = ApiPool.kept.model.Order
    for value in (10**38 + 1, "x" * 410_000, "\ud800", 1e200):
        order = Order(customer_id="a", created_at="2026-01-01T00:00:00Z", n=value)
        with pytest.raises(ItemError):
            Order.save_to_db(order)
    assert table(Order).scan().items == []


UNFIT = {
    "huge": {"n": "x" * 410_000},
    "long": {"n": 10**200},
    "no key": {"customer_id": ""},
    "no version": {"revision": 0.5},
}


@pytest.mark.parametrize("unfit", UNFIT.values(), ids=UNFIT.keys())
def test_of_many_none_is_written_where_one_cannot_be(client: FlaskClient, store: Store, unfit: dict[str, Any]) -> None:
    Order = ApiPool.kept.model.Order
    key = {"created_at": "2026-01-01T00:00:00Z"}
    good, bad = Order(customer_id="a", **key), Order.from_json({"customer_id": "b", **key, **unfit})
    with pytest.raises(ItemError):
        table(Order).put_many([good, bad])
    assert (table(Order).scan().items, good.revision) == ([], None)


@pytest.mark.parametrize("unfit", [UNFIT["no key"], UNFIT["no version"]], ids=["no key", "no version"])
def test_of_many_none_is_deleted_where_one_cannot_be(client: FlaskClient, store: Store, unfit: dict[str, Any]) -> None:
    Order = ApiPool.kept.model.Order
    key = {"created_at": "2026-01-01T00:00:00Z"}
    first, second = Order(customer_id="a", **key), Order(customer_id="b", **key)
    table(Order).put_many([first, second])
    bad = Order.from_json({"customer_id": "c", **key, **unfit})
    with pytest.raises(ItemError):
        table(Order).delete_many([first, ("b", key["created_at"]), bad])
    assert sorted(one.customer_id for one in table(Order).scan()) == ["a", "b"]


@pytest.mark.parametrize("path", descriptions()[::4], ids=lambda path: path.name)
def test_any_model_of_any_schema_is_read_as_it_was_saved(path: Path, store: Store) -> None:
    api = loaded(path)
    if api is None:
        return
    schemas, random = Schemas(api), Random(path.name)
    translation = Translation(api, "response")
    key = Key(Attribute("#key", "S"))
    for node in list(schemas.classes.names().values())[:200:25]:
        cls: type[Model] | None = schemas.classes.of(node)
        value = Maker(translation.document, random).value(translation.reference(node))
        if cls is None or not isinstance(value, dict):
            continue
        type.__setattr__(cls, "__pym_kept__", Kept(schemas.shapes.target(node), schemas.shapes))
        values = Values(cls, Definition("things", NoKey(Attribute("", "S"))))
        model = from_json(cls, value)
        try:
            store.put(Definition("things", key), {**values.item(model), "#key": "a"})
        except ItemError:
            continue
        item = store.get(Definition("things", key), {"#key": "a"})
        assert item is not None
        del item["#key"]
        again = values.model(item)
        assert again == model
        assert to_json(again) == to_json(model)


class NoKey(Key):
    """The key of what has none."""

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        return ()
