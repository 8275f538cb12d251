"""
Texts, taken out of a request and decoded -> the plain JSON values that their schemas speak of.

Nothing is validated: a text that fits no type stays text, and the schema says what is wrong. What stands inside of an
array or an object and is itself one has no form of its own in OpenAPI: it is JSON.
Neighbours: reading.py finds the texts of parameters, bodies/forms.py those of fields.
Source: OpenAPI 3.0.4, 3.1.1, 3.2.0, appendix B; Swagger 2.0, "collectionFormat".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Final

from pymacaron.exchange.parameters.speaking import Speaking, distinct, settled, speaking
from pymacaron.schema.codec import Codec, Schemas, json_decode, json_encode
from pymacaron.schema.pointers import pointer_text
from pymacaron.schema.shape import Identity
from pymacaron.schema.violations import Violations
from pymacaron.source import Node

__all__ = [
    "ABSENT",
    "ALL",
    "EMPTY",
    "SEPARATORS",
    "TEXTUAL",
    "Members",
    "Read",
    "Refused",
    "Tree",
    "holds_json",
    "item",
    "items",
    "items_schema",
    "json_text",
    "readings",
    "refuse_repeated",
    "scalar",
    "takes_text",
    "texts_reader",
]


class _Mark:
    def __init__(self, name: str):
        self._name = name

    def __repr__(self) -> str:
        return self._name


#: The parameter was not sent
ABSENT: Final[Any] = _Mark("ABSENT")
#: It was sent without a value, which its description allows (allowEmptyValue)
EMPTY: Final[Any] = _Mark("EMPTY")

#: The types whose values one text can hold; null has no text of its own
TEXTUAL = frozenset({"boolean", "integer", "number", "string"})
ALL = TEXTUAL | {"null", "array", "object"}

#: dict: Swagger 2.0's collectionFormat -> what stands between the items
SEPARATORS = {"csv": ",", "ssv": " ", "tsv": "\t", "pipes": "|"}

#: From a part of the request to a plain JSON value. The part: of the path a Mapping of name -> text (percent-encoded
#: where parameters.is_encoded says so), of the headers a function, of the query, the cookies and a form a dict of
#: name -> texts, of the querystring its text
Read = Callable[[Any], Any]

#: dict: name of a member -> its decoded texts, or of an object in it the same again
Tree = Mapping[str, "list[str] | Tree"]

_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WHOLE = re.compile(r"(-?[0-9]+)\.0+")
#: Beyond this a float no longer tells whole numbers apart
_EXACT = 2**53
#: Arrays in arrays that are split, each by its own separator; a schema that is its own item would never end
_NESTED = 8


class Refused(Exception):
    """
    A text that stands for no value at all; `code` and `detail` are those of the Violation to make of it, `pointer` is
    where the value would stand in that of its parameter or field.
    """

    def __init__(self, code: str, detail: str, pointer: str = ""):
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.pointer = pointer

    def below(self, name: str | int) -> Refused:
        """The same of a value in which this one is the member or item *name*."""
        return Refused(self.code, self.detail, pointer_text((name,)) + self.pointer)


# One text


def scalar(codec: Codec) -> Callable[[str], Any] | None:
    """
    What makes a plain JSON value of a text, by the types that *codec* accepts; None where it is the text itself.

    Where several types are possible: the first of boolean, integer, number, string for which the value fits the schema;
    text first where the schema speaks of no types, and for a text that its number would not give back, such as 007. An
    empty text is null where that is allowed and a string is not (it is how null is written); `null` is null only where
    nothing else is possible. The function raises Refused for a number that is out of range where no string is possible.
    """
    types = codec.types
    if types == {"null"}:
        return lambda text: None if text in ("", "null") else text
    makers = [make for name, make in _MAKERS if name in types]
    if "integer" in types and "number" in types:
        makers.remove(_integer)
    if not makers:
        return None
    if "string" not in types:
        make = makers[0] if len(makers) == 1 else lambda text: _first_made(makers, text)
        return make if "null" not in types else lambda text: make(text) if text else None
    text_first = types == ALL

    def fitting(text: str) -> Any:
        try:
            made = _first_made(makers, text)
        except Refused:  # a number that is out of range, or a text like one
            return text
        if made is text:
            return text
        first, second = (text, made) if text_first or json_encode(made).decode() != text else (made, text)
        return second if codec.violations(first, "") and not codec.violations(second, "") else first

    return fitting


def json_text(text: str) -> Any:
    """The JSON that *text* is. Raises Refused."""
    try:
        return json_decode(text.encode())
    except Violations as error:
        raise Refused(error.violations[0].code, error.violations[0].detail) from None
    except UnicodeEncodeError:
        raise Refused("encoding", "is not UTF-8") from None


def _boolean(text: str) -> Any:
    return True if text == "true" else False if text == "false" else text


def _integer(text: str) -> Any:
    if text.isascii() and (text.isdigit() or (text[:1] == "-" and text[1:].isdigit())):
        try:
            return int(text)
        except ValueError:  # Python's own limit of digits
            raise _out_of_range() from None
    whole = _WHOLE.fullmatch(text)
    if whole is not None:
        return _integer(whole[1])
    if _NUMBER.fullmatch(text):
        value = _float(text)
        if value.is_integer() and abs(value) < _EXACT:
            return int(value)
    return text


def _number(text: str) -> Any:
    if not _NUMBER.fullmatch(text):
        return text
    if text.lstrip("-").isdigit():
        return _integer(text)
    return _float(text)


def _float(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise _out_of_range()
    return value


def _out_of_range() -> Refused:
    """As in a body: docs/values.md."""
    return Refused("range", "is a number that is out of range")


_MAKERS: tuple[tuple[str, Callable[[str], Any]], ...] = (
    ("boolean", _boolean),
    ("integer", _integer),
    ("number", _number),
)


def _first_made(makers: list[Callable[[str], Any]], text: str) -> Any:
    for make in makers:
        made = make(text)
        if made is not text:
            return made
    return text


# Several texts


def texts_reader(codec: Codec, schemas: Schemas) -> Callable[[list[str]], Any]:
    """What makes a value of the decoded texts that were sent under one name: an array of all, or one value."""
    if "array" in codec.types and not codec.types & TEXTUAL:
        make_item = item(codec, schemas)
        return lambda texts: items(make_item, texts)
    make = _value(codec, schemas)

    def value(texts: list[str]) -> Any:
        if len(texts) > 1:
            return texts if "array" in codec.types else refuse_repeated(len(texts))
        return texts[0] if make is None else make(texts[0])

    return value


def items_schema(codec: Codec, schemas: Schemas) -> Node | None:
    """The schema of an array's items, also where one of several alternatives is the array."""
    if codec.items is not None:
        return codec.items
    branches = (schemas.codec(branch, "request").items for branch in schemas.shapes.branches(codec.schema))
    return next((found for found in branches if found is not None), None)


def takes_text(codec: Codec, schemas: Schemas) -> bool:
    """Whether an item may be any text, an empty one too, so that a separator may be part of it; a name always may."""
    if "object" in codec.types:
        return True
    found = items_schema(codec, schemas)
    return found is None or "string" in schemas.codec(found, "request").types


def holds_json(codec: Codec, schemas: Schemas) -> bool:
    """Whether an item may be an array or an object, whose JSON has commas of its own."""
    found = items_schema(codec, schemas)
    return found is not None and bool(schemas.codec(found, "request").types & {"array", "object"})


def item(codec: Codec, schemas: Schemas, depth: int = 0) -> Callable[[str], Any] | None:
    """What makes an item of an array of *codec* of its text; None where it is the text itself."""
    found = items_schema(codec, schemas)
    return None if found is None else _value(schemas.codec(found, "request"), schemas, depth + 1)


def items(make: Callable[[str], Any] | None, texts: list[str]) -> list[Any]:
    """*texts* as items. Raises Refused, its pointer that of the item."""
    if make is None:
        return texts
    found: list[Any] = []
    try:
        for text in texts:
            found.append(make(text))
    except Refused as error:
        raise error.below(len(found)) from None
    return found


def _value(codec: Codec, schemas: Schemas, depth: int = 0) -> Callable[[str], Any] | None:
    """As `scalar`, for an array or an object, too: JSON, or Swagger 2.0's arrays in arrays by collectionFormat."""
    types = codec.types
    if types & TEXTUAL or not types & {"array", "object"}:
        return scalar(codec)
    make = _json_where_it_is if "array" not in types or depth > _NESTED else _nested(codec, schemas, depth)
    return make if "null" not in types else lambda text: make(text) if text else None


def _nested(codec: Codec, schemas: Schemas, depth: int) -> Callable[[str], Any]:
    """What makes an array in an array of its text."""
    inner = item(codec, schemas, depth)
    if schemas.api.dialect != "2.0":
        return lambda text: json_text(text) if text[:1] == "[" else items(inner, text.split(",") if text else [])
    written = codec.schema.get("collectionFormat")
    separator = SEPARATORS.get(str(written.value) if written is not None else "csv", ",")
    return lambda text: items(inner, text.split(separator) if text else [])


def _json_where_it_is(text: str) -> Any:
    return json_text(text) if text[:1] in ("{", "[") else text


def refuse_repeated(times: int) -> Any:
    raise Refused("repeated", f"is given {times} times")


def readings(readers: Iterable[Callable[[], Any]]) -> list[Any]:
    """What *readers* give, each once. Raises what the first one has raised where all raise Refused."""
    found, refused = [], None
    for read in readers:
        try:
            found.append(read())
        except Refused as error:
            refused = refused or error
    if not found and refused is not None:
        raise refused
    return distinct(found)


class Members:
    """
    What makes an object of texts by name. A member that no schema speaks of stays text, a repeated one an array; with
    *json* an array may be the JSON of it, in one text.
    """

    def __init__(self, codec: Codec, schemas: Schemas, *, json: bool = False):
        self._codec = codec
        self._schemas = schemas
        self._json = json
        #: What speaks of members besides properties and additionalProperties, None for nothing
        self._speaking: Speaking | None = speaking(codec, schemas)
        #: dict: place of a schema of members -> its reader
        self._of_schemas: dict[Identity, Callable[[list[str] | Tree], Any]] = {}
        #: dict: declared member -> its reader, made when it is first sent: a schema may contain itself
        self._readers: dict[str, Callable[[list[str] | Tree], Any]] = {}
        self._other: Callable[[list[str] | Tree], Any] | None = None

    def __call__(self, found: Tree) -> dict[str, Any]:
        made = {}
        more: dict[str, list[Any]] = {}
        for name, sent in found.items():
            try:
                if self._speaking is None:
                    made[name] = self._reader(name)(sent)
                else:
                    made[name], *more[name] = self._readings(self._speaking, name, sent)
            except Refused as error:
                raise error.below(name) from None
        more = {name: others for name, others in more.items() if others}
        return settled(made, more, lambda value: len(self._codec.violations(value, ""))) if more else made

    def _readings(self, told: Speaking, name: str, sent: list[str] | Tree) -> list[Any]:
        """What *sent* may stand for, the likeliest first."""
        nodes, is_sure = told.of(name)
        readers: list[Callable[[], Any]] = [partial(self._of_schema(node), sent) for node in nodes]
        if not is_sure:  # a text where none of them applies
            readers.insert(len(readers) if name in self._codec.properties else 0, partial(_as_sent, sent))
        return readings(readers)

    def _of_schema(self, node: Node) -> Callable[[list[str] | Tree], Any]:
        read = self._of_schemas.get(node.identity)
        if read is None:
            read = self._of_schemas[node.identity] = self._made(node)
        return read

    def _reader(self, name: str) -> Callable[[list[str] | Tree], Any]:
        read = self._readers.get(name)
        if read is not None:
            return read
        node = self._codec.properties.get(name)
        if node is not None:
            read = self._readers[name] = self._made(node)
            return read
        if self._other is None:
            extra = self._schemas.shapes.first(self._codec.schema, "additionalProperties")
            typed = extra is not None and isinstance(extra.value, dict) and extra.value
            self._other = self._made(extra) if extra and typed else _as_sent
        return self._other

    def _made(self, node: Node) -> Callable[[list[str] | Tree], Any]:
        codec = self._schemas.codec(node, "request")
        read = _sent_reader(codec, self._schemas)
        if not self._json or "array" not in codec.types or codec.types & TEXTUAL:
            return read

        def read_json(sent: list[str] | Tree) -> Any:
            if isinstance(sent, list) and len(sent) == 1 and sent[0][:1] == "[":
                try:
                    value = json_text(sent[0])
                except Refused:
                    return read(sent)
                return value if not codec.violations(value, "") else read(sent)
            return read(sent)

        return read_json


def _sent_reader(codec: Codec, schemas: Schemas) -> Callable[[list[str] | Tree], Any]:
    """What makes a value of a member's texts, or of the members that were sent of it."""
    texts = texts_reader(codec, schemas)
    members = Members(codec, schemas)
    is_array = "array" in codec.types

    def read(sent: list[str] | Tree) -> Any:
        if isinstance(sent, list):
            return texts(sent)
        bare = sent.get("") if is_array and len(sent) == 1 else None
        # `name[]=a&name[]=b`: a list, as many write it
        return texts(bare) if isinstance(bare, list) else members(sent)

    return read


def _as_sent(sent: list[str] | Tree) -> Any:
    if not isinstance(sent, list):
        return {name: _as_sent(inner) for name, inner in sent.items()}
    return sent[0] if len(sent) == 1 else sent
