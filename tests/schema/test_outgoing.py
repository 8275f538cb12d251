"""What responses leave out: members that are writeOnly, wherever they stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pymacaron.schema.codec import Codec, Schemas

SECRET = {"type": "string", "writeOnly": True}
USER = {"type": "object", "properties": {"name": {"type": "string"}, "code": SECRET}}
SHOP: dict[str, Any] = {
    "User": USER,
    "Team": {
        "type": "object",
        "properties": {
            "lead": {"$ref": "#/components/schemas/User"},
            "members": {"type": "array", "items": {"$ref": "#/components/schemas/User"}},
            "by_role": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/User"}},
        },
    },
    "Admin": {"allOf": [{"$ref": "#/components/schemas/User"}, {"properties": {"key": SECRET, "level": {}}}]},
    "Plain": {"type": "object", "properties": {"name": {"type": "string"}, "code": {"type": "string"}}},
    "Any": {},
    "Card": {"type": "object", "required": ["card"], "properties": {"card": {"type": "string"}, "pin": SECRET}},
    "Bank": {"type": "object", "required": ["iban"], "properties": {"iban": {"type": "string"}, "code": SECRET}},
    "Payment": {"oneOf": [{"$ref": "#/components/schemas/Card"}, {"$ref": "#/components/schemas/Bank"}]},
    "Pet": {
        "type": "object",
        "discriminator": {"propertyName": "kind"},
        "properties": {"kind": {"type": "string"}},
    },
    "Cat": {"allOf": [{"$ref": "#/components/schemas/Pet"}, {"properties": {"chip": SECRET}}]},
    "Key": SECRET,
    "Lock": {"type": "object", "properties": {"key": {"$ref": "#/components/schemas/Key"}, "door": {"type": "string"}}},
}


def codec(shop: Schemas, name: str, direction: Any = "response") -> Codec:
    return shop.codec(shop.api.schemas[name], direction)


@pytest.fixture
def shop(schemas_of: Callable[..., Schemas]) -> Schemas:
    return schemas_of(SHOP, "3.0.3")


LEAD_AND_MEMBER = '{"lead":{},"members":[{"name":"b"}]}'


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("User", {"name": "a", "code": "x"}, '{"name":"a"}'),
        (
            "Team",
            {"lead": {"code": "x"}, "members": [{"name": "b", "code": "x"}]},
            '{"lead":{},"members":[{"name":"b"}]}',
        ),
        ("Team", {"by_role": {"boss": {"code": "x"}}}, '{"by_role":{"boss":{}}}'),
        ("Admin", {"name": "a", "code": "x", "key": "y", "level": 1}, '{"name":"a","level":1}'),
        ("Payment", {"card": "1", "pin": "x"}, '{"card":"1"}'),
        ("Payment", {"iban": "1", "code": "x", "pin": "kept"}, '{"iban":"1","pin":"kept"}'),
        ("Payment", {"code": "x", "pin": "x"}, "{}"),
        ("Pet", {"kind": "Cat", "chip": "x"}, '{"kind":"Cat"}'),
        ("Pet", {"kind": "Dog", "chip": "kept"}, '{"kind":"Dog","chip":"kept"}'),
        ("Lock", {"key": "x", "door": "front"}, '{"door":"front"}'),
        ("Plain", {"name": "a", "code": "kept"}, '{"name":"a","code":"kept"}'),
    ],
)
def test_responses_leave_out_what_is_write_only(shop: Schemas, name: str, value: Any, text: str) -> None:
    assert codec(shop, name).encode(value).decode() == text
    assert codec(shop, name).encode(codec(shop, name, "request").convert(dict(value))).decode() == text


def test_models_leave_it_out_wherever_they_stand(shop: Schemas) -> None:
    user = shop.models.User(name="a", code="x")
    assert codec(shop, "Any").encode({"users": [user]}) == b'{"users":[{"name":"a"}]}'
    assert codec(shop, "Team").encode(shop.models.Team(lead=user, members=[user])) == (
        b'{"lead":{"name":"a"},"members":[{"name":"a"}]}'
    )
    assert codec(shop, "Pet").encode([shop.models.Cat(kind="Cat", chip="x")]) == b'[{"kind":"Cat"}]'
    assert codec(shop, "User").encode(shop.models.Plain(name="a", code="x")) == b'{"name":"a"}'
    assert codec(shop, "Plain").encode(user) == b'{"name":"a"}'


def test_requests_and_to_json_keep_it(shop: Schemas) -> None:
    user = shop.models.User(name="a", code="x")
    assert codec(shop, "User", "request").encode(user) == b'{"name":"a","code":"x"}'
    assert (user.to_json(), user.code) == ({"name": "a", "code": "x"}, "x")


def test_nothing_is_changed_in_what_is_sent(shop: Schemas) -> None:
    value = {"lead": {"code": "x"}}
    team = shop.models.Team(lead=shop.models.User(code="x"))
    assert (codec(shop, "Team").encode(value), codec(shop, "Team").encode(team)) == (b'{"lead":{}}', b'{"lead":{}}')
    assert (value, team.lead.code) == ({"lead": {"code": "x"}}, "x")


def test_swagger_2_has_no_write_only(schemas_of: Callable[..., Schemas]) -> None:
    shop = schemas_of({"User": USER}, "2.0")
    assert codec(shop, "User").encode({"code": "x"}) == b'{"code":"x"}'


def test_a_schema_that_contains_itself_leaves_out_at_every_depth(schemas_of: Callable[..., Schemas]) -> None:
    node = {
        "type": "object",
        "properties": {"code": SECRET, "next": {"$ref": "#/components/schemas/Node"}, "n": {"type": "integer"}},
    }
    shop = schemas_of({"Node": node})
    assert codec(shop, "Node").encode({"code": "x", "next": {"n": 1, "next": {"code": "x", "n": 2}}}) == (
        b'{"next":{"n":1,"next":{"n":2}}}'
    )


def test_with_formats_of_ones_own_both_happen(schemas_of: Callable[..., Schemas]) -> None:
    turned = {"type": "string", "format": "turned"}
    user = {"type": "object", "properties": {"name": turned, "code": {**turned, "writeOnly": True}}}
    formats = {"turned": (None, lambda text: text[::-1], lambda text: text[::-1])}
    shop = schemas_of(
        {"User": user, "Users": {"type": "array", "items": {"$ref": "#/components/schemas/User"}}}, formats=formats
    )
    assert codec(shop, "Users").encode([{"name": "ab", "code": "cd"}, shop.models.User(name="ab", code="cd")]) == (
        b'[{"name":"ba"},{"name":"ba"}]'
    )


HIDING = {"type": "object", "properties": {"code": SECRET}}
THEN = {"if": {"properties": {"kind": {"const": "a"}}}, "then": HIDING, "else": {"properties": {"pin": SECRET}}}


@pytest.mark.parametrize(
    ("schema", "value", "text"),
    [
        ({"patternProperties": {"^x_": SECRET}}, {"x_a": "s", "a": "k"}, '{"a":"k"}'),
        ({"properties": {"x_a": {}}, "patternProperties": {"^x_": SECRET}}, {"x_a": "s", "a": "k"}, '{"a":"k"}'),
        ({"patternProperties": {"^x_": {"$ref": "#/components/schemas/Key"}}}, {"x_a": "s"}, "{}"),
        ({"properties": {"a": {}}, "additionalProperties": SECRET}, {"a": "k", "b": "s"}, '{"a":"k"}'),
        ({"patternProperties": {"^x_": {}}, "additionalProperties": SECRET}, {"x_a": "k", "b": "s"}, '{"x_a":"k"}'),
        (
            {"allOf": [{"properties": {"a": {}}}, {"additionalProperties": SECRET}]},
            {"a": "s", "b": "s"},
            "{}",
        ),
        (
            {"allOf": [{"properties": {"a": {}}}], "unevaluatedProperties": SECRET},
            {"a": "k", "b": "s"},
            '{"a":"k"}',
        ),
        (
            {"$ref": "#/components/schemas/Plain", "unevaluatedProperties": SECRET},
            {"name": "a", "b": "s"},
            '{"name":"a"}',
        ),
        (THEN, {"kind": "a", "code": "s", "pin": "s"}, '{"kind":"a"}'),
        ({"if": {"properties": {"code": SECRET}}}, {"kind": "a", "code": "s"}, '{"kind":"a"}'),
        ({"dependentSchemas": {"a": HIDING}}, {"a": 1, "code": "s"}, '{"a":1}'),
        ({"dependentSchemas": {"a": HIDING}}, {"code": "s", "b": 1}, '{"b":1}'),
        ({"dependencies": {"a": HIDING}}, {"a": 1, "code": "s"}, '{"a":1}'),
        ({"type": "array", "contains": HIDING}, [{"code": "s"}, {"a": 1}], '[{},{"a":1}]'),
        ({"type": "array", "unevaluatedItems": HIDING}, [{"code": "s"}], "[{}]"),
        ({"allOf": [{"prefixItems": [HIDING]}, {"items": HIDING}]}, [{"code": "s"}], "[{}]"),
        (
            {"items": [HIDING], "additionalItems": {"properties": {"pin": SECRET}}},
            [{"code": "s"}, {"pin": "s"}],
            "[{},{}]",
        ),
        ({"patternProperties": {"^x": HIDING}}, {"x": {"code": "s"}}, '{"x":{}}'),
        ({"patternProperties": {"^x": {"if": HIDING}}, "properties": {"x": {}}}, {"x": {"code": "s"}}, '{"x":{}}'),
        (
            {"allOf": [{"properties": {"a": {"type": "object"}}}, {"properties": {"a": HIDING}}]},
            {"a": {"code": "s"}},
            '{"a":{}}',
        ),
        ({"allOf": [{"properties": {"a": {}}}, {"properties": {"a": SECRET}}]}, {"a": "s"}, "{}"),
        ({"properties": {"a": {"anyOf": [{"$ref": "#/components/schemas/Key"}, {"type": "null"}]}}}, {"a": "s"}, "{}"),
        ({"not": HIDING}, {"code": "k"}, '{"code":"k"}'),
        ({"propertyNames": HIDING}, {"code": "k"}, '{"code":"k"}'),
    ],
)
def test_it_is_left_out_wherever_a_schema_of_the_member_stands(
    schemas_of: Callable[..., Schemas], schema: Any, value: Any, text: str
) -> None:
    shop = schemas_of({"It": schema, "Key": SECRET, "Plain": SHOP["Plain"]}, "3.1.0")
    assert codec(shop, "It").encode(value).decode() == text
    assert codec(shop, "It").encode(codec(shop, "It", "request").convert(value)).decode() == text


def test_a_keyword_that_the_version_has_not_leaves_out_nothing(schemas_of: Callable[..., Schemas]) -> None:
    shop = schemas_of({"It": THEN}, "3.0.3")
    assert codec(shop, "It").encode({"code": "k"}) == b'{"code":"k"}'


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"code": SECRET}, "minProperties": 2},
        {"allOf": [{"properties": {"code": SECRET}}, {"minProperties": 2}]},
        {"minProperties": 2, "oneOf": [{"properties": {"code": SECRET}}]},
        {"minProperties": 2, "oneOf": [{"$ref": "#/components/schemas/User"}]},
        {"patternProperties": {"^c": SECRET}, "minProperties": 2},
        {"additionalProperties": SECRET, "properties": {"name": {}}, "allOf": [{"$ref": "#/components/schemas/Two"}]},
        {"patternProperties": {"^c": SECRET}, "required": ["code"]},
        {"additionalProperties": SECRET, "properties": {"name": {}}, "required": ["code"]},
        {"unevaluatedProperties": SECRET, "properties": {"name": {}}, "required": ["code"]},
        {"if": {}, "then": {"properties": {"code": SECRET}}, "required": ["code"], "minProperties": 2},
        {"dependentRequired": {"code": ["name"], "name": ["code"]}, "properties": {"code": SECRET}},
        {"dependentSchemas": {"name": {"properties": {"code": SECRET}}}, "required": ["code"]},
    ],
)
def test_what_is_valid_is_so_without_what_is_left_out(schemas_of: Callable[..., Schemas], schema: Any) -> None:
    shop = schemas_of({"It": schema, "User": USER, "Two": {"minProperties": 2}}, "3.1.0")
    assert codec(shop, "It").checked({"name": "a", "code": "s"}) == (b'{"name":"a"}', [])
    assert codec(shop, "It", "request").violations({"name": "a", "code": "s"}, "body") == []


def test_counts_hold_where_nothing_is_left_out(schemas_of: Callable[..., Schemas]) -> None:
    shop = schemas_of({"It": {"minProperties": 2}, "User": {**USER, "minProperties": 2}}, "3.1.0")
    told = [str(one) for one in codec(shop, "It").checked({"name": "a"})[1]]
    told += [str(one) for one in codec(shop, "User", "request").violations({"name": "a"}, "body")]
    assert told == ["response has 1 member, fewer than 2", "body has 1 member, fewer than 2"]


@pytest.mark.parametrize("keyword", ["oneOf", "anyOf"])
def test_what_a_value_fits_counts_besides_what_its_discriminator_names(
    schemas_of: Callable[..., Schemas], keyword: str
) -> None:
    shop = schemas_of(
        {
            **{name: SHOP[name] for name in ("Card", "Bank")},
            "It": {keyword: SHOP["Payment"]["oneOf"], "discriminator": {"propertyName": "kind"}},
        }
    )
    value = {"kind": "Card", "iban": "1", "code": "s", "pin": "kept"}
    assert codec(shop, "It").encode(value) == b'{"kind":"Card","iban":"1","pin":"kept"}'
    both = {"kind": "Card", "iban": "1", "card": "1", "code": "s", "pin": "s"}
    assert ("code" in codec(shop, "It").plain(both)) is (keyword == "oneOf")  # as oneOf it is not valid


@pytest.mark.parametrize("reply", ["User", "Plain", "Any", "Card"])
def test_a_model_and_more_is_sent_without_the_models_secrets(shop: Schemas, reply: str) -> None:
    user = shop.models.User(name="a", code="x")
    assert codec(shop, reply).encode(user | {"id": 1}) == b'{"name":"a","id":1}'
    assert codec(shop, reply).encode({"id": 1} | user) == b'{"id":1,"name":"a"}'
    assert user.to_json() == {"name": "a", "code": "x"}


@pytest.mark.parametrize("reply", ["Team", "Any"])
def test_a_model_and_more_is_sent_without_the_secrets_of_what_it_holds(shop: Schemas, reply: str) -> None:
    text = b'{"lead":{"code":"x"},"members":[{"name":"b","code":"x"}],"by_role":{"c":{"code":"x"}}}'
    sent = b'{"lead":{},"members":[{"name":"b"}],"by_role":{"c":{}},"id":1}'
    read, looked_at = (codec(shop, "Team", "request").decode(text) for _ in range(2))
    assert (looked_at.lead.code, looked_at.members[0].code, looked_at.by_role["c"].code) == ("x", "x", "x")
    assert codec(shop, reply).encode(read | {"id": 1}) == sent
    assert codec(shop, reply).encode(looked_at | {"id": 1}) == sent


def test_a_secret_that_is_added_is_left_out_where_the_reply_says_so(shop: Schemas) -> None:
    """As in any dict: `Plain` knows no secret."""
    more = shop.models.Plain(name="a") | {"code": "x"}
    assert codec(shop, "User").encode(more) == b'{"name":"a"}'
    assert codec(shop, "Plain").encode(more) == b'{"name":"a","code":"x"}'
