"""Which schemas have a class, what it is called, and which class a value becomes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_type_hints

import pytest

from pymacaron.schema.codec import Schemas

Make = Callable[..., Schemas]

TEXT: dict[str, Any] = {"type": "string"}
INLINE: dict[str, Any] = {"type": "object", "properties": {"a": TEXT}}


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def decoded(shop: Schemas, name: str, text: bytes) -> Any:
    return shop.codec(shop.api.schemas[name], "request").decode(text)


def operation(body: Any = None, response: Any = None, **more: Any) -> dict[str, Any]:
    def content(schema: Any) -> dict[str, Any]:
        return {"content": {"application/json": {"schema": schema}}}

    found: dict[str, Any] = {
        "responses": {"200": {"description": "ok"} | (content(response) if response else {})},
        **more,
    }
    return found | ({"requestBody": content(body)} if body else {})


def test_named_schemas_of_objects_have_classes(schemas_of: Make) -> None:
    shop = schemas_of(
        {
            "Declared": {"type": "object"},
            "ByProperties": {"properties": {"a": TEXT}},
            "ByAllOf": {"allOf": [ref("ByProperties"), {"properties": {"b": TEXT}}]},
            "Nullable": {"type": ["object", "null"], "properties": {"a": TEXT}},
            "Alias": ref("ByProperties"),
        }
    )
    assert list(shop.models.names()) == ["Declared", "ByProperties", "ByAllOf", "Nullable", "Alias"]
    assert dir(shop.models) == ["Alias", "ByAllOf", "ByProperties", "Declared", "Nullable"]
    assert shop.models.Alias is shop.models.ByProperties
    assert shop.models.ByAllOf(a="1", b="2").to_json() == {"a": "1", "b": "2"}
    assert shop.models.ByAllOf is not shop.models.ByProperties
    assert repr(shop.models) == "<models of shop>"


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "array", "items": TEXT}, "an array"),
        ({"type": "string"}, "a string"),
        ({"type": "string", "enum": ["a"]}, "an enumeration"),
        ({"type": ["integer", "null"]}, "an integer"),
        ({"type": "number"}, "a number"),
        ({}, "any value"),
        ({"oneOf": [{"$ref": "#/components/schemas/One"}, {"type": "string"}]}, "a choice of One"),
    ],
)
def test_what_is_no_object_has_no_class_and_says_what_it_is(schemas_of: Make, schema: Any, kind: str) -> None:
    shop = schemas_of({"It": schema, "One": INLINE})
    it = shop.models.It
    for use in (it, lambda: it.from_json({}), lambda: isinstance(1, it), lambda: shop.classes.named("It")):
        with pytest.raises(AttributeError, match=f"^It is {kind}: there is no class for it$"):
            use()
    assert list(shop.models.names()) == dir(shop.models) == ["One"]


def test_what_is_no_object_can_stand_in_annotations(schemas_of: Make) -> None:
    models: Any = schemas_of({"my-ids": {"type": "array", "items": TEXT}, "One": INLINE}).models

    def handler(ids: models.my_ids, either: models.my_ids | None, lists: list[models.One | models.my_ids]) -> None: ...

    name = "ApiPool.shop.model.my_ids"
    assert {
        one: str(hint).replace("typing.", "")
        for one, hint in get_type_hints(handler, localns={"models": models}).items()
    } == {
        "ids": name,
        "either": f"Optional[{name}]",
        "lists": f"list[Union[ApiPool.shop.model.One, {name}]]",
        "return": "<class 'NoneType'>",
    }
    assert repr(getattr(models, "my-ids")) == name


def test_an_unknown_name_is_answered_with_the_nearest(schemas_of: Make) -> None:
    with pytest.raises(AttributeError, match=r"^shop has no model 'Ordr'\. Did you mean 'Order'\?$"):
        print(schemas_of({"Order": INLINE}).models.Ordr)


def test_names_that_are_no_identifiers_are_reached_both_ways(schemas_of: Make) -> None:
    models = schemas_of({"my-order.v1": INLINE, "class": INLINE, "2nd": INLINE}).models
    assert getattr(models, "my-order.v1") is models.my_order_v1
    assert getattr(models, "class") is models.class_
    assert models._2nd.get_model_name() == "2nd"


def test_schemas_called_like_methods_of_the_namespace_win(schemas_of: Make) -> None:
    models: Any = schemas_of({"names": INLINE, "of": INLINE}).models
    assert (models.names(a="1").a, models.of.get_model_name()) == ("1", "of")


def test_inline_objects_are_named_by_where_they_stand(schemas_of: Make) -> None:
    paths = {
        "/orders": {
            "post": operation(INLINE, INLINE, operationId="shop.api.create_order"),
            "put": operation(
                {"type": "array", "items": INLINE}, {"type": "array", "items": INLINE}, operationId="put-all"
            ),
        },
        "/orders/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": TEXT}],
            "get": operation(None, INLINE),
        },
    }
    schemas = {
        "Order": {
            "type": "object",
            "properties": {
                "ship_to": {"type": "object", "properties": {"geo": INLINE}},
                "lines": {"type": "array", "items": INLINE},
                "2nd": INLINE,
                "by_name": {"type": "object", "additionalProperties": INLINE},
                "free": {"type": "object"},
            },
        },
        "Orders": {"type": "array", "items": INLINE},
    }
    shop = schemas_of(schemas, paths=paths)
    assert list(shop.models.names()) == [
        "Order",
        "OrderShipTo",
        "Order2nd",
        "OrderShipToGeo",
        "OrderLines",
        "OrderByName",
        "OrdersItem",
        "CreateOrderBody",
        "CreateOrderResponse200",
        "PutAllBodyItem",
        "PutAllResponse200Item",
        "GetOrdersIdResponse200",
    ]
    order = decoded(
        shop, "Order", b'{"ship_to":{"geo":{"a":"1"}},"lines":[{"a":"2"}],"by_name":{"x":{"a":"3"}},"free":{"y":1}}'
    )
    assert (order.ship_to.geo.a, order.lines[0].a, order.by_name["x"].a, order.free) == ("1", "2", "3", {"y": 1})
    assert type(order.lines[0]) is shop.models.OrderLines
    assert type(order.ship_to).get_model_name() == "OrderShipTo"
    body = next(o for o in shop.api.operations if o.id == "shop.api.create_order").body
    assert body is not None
    schema = body.content["application/json"].schema
    assert schema is not None
    assert type(shop.codec(schema, "request").decode(b'{"a":"1"}')) is shop.models.CreateOrderBody


def test_names_that_are_taken_get_a_number(schemas_of: Make) -> None:
    schemas = {
        "OrderLine": INLINE,
        "Order": {"properties": {"line": INLINE, "Line": INLINE}},
    }
    assert list(schemas_of(schemas).models.names()) == ["OrderLine", "Order", "OrderLine2", "OrderLine3"]


def test_webhooks_and_statuses_name_models_too(schemas_of: Make) -> None:
    found = operation(INLINE, operationId="on_paid")
    content = {"application/json": {"schema": INLINE}}
    found["responses"] = {status: {"description": "", "content": content} for status in ("default", "4XX")}
    shop = schemas_of({}, paths={"/a": {"post": found}})
    assert list(shop.models.names()) == ["OnPaidBody", "OnPaidResponseDefault", "OnPaidResponse4XX"]


# ---- composition


def test_an_all_of_one_reference_is_that_references_model(schemas_of: Make) -> None:
    sole = {"allOf": [ref("Pet")], "description": "the pet"}
    more = {"allOf": [ref("Pet"), {"properties": {"b": TEXT}}]}
    shop = schemas_of(
        {
            "Pet": INLINE,
            "Own": {"allOf": [ref("Pet")]},
            "It": {"properties": {"sole": sole, "more": more, "own": ref("Own")}},
        }
    )
    it = decoded(shop, "It", b'{"sole":{"a":"1"},"more":{"a":"1","b":"2"},"own":{"a":"1"}}')
    assert (type(it.sole), type(it.own)) == (shop.models.Pet, shop.models.Own)
    assert (type(it.more).get_model_name(), it.more.a, it.more.b) == ("ItMore", "1", "2")


def test_a_reference_with_a_description_is_still_the_model(schemas_of: Make) -> None:
    shop = schemas_of(
        {"Pet": INLINE, "It": {"properties": {"pet": {**ref("Pet"), "description": "x", "deprecated": True}}}}
    )
    assert type(decoded(shop, "It", b'{"pet":{"a":"1"}}').pet) is shop.models.Pet


def test_a_nullable_choice_of_one_is_that_one(schemas_of: Make) -> None:
    choice = {"oneOf": [ref("Pet"), {"type": "null"}]}
    when = {"anyOf": [{"type": "string", "format": "uuid"}, {"type": "null"}]}
    shop = schemas_of({"Pet": INLINE, "It": {"properties": {"pet": choice, "id": when}}})
    it = decoded(shop, "It", b'{"pet":{"a":"1"},"id":"8C9A2B44-7F29-4B0C-9B3B-0123456789AB"}')
    assert (type(it.pet), type(it.id).__name__) == (shop.models.Pet, "TextUUID")
    it.pet = None
    it.id = None
    assert it.to_json() == {"pet": None, "id": None}


CAT = {"type": "object", "required": ["lives"], "properties": {"kind": TEXT, "lives": {"type": "integer"}}}
DOG = {"type": "object", "required": ["tail"], "properties": {"kind": TEXT, "tail": {"type": "boolean"}}}


def test_a_choice_is_the_first_that_fits(schemas_of: Make) -> None:
    pets = {"type": "array", "items": {"anyOf": [ref("Cat"), ref("Dog"), TEXT]}}
    shop = schemas_of({"Cat": CAT, "Dog": DOG, "Pets": pets})
    found = decoded(shop, "Pets", b'[{"tail":true},{"lives":9},"fish"]')
    assert [type(pet) for pet in found] == [shop.models.Dog, shop.models.Cat, str]


@pytest.mark.parametrize(
    ("discriminator", "kinds"),
    [
        ({"propertyName": "kind"}, ("Cat", "Dog")),
        ({"propertyName": "kind", "mapping": {"c": "Cat", "d": "#/components/schemas/Dog"}}, ("c", "d")),
    ],
)
def test_a_discriminator_decides(schemas_of: Make, discriminator: Any, kinds: tuple[str, str]) -> None:
    both = '"lives":9,"tail":true'
    choice = {"anyOf": [ref("Cat"), ref("Dog")], "discriminator": discriminator}
    shop = schemas_of({"Cat": CAT, "Dog": DOG, "Pet": choice})
    found = [decoded(shop, "Pet", f'{{"kind":"{kind}",{both}}}'.encode()) for kind in kinds]
    assert [type(pet) for pet in found] == [shop.models.Cat, shop.models.Dog]
    assert type(decoded(shop, "Pet", f"{{{both}}}".encode())) is shop.models.Cat


@pytest.mark.parametrize("version", ["2.0", "3.0.3", "3.1.0"])
def test_a_discriminator_chooses_among_the_heirs(schemas_of: Make, version: str) -> None:
    place = "#/definitions/" if version == "2.0" else "#/components/schemas/"
    pet = {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": TEXT},
        "discriminator": "kind" if version == "2.0" else {"propertyName": "kind"},
    }
    cat = {"allOf": [{"$ref": f"{place}Pet"}, {"required": ["lives"], "properties": {"lives": {"type": "integer"}}}]}
    kitten = {"allOf": [{"$ref": f"{place}Cat"}, {"properties": {"age": {"type": "integer"}}}]}
    shop = schemas_of({"Pet": pet, "Cat": cat, "Kitten": kitten}, version)
    codec = shop.codec(shop.api.schemas["Pet"], "request")
    texts = [b'{"kind":"Kitten","lives":9,"age":1}', b'{"kind":"Cat","lives":9}', b'{"kind":"Pet"}', b'{"kind":"Cow"}']
    assert [codec.decode(text).get_model_name() for text in texts] == ["Kitten", "Cat", "Pet", "Pet"]
    wrong = {"kind": "Kitten", "age": "x"}
    assert codec.violations(wrong, "body") == []  # it chooses the model, it never changes what is valid
    assert [str(v) for v in shop.codec(shop.api.schemas["Kitten"], "request").violations(wrong, "body")] == [
        "body /lives is missing",
        "body /age 'x' is not an integer",
    ]


def test_properties_beside_alternatives_are_one_class(schemas_of: Make) -> None:
    schema = {
        "properties": {"id": TEXT},
        "oneOf": [{"required": ["a"], "properties": {"a": TEXT}}, {"required": ["b"]}],
    }
    shop = schemas_of({"It": schema})
    it = decoded(shop, "It", b'{"id":"1","a":"2"}')
    assert (it.get_model_name(), it.id, it.a) == ("It", "1", "2")


def test_an_object_that_is_a_choice_has_a_class_and_decodes_to_its_alternatives(schemas_of: Make) -> None:
    shop = schemas_of({"Cat": CAT, "Dog": DOG, "Pet": {"type": "object", "oneOf": [ref("Cat"), ref("Dog")]}})
    assert type(decoded(shop, "Pet", b'{"tail":true}')) is shop.models.Dog
    assert shop.models.Pet(lives=9, tail=True).to_json() == {"lives": 9, "tail": True}


def test_recursive_schemas_are_fine(schemas_of: Make) -> None:
    tree = {
        "properties": {"children": {"type": "array", "items": ref("Tree")}, "parent": ref("Tree"), "any": ref("Nested")}
    }
    nested = {"type": "array", "items": {"anyOf": [ref("Nested"), ref("Tree")]}}
    shop = schemas_of({"Tree": tree, "Nested": nested, "Itself": ref("Itself"), "Loop": {"allOf": [ref("Loop")]}})
    found = decoded(shop, "Tree", b'{"children":[{"children":[]}],"parent":{"parent":{}},"any":[[{"parent":{}}],{}]}')
    assert found.children[0].children == []
    assert [type(m) for m in (found.parent.parent, found.any[0][0].parent, found.any[1])] == [shop.models.Tree] * 3
    assert decoded(shop, "Itself", b"1") == decoded(shop, "Loop", b"1") == 1


def test_tuples_are_converted_by_position(schemas_of: Make) -> None:
    schema = {"prefixItems": [{"type": "string", "format": "date"}, ref("Pet")], "items": ref("Pet")}
    shop = schemas_of({"Pet": INLINE, "It": schema})
    found = decoded(shop, "It", b'["2026-03-04",{"a":"1"},{"a":"2"}]')
    assert (str(found[0]), found[1].a, found[2].a) == ("2026-03-04", "1", "2")


def test_arrays_of_arrays_and_maps_of_maps(schemas_of: Make) -> None:
    rows = {"type": "array", "items": {"type": "array", "items": ref("Pet")}}
    maps = {"type": "object", "additionalProperties": {"type": "object", "additionalProperties": ref("Pet")}}
    shop = schemas_of({"Pet": INLINE, "It": {"properties": {"rows": rows, "maps": maps}}})
    it = decoded(shop, "It", b'{"rows":[[{"a":"1"}]],"maps":{"x":{"y":{"a":"2"}}}}')
    it.rows[0][0].a = "3"
    it.maps["x"]["y"].a = "4"
    assert it.to_json() == {"rows": [[{"a": "3"}]], "maps": {"x": {"y": {"a": "4"}}}}


def test_schemas_of_other_files_have_classes_of_their_names(schemas_of: Make, tmp_path: Any) -> None:
    (tmp_path / "pet.yaml").write_text(
        "type: object\nproperties:\n  toy: {type: object, properties: {a: {type: string}}}\n"
    )
    shop = schemas_of(
        {
            "Pet": {"$ref": "pet.yaml"},
            "It": {"properties": {"pet": {"$ref": "pet.yaml"}, "toy": {"$ref": "pet.yaml#/properties/toy"}}},
        }
    )
    it = decoded(shop, "It", b'{"pet":{"toy":{"a":"1"}},"toy":{"a":"2"}}')
    assert (it.pet.get_model_name(), it.pet.toy.get_model_name(), it.toy.a) == ("Pet", "PetToy", "2")
    assert type(it.pet) is shop.models.Pet
