"""Models that are pickled: found again by the names of their api and themselves."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pymacaron.pool import ApiPool, LoadedApi
from pymacaron.schema.codec import Schemas
from pymacaron.spec.load import load

DOCUMENT = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths: {}
components:
  schemas:
    Order:
      type: object
      properties:
        at: {type: string, format: date-time}
        price: {type: string, format: price}
        lines: {type: array, items: {$ref: "#/components/schemas/a-line"}}
        inner: {type: object, properties: {n: {type: integer}}}
        tags: {type: array, default: [a]}
    a-line: {type: object, properties: {n: {type: integer}}}
"""
TEXT = (
    b'{"at":"2016-12-31T23:59:60.123456789Z","price":"5.0","lines":[{"n":1}],"inner":{"n":2},'
    b'"more":{"x":12345678901234567890}}'
)


class Price:
    def __init__(self, text: str):
        self.text = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Price) and other.text == self.text


@pytest.fixture
def shop(tmp_path: Path) -> Callable[[], Schemas]:
    """make() -> the Schemas of the api pickled, which ApiPool knows from then on."""

    def make() -> Schemas:
        path = tmp_path / "pickled.yaml"
        path.write_text(DOCUMENT)
        schemas = Schemas(load(path), {"price": (None, Price, lambda price: price.text)})
        ApiPool._add(LoadedApi(schemas.api, schemas))
        return schemas

    return make


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_model_is_equal_after_it_was_pickled(shop: Callable[[], Schemas], protocol: int) -> None:
    schemas = shop()
    codec = schemas.codec(schemas.api.schemas["Order"], "request")
    order = codec.decode(TEXT)
    read = (order.at, order.lines[0].n, order.inner.n, order.tags)
    again = pickle.loads(pickle.dumps(order, protocol))
    assert (type(again), again, codec.encode(again)) == (type(order), order, TEXT)
    assert (again.at, again.lines[0].n, again.inner.n, again.tags) == read
    assert type(again.lines[0]) is type(order.lines[0])


def test_what_was_changed_in_a_default_is_pickled(shop: Callable[[], Schemas]) -> None:
    order: Any = shop().models.Order(at=datetime(2026, 1, 31, tzinfo=UTC))
    order.tags.append("b")
    assert pickle.loads(pickle.dumps(order)).to_json() == {"at": "2026-01-31T00:00:00Z", "tags": ["a", "b"]}


def test_a_model_that_holds_itself_is_pickled(shop: Callable[[], Schemas]) -> None:
    order: Any = shop().models.Order()
    order["more"] = [order]
    again = pickle.loads(pickle.dumps(order))
    assert again["more"][0] is again
    assert copy.copy(order)["more"][0] is order


def test_an_api_that_was_loaded_anew_gives_its_own_classes(shop: Callable[[], Schemas]) -> None:
    first = shop()
    data = pickle.dumps(first.models.OrderInner(n=1))
    second = shop()
    again = pickle.loads(data)
    assert (type(again) is second.models.OrderInner, type(again) is first.models.OrderInner) == (True, False)


def test_an_api_that_is_not_loaded_is_named(shop: Callable[[], Schemas]) -> None:
    data = pickle.dumps(shop().models.Order()).replace(b"pickled", b"elsewho")
    with pytest.raises(pickle.UnpicklingError, match=r"^a model Order of the api 'elsewho', which is not loaded here"):
        pickle.loads(data)


def test_a_model_of_an_api_that_nobody_loaded_cannot_be_pickled(shop: Callable[[], Schemas], tmp_path: Path) -> None:
    shop()
    alone = Schemas(load(tmp_path / "pickled.yaml"))
    with pytest.raises(pickle.PicklingError, match=r"^Order of the api pickled cannot be pickled"):
        pickle.dumps(alone.models.Order())
