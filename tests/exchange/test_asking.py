"""What a client's call becomes on the wire, and all that is wrong with its arguments, before anything is sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from pymacaron.exceptions import ValidationError
from pymacaron.exchange.asking import Asked, Asking

Make = Callable[..., Any]

STRING, INTEGER = {"type": "string"}, {"type": "integer"}


def query(name: str, schema: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, **more}


@pytest.fixture
def asking(operation: Make) -> Make:
    """make(operation, path, method, version, schemas, validate=True) -> Asking."""

    def make(*args: Any, validate: bool = True, **more: Any) -> Asking:
        called = operation(*args, **more)
        return Asking(called.operation, called.schemas, validate=validate)

    return make


def wrong(of: Asking, *args: Any, **kwargs: Any) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        of.asked(args, kwargs)
    return [f"{one['in']} {one['pointer']} {one['detail']}" for one in caught.value.errors]


def test_each_part_of_a_request_is_written(asking: Make) -> None:
    parameters = [
        {"name": "id", "in": "path", "required": True, "schema": STRING},
        query("limit", INTEGER),
        {"name": "X-Trace", "in": "header", "schema": STRING},
        {"name": "tab", "in": "cookie", "schema": STRING},
        {"name": "seen", "in": "cookie", "schema": {"type": "boolean"}},
    ]
    content = {"application/json": {"schema": {"type": "object", "properties": {"name": STRING}}}}
    pets = asking({"parameters": parameters, "requestBody": {"content": content}}, "/pets/{id}/toys", "put")
    asked = pets.asked(({"name": "Rex"},), {"id": "a/b", "limit": 3, "x_trace": "t", "tab": "home", "seen": True})
    assert asked == Asked(
        "PUT",
        "/pets/a%2Fb/toys",
        "limit=3",
        [
            ("Accept", "*/*"),
            ("X-Trace", "t"),
            ("Cookie", "tab=home; seen=true"),
            ("Content-Type", "application/json"),
        ],
        b'{"name":"Rex"}',
    )


def test_arguments_of_none_are_left_out(asking: Make) -> None:
    both = asking({"parameters": [query("a", STRING), query("b", STRING)]}, method="get")
    assert both.asked((), {"a": None, "b": "x"}).query == "b=x"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03%3A04%3A05Z"),
        (date(2026, 1, 2), "2026-01-02"),
        (UUID("a3bb189e-8bf9-4888-9912-ace4e6543002"), "a3bb189e-8bf9-4888-9912-ace4e6543002"),
        (b"xx", "eHg%3D"),
        (Decimal("1.10"), "1.10"),
        (True, "true"),
        ("ä b", "%C3%A4%20b"),
    ],
)
def test_values_of_python_have_their_texts(asking: Make, value: Any, text: str) -> None:
    assert asking({"parameters": [query("v", {})]}, method="get").asked((), {"v": value}).query == f"v={text}"


def test_all_that_is_wrong_is_told_at_once_by_the_names_of_arguments(asking: Make) -> None:
    parameters = [
        {"name": "pet-id", "in": "path", "required": True, "schema": INTEGER},
        query("limit", {"type": "integer", "minimum": 1}),
        query("state", {"enum": ["open", "closed"]}, required=True),
    ]
    schema = {"type": "object", "required": ["name"], "properties": {"name": STRING}}
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    pets = asking({"parameters": parameters, "requestBody": body, "operationId": "put_pet"}, "/pets/{pet-id}")
    assert wrong(pets, {}, pet_id="x", limit=0, stat="open") == [
        "arguments /stat is no argument of put_pet; did you mean 'state'?",
        "query /state is missing",
        "path /pet_id 'x' is not an integer",
        "query /limit 0 is below 1",
        "body /name is missing",
    ]


def test_a_body_that_is_missing_is_told(asking: Make) -> None:
    body = {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
    assert wrong(asking({"requestBody": body})) == ["body  is missing: it is the positional argument"]


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ({}, "arguments  has 2 positional; it has no body, and takes arguments by name; it has none"),
        (
            {"requestBody": {"content": {"application/json": {}}}},
            "arguments  has 2 positional arguments; it takes one, the body, and all else by name",
        ),
    ],
)
def test_too_many_positional_arguments_are_told(asking: Make, declared: Any, told: str) -> None:
    assert wrong(asking({"operationId": "it", **declared}), {}, {}) == [told]


def test_a_required_null_is_sent_where_the_schema_takes_it(asking: Make) -> None:
    body = {"required": True, "content": {"application/json": {"schema": {"type": ["object", "null"]}}}}
    assert asking({"requestBody": body}).asked((), {}).body == b"null"


def test_an_optional_body_that_is_not_given_is_not_sent(asking: Make) -> None:
    asked = asking({"requestBody": {"content": {"application/json": {}}}}).asked((), {})
    assert (asked.body, asked.headers) == (None, [("Accept", "*/*")])


def test_what_is_read_only_is_not_sent_and_not_demanded(asking: Make) -> None:
    pet = {
        "type": "object",
        "required": ["id", "name"],
        "properties": {
            "id": {"type": "integer", "readOnly": True},
            "name": STRING,
            "friend": {"$ref": "#/components/schemas/Pet"},
        },
    }
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}
    pets = asking({"requestBody": {"content": content}}, schemas={"Pet": pet})
    cls = pets._schemas.models.Pet
    given = cls(id=1, name="Rex", friend=cls(id=2, name="Tom"))
    wanted = b'{"name":"Rex","friend":{"name":"Tom"}}'
    assert pets.asked((given,), {}).body == wanted
    assert pets.asked(({"id": 1, "name": "Rex", "friend": given["friend"]},), {}).body == wanted
    assert given.id == 1


def test_what_swagger_2_calls_read_only_is_not_sent_either(asking: Make) -> None:
    pet = {"type": "object", "properties": {"id": {"type": "integer", "readOnly": True}, "name": STRING}}
    declared = {"parameters": [{"name": "pet", "in": "body", "schema": pet}]}
    assert asking(declared, version="2.0").asked(({"id": 1, "name": "Rex"},), {}).body == b'{"name":"Rex"}'


def test_without_validation_values_are_sent_as_they_are(asking: Make) -> None:
    content = {"application/json": {"schema": {"type": "object", "required": ["a"]}}}
    free = asking({"parameters": [query("n", INTEGER)], "requestBody": {"content": content}}, validate=False)
    asked = free.asked(({},), {"n": "many"})
    assert (asked.query, asked.body) == ("n=many", b"{}")


def test_what_has_no_json_is_told(asking: Make) -> None:
    free = asking({"parameters": [query("n", {})], "requestBody": {"content": {"application/json": {}}}})
    told = wrong(free, {"a": float("nan")}, n=object())
    assert [one.partition(" ")[0] for one in told] == ["query", "body"]


def test_accept_names_what_is_declared(asking: Make) -> None:
    responses = {
        "200": {"description": "", "content": {"application/json": {}, "text/csv": {}}},
        "404": {"description": "", "content": {"application/problem+json": {}, "application/json": {}}},
    }
    of = asking({"responses": responses})
    assert of.accept == "application/json, text/csv, application/problem+json;q=0.9"
    assert of.asked((), {}, accept="text/csv").headers == [("Accept", "text/csv")]


@pytest.mark.parametrize("value", [".", ".."])
def test_no_value_leads_to_another_path(asking: Make, value: str) -> None:
    one = asking({"parameters": [{"name": "id", "in": "path", "required": True, "schema": STRING}]}, "/a/{id}", "get")
    assert one.asked((), {"id": value}).path == f"/a/{value.replace('.', '%2E')}"
    assert wrong(one, id="") == ["path /id is empty, which would make another path"]


def test_half_of_a_surrogate_pair_is_told(asking: Make) -> None:
    assert wrong(asking({"parameters": [query("q", STRING)]}), q="\ud800")[0].startswith("query /q ")


def test_a_required_list_that_is_empty_is_told(asking: Make) -> None:
    several = asking({"parameters": [query("ids", {"type": "array", "items": STRING}, required=True)]})
    assert wrong(several, ids=[]) == ["query /ids is empty, which cannot be told from not being sent"]


def test_the_query_that_an_operation_is_chosen_by_goes_first(asking: Make) -> None:
    chosen = asking({"parameters": [query("q", STRING)]}, "/items?state=open", "get")
    assert chosen.asked((), {"q": "x"}).query == "state=open&q=x"


def test_a_whole_query_is_written_of_one_argument(asking: Make) -> None:
    schema = {"type": "object", "properties": {"a": INTEGER, "b": STRING}}
    content = {"application/x-www-form-urlencoded": {"schema": schema}}
    of = asking({"parameters": [{"name": "q", "in": "querystring", "content": content}]}, method="get", version="3.2.0")
    assert of.asked((), {"q": {"a": 1, "b": "x y"}}).query == "a=1&b=x%20y"
