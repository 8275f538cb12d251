"""What the annotations of handlers say that can never be right, and what is passed over."""

from __future__ import annotations

import inspect
import json
import typing
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest

from pymacaron.pool import Pool
from pymacaron.schema.codec import Schemas
from pymacaron.server.contradictions import Contradictions
from pymacaron.spec.load import load
from pymacaron.stubs.signatures import Signatures

SCHEMAS = {
    "Order": {"type": "object", "properties": {"item": {"type": "string"}}},
    "Line": {"type": "object", "properties": {"item": {"type": "string"}}},
    "Orders": {"type": "array", "items": {"$ref": "#/components/schemas/Order"}},
}
ORDER = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}}
PARAMETERS: dict[str, dict[str, Any]] = {
    "number": {"required": True, "schema": {"type": "integer"}},
    "at": {"required": True, "schema": {"type": "string", "format": "date-time"}},
    "kind": {"required": True, "schema": {"enum": ["a", "b"]}},
    "size": {"required": True, "schema": {"type": "number"}},
    "either": {"required": True, "schema": {"type": ["integer", "string"]}},
    "maybe": {"schema": {"type": "integer"}},
    "own": {"required": True, "schema": {"type": "string", "format": "our-own"}},
    "uuid": {"required": True, "schema": {"type": "string", "format": "uuid"}},
    "many": {"required": True, "schema": {"type": "array", "items": {"type": "number"}}},
    "whole": {
        "required": True,
        "content": {"application/json": {"schema": {"type": "object", "properties": {"a": {}}}}},
    },
}
shop = Pool().shop
other = Pool().other

Find = Callable[..., list[str]]


@pytest.fixture
def find(tmp_path: Path) -> Find:
    """find(handler, body=..., responses=...) -> the facts that are told of it."""

    def found(handler: Callable[..., Any], body: Any = None, responses: Any = None) -> list[str]:
        operation: dict[str, Any] = {
            "operationId": "it",
            "parameters": [{"name": name, "in": "query", **one} for name, one in PARAMETERS.items()],
            "responses": responses or {},
        }
        if body is not None:
            operation["requestBody"] = {"required": True, **body}
        document = {"openapi": "3.1.0", "info": {"title": "Shop", "version": "1"}}
        document |= {"paths": {"/": {"post": operation}}, "components": {"schemas": SCHEMAS}}
        path = tmp_path / "shop.json"
        path.write_text(json.dumps(document))
        api = load(path)
        compared = Contradictions(Signatures(Schemas(api)), "shop", {"shop", "other"})
        findings = compared.findings(api.operations[0], handler, api.operations[0].node, plain=False)
        assert {finding.code for finding in findings} <= {"annotation"}
        return [finding.fact.partition("which answers POST /, ")[2] for finding in findings]

    return found


def annotated(name: str, annotation: Any) -> Callable[..., Any]:
    def it(**keywords: Any) -> None: ...

    parameter = inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation)
    it.__signature__ = inspect.Signature([parameter])  # type: ignore[attr-defined]
    return it


@pytest.mark.parametrize(
    ("name", "annotation", "fact"),
    [
        ("number", str, "takes 'number' as str, and gets an int"),
        ("number", "str", "takes 'number' as str, and gets an int"),
        ("number", str | None, "takes 'number' as str | None, and gets an int"),
        ("number", Literal["a"], "takes 'number' as Literal['a'], and gets an int"),
        ("number", list[int], "takes 'number' as list[int], and gets an int"),
        ("at", str, "takes 'at' as str, and gets a datetime"),
        ("kind", int, "takes 'kind' as int, and gets a str"),
        ("kind", UUID, "takes 'kind' as UUID, and gets a str"),
        ("either", bytes, "takes 'either' as bytes, and gets a str or an int"),
        ("maybe", int, "takes 'maybe' as int, and gets None where it is not sent"),
        ("uuid", int, "takes 'uuid' as int, and gets a UUID"),
        ("many", list[str], "takes 'many' as list[str], and gets list[float]"),
        ("whole", str, "takes 'whole' as str, and gets ApiPool.shop.model.ItWhole"),
        ("number", shop.model.Order, "takes 'number' as ApiPool.shop.model.Order, and gets an int"),
        ("number", shop.model.Ordr, "takes 'number' as ApiPool.shop.model.Ordr: shop has no model 'Ordr'"),
        ("number", Pool().shpo.model.Order, "takes 'number' as ApiPool.shpo.model.Order: there is no api 'shpo'"),
    ],
)
def test_an_annotation_that_accepts_nothing_of_what_comes_is_told(
    find: Find, name: str, annotation: Any, fact: str
) -> None:
    assert find(annotated(name, annotation)) == [fact]


@pytest.mark.parametrize(
    ("name", "annotation"),
    [
        ("number", int),
        ("number", float),
        ("number", int | str),
        ("number", object),
        ("number", Any),
        ("number", "NoSuchName"),
        ("number", "not python ("),
        ("number", Annotated[int, "of pages"]),
        ("number", typing.NewType("Number", int)),
        ("number", typing.TypeVar("T")),
        ("at", datetime),
        ("at", date),
        ("kind", Literal["a", "b"]),
        ("kind", Sequence[str]),
        ("size", int),
        ("either", str),
        ("maybe", int | None),
        ("own", int),
        ("many", list[int]),
        ("many", list[str] | list[float]),
        ("many", list),
        ("number", other.model.Order),
        ("number", shop.model.Orders),
        ("many", list[shop.model.Orders | None]),
        ("number", 5),
        ("number", {}),
    ],
)
def test_an_annotation_that_may_be_right_is_passed_over(find: Find, name: str, annotation: Any) -> None:
    assert find(annotated(name, annotation)) == []


def test_a_body_of_another_model_is_told(find: Find) -> None:
    def right(order: shop.model.Order) -> None: ...

    def wrong(order: shop.model.Line) -> None: ...

    def anothers(order: other.model.Order) -> None: ...

    def with_default(order: dict[str, Any], *, maybe: int = 1) -> None: ...

    assert find(right, ORDER) == find(anothers, ORDER) == []
    assert find(wrong, ORDER) == [
        "takes 'order' as ApiPool.shop.model.Line, and gets ApiPool.shop.model.Order",
    ]
    assert find(with_default, ORDER) == ["takes 'order' as dict[str, Any], and gets ApiPool.shop.model.Order"]


ORDERS = {"type": "array", "items": {"$ref": "#/components/schemas/Order"}}


def test_a_body_that_holds_another_model_or_comes_item_by_item_is_told(find: Find) -> None:
    def listed(orders: list[shop.model.Order]) -> None: ...

    def wrong(lines: list[shop.model.Line] | None) -> None: ...

    def streamed(orders: Iterator[shop.model.Order]) -> None: ...

    def wrongly(orders: Iterator[shop.model.Line]) -> None: ...

    array = {"content": {"application/json": {"schema": ORDERS}}}
    lines = {"content": {"application/x-ndjson": {"x-item-schema": ORDERS["items"]}}}
    either = {"content": {**array["content"], **lines["content"]}}
    told = "ApiPool.shop.model.Order"
    assert find(listed, array) == find(streamed, lines) == find(listed, either) == find(streamed, either) == []
    assert find(wrong, array) == [
        f"takes 'lines' as list[ApiPool.shop.model.Line] | None, and gets list[{told}]",
    ]
    assert find(streamed, array) == [f"takes 'orders' as collections.abc.Iterator[{told}], and gets a list"]
    assert find(listed, lines) == [f"takes 'orders' as list[{told}], and gets an Iterator"]
    assert find(wrongly, lines) == [
        f"takes 'orders' as collections.abc.Iterator[ApiPool.shop.model.Line], and gets Iterator[{told}]"
    ]


def test_a_model_where_responses_hold_several_is_told(find: Find) -> None:
    def one() -> shop.model.Order: ...

    def one_with_status() -> tuple[shop.model.Order, int]: ...

    def several() -> list[shop.model.Order]: ...

    def later() -> Iterator[shop.model.Order]: ...

    array = {"200": {"description": "", "content": {"application/json": {"schema": ORDERS}}}}
    lines = {"200": {"description": "", "content": {"application/x-ndjson": {"x-item-schema": ORDERS["items"]}}}}
    single = {"200": {"description": "", **ORDER}}
    told = "ApiPool.shop.model.Order"
    assert find(one, responses=single) == find(several, responses=array) == find(later, responses=lines) == []
    assert find(one_with_status, responses=single) == find(several, responses=lines) == []
    assert (
        find(one, responses=array)
        == find(one_with_status, responses=array)
        == [f"returns {told}, and its responses are list[{told}]"]
    )
    assert find(several, responses=single) == [f"returns list[{told}], and its responses are {told}"]
    assert find(one, responses=lines) == [
        f"returns {told}, and its responses are Iterator[{told}] | AsyncIterator[{told}] | list[{told}]"
    ]


def test_a_model_that_no_response_has_is_told(find: Find) -> None:
    responses = {"200": {"description": "", **ORDER}, "404": {"description": ""}}

    def right() -> tuple[shop.model.Order, int] | None: ...

    def later() -> typing.Awaitable[shop.model.Order]: ...

    def wrong() -> list[shop.model.Line]: ...

    assert find(right, responses={"200": responses["200"]}) == find(later, responses=responses) == []
    assert find(wrong, responses={"200": responses["200"]}) == [
        "returns ApiPool.shop.model.Line, which none of its responses has"
    ]
    assert find(wrong, responses=responses) == []  # a 404 may have any


def test_what_has_no_signature_is_passed_over(find: Find) -> None:
    assert find(dict.fromkeys) == find(print) == find(max) == []
