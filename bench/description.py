"""
The description that every app of the benchmark serves: 504 operations. `python bench/description.py` prints it.

Frameworks that read descriptions are given it; in the others the apps say the same in their own words.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

__all__ = ["document", "large", "resources"]

_RESOURCES = 100  # of five operations each


def resources() -> Iterator[tuple[str, str, str]]:
    """(method, path, operationId) of the 500 operations that stand beside the four that do something."""
    for number in range(_RESOURCES):
        path = f"/v1/res{number}"
        yield "GET", path, f"list_res{number}"
        yield "POST", path, f"create_res{number}"
        yield "GET", f"{path}/{{id}}", f"get_res{number}"
        yield "PUT", f"{path}/{{id}}", f"put_res{number}"
        yield "DELETE", f"{path}/{{id}}", f"delete_res{number}"


def document() -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {
        "/ping": {"get": _operation("ping", {"type": "object"})},
        "/items/{id}": {"get": {"parameters": [_ID, _VERBOSE], **_operation("get_item", _ref("Item"))}},
        "/orders": {"post": {"requestBody": _body("Order"), **_operation("post_order", _ref("OrderReply"))}},
        "/bulk": {"post": {"requestBody": _body("Bulk"), **_operation("post_bulk", _ref("BulkReply"))}},
    }
    for method, path, name in resources():
        one = "{id}" in path
        operation = _operation(name, _ref("Id" if one else "Done"))
        paths.setdefault(path, {})[method.lower()] = {**({"parameters": [_ID]} if one else {}), **operation}
    info = {"title": "Orders", "version": "1"}
    return {"openapi": "3.0.3", "info": info, "paths": paths, "components": {"schemas": _schemas()}}


def large(count: int) -> dict[str, Any]:
    """*count* operations with a body and a reply, and as many schemas, each of which refers to another."""
    schemas, paths = {}, {}
    for number in range(count):
        name = f"Thing{number}"
        part = {} if number % 5 == 0 else {"part": _ref(f"Thing{number - 1}")}
        schemas[name] = _object(
            False,
            ("note", "part"),
            id=_number("integer", 1),
            name=_text(),
            code=_pattern("^[A-Z]{3}-[0-9]{4}$"),
            tags={"type": "array", "items": {"type": "string"}},
            price=_number("number", 0, 100000),
            made_at=_TIME,
            note=_text(0, 500),
            **part,
        )
        paths[f"/v1/things{number}"] = {"post": {"requestBody": _body(name), **_operation(f"add_{number}", _ref(name))}}
    info = {"title": "Things", "version": "1"}
    return {"openapi": "3.0.3", "info": info, "paths": paths, "components": {"schemas": schemas}}


_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
_VERBOSE = {"name": "verbose", "in": "query", "schema": {"type": "boolean", "default": False}}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _content(schema: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def _body(name: str) -> dict[str, Any]:
    return {"required": True, **_content(_ref(name))}


def _operation(name: str, reply: dict[str, Any]) -> dict[str, Any]:
    return {"operationId": name, "responses": {"200": {"description": "ok", **_content(reply)}}}


def _object(closed: bool, optional: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": [name for name in properties if name not in optional],
        "additionalProperties": not closed,
        "properties": properties,
    }


def _text(least: int = 1, most: int = 100) -> dict[str, Any]:
    return {"type": "string", "minLength": least, "maxLength": most}


def _pattern(pattern: str) -> dict[str, Any]:
    return {"type": "string", "pattern": pattern}


def _number(kind: str, least: int, most: int | None = None) -> dict[str, Any]:
    return {"type": kind, "minimum": least, **({} if most is None else {"maximum": most})}


_TIME = {"type": "string", "format": "date-time"}


def _schemas() -> dict[str, Any]:
    lines = {"type": "array", "minItems": 1, "maxItems": 1000, "items": _ref("LineItem")}
    order = {
        "reference": _pattern("^ORD-[0-9]{6}$"),
        "customer": _ref("Customer"),
        "items": lines,
        "placed_at": _TIME,
        "notes": _text(0, 500),
        "priority": _number("integer", 0, 9),
        "discount": _number("integer", 0, 100),
    }
    reply = {
        "order_id": {"type": "integer"},
        "state": {"type": "string", "enum": ["accepted", "rejected"]},
        "total": {"type": "number"},
    }
    optional = ("notes", "priority", "discount")
    return {
        "Address": _object(
            True,
            street=_text(most=200),
            city=_text(),
            zip=_pattern("^[0-9A-Z -]{3,10}$"),
            country=_pattern("^[A-Z]{2}$"),
        ),
        "Customer": _object(
            True,
            ("phone",),
            id=_number("integer", 1),
            name=_text(),
            email=_pattern(r"^[^@ ]+@[^@ ]+\.[a-z]{2,}$"),
            phone=_pattern(r"^\+?[0-9]{6,15}$"),
            address=_ref("Address"),
        ),
        "LineItem": _object(
            True,
            ("status",),
            sku=_pattern("^[A-Z]{3}-[0-9]{4}$"),
            name=_text(most=80),
            quantity=_number("integer", 1, 1000),
            unit_price=_number("number", 0, 100000),
            currency={"type": "string", "enum": ["EUR", "USD", "SEK", "GBP"]},
            status={"type": "string", "enum": ["new", "packed", "shipped"]},
            created_at=_TIME,
        ),
        "Order": _object(False, optional, **order),
        "OrderReply": _object(False, optional, **order, **reply),
        "Item": _object(
            True,
            id={"type": "integer"},
            name={"type": "string"},
            price={"type": "number"},
            active={"type": "boolean"},
            tags={"type": "array", "items": {"type": "string"}},
            verbose={"type": "boolean"},
        ),
        "Bulk": _object(True, items=lines),
        "BulkReply": _object(True, count={"type": "integer"}, total={"type": "number"}),
        "Id": _object(True, id={"type": "integer"}),
        "Done": _object(True, ok={"type": "boolean"}),
    }


if __name__ == "__main__":
    print(json.dumps(document(), indent=2))
