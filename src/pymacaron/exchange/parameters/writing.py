"""
A value -> the text of its parameter on the wire, by style, explode and location: the way back of reading.py.

What a style cannot carry, so that whoever reads it would get something else, is refused, never changed. Values that
RFC 6570 calls undefined are left out: null in arrays and objects, arrays and objects without members.
Neighbours: reading.py and composites.py read what is written here.
Source: RFC 6570; OpenAPI 3.0.4, 3.1.2, 3.2.0, "Style Values", "Style Examples", "URL Percent-Encoding" and appendices C
to E; Swagger 2.0, "collectionFormat".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from pymacaron.exchange import media
from pymacaron.exchange.parameters.templates import OPERATORS, defined, encoded, expansion, flat, text_of
from pymacaron.exchange.parameters.texts import SEPARATORS
from pymacaron.schema.codec import Codec, Schemas, json_encode
from pymacaron.schema.dialect import Direction
from pymacaron.source import Node
from pymacaron.spec.model import MediaType, Parameter

__all__ = ["Unwritable", "Write", "form_writer", "plain_writer", "writer"]

#: Gives the text of a parameter: of the path what stands in the place of `{name}`; of a query its pairs, joined by `&`
#: and without `?`; of cookies its pairs, joined by `; `; of a header its value; '' where nothing is sent
Write = Callable[[Any], str]


_SURROGATE = "half of a surrogate pair has no UTF-8"


class Unwritable(ValueError):
    """A value that its parameter cannot carry; the text says why."""


def writer(parameter: Parameter, schemas: Schemas, direction: Direction = "request") -> Write:
    """
    What writes values of *parameter*, or of a header of a response: plain JSON values, or what its schema makes of
    them (datetimes, models, ...).

    None is written as the tables of OpenAPI have it, `color=` or `;color`: whoever means nothing writes nothing.
    The function raises Unwritable.
    """
    node = parameter.schema if parameter.content is None else parameter.content.schema
    codec = None if node is None else schemas.codec(node, direction)
    write = plain_writer(parameter, schemas, direction)
    if codec is None:
        return write
    make = codec.plain

    def written(value: Any) -> str:
        try:
            plain = make(value)
        except UnicodeEncodeError:
            raise Unwritable(_SURROGATE) from None
        except (TypeError, ValueError) as error:
            raise Unwritable(str(error)) from error
        return write(plain)

    return written


def plain_writer(parameter: Parameter, schemas: Schemas, direction: Direction = "request") -> Write:
    """As `writer`, of plain JSON values alone."""
    node = parameter.schema if parameter.content is None else parameter.content.schema
    codec = None if node is None else schemas.codec(node, direction)
    if parameter.content is not None:
        write = _of_content(parameter, parameter.content, codec, schemas)
    elif schemas.api.dialect == "2.0":
        write = _of_swagger(parameter, node)
    else:
        write = _STYLES.get((parameter.location, parameter.style), _refuse_style)(parameter)

    def written(value: Any) -> str:
        try:
            return write(value)
        except UnicodeEncodeError:
            raise Unwritable(_SURROGATE) from None
        except (TypeError, ValueError) as error:
            raise error if isinstance(error, Unwritable) else Unwritable(str(error)) from error

    return written


def _path(parameter: Parameter) -> Write:
    """Source of what a segment may hold: RFC 3986, section 3.3."""
    how = OPERATORS[{"simple": "", "label": ".", "matrix": ";"}[parameter.style]]
    encode = _keeping(parameter, ":@!$&'()*+,;=")
    name, explode = encoded(parameter.name), parameter.explode
    dotted = explode and parameter.style == "label"

    def write(value: Any) -> str:
        found = defined(value)
        if found is None:
            begun = how.first + name if how.named else how.first
            return begun if value is None else ""
        if explode and how.named and isinstance(found, dict) and found.get("") == "":
            raise Unwritable("style matrix has no form for a member without name and value")
        if dotted and isinstance(found, (list, dict)):
            _without(flat(found), ".", "label")  # nobody encodes a dot
        return how.first + (expansion(how, name, found, explode, encode(found)) or "")

    return write


def _form(parameter: Parameter) -> Write:
    """Of a query; and of a cookie, in which OpenAPI's tables join by `&`, too."""
    encode = _keeping(parameter, _IN_QUERY if parameter.location != "cookie" else _IN_COOKIE)
    name, explode = encoded(parameter.name), parameter.explode

    def write(value: Any) -> str:
        if value is None:
            return f"{name}="
        return expansion(OPERATORS["?"], name, defined(value), explode, encode(value)) or ""

    return write


#: Reserved characters that mean nothing in the value of a pair in a query. Source: RFC 3986, section 3.4; the WHATWG's
#: URL standard, for `+`
_IN_QUERY = ":/?@!$'()*,;="
#: The same in a cookie, which `;` ends, and many readers take `,` for that, too. Source: RFC 6265, section 4.1.1
_IN_COOKIE = ":/?@!$'()*="


def _keeping(parameter: Parameter, kept: str) -> Callable[[Any], Callable[[str], str]]:
    """
    What encodes the parts of a value: all but unreserved characters; with allowReserved those of *kept*, too, which
    mean nothing in the place where they are, nor between the parts of an array or object. `%` never: what RFC 6570
    keeps, since it looks percent-encoded, would be read as another text.
    """
    if not parameter.allow_reserved:
        return lambda value: encoded
    inner = "".join(one for one in kept if one not in ",;=&")
    return lambda value: lambda text: quote(text, safe=inner if isinstance(value, (list, dict)) else kept)


def _delimited(parameter: Parameter) -> Write:
    """Items with a separator between them that is percent-encoded, as a URL wants it."""
    if parameter.explode:
        return _refuse_style(parameter)
    separator = _SEPARATORS[parameter.style]
    encode = _keeping(parameter, _IN_QUERY)

    def write(value: Any) -> str:
        if not isinstance(value, (list, dict)):
            raise Unwritable(f"style {parameter.style} is for arrays and objects")
        found = defined(value)
        if found is None:
            return ""
        texts = _without(flat(found), separator, parameter.style)
        return f"{encoded(parameter.name)}={encoded(separator).join(map(encode(found), texts))}"

    return write


def _deep(parameter: Parameter) -> Write:
    """
    OpenAPI defines it of objects. A text is its pair, an array has the index of each item in brackets: so do those who
    describe their APIs by that style.
    """
    encode = _keeping(parameter, _IN_QUERY)

    def write(value: Any) -> str:
        if isinstance(value, list):
            pairs = [pair for index, one in enumerate(value) for pair in _brackets(f"{parameter.name}[{index}]", one)]
        elif value is None:
            raise Unwritable("style deepObject is for objects")
        else:
            pairs = _brackets(parameter.name, value)
        return "&".join(f"{encoded(name)}={encode(one)(text_of(one))}" for name, one in pairs)

    return write


def _brackets(name: str, value: Any) -> list[tuple[str, Any]]:
    """`color[R]`, 100; an array repeats its name, an object in an object has brackets of its own."""
    if isinstance(value, dict):
        for member in value:
            if "[" in member or "]" in member:
                raise Unwritable(f"{member!r} has brackets, by which style deepObject tells names")
        return [pair for member, one in value.items() for pair in _brackets(f"{name}[{member}]", one)]
    if isinstance(value, list):
        return [(name, one) for one in value if one is not None]
    return [] if value is None else [(name, value)]


def _header(parameter: Parameter) -> Write:
    """As it is, without any encoding or quoting. Source: OpenAPI 3.2.0, "Fixed Fields for use with schema"."""

    def write(value: Any) -> str:
        value = defined(value)
        if value is None:
            return ""
        if not isinstance(value, (list, dict)):
            return _field(text_of(value))
        if isinstance(value, list) and len(value) > 1 and "" in flat(value):
            raise Unwritable("nobody reads an empty item of a header")
        return _list_field(_written(value) if parameter.explode and isinstance(value, dict) else flat(value), ",")

    return write


def _list_field(texts: list[str], separator: str) -> str:
    if texts == [""]:
        raise Unwritable("an empty header is an empty list")
    for text in texts:
        _field(text)
    return _field(separator.join(_without(texts, separator, "simple")))


def _field(text: str) -> str:
    """Source: RFC 9110, section 5.5."""
    text.encode()
    if any((one < " " and one != "\t") or one == "\x7f" for one in text):
        raise Unwritable("a header has no control characters")
    if text != text.strip(" \t"):
        raise Unwritable("nobody reads the white space around a part of a header")
    return text


def _cookie(parameter: Parameter) -> Write:
    """As it is. Source: OpenAPI 3.2.0, "Style Values" and appendix D; RFC 6265, section 4.1.1."""

    def write(value: Any) -> str:
        found = defined(value)
        if found is None:
            return f"{_octets(parameter.name, _NAME)}=" if value is None else ""
        pairs = (
            [(parameter.name, text_of(found))] if not isinstance(found, (list, dict)) else _cookies(parameter, found)
        )
        return "; ".join(f"{_octets(name, _NAME)}={_octets(text, _OCTETS)}" for name, text in pairs)

    return write


def _cookies(parameter: Parameter, value: list[Any] | dict[str, Any]) -> list[tuple[str, str]]:
    if not parameter.explode:
        return [(parameter.name, ",".join(_without(flat(value), ",", "cookie")))]
    if isinstance(value, list):
        return [(parameter.name, text_of(one)) for one in value]
    return [(name, text_of(one)) for name, one in value.items()]


#: What neither ends a cookie nor is lost around it: more than RFC 6265 has, since commas separate and JSON has quotes
_OCTETS = re.compile(r"(?:[^\0- ;\x7f](?:[^\0-\x1f;\x7f]*[^\0- ;\x7f])?)?")
_NAME = re.compile(r"[^\0- ;=\x7f]+")


def _octets(text: str, allowed: re.Pattern[str]) -> str:
    text.encode()
    if not allowed.fullmatch(text):
        raise Unwritable("a cookie of style cookie cannot hold this; style form encodes it")
    return text


def _refuse_style(parameter: Parameter) -> Write:
    explode = " with explode" if parameter.explode else ""

    def write(value: Any) -> str:
        raise Unwritable(f"OpenAPI has no style {parameter.style!r}{explode} in {parameter.location}")

    return write


#: dict: location and style -> what makes the writer of a parameter
_STYLES: dict[tuple[str, str], Callable[[Parameter], Write]] = {
    ("path", "simple"): _path,
    ("path", "label"): _path,
    ("path", "matrix"): _path,
    ("query", "form"): _form,
    ("query", "spaceDelimited"): _delimited,
    ("query", "pipeDelimited"): _delimited,
    ("query", "deepObject"): _deep,
    ("header", "simple"): _header,
    ("cookie", "form"): _form,
    ("cookie", "cookie"): _cookie,
}
#: dict: style -> what stands between the parts
_SEPARATORS = {"spaceDelimited": " ", "pipeDelimited": "|", "tabDelimited": "\t"}


def _written(value: dict[str, Any]) -> list[str]:
    """`R=100` of each member."""
    _without(list(value), "=", "simple")
    return [f"{name}={text_of(one)}" for name, one in value.items()]


def _without(texts: list[str], separator: str, style: str) -> list[str]:
    """*texts*, none of which has the *separator* in it."""
    for text in texts:
        if separator in text:
            raise Unwritable(f"{text[:80]!r} has {separator!r} in it, which style {style} has between its parts")
    return texts


# ---- parameters with `content`


def _of_content(parameter: Parameter, content: MediaType, codec: Codec | None, schemas: Schemas) -> Write:
    kind = media.parse(content.name)
    make: Callable[[Any], str] = text_of
    if kind is not None and kind.is_json:
        make = _json
    elif kind is not None and kind.is_form:
        make = form_writer(content, codec, schemas)
    location, name = parameter.location, encoded(parameter.name)
    if location == "header":
        return lambda value: _field(_escaped(make(value)) if make is _json else make(value))
    if location == "path" or (location == "querystring" and not (kind is not None and kind.is_form)):
        return lambda value: encoded(make(value))
    if location == "querystring":
        return make
    return lambda value: f"{name}={encoded(make(value))}"


def _json(value: Any) -> str:
    return json_encode(value).decode()


def _escaped(text: str) -> str:
    """JSON without a character beyond ASCII, since those of a header are Latin-1. RFC 8259, section 7."""
    return re.sub(r"[^\x00-\x7f]+", lambda found: json.dumps(found[0])[1:-1], text)


def form_writer(content: MediaType, codec: Codec | None, schemas: Schemas) -> Callable[[Any], str]:
    """
    What writes plain JSON objects as an urlencoded form; it raises Unwritable.
    Source: OpenAPI 3.2.0, "Encoding the x-www-form-urlencoded Media Type".
    """
    styled = {}
    for name, node in (codec.properties if codec is not None else {}).items():
        how = content.encoding.get(name) or {}
        if how.keys() & {"style", "explode", "allowReserved"}:
            style = str(how.get("style", "form"))
            explode, allow = bool(how.get("explode", style == "form")), bool(how.get("allowReserved"))
            styled[name] = writer(
                Parameter(name, "query", False, node, style, explode, False, allow, None, node), schemas
            )

    def field(name: str, value: Any) -> str:
        write = styled.get(name)
        if write is not None:
            return write(value)
        values = value if isinstance(value, list) else [value]
        return "&".join(f"{encoded(name)}={encoded(text_of(one))}" for one in values if one is not None)

    def fields(value: Any) -> str:
        if not isinstance(value, dict):
            raise Unwritable("a form is an object")
        return "&".join(filter(None, (field(name, one) for name, one in value.items() if one is not None)))

    return fields


# ---- Swagger 2.0


def _of_swagger(parameter: Parameter, node: Node | None) -> Write:
    """Arrays by collectionFormat, those in arrays too; read by those who decode the whole before they split it."""
    name, separator = encoded(parameter.name), _SEPARATORS.get(parameter.style, ",")

    def write(value: Any) -> str:
        value = defined(value)
        if value is None:
            return f"{name}=" if parameter.location in ("query", "form") else ""
        if isinstance(value, list) and parameter.explode and parameter.location in ("query", "form"):
            inner = node.get("items") if node is not None else None
            return "&".join(f"{name}={quote(_joined(one, inner), safe=',')}" for one in value)
        text = _joined(value, node, separator)
        if parameter.location == "header":
            return _field(text)
        text = quote(text, safe=",")
        return text if parameter.location == "path" else f"{name}={text}"

    return write


def _joined(value: Any, node: Node | None, separator: str = "") -> str:
    """The text of *value*, whose schema is *node*; its *separator* is that of its collectionFormat where it is ''."""
    if not isinstance(value, list):
        return text_of(value)
    written = node.get("collectionFormat") if node is not None else None
    separator = separator or SEPARATORS.get(str(written.value) if written is not None else "csv", ",")
    inner = node.get("items") if node is not None else None
    return separator.join(_without([_joined(one, inner) for one in value], separator, "collectionFormat"))
