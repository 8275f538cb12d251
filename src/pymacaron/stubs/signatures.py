"""
An operation -> the types of its handler's arguments, and of what the handler may return.

What exchange/inbound.py passes and exchange/outbound.py takes, as types: module.py writes them down, `check` compares
handlers with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pymacaron.exchange import media
from pymacaron.exchange.files import is_file, is_files
from pymacaron.exchange.itemrules import item_schema
from pymacaron.exchange.parameters.steps import schema_of
from pymacaron.exchange.streams import streamed
from pymacaron.schema.codec import Schemas
from pymacaron.schema.shape import Identity
from pymacaron.source import Node
from pymacaron.spec.model import Api, MediaType, Operation, Parameter, Response
from pymacaron.spec.names import arguments
from pymacaron.stubs.types import ANY, BYTES, NONE, TEXT, Type, Types, flat, union

__all__ = [
    "FILE",
    "ITEMS",
    "LIST",
    "NEVER",
    "UPLOAD",
    "Argument",
    "Result",
    "Signature",
    "Signatures",
    "also_plain",
    "plainly",
    "returned",
]

UPLOAD = Type("pymacaron.Upload")
#: What gives the items of a stream, with `for` or `async for`
ITEMS = "_Items"
#: A list of whatever is one of its items: neither a tuple, which would be a body with its status, nor a text
LIST = "_List"
#: What no value is of
NEVER = Type("typing.NoReturn")
#: What is sent as a file
FILE = Type("typing.BinaryIO")

_DICT = Type("builtins.dict", (TEXT, ANY))
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_ERROR = frozenset(("status", "error", "error_description"))


@dataclass(frozen=True, slots=True)
class Argument:
    """
    One argument: `type` where it is passed. `passed`: whether it always is; if not, the handler's default holds, or
    None is passed where it has none.
    """

    name: str
    type: Type
    passed: bool


@dataclass(frozen=True, slots=True)
class Result:
    """
    What a handler may return: `alone` as the body of a reply, with its status or without; `elsewhere` as the body in a
    tuple with another status than those of success. ANY where the description does not say, None where there is none.
    """

    alone: Type
    elsewhere: Type | None


@dataclass(frozen=True, slots=True)
class Signature:
    """
    Of a handler: `body` is its positional argument, None where it gets none; `plain_body` the same for a handler that
    wants plain JSON values, None where that changes nothing; `keywords` are the others.
    """

    body: Argument | None
    plain_body: Argument | None
    keywords: tuple[Argument, ...]
    result: Result


class Signatures:
    """The signatures of one api's handlers. `types`: those of its schemas, files of forms among them."""

    def __init__(self, schemas: Schemas):
        self._schemas = schemas
        self.types = Types(schemas, dict(_files(schemas.api, schemas)))

    def of(self, operation: Operation) -> Signature:
        """What *operation* passes to its handler, and takes from it."""
        body = self._body(operation)
        plain = None
        if body is not None:
            changed = plainly(body.type)
            plain = Argument(body.name, changed, body.passed) if changed != body.type else None
        keywords = tuple(self._keyword(name, parameter) for name, parameter in arguments(operation).items())
        return Signature(body, plain, keywords, self._result(operation))

    # ---- arguments

    def _keyword(self, name: str, parameter: Parameter) -> Argument:
        node = schema_of(parameter, self._schemas)
        if parameter.location == "form" and is_file(parameter.schema, self._schemas):
            one = UPLOAD
        elif (
            parameter.location == "form" and parameter.schema is not None and is_files(parameter.schema, self._schemas)
        ):
            one = Type("builtins.list", (UPLOAD,))
        else:
            one = self.types.of(node)
        if parameter.allow_empty and parameter.location in ("query", "form"):
            one = union((one, Type("typing.Literal", values=("",))))
        return Argument(name, one, parameter.required or self._has_default(node))

    def _has_default(self, node: Node | None) -> bool:
        default = None if node is None else self._schemas.shapes.first(node, "default")
        return default is not None and default.value is not None

    def _body(self, operation: Operation) -> Argument | None:
        body = operation.body
        if body is None or body.fields:
            return None
        one = union(self.received(media_type) for media_type in body.content.values()) if body.content else ANY
        taken = arguments(operation)
        name = "body"
        while name in taken:
            name += "_"
        return Argument(name, one, body.required)

    def received(self, media_type: MediaType) -> Type:
        """The type of a body of that media type, as exchange/bodies decodes it for a handler."""
        kind, schema = media.parse(media_type.name), media_type.schema
        if kind is None:
            return ANY
        if streamed(kind, media_type, self._schemas) and not (kind.is_range and media_type.item_schema is None):
            return Type(ITEMS, (self.types.of(item_schema(media_type, self._schemas)),))
        types = self._schemas.shapes.types(schema) if schema is not None else frozenset[str]()
        if kind.is_range:
            return BYTES if schema is not None and is_file(schema, self._schemas) else ANY
        if kind.is_json or (kind.essence == "text/plain" and types and types <= {"object", "array"}):
            return self.types.of(schema)
        if kind.essence in _FORMS:
            return self.types.of(schema) if schema is not None else _DICT if media_type.item_schema is None else ANY
        if kind.is_text:
            return self.types.of(schema) if types & {"string", "integer", "number", "boolean"} else TEXT
        return ANY if kind.type == "multipart" else BYTES

    # ---- results

    def _result(self, operation: Operation) -> Result:
        responses = operation.responses
        good = [response for status, response in responses.items() if status[:1] == "2"]
        if not good:
            good = [response for status, response in responses.items() if status == "default"]
        every = union(self.sent(response) for response in responses.values()) if responses else ANY
        alone = union(self.sent(response) for response in good) if good else ANY if every == ANY else NEVER
        if alone == ANY:
            return Result(ANY, ANY)
        errors = [one for one in flat(every) if self.is_error(one)]
        if errors:
            alone = union(errors if alone == NEVER else (alone, *errors))
        alone, every = also_plain(alone), also_plain(every)
        others = [one for one in flat(every) if one not in flat(alone)]
        return Result(alone, union(others) if others else None)

    def sent(self, response: Response) -> Type:
        """The type of what is sent as *response*, without what may stand for it."""
        if response.status in ("204", "205", "304"):
            return NONE
        if response.status[:1] == "3" and not response.content:
            return union((TEXT, NONE))
        return union(self._replied(media_type) for media_type in response.content.values()) if response.content else ANY

    def _replied(self, media_type: MediaType) -> Type:
        """The types of what is sent in that media type."""
        kind, schema = media.parse(media_type.name), media_type.schema
        if kind is None or kind.is_range:
            return ANY
        sequence = streamed(kind, media_type, self._schemas)
        if sequence is not None:
            item_node = item_schema(media_type, self._schemas)
            item = self._event(item_node) if sequence.is_events else self.types.of(item_node)
            several = [Type(f"collections.abc.{name}", (also_plain(item),)) for name in ("Iterator", "AsyncIterator")]
            return union((*several, Type("builtins.list", (item,))))
        if kind.is_json:
            return self.types.of(schema)
        if schema is None and not kind.is_text:
            return ANY
        readable = [FILE, UPLOAD, Type("pathlib.Path"), Type("collections.abc.Iterator", (BYTES,))]
        if is_file(schema, self._schemas):
            return union((BYTES, TEXT, *readable))
        own = [self.types.of(schema)] if schema is not None else []
        return union((*own, TEXT, BYTES, *([] if kind.is_text else readable)))

    def _event(self, schema: Node | None) -> Type:
        """The types of what is sent as an event: one of them, or what is no event and becomes the data of one."""
        shapes, found = self._schemas.shapes, list[Type]()
        todo, seen = [schema], set[Identity]()
        while todo:
            at = todo.pop(0)
            node = shapes.target(at) if at is not None else None
            if node is None:
                return ANY
            if node.identity in seen:
                continue
            seen.add(node.identity)
            if shapes.is_union(node):
                todo += shapes.branches(node)
            else:
                found += [self.types.of(node), self._data(shapes.properties(node).get("data"))]
        return union(found)

    def _data(self, schema: Node | None) -> Type:
        """The same of the data alone, which may be the JSON that its text is said to hold."""
        first = self._schemas.shapes.first
        if schema is None or (first(schema, "contentMediaType") is None and first(schema, "contentSchema") is None):
            return self.types.of(schema)
        content = first(schema, "contentSchema")
        return union((self.types.of(schema), self.types.of(content)))

    def is_error(self, one: Type) -> bool:
        """Whether a model is an error by itself, whose own status is that of the reply."""
        node = self.types.models.get(one.model)
        return node is not None and self._schemas.shapes.properties(self._schemas.shapes.target(node)).keys() >= _ERROR


def plainly(one: Type) -> Type:
    """*one* for a handler that wants plain JSON values: dicts instead of models, text instead of what it means."""
    if one.model:
        return _DICT
    if one.name == "typing.Union":
        return union(map(plainly, one.of))
    if one.of:
        return Type(one.name, tuple(map(plainly, one.of)))
    return one if one.name.startswith(("builtins.", "typing.", "pymacaron.")) or one == NONE else TEXT


def returned(one: Type) -> Type:
    """*one* for a handler that returns it: any mapping for a dict, and a list of whatever fits its items."""
    if not one.of:
        return one
    names = {"builtins.list": LIST, "builtins.dict": "collections.abc.Mapping"}
    return Type(names.get(one.name, one.name), tuple(map(returned, one.of)))


def also_plain(one: Type) -> Type:
    """*one*, or the dicts that its models may be given as."""
    plain = [plainly(part) for part in flat(one) if _has_models(part) and not part.name.startswith("collections.")]
    return union((one, *plain))


def _has_models(one: Type) -> bool:
    return bool(one.model) or any(map(_has_models, one.of))


def _files(api: Api, schemas: Schemas) -> Iterator[tuple[tuple[Identity, str], Type]]:
    """The properties of forms that are files."""
    for content in _forms((*api.operations, *api.webhooks)):
        if content.schema is None:
            continue
        node = schemas.shapes.target(content.schema)
        for name, schema in schemas.shapes.properties(node).items():
            one = _file(schema, schemas)
            if one is not None:
                yield (node.identity, name), one


def _file(schema: Node | None, schemas: Schemas) -> Type | None:
    """The type of a field that is a file, or several; None for any other."""
    if schema is None:
        return None
    if is_file(schema, schemas):
        return UPLOAD
    return Type("builtins.list", (UPLOAD,)) if is_files(schema, schemas) else None


def _forms(operations: Iterable[Operation]) -> Iterator[MediaType]:
    for operation in operations:
        for media_type in operation.body.content.values() if operation.body is not None else ():
            kind = media.parse(media_type.name)
            if kind is not None and kind.essence in _FORMS:
                yield media_type
