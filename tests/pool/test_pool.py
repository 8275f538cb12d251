from collections.abc import Callable
from pathlib import Path
from typing import Any, Optional, get_type_hints

import pytest

from pymacaron.exceptions import ValidationError
from pymacaron.pool import ApiPool, LoadedApi, NotLoadedError, Pool, stood_for
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


USES: dict[str, Callable[[Any], Any]] = {
    "called": lambda later: later.model.Line(),
    "asked whether it is the class of something": lambda later: isinstance(1, later.model.Line),
    "asked for a method": lambda later: later.model.Line.from_json,
    "inherited from": lambda later: type("Mine", later.model.Line.__mro_entries__(()), {}),
    "asked for its version": lambda later: later.get_version(),
}


@pytest.mark.parametrize("use", USES)
def test_an_api_that_is_not_loaded_says_so_when_it_is(pool: Pool, use: str):
    with pytest.raises(NotLoadedError) as raised:
        USES[use](pool.my_shopp)
    assert str(raised.value) == "no api named 'my_shopp' is loaded (loaded: my-shop). Did you mean 'my-shop'?"
    with pytest.raises(NotLoadedError) as raised:
        USES[use](Pool().shop)
    assert str(raised.value) == (
        "no api named 'shop' is loaded (loaded: none). Load it first: API(app).load_apis() or load_clients()"
    )


def test_a_model_of_an_api_that_is_not_loaded_can_stand_in_annotations():
    pool = Pool()
    line = pool.shop.model.Line
    assert line is pool.shop.model.Line

    def handler(
        one: line,
        maybe: line | None,
        other: int | line,
        optional: Optional[line],  # noqa: UP045
        several: list[line],
        either: line | pool.shop.model.Order | list[int],
    ) -> pool.shop.handler.get_line:
        pass

    hints = get_type_hints(handler)
    assert {name: str(hint).replace("typing.", "") for name, hint in hints.items()} == {
        "one": "ApiPool.shop.model.Line",
        "maybe": "Optional[ApiPool.shop.model.Line]",
        "other": "Union[int, ApiPool.shop.model.Line]",
        "optional": "Optional[ApiPool.shop.model.Line]",
        "several": "list[ApiPool.shop.model.Line]",
        "either": "Union[ApiPool.shop.model.Line, ApiPool.shop.model.Order, list[int]]",
        "return": "ApiPool.shop.handler.get_line",
    }
    assert [stood_for(hints[name]) for name in ("one", "several")] == [("shop", "Line"), None]


def test_what_stood_for_an_api_is_that_api_once_it_is_loaded(tmp_path: Path):
    pool = Pool()
    later, models, line = pool.my_shop, pool.my_shop.model, pool.my_shop.model.Line
    for version in ("1.2.3", "1.2.4"):  # the second in place of the first
        (tmp_path / "my-shop.yaml").write_text(SHOP.replace("1.2.3", version))
        api = load(tmp_path / "my-shop.yaml")
        pool._add(LoadedApi(api, Schemas(api)))
        loaded = pool.my_shop.model.Line
        assert later.model is pool.my_shop.model
        assert later.model.Line is models.Line is loaded
        assert (later.get_version(), later.name) == (version, "my-shop")
        made = line(sku="A")
        assert type(made) is loaded
        assert isinstance(made, line)
        assert isinstance(made, line | int)
        assert issubclass(loaded, line)
        assert (line.from_json({"sku": "A"}), line.__name__) == (made, "Line")
        assert line.get_model_name() == "Line"

    class Mine(line):
        pass

    assert Mine.__mro__[1] is loaded
    with pytest.raises(AttributeError, match=r"my-shop has no model 'Lime'\. Did you mean 'Line'\?"):
        _ = later.model.Lime


def test_a_schema_without_a_class_stands_in_annotations_before_and_after_its_api_is_loaded(tmp_path: Path):
    pool = Pool()
    early = pool.shop.model.Status
    (tmp_path / "shop.yaml").write_text(f"{SHOP}    Status: {{enum: [new, sent]}}\n")
    api = load(tmp_path / "shop.yaml")
    pool._add(LoadedApi(api, Schemas(api)))
    late = pool.shop.model.Status
    assert repr(early) == repr(late) == "ApiPool.shop.model.Status"
    assert str(list[late | None]).replace("typing.", "") == "list[Optional[ApiPool.shop.model.Status]]"
    for status in (early, late):
        with pytest.raises(AttributeError, match=r"^Status is an enumeration: there is no class for it$"):
            status("new")
        with pytest.raises(AttributeError, match=r"^Status is an enumeration: there is no class for it$"):
            isinstance("new", status)


def test_the_handlers_of_a_loaded_api_have_names(tmp_path: Path):
    (tmp_path / "shop.yaml").write_text(
        SHOP.replace("paths: {}", "paths: {/a: {get: {operationId: a.get_it, responses: {}}}}")
    )
    api = load(tmp_path / "shop.yaml")
    loaded = LoadedApi(api, Schemas(api))
    assert repr(loaded.handler.get_it) == "ApiPool.shop.handler.get_it"
    assert loaded.plain_handler.get_it | None
    with pytest.raises(AttributeError) as raised:
        _ = loaded.handler.get_its
    assert str(raised.value) == "shop has no operation 'get_its'. Did you mean 'get_it'?"


def test_json_and_models_are_turned_into_each_other(pool: Pool):
    line = pool.my_shop.json_to_model("Line", {"sku": "A", "extra": [1]})
    assert (line.get_model_name(), line.sku, line["extra"]) == ("Line", "A", [1])
    assert pool.my_shop.model_to_json(line) == {"sku": "A", "extra": [1]}


def test_validation_is_asked_for_and_lists_every_violation(pool: Pool):
    assert pool.my_shop.json_to_model("Line", {"qty": 0}).qty == 0
    with pytest.raises(ValidationError) as raised:
        pool.my_shop.json_to_model("Line", {"qty": 0}, validate=True)
    assert [(one["pointer"], one["code"]) for one in raised.value.errors] == [("/sku", "required"), ("/qty", "minimum")]


def test_a_schema_named_like_a_method_is_a_model_all_the_same(pool: Pool):
    model = pool.my_shop.json_to_model("from_json", {"names": "a", "of": "b"}, validate=True)
    assert pool.my_shop.model_to_json(model) == {"names": "a", "of": "b"}


def test_the_pool_that_services_use_is_a_pool():
    assert isinstance(ApiPool, Pool)
