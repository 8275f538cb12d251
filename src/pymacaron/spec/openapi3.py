"""
OpenAPI 3.0, 3.1 and 3.2 -> Api. Where they differ is said by the dialect; most of it is in schemas, which stay Nodes.

Source: OpenAPI 3.0.4, 3.1.1, 3.2.0. Called by load.py alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pymacaron.finding import Finding
from pymacaron.source import Node
from pymacaron.spec.model import (
    NOTHING,
    Api,
    Dialect,
    MediaType,
    Operation,
    Parameter,
    RequestBody,
    Response,
    SecurityScheme,
)
from pymacaron.spec.operations import (
    Reader,
    excluded,
    flag,
    joined_path,
    members,
    operations,
    parameter_nodes,
    schema_node,
    shared_parameters,
    text,
)
from pymacaron.spec.references import References

__all__ = [
    "NOT_PARAMETERS",
    "base_path",
    "callbacks",
    "overlooked",
    "schemas",
    "security_schemes",
    "served",
    "webhooks",
]

#: What stands before the path in a server's URL; many forget the scheme. Not urlsplit: variables may stand anywhere.
_AUTHORITY = re.compile(r"(?:[^/?#]*//[^/?#]*|[A-Za-z0-9.-]+:[0-9]+(?![^/?#]))?")
_PATH_END = re.compile(r"[?#]")
#: dict: place of a parameter -> the style it has where it gives none.
_STYLES = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}
#: Headers that are described elsewhere: parameters of these names "shall be ignored". Source: "Parameter Object", name.
NOT_PARAMETERS = frozenset(("accept", "content-type", "authorization"))


def served(
    root: Node, dialect: Dialect, references: References, findings: list[Finding] | None = None
) -> tuple[Operation, ...]:
    """Every operation below `paths`. What is wrong with their parameters is added to *findings*."""
    return operations(_reader(root, dialect, references, findings), root.get("paths"), paths=True)


def webhooks(
    root: Node, dialect: Dialect, references: References, findings: list[Finding] | None = None
) -> tuple[Operation, ...]:
    """The same of `webhooks`, where 3.1 and 3.2 have them; `path` is the webhook's name."""
    if dialect == "3.0":
        return ()
    return operations(_reader(root, dialect, references, findings), root.get("webhooks"), paths=False)


def overlooked(api: Api, operation: Operation) -> list[Node]:
    """The header parameters that are written for *operation* and that the specification has ignored."""
    if api.dialect == "2.0":
        return []
    reader = _reader(api.root, api.dialect, api.references)
    items = [found for key in ("paths", "webhooks") if (found := api.root.get(key)) is not None]
    item = next((found for one in items if (found := one.get(operation.path)) is not None), None)
    shared = shared_parameters(reader, item) if item is not None else []
    listed = parameter_nodes(reader, operation.node, shared)
    return [node for name, place, node in listed if place == "header" and name.lower() in NOT_PARAMETERS]


def callbacks(api: Api, operation: Operation) -> list[tuple[str, Operation]]:
    """(name of the callback, operation) of every operation that *operation* promises to call back."""
    if api.dialect == "2.0":
        return []
    reader = _reader(api.root, api.dialect, api.references)
    found = []
    for name, written in members(operation.node.get("callbacks")):
        callback = None if name.startswith("x-") else reader.follow(written)
        found += [(name, called) for called in operations(reader, callback, paths=False)]
    return found


def base_path(root: Node) -> str:
    """
    '' or '/v1': the path of the first server's URL, its variables replaced by their defaults.

    Servers of a path item or an operation are not looked at: a service has one base path.
    """
    servers = root.get("servers")
    server = next((server for server in servers.items() if text(server.get("url"))), None) if servers else None
    if server is None:
        return ""
    url = text(server.get("url"))
    for name, variable in members(server.get("variables")):
        chosen = variable.get("default")
        if chosen is not None and isinstance(chosen.value, str | int | float):
            url = url.replace(f"{{{name}}}", str(chosen.value))
    return joined_path(_PATH_END.split(url[_AUTHORITY.match(url).end() :], maxsplit=1)[0])  # type: ignore[union-attr]


def schemas(root: Node, dialect: Dialect) -> dict[str, Node]:
    """The schemas that have a name."""
    return {name: node for name, node in _components(root, "schemas") if schema_node(node, dialect) is not None}


def security_schemes(root: Node, dialect: Dialect, references: References) -> dict[str, SecurityScheme]:
    reader = _reader(root, dialect, references)
    found = {}
    for name, written in _components(root, "securitySchemes"):
        node = reader.follow(written)
        if node is None:
            continue
        kind = text(node.get("type"))
        place, key = (text(node.get("in")), text(node.get("name"))) if kind == "apiKey" else ("", "")
        scheme = text(node.get("scheme")).lower() if kind == "http" else ""
        found[name] = SecurityScheme(name, kind, place, key, scheme, node)
    return found


def _reader(root: Node, dialect: Dialect, references: References, findings: list[Finding] | None = None) -> Reader:
    return Reader(dialect, references, root, _parts, [] if findings is None else findings)


def _components(root: Node, key: str) -> list[tuple[str, Node]]:
    components = root.get("components")
    return members(components.get(key)) if components is not None else []


def _parts(
    reader: Reader, node: Node, shared: list[Node]
) -> tuple[tuple[Parameter, ...], RequestBody | None, dict[str, Response]]:
    listed = parameter_nodes(reader, node, shared)
    if reader.dialect == "3.2":
        excluded(reader, listed, "querystring", ("query",))
    parameters = tuple(
        _parameter(reader, name, place, written)
        for name, place, written in listed
        if (place in _STYLES or (place == "querystring" and reader.dialect == "3.2"))
        and not (place == "header" and name.lower() in NOT_PARAMETERS)
    )
    return parameters, _body(reader, node), _responses(reader, node)


def _parameter(reader: Reader, name: str, place: str, node: Node) -> Parameter:
    content = next(iter(_content(reader, node.get("content")).values()), None)
    schema = schema_node(node.get("schema"), reader.dialect) if content is None else None
    style = text(node.get("style")) or _STYLES.get(place, "")
    return Parameter(
        name=name,
        location=place,  # type: ignore[arg-type]
        required=place == "path" or flag(node.get("required")),
        schema=schema,
        style=style,
        explode=flag(node.get("explode"), style in ("form", "cookie")),
        allow_empty=flag(node.get("allowEmptyValue")),
        allow_reserved=flag(node.get("allowReserved")),
        content=content,
        node=node,
    )


def _body(reader: Reader, node: Node) -> RequestBody | None:
    body = reader.follow(node.get("requestBody"))
    if body is None:
        return None
    return RequestBody(flag(body.get("required")), _content(reader, body.get("content")), (), body)


def _content(reader: Reader, node: Node | None) -> dict[str, MediaType]:
    found = {}
    for name, written in members(node):
        media = reader.follow(written)
        if media is not None:
            found[name] = _media_type(reader.dialect, name, media)
    return found


def _media_type(dialect: Dialect, name: str, node: Node) -> MediaType:
    schema = schema_node(node.get("schema"), dialect)
    # FastAPI writes it into descriptions of 3.1
    own = schema_node(node.get("itemSchema"), dialect) if dialect in ("3.1", "3.2") else None
    item_schema = own if own is not None else schema_node(node.get("x-item-schema"), dialect)
    encoding: dict[str, Mapping[str, Any]] = {
        field: entry.value for field, entry in members(node.get("encoding")) if isinstance(entry.value, dict)
    }
    return MediaType(name, schema, item_schema, encoding or NOTHING, node)


def _responses(reader: Reader, node: Node) -> dict[str, Response]:
    found = {}
    for status, written in members(node.get("responses")):
        response = None if status.startswith("x-") else reader.follow(written)
        if response is not None:
            name = status if status == "default" else status.upper()
            content = _content(reader, response.get("content"))
            found[name] = Response(name, content, _headers(reader, response) or NOTHING, response)
    return found


def _headers(reader: Reader, response: Node) -> dict[str, Parameter]:
    followed = ((name, reader.follow(written)) for name, written in members(response.get("headers")))
    return {name: _parameter(reader, name, "header", header) for name, header in followed if header is not None}
