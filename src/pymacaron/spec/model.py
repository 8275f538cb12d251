"""
What a description says, whichever version of the format it is written in: frozen records without behaviour.

swagger2.py and openapi3.py make them, everything above reads them. A `Node` (see source/) is a value together with
the place where it stands; schemas stay Nodes, since the schema room compiles them. References to parameters, bodies,
responses and path items are followed already, references inside schemas are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from pymacaron.finding import Finding
from pymacaron.source import Node

if TYPE_CHECKING:
    from pymacaron.spec.references import References

__all__ = [
    "NOTHING",
    "Api",
    "Dialect",
    "MediaType",
    "Operation",
    "Parameter",
    "RequestBody",
    "Response",
    "SecurityRequirement",
    "SecurityScheme",
]

#: The map of whoever has none: one for all records
NOTHING: Mapping[str, Any] = MappingProxyType({})

#: Swagger 2.0, OpenAPI 3.0, 3.1, 3.2
Dialect = Literal["2.0", "3.0", "3.1", "3.2"]

#: One alternative: dict of security scheme name -> scopes, all of which must hold. An empty dict asks for nothing.
SecurityRequirement = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class MediaType:
    """One entry of a `content` map. `name` as written, for instance `application/json; charset=utf-8` or `image/*`."""

    name: str
    schema: Node | None
    item_schema: Node | None
    encoding: Mapping[str, Mapping[str, Any]]
    node: Node


@dataclass(frozen=True, slots=True)
class Parameter:
    """
    One parameter of an operation, after path-item parameters were merged in.

    `location`: path, query, header, cookie, querystring (3.2), or form (a Swagger 2.0 formData field). `style` and
    `explode` are set for every parameter that has a schema: the defaults of its location, and Swagger 2.0's
    collectionFormat as the style that means the same (csv: form or simple without explode; multi: form with explode;
    ssv: spaceDelimited; pipes: pipeDelimited; tsv: tabDelimited). `content` is given instead of `schema` where the
    description does so.
    """

    name: str
    location: Literal["path", "query", "header", "cookie", "querystring", "form"]
    required: bool
    schema: Node | None
    style: str
    explode: bool
    allow_empty: bool
    allow_reserved: bool
    content: MediaType | None
    node: Node


@dataclass(frozen=True, slots=True)
class RequestBody:
    """
    `content`: dict of media type name -> MediaType, in the order of the description.

    `fields` are the form fields of a Swagger 2.0 operation with formData parameters, which reach the handler as keyword
    arguments; it is empty for every other body, which reaches the handler as its one positional argument.
    """

    required: bool
    content: Mapping[str, MediaType]
    fields: tuple[Parameter, ...]
    node: Node


@dataclass(frozen=True, slots=True)
class Response:
    """
    `status`: '200', '4XX' or 'default'. `headers`: dict of header name as written -> the header, a Parameter in header.
    `produces`: the types that Swagger 2.0 names where `content` has others, () where anything may be sent; None: those
    of `content`.
    """

    status: str
    content: Mapping[str, MediaType]
    headers: Mapping[str, Parameter]
    node: Node
    produces: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class SecurityScheme:
    """
    `type`: apiKey, http, oauth2, openIdConnect, mutualTLS (Swagger 2.0's `basic` is http with scheme 'basic').

    `location` and `key` for apiKey (header, query or cookie, and its name); `scheme` for http, lower case.
    """

    name: str
    type: str
    location: str
    key: str
    scheme: str
    node: Node


@dataclass(frozen=True, slots=True)
class Operation:
    """
    `id`: the operationId as written, else `<method>_<path>` with every run of other characters as one underscore.

    `path` is the template below the base path, as written. `method` is upper case. `responses`: dict of status as a
    string -> Response. `security`: the alternatives in force (the operation's own, else the api's); empty means that
    none is asked. `extensions`: every `x-` member of the operation.
    """

    id: str
    method: str
    path: str
    parameters: tuple[Parameter, ...]
    body: RequestBody | None
    responses: Mapping[str, Response]
    security: tuple[SecurityRequirement, ...]
    deprecated: bool
    extensions: Mapping[str, Any]
    node: Node

    @property
    def named(self) -> bool:
        """Whether the description gives an operationId."""
        return isinstance(self.node.value, dict) and isinstance(self.node.value.get("operationId"), str)


@dataclass(frozen=True, slots=True)
class Api:
    """
    One description. `name` is what ApiPool calls it (the file's name without its ending).

    `base_path`: '' or '/v1': from basePath, or the path of the first server's URL with its variables' defaults; never
    ends in '/'. `webhooks` are operations that this api sends, not serves. `schemas`: dict of name -> Node, from
    definitions or components.
    `findings`: everything that reading it found, errors too: whoever serves it refuses to when there is an error.
    """

    name: str
    dialect: Dialect
    title: str
    version: str
    base_path: str
    operations: tuple[Operation, ...]
    webhooks: tuple[Operation, ...]
    schemas: Mapping[str, Node]
    security_schemes: Mapping[str, SecurityScheme]
    root: Node
    references: References
    findings: tuple[Finding, ...] = field(default=())
