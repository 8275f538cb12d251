from __future__ import annotations

from pathlib import Path

import pytest

from pymacaron.exceptions import ValidationError
from pymacaron.pool import ApiPool, LoadedApi, Pool
from pymacaron.schema.codec import Schemas
from pymacaron.spec.load import load

SHOP = """
openapi: 3.1.0
info: {title: Shop, version: 1.2.3}
paths: {}
components:
  schemas:
    Line:
      type: object
      required: [sku]
      properties: {sku: {type: string}, qty: {type: integer, minimum: 1}}
    from_json:
      type: object
      properties: {names: {type: string}, of: {type: string}}
"""


@pytest.fixture
def pool(tmp_path: Path) -> Pool:
    (tmp_path / "my-shop.yaml").write_text(SHOP)
    api = load(tmp_path / "my-shop.yaml")
    pool = Pool()
    pool._add(LoadedApi(api, Schemas(api)))
    return pool


def test_an_api_is_reached_by_its_name_as_an_identifier_or_as_it_is(pool: Pool):
    assert pool.my_shop is getattr(pool, "my-shop")
    assert dir(pool) == ["my_shop"]
    assert pool.my_shop.get_version() == "1.2.3"


def test_an_unknown_api_names_those_that_are_loaded(pool: Pool):
    with pytest.raises(AttributeError) as raised:
        _ = pool.my_shopp
    assert str(raised.value) == "no api named 'my_shopp' is loaded (loaded: my-shop). Did you mean 'my-shop'?"


def test_json_and_models_are_turned_into_each_other(pool: Pool):
    line = pool.my_shop.json_to_model("Line", {"sku": "A", "extra": [1]})
    assert (line.get_model_name(), line.sku, line["extra"]) == ("Line", "A", [1])
    assert pool.my_shop.model_to_json(line) == {"sku": "A", "extra": [1]}


def test_validation_is_asked_for_and_lists_every_violation(pool: Pool):
    assert pool.my_shop.json_to_model("Line", {"qty": 0}).qty == 0
    with pytest.raises(ValidationError) as raised:
        pool.my_shop.json_to_model("Line", {"qty": 0}, validate=True)
    assert [(one["pointer"], one["code"]) for one in raised.value.errors] == [("/qty", "minimum"), ("/sku", "required")]


def test_a_schema_named_like_a_method_is_a_model_all_the_same(pool: Pool):
    model = pool.my_shop.json_to_model("from_json", {"names": "a", "of": "b"}, validate=True)
    assert pool.my_shop.model_to_json(model) == {"names": "a", "of": "b"}


def test_the_pool_that_services_use_is_a_pool():
    assert isinstance(ApiPool, Pool)
