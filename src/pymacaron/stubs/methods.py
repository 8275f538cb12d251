"""
An operation -> the types of its client's method: what it is called with, and what it gives.

What exchange/asking.py takes and exchange/answered.py gives, as types. Neighbours: signatures.py has the other side of
the same operation, clients.py writes both faces down.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pymacaron.exchange import media
from pymacaron.exchange.itemrules import item_schema
from pymacaron.exchange.readers import family_in
from pymacaron.exchange.responses import json_successes
from pymacaron.exchange.streams import streamed
from pymacaron.schema.codec import Schemas
from pymacaron.source import Node
from pymacaron.spec.model import MediaType, Operation, Response
from pymacaron.spec.names import arguments
from pymacaron.spec.paging import Paging, paging
from pymacaron.stubs.signatures import FILE, ITEMS, UPLOAD, Argument, Signatures, also_plain, returned
from pymacaron.stubs.types import ANY, BYTES, NONE, TEXT, Type, flat, union

__all__ = ["ASTREAM", "EXTRA", "STREAM", "Method", "Methods"]

#: What gives the items of a reply, and can be left before its end
STREAM, ASTREAM = "_Stream", "_AsyncStream"
_FLOAT = union((Type("builtins.float"), NONE))
#: dict: keyword that every method takes unless its operation has a parameter of that name -> its type
EXTRA = {
    "max_attempts": union((Type("builtins.int"), NONE)),
    "read_timeout": _FLOAT,
    "connect_timeout": _FLOAT,
    "request_headers": union((Type("collections.abc.Mapping", (TEXT, union((TEXT, NONE)))), NONE)),
}
_SENT_FILES = (
    *(BYTES, FILE, UPLOAD, Type("pathlib.Path")),
    Type("builtins.tuple", (TEXT, union((BYTES, FILE)))),
    Type("builtins.tuple", (TEXT, union((BYTES, FILE)), TEXT)),
)


@dataclass(frozen=True, slots=True)
class Method:
    """
    Of a client: `body` is its positional argument, None where it takes none; `keywords` are the operation's, `passed`
    those that must be given; `extra`: dict of all others. `result`, `awaited`: what a call gives, and an awaited one;
    `error`: what `.client` returns in its place. `item`: of a list that comes page by page; None: it does not.
    """

    operation: Operation
    body: Argument | None
    keywords: tuple[Argument, ...]
    extra: dict[str, Type]
    result: Type
    awaited: Type
    error: Type
    item: Type | None


class Methods:
    """The methods of one api's clients."""

    def __init__(self, schemas: Schemas, signatures: Signatures):
        self._schemas = schemas
        self._signatures = signatures
        self._types = signatures.types
        error = self._types.models.get("Error")
        own = Type("model", model="Error")
        is_own = error is not None and signatures.is_error(own)
        self._error = own if is_own else Type("pymacaron.exchange.failures.ErrorReply")

    def of(self, operation: Operation) -> Method:
        told = self._signatures.of(operation)
        required = {name for name, one in arguments(operation).items() if one.required}
        keywords = tuple(Argument(one.name, _sent(one.type), one.name in required) for one in told.keywords)
        body = told.body
        if body is not None and operation.body is not None:
            body = Argument(body.name, self._body(operation.body.content.values()), operation.body.required)
        names = {one.name for one in keywords}
        return Method(
            operation,
            body,
            keywords,
            {name: one for name, one in EXTRA.items() if name not in names},
            self._result(operation, is_async=False),
            self._result(operation, is_async=True),
            self._errors(operation),
            self._item(operation),
        )

    # ---- what is sent

    def _body(self, content: Iterable[MediaType]) -> Type:
        found = [_sent(self._signatures.received(one)) for one in content]
        return union(found) if found else ANY

    # ---- what comes back

    def _result(self, operation: Operation, *, is_async: bool) -> Type:
        responses = operation.responses
        good = [one for status, one in responses.items() if status[:1] in "23"]
        if not any(one.status[:1] == "2" for one in good):
            good += [one for status, one in responses.items() if status == "default"]
        if operation.method == "HEAD":
            return NONE
        told = [self._given(one, is_async) for one in good]
        if not told or all(one is None for one in told):
            return ANY if any(one.status not in ("204", "205", "304") for one in good) or not good else NONE
        return union(NONE if one is None else one for one in told)

    def _given(self, response: Response, is_async: bool) -> Type | None:
        """The type of what is made of that reply; None where it says no body."""
        if response.status in ("204", "205", "304") or not response.content:
            return None
        return union(self._read(one, is_async) for one in response.content.values())

    def _read(self, media_type: MediaType, is_async: bool) -> Type:
        kind, schema = media.parse(media_type.name), media_type.schema
        if kind is None or kind.is_range:
            return ANY
        if streamed(kind, media_type, self._schemas) is not None:
            return Type(ASTREAM if is_async else STREAM, (self._types.of(item_schema(media_type, self._schemas)),))
        family = family_in(kind, kind, media_type, self._schemas)
        if family == "binary":
            return Type(f"pymacaron.exchange.inflow.{'Async' if is_async else ''}Received")
        if family == "text":
            kinds = self._schemas.shapes.types(schema) if schema is not None else frozenset[str]()
            is_scalar = kinds and kinds <= {"string", "integer", "number", "boolean"} and not kind.is_markup
            return self._types.of(schema) if is_scalar else TEXT
        return self._types.of(schema) if family == "json" or schema is not None else ANY

    def _errors(self, operation: Operation) -> Type:
        bad = [one for status, one in operation.responses.items() if status[:1] in "45d"]
        found = [part for one in bad for part in flat(self._given(one, False) or NONE)]
        return union([*(part for part in found if self._signatures.is_error(part)), self._error])

    def _item(self, operation: Operation) -> Type | None:
        """The type of the items of all pages."""
        try:
            said = paging(operation.extensions["x-pagination"])
        except (KeyError, ValueError):
            return None
        found = [item for schema in json_successes(operation) for item in self._listed(schema, said)]
        return union(found) if found else ANY

    def _listed(self, schema: Node, said: Paging) -> Iterator[Type]:
        shapes, node = self._schemas.shapes, schema
        for name in said.items or ():
            properties = shapes.properties(shapes.target(node))
            if name not in properties:
                return
            node = properties[name]
        items = shapes.first(shapes.target(node), "items")
        if items is not None and isinstance(items.value, dict):
            yield self._types.of(items)


def _sent(one: Type) -> Type:
    """*one* as a caller may give it: dicts in the place of models, anything that is a file in the place of one."""
    return union(_part(part) for part in flat(one))


def _part(one: Type) -> Type:
    if one.name == ITEMS:
        item = returned(also_plain(one.of[0]))
        return union(Type(f"collections.abc.{name}", (item,)) for name in ("Iterable", "AsyncIterable"))
    if one in (BYTES, UPLOAD):
        pieces = [Type(f"collections.abc.{name}", (BYTES,)) for name in ("Iterator", "AsyncIterator")]
        return union((*_SENT_FILES, *(pieces if one == BYTES else ())))
    if one.name == "builtins.list" and one.of == (UPLOAD,):
        return Type("collections.abc.Iterable", (union(_SENT_FILES),))
    return returned(also_plain(one))
