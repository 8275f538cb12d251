"""
The text of one parameter -> the plain JSON value that it stands for, by style, explode and the types of its schema.

A parameter is compiled once into a function that looks into its part of the request; the function decides nothing that
could be decided at start. It does not validate: a text that fits no type stays text, and the schema says what is wrong.
Neighbours: inbound.py calls these functions and validates what they give.
Source: OpenAPI 3.0.4, 3.1.1, 3.2.0, "Style Values" and appendix E; Swagger 2.0, "collectionFormat"; RFC 6570.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import unquote, unquote_plus

from pymacaron.exchange import media
from pymacaron.schema.codec import Codec, Schemas, json_decode
from pymacaron.schema.violations import Violations
from pymacaron.source import Node
from pymacaron.spec.model import Parameter

__all__ = ["ABSENT", "EMPTY", "Read", "Refused", "parse_query", "reader", "scalar", "texts_reader"]


class _Mark:
    def __init__(self, name: str):
        self._name = name

    def __repr__(self) -> str:
        return self._name


#: The parameter was not sent
ABSENT: Final[Any] = _Mark("ABSENT")
#: It was sent without a value, which its description allows (allowEmptyValue)
EMPTY: Final[Any] = _Mark("EMPTY")

#: From a part of the request to a plain JSON value. The part: of the path and the cookies a Mapping of name -> text, of
#: the headers a function, of the query and of a form a dict of name -> texts, of the querystring its text
Read = Callable[[Any], Any]

_TEXTUAL = frozenset({"boolean", "integer", "number", "string"})
_ALL = _TEXTUAL | {"null", "array", "object"}

_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WHOLE = re.compile(r"(-?[0-9]+)\.0+")
#: Beyond this a float no longer tells whole numbers apart
_EXACT = 2**53

#: dict: style -> what stands between the items of an array without explode
_SEPARATORS = {"spaceDelimited": " ", "pipeDelimited": "|", "tabDelimited": "\t"}
#: dict: Swagger 2.0's collectionFormat -> the same
_COLLECTION_SEPARATORS = {"csv": ",", "ssv": " ", "tsv": "\t", "pipes": "|"}


class Refused(Exception):
    """A text that stands for no value at all; `code` and `detail` are those of the Violation to make of it."""

    def __init__(self, code: str, detail: str):
        super().__init__(detail)
        self.code = code
        self.detail = detail


def parse_query(text: str) -> dict[str, list[str]]:
    """
    A raw query string -> dict: decoded name -> its texts, still percent-encoded, since a comma may be part of a value.

    *text* as WSGI has it: bytes beyond ASCII as Latin-1 characters.
    """
    found: dict[str, list[str]] = {}
    if not text:
        return found
    if not text.isascii():
        text = "".join(c if c.isascii() else _percent(c) for c in text)
    for pair in text.split("&"):
        name, _, value = pair.partition("=")
        if "%" in name or "+" in name:
            name = unquote_plus(name)  # what is not UTF-8 in it names nothing that is declared
        if name in found:
            found[name].append(value)
        elif pair:
            found[name] = [value]
    return found


def reader(parameter: Parameter, schemas: Schemas, others: frozenset[str] = frozenset()) -> Read:
    """
    What reads *parameter* out of its part of a request: gives a plain JSON value, ABSENT or EMPTY; raises Refused.

    *others*: the names of the other parameters there, which an object of free names does not take for its own.
    """
    schema = parameter.schema if parameter.content is None else parameter.content.schema
    codec = None if schema is None else schemas.codec(schema, "request")
    if parameter.content is not None:
        kind = media.parse(parameter.content.name)
        if codec is not None and parameter.location == "querystring" and kind is not None and kind.is_form:
            return _read_querystring(codec, schemas)
        return _read_content(parameter, kind)
    if codec is None or codec.types == _ALL:
        return _read_scalar(parameter, None if codec is None else scalar(codec))
    shapes: list[Read] = []
    if codec.types & _TEXTUAL or not codec.types & {"array", "object"}:
        shapes.append(_read_scalar(parameter, scalar(codec), parameter.allow_empty and "string" not in codec.types))
    if "array" in codec.types:
        shapes.append(_read_array(parameter, codec, schemas))
    if "object" in codec.types:
        shapes.append(_read_object(parameter, codec, schemas, others))
    return shapes[0] if len(shapes) == 1 else _first_fitting(shapes, codec)


def scalar(codec: Codec) -> Callable[[str], Any] | None:
    """
    What makes a plain JSON value of a text, by the types that *codec* accepts; None where it is the text itself.

    Where several types are possible: the first of boolean, integer, number, string for which the value fits the schema;
    text first where the schema speaks of no types. `null` is made only where nothing else is possible.
    """
    types = codec.types
    if types == {"null"}:
        return lambda text: None if text == "null" else text
    makers = [make for name, make in _MAKERS if name in types]
    if "integer" in types and "number" in types:
        makers.remove(_integer)
    if not makers:
        return None
    if "string" not in types:
        return makers[0] if len(makers) == 1 else lambda text: _first_made(makers, text)
    text_first = types == _ALL

    def fitting(text: str) -> Any:
        made = _first_made(makers, text)
        if made is text:
            return text
        first, second = (text, made) if text_first else (made, text)
        return second if codec.violations(first, "") and not codec.violations(second, "") else first

    return fitting


def texts_reader(codec: Codec, schemas: Schemas) -> Callable[[list[str]], Any]:
    """What makes a value of the decoded texts that were sent under one name: an array of all, or one scalar."""
    if "array" in codec.types and not codec.types & _TEXTUAL:
        item = _item(codec, schemas)
        return lambda texts: _items(item, texts)
    make = scalar(codec)

    def value(texts: list[str]) -> Any:
        if len(texts) > 1:
            return texts if "array" in codec.types else _refuse_repeated(len(texts))
        return texts[0] if make is None else make(texts[0])

    return value


# Scalars


def _boolean(text: str) -> Any:
    return True if text == "true" else False if text == "false" else text


def _integer(text: str) -> Any:
    if text.isascii() and (text.isdigit() or (text[:1] == "-" and text[1:].isdigit())):
        try:
            return int(text)
        except ValueError:  # Python's own limit of digits
            return text
    whole = _WHOLE.fullmatch(text)
    if whole is not None:
        return _integer(whole[1])
    if _NUMBER.fullmatch(text):
        value = float(text)
        if value.is_integer() and abs(value) < _EXACT:
            return int(value)
    return text


def _number(text: str) -> Any:
    if not _NUMBER.fullmatch(text):
        return text
    if text.lstrip("-").isdigit():
        return _integer(text)
    value = float(text)
    return text if value in (float("inf"), float("-inf")) else value


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


# Where a text stands in the request


def _one(parameter: Parameter) -> Callable[[Any], str | None]:
    """What finds the one text of a parameter, as it was sent; raises Refused where there are several."""
    name = parameter.name
    if parameter.location == "header":
        return lambda header: header(name)
    if parameter.location in ("path", "cookie"):
        return lambda texts: texts.get(name)

    def only(found: dict[str, list[str]]) -> str | None:
        texts = found.get(name)
        if texts is None:
            return None
        return texts[0] if len(texts) == 1 else _refuse_repeated(len(texts))

    return only


def _decoder(parameter: Parameter) -> Callable[[str], str] | None:
    """What undoes the percent-encoding of its texts; None where there is none (any more)."""
    if parameter.location == "query":
        return _query_text
    return _cookie_text if parameter.location == "cookie" and parameter.style == "form" else None


def _query_text(text: str) -> str:
    return _unquoted(text, unquote_plus) if "%" in text else text.replace("+", " ") if "+" in text else text


def _cookie_text(text: str) -> str:
    return _unquoted(text, unquote) if "%" in text else text


def _unquoted(text: str, unquote: Callable[..., str]) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise Refused("encoding", "is not UTF-8") from None


def _refuse_repeated(times: int) -> Any:
    raise Refused("repeated", f"is given {times} times")


def _percent(character: str) -> str:
    encoding = "latin-1" if character <= "\xff" else "utf-8"
    return "".join(f"%{byte:02X}" for byte in character.encode(encoding, "surrogatepass"))


# A scalar, an array, an object


def _read_scalar(parameter: Parameter, make: Callable[[str], Any] | None, may_be_empty: bool = False) -> Read:
    if not may_be_empty and parameter.location == "query":
        return _read_query_scalar(parameter.name, make or _as_it_is)
    if not may_be_empty and parameter.location == "path" and parameter.style == "simple":
        return _read_path_scalar(parameter.name, make or _as_it_is)
    one, decode = _one(parameter), _decoder(parameter)
    bare = _BARE.get(parameter.style)
    prefix = f";{parameter.name}"

    def read(source: Any) -> Any:
        text = one(source)
        if text is None:
            return ABSENT
        if decode is not None:
            text = decode(text)
        elif bare is not None:
            text = bare(text, prefix)
        if may_be_empty and not text:
            return EMPTY
        return text if make is None else make(text)

    return read


def _read_query_scalar(name: str, make: Callable[[str], Any]) -> Read:
    """The most usual parameter there is, in one step."""

    def read(found: dict[str, list[str]]) -> Any:
        texts = found.get(name)
        if texts is None:
            return ABSENT
        if len(texts) > 1:
            return _refuse_repeated(len(texts))
        text = texts[0]
        return make(_query_text(text) if "%" in text or "+" in text else text)

    return read


def _read_path_scalar(name: str, make: Callable[[str], Any]) -> Read:
    """The second most usual."""

    def read(texts: Mapping[str, str]) -> Any:
        text = texts.get(name)
        return ABSENT if text is None else make(text)

    return read


def _as_it_is(text: str) -> Any:
    return text


def _read_array(parameter: Parameter, codec: Codec, schemas: Schemas) -> Read:
    item = _item(codec, schemas)
    name, decode = parameter.name, _decoder(parameter)
    if parameter.explode and parameter.location in ("query", "form"):

        def read_all(found: dict[str, list[str]]) -> Any:
            texts = found.get(name)
            if texts is None:
                return ABSENT
            return _items(item, texts if decode is None else [decode(text) for text in texts])

        return read_all

    one, split = _one(parameter), _splitter(parameter, codec, schemas)

    def read(source: Any) -> Any:
        text = one(source)
        return ABSENT if text is None else _items(item, split(text))

    return read


def _read_object(parameter: Parameter, codec: Codec, schemas: Schemas, others: frozenset[str]) -> Read:
    members = _members(codec, schemas)
    if parameter.style == "deepObject" or (parameter.explode and parameter.style in ("form", "cookie")):
        find = _bracketed if parameter.style == "deepObject" else _spread
        names, decode = frozenset(codec.properties), _decoder(parameter)

        def read_all(source: Mapping[str, Any]) -> Any:
            found = find(source, parameter.name, names, others)
            if not found:
                return ABSENT
            if decode is not None:
                found = {name: [decode(text) for text in texts] for name, texts in found.items()}
            return members(found)

        return read_all

    one, split = _one(parameter), _splitter(parameter, codec, schemas)
    pairs = _written_pairs if parameter.explode else _listed_pairs

    def read(source: Any) -> Any:
        text = one(source)
        return ABSENT if text is None else members(pairs(split(text)))

    return read


def _bare_label(text: str, prefix: str) -> str:
    return text.removeprefix(".")


def _bare_matrix(text: str, prefix: str) -> str:
    return text.removeprefix(prefix).removeprefix("=")


#: dict: style -> what takes the value of a parameter of the path out of what surrounds it
_BARE: Mapping[str, Callable[[str, str], str]] = {"label": _bare_label, "matrix": _bare_matrix}


def _splitter(parameter: Parameter, codec: Codec, schemas: Schemas) -> Callable[[str], list[str]]:
    """What takes the text of an array or object that stands in one text apart; an empty text has no parts."""
    style, prefix, decode = parameter.style, f";{parameter.name}", _decoder(parameter)
    if style == "label":
        separator = "." if parameter.explode else ","
        return lambda text: _parts(_bare_label(text, ""), separator)
    if style == "matrix" and parameter.explode:
        return lambda text: [part.removeprefix(f"{prefix[1:]}=") for part in _parts(text.removeprefix(";"), ";")]
    if style == "matrix":
        return lambda text: _parts(_bare_matrix(text, prefix), ",")
    if parameter.location == "header":
        return lambda text: [part.strip(" \t") for part in _parts(text, ",")]
    separator = _SEPARATORS.get(style, ",")
    if decode is None:
        return lambda text: _parts(text, separator)
    if separator == "," and not _is_swagger(parameter) and _takes_text(codec, schemas):
        # A comma that was percent-encoded is part of a value
        return lambda text: [decode(part) for part in _parts(text, ",")]
    return lambda text: _parts(decode(text), separator)


def _parts(text: str, separator: str) -> list[str]:
    return text.split(separator) if text else []


def _is_swagger(parameter: Parameter) -> bool:
    """Swagger 2.0 has its parameters' types beside their names; its clients percent-encode the separators too."""
    value = parameter.node.value
    return isinstance(value, dict) and "type" in value and "schema" not in value


def _takes_text(codec: Codec, schemas: Schemas) -> bool:
    """Whether an item or a member may be any text, so that a comma may be part of it."""
    items = _items_schema(codec, schemas)
    inner = [items] if items is not None else list(codec.properties.values())
    return not inner or any("string" in schemas.codec(node, "request").types for node in inner)


def _items_schema(codec: Codec, schemas: Schemas) -> Node | None:
    """The schema of an array's items, also where one of several alternatives is the array."""
    if codec.items is not None:
        return codec.items
    branches = (schemas.codec(branch, "request").items for branch in schemas.shapes.branches(codec.schema))
    return next((items for items in branches if items is not None), None)


def _item(codec: Codec, schemas: Schemas) -> Callable[[str], Any] | None:
    items = _items_schema(codec, schemas)
    if items is None:
        return None
    item = schemas.codec(items, "request")
    if item.types != {"array"}:
        return scalar(item)
    # Swagger 2.0: arrays in arrays, each with a collectionFormat of its own
    inner = _item(item, schemas)
    written = items.get("collectionFormat")
    separator = _COLLECTION_SEPARATORS.get(str(written.value) if written is not None else "csv", ",")
    return lambda text: _items(inner, _parts(text, separator))


def _items(item: Callable[[str], Any] | None, texts: list[str]) -> list[Any]:
    return texts if item is None else [item(text) for text in texts]


_Found = dict[str, list[str]]


def _members(codec: Codec, schemas: Schemas) -> Callable[[_Found], dict[str, Any]]:
    """What makes an object of texts by name. A member that no schema speaks of stays text."""
    readers = {name: texts_reader(schemas.codec(node, "request"), schemas) for name, node in codec.properties.items()}
    extra = schemas.shapes.first(codec.schema, "additionalProperties")
    other: Callable[[list[str]], Any] = _as_sent
    if extra is not None and isinstance(extra.value, dict) and extra.value:
        other = texts_reader(schemas.codec(extra, "request"), schemas)

    def members(found: _Found) -> dict[str, Any]:
        return {name: readers.get(name, other)(texts) for name, texts in found.items()}

    return members


def _as_sent(texts: list[str]) -> Any:
    return texts[0] if len(texts) == 1 else texts


def _listed_pairs(parts: list[str]) -> _Found:
    """`R,100,G,200`"""
    if len(parts) % 2:
        raise Refused("style", "is not a list of names and values")
    found: _Found = {}
    for name, text in zip(parts[::2], parts[1::2], strict=True):
        found.setdefault(name, []).append(text)
    return found


def _written_pairs(parts: list[str]) -> _Found:
    """`R=100,G=200`"""
    found: _Found = {}
    for part in parts:
        name, equals, text = part.partition("=")
        if not equals:
            raise Refused("style", "is not a list of pairs name=value")
        found.setdefault(name, []).append(text)
    return found


def _bracketed(source: Mapping[str, Any], name: str, names: frozenset[str], others: frozenset[str]) -> _Found:
    """`color[R]=100&color[G]=200`"""
    start = len(name) + 1
    opening = f"{name}["
    return {key[start:-1]: texts for key, texts in source.items() if key.startswith(opening) and key.endswith("]")}


def _spread(source: Mapping[str, Any], name: str, names: frozenset[str], others: frozenset[str]) -> _Found:
    """`R=100&G=200`: the members that are declared; where none is, every name that is no other parameter's."""
    return {
        key: texts if isinstance(texts, list) else [texts]
        for key, texts in source.items()
        if (key in names if names else key not in others)
    }


def _first_fitting(shapes: list[Read], codec: Codec) -> Read:
    """Of several readings the first that fits the schema, else the first that there is."""

    def read(source: Any) -> Any:
        found, refused = ABSENT, None
        for shape in shapes:
            try:
                value = shape(source)
            except Refused as error:
                refused = refused or error
                continue
            if value is ABSENT or value is EMPTY:
                continue
            if not codec.violations(value, ""):
                return value
            if found is ABSENT:
                found = value
        if found is ABSENT and refused is not None:
            raise refused
        return found

    return read


# Parameters with `content`


def _read_content(parameter: Parameter, kind: media.ContentType | None) -> Read:
    """A parameter whose text is of a media type: JSON is decoded, all else stays text."""
    make = _json_text if kind is not None and kind.is_json else None
    if parameter.location != "querystring":
        return _read_scalar(parameter, make)
    return lambda text: ABSENT if not text else make(_query_text(text)) if make is not None else _query_text(text)


def _json_text(text: str) -> Any:
    try:
        return json_decode(text.encode())
    except Violations as error:
        raise Refused(error.violations[0].code, error.violations[0].detail) from None


def _read_querystring(codec: Codec, schemas: Schemas) -> Read:
    """OpenAPI 3.2: the whole query as one value, an object of a form's fields."""
    members = _members(codec, schemas)

    def read(text: str) -> Any:
        if not text:
            return ABSENT
        return members({name: [_query_text(one) for one in texts] for name, texts in parse_query(text).items()})

    return read
