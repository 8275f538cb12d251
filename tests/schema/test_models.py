"""Models: three states, what is kept, how they are built, compared and copied."""

from __future__ import annotations

import copy
import json
import traceback
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest

import pymacaron.models
from pymacaron.models import clone, from_json, get_model_name, is_set, to_json, update_from_dict
from pymacaron.schema.codec import Codec, Schemas
from pymacaron.schema.models import shown

ORDER = {
    "Order": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "qty": {"type": "integer"},
            "note": {"type": ["string", "null"]},
            "placed-at": {"type": "string", "format": "date-time"},
            "day": {"type": "string", "format": "date"},
            "picture": {"type": "string", "format": "byte"},
            "class": {"type": "string"},
            "customer": {"$ref": "#/components/schemas/Customer"},
            "lines": {"type": "array", "items": {"$ref": "#/components/schemas/Line"}},
            "times": {"type": "array", "items": {"type": "string", "format": "date-time"}},
            "ids": {"type": "array", "items": {"type": "string", "format": "uuid"}},
            "by_name": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Line"}},
        },
    },
    "Customer": {"type": "object", "properties": {"name": {"type": "string"}, "password": {"type": "string"}}},
    "Line": {"type": "object", "properties": {"sku": {"type": "string"}}},
}


@pytest.fixture
def shop(schemas_of: Callable[..., Schemas]) -> Schemas:
    return schemas_of(ORDER)


@pytest.fixture
def models(shop: Schemas) -> Any:
    return shop.models


@pytest.fixture
def order(shop: Schemas) -> Codec:
    return shop.codec(shop.api.schemas["Order"], "request")


# ---- three states


def test_an_unset_property_reads_as_none_and_is_not_sent(models: Any) -> None:
    order = models.Order()
    assert (order.qty, order["qty"], "qty" in order, is_set(order, "qty"), order.to_json()) == (
        None,
        None,
        False,
        False,
        {},
    )


def test_null_is_a_state_of_its_own_for_a_nullable_property(models: Any) -> None:
    order = models.Order(note=None)
    assert (order.note, "note" in order, order.to_json()) == (None, True, {"note": None})


def test_none_unsets_a_property_that_is_not_nullable(models: Any) -> None:
    order = models.Order(qty=3, **{"class": None})
    order.qty = None
    assert (list(order), order.to_json()) == ([], {})


def test_del_unsets_whether_it_was_set_or_not(models: Any) -> None:
    order = models.Order(qty=3, note=None)
    del order.qty, order["note"], order.day
    assert order.to_json() == {}


def test_is_set_takes_attributes_and_wire_names(models: Any) -> None:
    order = models.Order(placed_at="2026-03-04T10:11:12Z")
    assert [is_set(order, name) for name in ("placed_at", "placed-at", "qty", "nonsense")] == [True, True, False, False]


def test_a_model_is_always_true(models: Any) -> None:
    assert bool(models.Order()) is True


# ---- names


def test_attributes_are_the_python_names_and_items_the_wire_names(models: Any) -> None:
    order = models.Order(class_="first", placed_at="2026-03-04T10:11:12Z")
    assert order.class_ == order["class"] == "first"
    assert list(order) == ["class", "placed-at"]
    assert models.Order(**{"class": "first"}).class_ == "first"


def test_an_unknown_keyword_is_refused_with_the_nearest_name(models: Any) -> None:
    with pytest.raises(TypeError, match=r"^Order has no property 'qtty'\. Did you mean 'qty'\?$"):
        models.Order(qtty=3)


def test_positional_arguments_are_refused(models: Any) -> None:
    with pytest.raises(TypeError, match="positional"):
        models.Order(3)


def test_an_undeclared_attribute_is_refused_with_the_nearest_name(models: Any) -> None:
    order = models.Order()
    sentence = r"^Order has no property 'qtty'\. Did you mean 'qty'\?$"
    with pytest.raises(AttributeError, match=sentence):
        order.qtty = 3
    with pytest.raises(AttributeError, match=sentence):
        print(order.qtty)
    with pytest.raises(AttributeError, match=sentence):
        del order.qtty
    assert not hasattr(order, "qtty")


def test_who_takes_a_model_for_a_dict_is_told_that_it_is_none(models: Any) -> None:
    with pytest.raises(AttributeError, match=r"^Order has no property 'get'\. It is a model, not a dict: see docs/mod"):
        models.Order().get("qty")


def test_an_undeclared_item_of_a_closed_schema_is_refused(models: Any) -> None:
    order = models.Order()
    with pytest.raises(KeyError, match=r"Order has no property 'qtty'\. Did you mean 'qty'\?"):
        order["qtty"] = 3
    with pytest.raises(KeyError):
        print(order["qtty"])
    with pytest.raises(KeyError):
        del order["qtty"]


def test_open_members_are_reached_by_item_and_survive(shop: Schemas) -> None:
    codec = shop.codec(shop.api.schemas["Customer"], "request")
    customer = codec.decode(b'{"name":"Ada","x":{"y":[1,2.50,null]},"n":12345678901234567890123}')
    assert customer["x"] == {"y": [1, 2.5, None]}
    customer["z"] = None
    del customer["n"]
    assert codec.encode(customer) == b'{"name":"Ada","x":{"y":[1,2.5,null]},"z":null}'
    assert not hasattr(customer, "x")
    assert shop.models.Customer(name="Ada", nick="A")["nick"] == "A"


def test_open_members_with_a_schema_become_models(schemas_of: Callable[..., Schemas]) -> None:
    pets = {"Pets": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Pet"}}}
    shop = schemas_of({**pets, "Pet": {"type": "object", "properties": {"name": {"type": "string"}}}})
    found = shop.codec(shop.api.schemas["Pets"], "request").decode(b'{"a":{"name":"Rex"}}')
    found["a"].name = "Max"
    assert (found["a"] is found["a"], found.to_json()) == (True, {"a": {"name": "Max"}})


def test_a_model_has_no_public_name_but_the_agreed_ones(models: Any) -> None:
    agreed = {"to_json", "from_json", "update_from_dict", "clone", "get_model_name"}
    assert {name for name in dir(models.Line()) if not name.startswith("_")} == agreed | {"sku"}


def test_declared_properties_win_over_methods_and_functions_still_work(schemas_of: Callable[..., Schemas]) -> None:
    names = [
        "to_json",
        "from_json",
        "clone",
        "get_model_name",
        "update_from_dict",
        "_data",
        "_d_ta",
        "__init__",
        "self",
    ]
    shop = schemas_of({"It": {"type": "object", "properties": {name: {"type": "string"} for name in names}}})
    values = {name: name.upper() for name in names}
    model: Any = shop.models.It(**values)
    assert (model.to_json, model.clone, model._data, model.self) == ("TO_JSON", "CLONE", "_DATA", "SELF")
    assert to_json(model) == values
    assert from_json(shop.models.It, values) == model == clone(model)
    assert get_model_name(model) == get_model_name(shop.models.It) == "It"
    update_from_dict(model, {"clone": "x"})
    assert (model.clone, model["__init__"]) == ("x", "__INIT__")


def test_the_names_of_pymacaron_models_are_all_there() -> None:
    assert all(hasattr(pymacaron.models, name) for name in pymacaron.models.__all__)
    assert pymacaron.models.__all__ == sorted(pymacaron.models.__all__)


def test_two_wire_names_with_one_attribute_give_it_to_the_exact_one(schemas_of: Callable[..., Schemas]) -> None:
    shop = schemas_of(
        {"It": {"type": "object", "properties": {"a-b": {"type": "integer"}, "a_b": {"type": "integer"}}}}
    )
    model = shop.models.It(a_b=1, **{"a-b": 2})
    assert (model.a_b, model["a-b"], model.to_json()) == (1, 2, {"a_b": 1, "a-b": 2})


# ---- values


def test_formats_become_python_values_and_their_text_is_sent(order: Codec) -> None:
    text = (
        b'{"id":"8c9a2b44-7f29-4b0c-9b3b-0123456789ab","placed-at":"2026-03-04T10:11:12Z",'
        b'"day":"2026-03-04","picture":"aGk="}'
    )
    model = order.decode(text)
    assert model.id == UUID("8c9a2b44-7f29-4b0c-9b3b-0123456789ab")
    assert model.placed_at == datetime(2026, 3, 4, 10, 11, 12, tzinfo=UTC)
    assert (model.day, model.picture) == (date(2026, 3, 4), b"hi")
    assert {type(model.id), type(model.placed_at), type(model.picture)} == {UUID, datetime, bytes}
    assert order.encode(model) == text


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("placed-at", "2026-03-04T10:11:12.123456789+02:00", datetime(2026, 3, 4, 8, 11, 12, 123456, UTC)),
        ("placed-at", "2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("placed-at", "2026-03-04t10:11:12z", datetime(2026, 3, 4, 10, 11, 12, tzinfo=UTC)),
        ("placed-at", "2026-03-04T10:11:12.500Z", datetime(2026, 3, 4, 10, 11, 12, 500000, UTC)),
        ("id", "8C9A2B44-7F29-4B0C-9B3B-0123456789AB", UUID("8c9a2b44-7f29-4b0c-9b3b-0123456789ab")),
        ("picture", "QR==", b"A"),
    ],
)
def test_the_original_text_is_sent_unless_changed(
    order: Codec, shop: Schemas, name: str, text: str, value: object
) -> None:
    body = json.dumps({name: text}, separators=(",", ":")).encode()
    model = order.decode(body)
    assert model[name] == value
    assert isinstance(model[name], type(value))
    assert order.encode(model) == body
    copied = shop.models.Order(**{name: model[name]})
    assert order.encode(copied) == body
    for again in (copy.deepcopy(model[name]), copy.copy(model[name])):
        assert order.encode(shop.models.Order(**{name: again})) == body
    whole = shop.codec(shop.api.schemas["Order"], "response")
    assert whole.encode({name: [model[name]]}) == json.dumps({name: [text]}, separators=(",", ":")).encode()


def test_a_changed_value_has_the_canonical_text(models: Any) -> None:
    order = models.Order(placed_at="2026-03-04T10:11:12.123456789Z")
    order.placed_at = order.placed_at + timedelta(days=1)
    assert order.to_json() == {"placed-at": "2026-03-05T10:11:12.123456Z"}


def test_values_of_formats_are_set_as_canonical_text(models: Any) -> None:
    order = models.Order(
        id=UUID(int=5),
        placed_at=datetime(2026, 3, 4, 10, 11, 12, tzinfo=timezone(timedelta(hours=2))),
        day=date(2026, 3, 4),
        picture=b"hi",
    )
    assert order.to_json() == {
        "id": "00000000-0000-0000-0000-000000000005",
        "placed-at": "2026-03-04T10:11:12+02:00",
        "day": "2026-03-04",
        "picture": "aGk=",
    }


def test_a_naive_datetime_is_refused_by_the_name_of_its_property(models: Any) -> None:
    with pytest.raises(ValueError, match=r"^Order\.placed_at: a datetime without a time zone"):
        models.Order(placed_at=datetime(2026, 3, 4))


def test_what_cannot_be_converted_is_given_as_it_is(models: Any) -> None:
    order = models.Order(placed_at="tomorrow", day="0000-01-01", id=7, qty="three")
    assert (order.placed_at, order.day, order.id, order.qty) == ("tomorrow", "0000-01-01", 7, "three")


def test_decimals_and_big_integers_keep_their_digits(shop: Schemas) -> None:
    customer = shop.models.Customer(price=Decimal("1.10"), n=2**80)
    assert (
        shop.codec(shop.api.schemas["Customer"], "response").encode(customer)
        == b'{"price":1.10,"n":1208925819614629174706176}'
    )


def test_an_integer_that_was_written_as_a_float_reads_as_an_integer(order: Codec) -> None:
    model = order.decode(b'{"qty":3.0}')
    assert (model.qty, type(model.qty), type(model["qty"])) == (3, int, int)
    assert order.encode(model) == b'{"qty":3.0}'
    model.qty = 1.5
    assert model.qty == 1.5


def test_long_lists_are_models_too(order: Codec) -> None:
    model = order.decode(b'{"lines":[' + b",".join([b'{"sku":"a"}'] * 100) + b"]}")
    model.lines.append({"sku": "b"})
    assert [line.sku for line in model.lines] == ["a"] * 100 + ["b"]
    assert model.lines is model.lines


def test_nested_objects_are_models_that_stay_the_same(order: Codec) -> None:
    model = order.decode(b'{"customer":{"name":"Ada"},"lines":[{"sku":"a"}],"by_name":{"x":{"sku":"b"}}}')
    assert model.customer is model.customer
    assert model.lines is model.lines
    assert model.lines[0] is model.lines[0]
    model.customer.name = "Bob"
    model.lines[0].sku = "c"
    model.lines.append(type(model.lines[0])(sku="d"))
    model.lines.append({"sku": "e"})
    model.by_name["x"].sku = "f"
    assert model.lines[2].sku == "e"
    assert order.encode(model) == (
        b'{"customer":{"name":"Bob"},"lines":[{"sku":"c"},{"sku":"d"},{"sku":"e"}],"by_name":{"x":{"sku":"f"}}}'
    )


def test_lists_of_formatted_text_are_converted_in_place_and_keep_their_texts(order: Codec) -> None:
    text = b'{"times":["2026-03-04T10:11:12.123456789Z"],"ids":["8C9A2B44-7F29-4B0C-9B3B-0123456789AB"]}'
    model = order.decode(text)
    assert model.times == [datetime(2026, 3, 4, 10, 11, 12, 123456, UTC)]
    assert model.ids == [UUID("8c9a2b44-7f29-4b0c-9b3b-0123456789ab")]
    assert order.encode(model) == text
    assert model.to_json() == json.loads(text)
    model.times.append(datetime(2026, 1, 1, tzinfo=UTC))
    assert model.to_json()["times"] == ["2026-03-04T10:11:12.123456789Z", "2026-01-01T00:00:00Z"]


def test_dicts_that_are_set_become_models_when_read(models: Any) -> None:
    order = models.Order(customer={"name": "Ada"}, lines=[{"sku": "a"}])
    assert (type(order.customer), order.customer.name, order.lines[0].sku) == (models.Customer, "Ada", "a")


# ---- methods


def test_to_json_is_a_copy_of_plain_values(order: Codec) -> None:
    model = order.decode(b'{"qty":1,"customer":{"name":"Ada"},"times":["2026-03-04T10:11:12Z"]}')
    assert model.customer.name == "Ada"
    assert model.times
    found = model.to_json()
    found["customer"]["name"] = "Bob"
    assert model.to_json() == {"qty": 1, "customer": {"name": "Ada"}, "times": ["2026-03-04T10:11:12Z"]}


def test_from_json_copies_and_does_not_validate(models: Any) -> None:
    given = {"qty": "three", "customer": {"name": "Ada"}}
    order = models.Order.from_json(given)
    order.customer.name = "Bob"
    assert (given, order.qty) == ({"qty": "three", "customer": {"name": "Ada"}}, "three")


def test_from_json_takes_none_as_absent_where_it_is_not_allowed(models: Any) -> None:
    given = {"qty": None, "note": None, "customer": {"name": None}, "lines": [{"sku": None}]}
    assert models.Order.from_json(given).to_json() == {"note": None, "customer": {}, "lines": [{}]}


def test_from_json_refuses_what_is_no_object(models: Any) -> None:
    with pytest.raises(TypeError, match=r"^Order\.from_json takes a dict, not list$"):
        models.Order.from_json([1])


def test_update_from_dict_sets_by_wire_name_and_attribute(models: Any) -> None:
    order = models.Order(qty=1, note="x", day="2026-03-04")
    order.update_from_dict({"placed_at": "2026-03-04T10:11:12Z", "class": "a", "qty": None, "note": None})
    assert order.to_json() == {"note": None, "day": "2026-03-04", "placed-at": "2026-03-04T10:11:12Z", "class": "a"}


def test_update_from_dict_can_ignore_none(models: Any) -> None:
    order = models.Order(qty=1, note="x")
    order.update_from_dict({"qty": None, "note": None, "day": "2026-03-04"}, ignore_none=True)
    assert order.to_json() == {"qty": 1, "note": "x", "day": "2026-03-04"}


def test_update_from_dict_copies_and_changes_nothing_when_it_refuses(models: Any) -> None:
    order, given = models.Order(), {"customer": {"name": "Ada"}}
    order.update_from_dict(given)
    order.customer.name = "Bob"
    assert given == {"customer": {"name": "Ada"}}
    with pytest.raises(TypeError, match="Order has no property 'nope'"):
        order.update_from_dict({"qty": 1, "nope": 2})
    assert order.qty is None


def test_a_model_and_more_is_a_dict_of_both_by_wire_name(order: Codec) -> None:
    read = order.decode(b'{"class":"a","qty":1,"lines":[{"sku":"b"}],"placed-at":"2026-03-04T10:11:12.123456789Z"}')
    lines = read.lines
    more = read | {"qty": 2, "total": 9.5}
    assert list(more) == ["class", "qty", "lines", "placed-at", "total"]
    assert (type(more), more["qty"], more["lines"] is lines, read.qty) == (dict, 2, True, 1)
    assert order.encode(more) == (
        b'{"class":"a","qty":2,"lines":[{"sku":"b"}],"placed-at":"2026-03-04T10:11:12.123456789Z","total":9.5}'
    )


def test_what_stands_on_the_right_wins(models: Any) -> None:
    one, other = models.Order(qty=1, note="a"), models.Order(qty=2, day=date(2026, 3, 4))
    assert {"qty": 5, "x": 1} | one == {"qty": 1, "x": 1, "note": "a"}
    assert MappingProxyType({"qty": 5}) | one == {"qty": 1, "note": "a"}
    assert one | MappingProxyType({"qty": 5}) == {"qty": 5, "note": "a"}
    assert one | other == {"qty": 2, "note": "a", "day": "2026-03-04"}
    assert one == models.Order(qty=1, note="a")


def test_null_is_merged_and_what_is_unset_is_not(models: Any) -> None:
    assert models.Order(note=None) | {"qty": None} == {"note": None, "qty": None}
    assert models.Order() | {} == {}


@pytest.mark.parametrize("other", [None, [("qty", 1)], "qty", 1])
def test_a_model_is_merged_with_nothing_but_members(models: Any, other: Any) -> None:
    with pytest.raises(TypeError):
        models.Order() | other
    with pytest.raises(TypeError):
        other | models.Order()


def test_what_is_changed_in_a_default_is_merged(schemas_of: Callable[..., Schemas]) -> None:
    tags = {"type": "array", "items": {"type": "string"}, "default": ["new"]}
    item = schemas_of({"Item": {"type": "object", "properties": {"tags": tags}}}).models.Item()
    assert (item.tags, item | {"a": 1}) == (["new"], {"a": 1})
    item.tags.append("red")
    assert item | {"a": 1} == {"tags": ["new", "red"], "a": 1}


def test_clone_and_deepcopy_share_nothing(order: Codec) -> None:
    model = order.decode(b'{"customer":{"name":"Ada"},"lines":[{"sku":"a"}]}')
    assert model.customer.name == "Ada"
    for copied in (model.clone(), copy.deepcopy(model)):
        copied.customer.name = "Bob"
        copied.lines.append({"sku": "b"})
        assert type(copied) is type(model)
    assert model.to_json() == {"customer": {"name": "Ada"}, "lines": [{"sku": "a"}]}


def test_copy_shares_what_is_inside(order: Codec) -> None:
    model = order.decode(b'{"qty":1,"customer":{"name":"Ada"}}')
    copied = copy.copy(model)
    copied.qty = 2
    copied.customer.name = "Bob"
    assert (model.qty, model.customer.name) == (1, "Bob")


def test_models_are_equal_by_value(order: Codec, models: Any) -> None:
    text = b'{"qty":1,"customer":{"name":"Ada"}}'
    one, other = order.decode(text), order.decode(text)
    assert one.customer.name == "Ada"
    assert one == other == models.Order(qty=1, customer=models.Customer(name="Ada"))
    assert one != models.Order(qty=1)
    assert one != {"qty": 1, "customer": {"name": "Ada"}}
    assert models.Line() != models.Customer()
    assert models.Order(qty=object) != models.Order(qty=int)


def test_models_of_one_name_are_equal_across_apis(schemas_of: Callable[..., Schemas]) -> None:
    one, other = (schemas_of({"Line": ORDER["Line"]}).models.Line for _ in range(2))
    assert one is not other
    assert one(sku="a") == other(sku="a")


def test_models_cannot_be_hashed(models: Any) -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(models.Order())


def test_repr_is_short_and_shows_no_secret(shop: Schemas, models: Any) -> None:
    order = models.Order(qty=1, note="x" * 100, lines=[{}, {}], customer={"name": "Ada"}, class_="a")
    assert repr(order) == f"Order(qty=1, note='{'x' * 36}..., lines=[2 items], customer={{...}}, class_='a')"
    customer = models.Customer(name="Ada", password="hunter2", api_key="k", token=None)
    assert repr(customer) == "Customer(name='Ada', password=********, 'api_key'=********, 'token'=None)"
    assert repr(models.Order(customer=customer)) == "Order(customer=Customer(...))"


def test_a_property_of_format_password_is_masked(schemas_of: Callable[..., Schemas]) -> None:
    shop = schemas_of({"It": {"type": "object", "properties": {"pin": {"type": "string", "format": "password"}}}})
    assert repr(shop.models.It(pin="1234")) == "It(pin=********)"


def test_no_property_clashes_with_what_belongs_to_the_class(schemas_of: Callable[..., Schemas]) -> None:
    names = ["__pym_data__", "__pym_record__", "__pym_wire__", "_data", "_record", "_recórd"]
    own = {name: {"type": "string"} for name in names}
    it = schemas_of({"It": {"type": "object", "properties": own}}).models.It
    model = it.from_json({name: name for name in names})
    assert model.to_json() == {name: name for name in names}
    assert [model[name] for name in names] == names
    assert (model._data, model._record) == ("_data", "_record")


def test_a_trace_of_a_name_that_is_none_is_ascii(models: Any) -> None:
    with pytest.raises(AttributeError) as raised:
        models.Order().get  # noqa: B018  # it raises
    assert "".join(traceback.format_exception(raised.value)).isascii()


def test_a_class_says_where_it_comes_from(models: Any) -> None:
    assert (models.Order.__name__, models.Order.__module__, models.Order.get_model_name()) == (
        "Order",
        "ApiPool.shop.model",
        "Order",
    )


def test_reading_in_many_threads_gives_one_class(shop: Schemas) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        classes = list(pool.map(lambda _: shop.models.Order, range(64)))
    assert len(set(classes)) == 1


# ---- lists and maps that change

LISTS = {
    "A": {
        "type": "object",
        "properties": {
            "l": {"type": "array", "items": {"$ref": "#/components/schemas/B"}},
            "m": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/B"}},
            "ll": {"type": "array", "items": {"type": "array", "items": {"$ref": "#/components/schemas/B"}}},
            "when": {"type": "string", "format": "date-time"},
            "times": {"type": "array", "items": {"type": "string", "format": "date-time"}},
        },
    },
    "B": {"type": "object", "properties": {"n": {"type": "number"}}},
}


def test_a_dict_put_anywhere_into_a_long_list_is_a_model_when_it_is_read(schemas_of: Callable[..., Schemas]) -> None:
    models = schemas_of(LISTS).models
    a = models.A.from_json({"l": [{"n": n} for n in range(40)]})
    assert a.l[5].n == 5
    a.l[5] = {"n": 99}
    assert (a.l[5].n, a.l[39].n) == (99, 39)
    mixed = models.A(l=[models.B(n=1), *({"n": n} for n in range(40)), models.B(n=3)])
    assert [item.n for item in mixed.l] == [1, *range(40), 3]


def test_a_tuple_of_dicts_is_a_list_of_models(schemas_of: Callable[..., Schemas]) -> None:
    a = schemas_of(LISTS).models.A(l=({"n": 1},), ll=[({"n": 2},)])
    assert (a.l[0].n, a.ll[0][0].n) == (1, 2)
    a.l[0].n = 3
    assert to_json(a) == {"l": [{"n": 3}], "ll": [[{"n": 2}]]}


def test_a_dict_put_into_a_map_is_a_model_when_it_is_read(schemas_of: Callable[..., Schemas]) -> None:
    a = schemas_of(LISTS).models.A.from_json({"m": {"x": {"n": 1}}})
    assert a.m["x"].n == 1
    a.m["y"] = {"n": 2}
    assert a.m["y"].n == 2


def test_what_json_cannot_say_is_refused_by_its_property(schemas_of: Callable[..., Schemas]) -> None:
    schemas = schemas_of(LISTS)
    models, codec = schemas.models, schemas.codec(schemas.api.schemas["A"], "response")
    for a, text in [
        (models.A(times=[datetime(2026, 3, 4)]), "/times/0: a datetime without a time zone"),
        (models.A(l=[models.B(n=float("nan"))]), "/l/0/n: nan is no number of JSON"),
        (models.A(m={"x": models.B(n=float("-inf"))}), "/m/x/n: -inf is no number of JSON"),
    ]:
        for write in (to_json, codec.encode, codec.plain, codec.checked):
            with pytest.raises(ValueError, match=f"^{text}$"):
                write(a)
    with pytest.raises(
        ValueError, match=r"^A.when: a datetime without a time zone; give it one, as datetime.now\(UTC\) has$"
    ):
        models.A(when=datetime(2026, 3, 4))


# ---- what logs and reports may see

PERSON = {
    "Person": {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "pin": {"type": "string", "format": "password"},
            "api-token": {"type": "string"},
            "old": {"type": "array", "items": {"type": "string", "format": "password"}},
            "codes": {"type": "object", "additionalProperties": {"type": "string", "format": "password"}},
            "door": {"oneOf": [{"type": "integer"}, {"type": "string", "format": "password"}]},
            "friends": {"type": "array", "items": {"$ref": "#/components/schemas/Person"}},
            "vault": {"$ref": "#/components/schemas/Vault"},
            "born": {"type": "string", "format": "date"},
        },
    },
    "Vault": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "additionalProperties": {"type": "string", "format": "password"},
    },
}


def test_secrets_are_not_shown_at_any_depth(schemas_of: Callable[..., Schemas]) -> None:
    person: dict[str, Any] = {
        "name": "Ada",
        "pin": "1",
        "api-token": "2",
        "old": ["3"],
        "codes": {"a": "4"},
        "door": "5",
        "friends": [{"name": "Bob", "pin": "6", "friends": [{"extra": {"password": "7", "x": [8]}}]}],
        "vault": {"city": "Paris", "left": "9"},
        "born": "1815-12-10",
    }
    model = schemas_of(PERSON).models.Person.from_json(person)
    assert shown({"who": model, "secret": "x", "list": (model.born, 1.5, None)}) == {
        "who": {
            "name": "Ada",
            "pin": "********",
            "api-token": "********",
            "old": "********",
            "codes": "********",
            "door": "********",
            "friends": [{"name": "Bob", "pin": "********", "friends": [{"extra": {"password": "********", "x": [8]}}]}],
            "vault": {"city": "Paris", "left": "********"},
            "born": "1815-12-10",
        },
        "secret": "********",
        "list": ["1815-12-10", 1.5, None],
    }
    assert to_json(model) == person


def test_members_told_by_a_pattern_of_their_names_are_masked_too(schemas_of: Callable[..., Schemas]) -> None:
    password = {"type": "string", "format": "password"}
    safe = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "inner": {"type": "object", "patternProperties": {"^z": password}},
        },
        "patternProperties": {"^y": password},
    }
    model = schemas_of({"Safe": safe}).models.Safe.from_json({"name": "a", "yy": "1", "inner": {"zz": "2"}})
    assert shown(model) == {"name": "a", "yy": "********", "inner": "********"}


def test_a_models_repr_masks_what_it_holds_of_passwords(schemas_of: Callable[..., Schemas]) -> None:
    models = schemas_of(PERSON).models
    person = models.Person(name="Ada", pin="1", old=["3"], door="5")
    assert repr(person) == "Person(name='Ada', pin=********, old=********, door=********)"
    assert repr(models.Vault(city="Paris", left="9")) == "Vault(city='Paris', 'left'=********)"


def test_what_has_no_json_is_shown_by_its_class_and_never_fails() -> None:
    endless: list[Any] = []
    endless.append(endless)
    assert shown([object(), float("nan"), datetime(2026, 3, 4), {1: b"hi"}]) == [
        "<object>",
        "nan",
        "2026-03-04 00:00:00",
        {"1": "aGk="},
    ]
    assert json.dumps(shown(endless)) == "[" * 32 + '"..."' + "]" * 32


@pytest.mark.parametrize(
    "schema",
    [
        {"then": {"properties": {"pin": {"format": "password"}}}, "if": {"required": ["pin"]}},
        {"else": {"properties": {"pin": {"format": "password"}}}, "if": {"required": ["name"]}},
        {"dependentSchemas": {"name": {"properties": {"pin": {"format": "password"}}}}},
        {"unevaluatedProperties": {"format": "password"}},
        {"properties": {"name": {}, "pin": {"contains": {"format": "password"}}}},
        {"properties": {"name": {}, "pin": {"writeOnly": True}}},
        {
            "properties": {"name": {}, "pin": {}},
            "allOf": [{"if": True, "then": {"properties": {"pin": {"$ref": "#/components/schemas/Pin"}}}}],
        },
    ],
)
def test_what_any_schema_of_an_object_calls_a_secret_is_masked(
    schemas_of: Callable[..., Schemas], schema: dict[str, Any]
) -> None:
    own = {"type": "object", "properties": {"name": {}}}
    schemas = schemas_of({"It": {**own, **schema}, "Pin": {"type": "string", "format": "password"}})
    shown_of = schemas.codec(schemas.api.schemas["It"], "request").shown
    assert shown_of({"name": "Ada", "pin": ["1234"]}) == {"name": "Ada", "pin": "********"}
