"""
Swagger 2.0 -> Api: what stands there in other words than OpenAPI 3's is put into the same records.

Source: Swagger 2.0 specification. Called by load.py alone.
"""

from __future__ import annotations

from typing import Any

from pymacaron.finding import Finding
from pymacaron.source import Node
from pymacaron.spec.model import Dialect, Operation, Parameter, RequestBody, Response, SecurityScheme
from pymacaron.spec.operations import (
    Reader,
    excluded,
    flag,
    joined_path,
    media_types,
    members,
    operations,
    parameter_nodes,
    schema_node,
    text,
)
from pymacaron.spec.references import References

__all__ = ["base_path", "schemas", "security_schemes", "served"]

_DIALECT: Dialect = "2.0"
_JSON, _ANY = "application/json", "*/*"
_URLENCODED, _MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"

#: The keywords of a parameter or header that say what its value is.
_SCHEMA_KEYWORDS = frozenset(
    (
        *("type", "format", "items", "default", "enum", "pattern", "title", "description"),
        *("maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "multipleOf"),
        *("maxLength", "minLength", "maxItems", "minItems", "uniqueItems", "x-nullable", "example", "x-example"),
    )
)

#: dict: collectionFormat -> style and explode; csv is None, since its style depends on where the parameter is.
_COLLECTIONS: dict[str, tuple[str, bool]] = {
    "multi": ("form", True),
    "ssv": ("spaceDelimited", False),
    "pipes": ("pipeDelimited", False),
    "tsv": ("tabDelimited", False),
}
_PLACES = {"path": "path", "query": "query", "header": "header", "formData": "form"}


def served(root: Node, references: References, findings: list[Finding] | None = None) -> tuple[Operation, ...]:
    """Every operation below `paths`. What is wrong with their parameters is added to *findings*."""
    reader = Reader(_DIALECT, references, root, _parts, [] if findings is None else findings)
    return operations(reader, root.get("paths"), paths=True)


def base_path(root: Node) -> str:
    """'' or '/v1'."""
    return joined_path(text(root.get("basePath")))


def schemas(root: Node) -> dict[str, Node]:
    """The schemas that have a name."""
    definitions = root.get("definitions")
    return {name: node for name, node in members(definitions) if schema_node(node, _DIALECT) is not None}


def security_schemes(root: Node, references: References) -> dict[str, SecurityScheme]:
    """`basic` is what OpenAPI 3 calls http with scheme basic."""
    reader = Reader(_DIALECT, references, root, _parts)
    found = {}
    for name, written in members(root.get("securityDefinitions")):
        node = reader.follow(written)
        if node is None:
            continue
        kind = text(node.get("type"))
        basic = kind == "basic"
        place, key = (text(node.get("in")), text(node.get("name"))) if kind == "apiKey" else ("", "")
        found[name] = SecurityScheme(name, "http" if basic else kind, place, key, "basic" if basic else "", node)
    return found


def _parts(
    reader: Reader, node: Node, shared: list[Node]
) -> tuple[tuple[Parameter, ...], RequestBody | None, dict[str, Response]]:
    parameters: list[Parameter] = []
    fields: list[Parameter] = []
    body: Node | None = None
    listed = parameter_nodes(reader, node, shared)
    excluded(reader, listed, "body", ("formData",))
    for name, place, written in listed:
        if place == "body":
            body = body or written
        elif place in _PLACES:
            (fields if place == "formData" else parameters).append(_parameter(name, place, written))
    consumes = _media_names(reader, node, "consumes")
    if fields:
        request = _form(reader, fields, consumes, node)
    elif body is not None:
        schema, item = schema_node(body.get("schema"), _DIALECT), schema_node(body.get("x-item-schema"), _DIALECT)
        content = media_types(consumes or [_JSON], schema, body, item)
        request = RequestBody(flag(body.get("required")), content, (), body)
    else:
        request = None
    return tuple(parameters), request, _responses(reader, node)


def _media_names(reader: Reader, node: Node, key: str) -> list[str]:
    """The operation's own `consumes` or `produces`, else the api's."""
    own = node.get(key) or reader.root.get(key)
    names = own.value if own is not None and isinstance(own.value, list) else []
    return [name for name in names if isinstance(name, str) and name]


def _parameter(name: str, place: str, node: Node) -> Parameter:
    style, explode = _style(place, text(node.get("collectionFormat")))
    return Parameter(
        name=name,
        location=_PLACES[place],  # type: ignore[arg-type]
        required=place == "path" or flag(node.get("required")),
        schema=_own_schema(node),
        style=style,
        explode=explode,
        allow_empty=flag(node.get("allowEmptyValue")),
        allow_reserved=False,
        content=None,
        node=node,
    )


def _style(place: str, collection: str) -> tuple[str, bool]:
    if collection in _COLLECTIONS:
        return _COLLECTIONS[collection]
    return ("simple" if place in ("path", "header") else "form"), False


def _own_schema(node: Node) -> Node:
    """A parameter or header as the schema of its value, at the same place."""
    keywords = {key: value for key, value in node.value.items() if key in _SCHEMA_KEYWORDS}
    return Node(keywords, node.document, node.pointer)


def _form(reader: Reader, fields: list[Parameter], consumes: list[str], node: Node) -> RequestBody:
    """The body of an operation with formData parameters; its schema is one of an object that has them as properties."""
    files = [field for field in fields if field.schema is not None and field.schema.value.get("type") == "file"]
    names = [name for name in consumes if _essence(name) in (_URLENCODED, _MULTIPART)]
    if files and not names:
        fact, mend = (
            "a file is sent, and 'consumes' does not name 'multipart/form-data'",
            f"Add 'consumes: [{_MULTIPART}]'",
        )
        reader.findings.append(files[0].node.child("type").finding("incomplete", fact, mend))
    if files and not any(_essence(name) == _MULTIPART for name in names):
        names.append(_MULTIPART)  # what nearly every client sends files in
    value: dict[str, Any] = {
        "type": "object",
        "properties": {field.name: field.schema.value for field in fields if field.schema is not None},
    }
    required = [field.name for field in fields if field.required]
    if required:
        value["required"] = required
    # A place of its own, also where all the fields are the path item's.
    schema = Node(value, node.document, (*node.pointer, "parameters"))
    content = media_types(names or [_URLENCODED, _MULTIPART], schema, node)
    return RequestBody(bool(required), content, tuple(fields), node)


def _responses(reader: Reader, node: Node) -> dict[str, Response]:
    produces = _media_names(reader, node, "produces")
    found = {}
    for status, written in members(node.get("responses")):
        response = None if status.startswith("x-") else reader.follow(written)
        if response is None:
            continue
        schema = schema_node(response.get("schema"), _DIALECT)
        item = schema_node(response.get("x-item-schema"), _DIALECT)
        names, told = produces or [_JSON], tuple(produces)
        if schema is not None and schema.value.get("type") == "file":
            # Never JSON: what is produced of other types, else of whatever type the file is
            names = [name for name in produces if not _is_json(name)]
            names, told = (names, told) if names else ([_ANY], ())
        content = media_types(names, schema, response, item) if schema is not None or item is not None else {}
        name = status if status == "default" else status.upper()
        found[name] = Response(name, content, _headers(response), response, told if content else None)
    return found


def _essence(name: str) -> str:
    """A media type without its parameters."""
    return name.partition(";")[0].strip().lower()


def _is_json(name: str) -> bool:
    return _essence(name).endswith(("/json", "+json"))


def _headers(response: Node) -> dict[str, Parameter]:
    headers = members(response.get("headers"))
    return {name: _parameter(name, "header", header) for name, header in headers if isinstance(header.value, dict)}
