"""
One parameter -> what reads it out of its part of a request: a plain JSON value, by style, explode and its schema.

A parameter is compiled once into a function that looks into its part of the request; the function decides nothing that
could be decided at start. It does not validate, see texts.py.
Neighbours: texts.py makes values of texts, writing.py is the way back, steps.py calls what is made here.
Source: OpenAPI 3.0.4, 3.1.1, 3.2.0, "Style Values", "URL Percent-Encoding" and appendices C to E; Swagger 2.0,
"collectionFormat"; RFC 6570.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pymacaron.exchange import media
from pymacaron.exchange.parameters.composites import BARE, is_free, is_spread, read_array, read_object
from pymacaron.exchange.parameters.sent import (
    as_it_is,
    ascii_only,
    decoder,
    one_text,
    parse_cookies,
    parse_query,
    path_text,
    query_text,
)
from pymacaron.exchange.parameters.speaking import members_of
from pymacaron.exchange.parameters.texts import (
    ABSENT,
    ALL,
    EMPTY,
    TEXTUAL,
    Members,
    Read,
    Refused,
    json_text,
    refuse_repeated,
    scalar,
)
from pymacaron.schema.codec import Codec, Schemas
from pymacaron.spec.model import Parameter

__all__ = [
    "ABSENT",
    "EMPTY",
    "Read",
    "Refused",
    "is_encoded",
    "known_names",
    "maker",
    "parse_cookies",
    "parse_query",
    "reader",
]


def reader(parameter: Parameter, schemas: Schemas, others: frozenset[str] = frozenset()) -> Read:
    """
    What reads *parameter* out of its part of a request: gives a plain JSON value, ABSENT or EMPTY; raises Refused.

    *others*: the names of the other parameters there, which an object of free names does not take for its own.
    """
    codec = _codec(parameter, schemas)
    read = _reader(parameter, codec, schemas, others)
    # Source: OpenAPI 3.1.1, "Parameter Object", and Swagger 2.0: for no other locations
    if parameter.allow_empty and parameter.location in ("query", "form") and codec is not None:
        return _or_empty(read, parameter.name, codec)
    return read


def _reader(parameter: Parameter, codec: Codec | None, schemas: Schemas, others: frozenset[str]) -> Read:
    if parameter.content is not None:
        return _read_content(parameter, codec, schemas)
    if codec is None or codec.types == ALL:
        return _read_scalar(parameter, None if codec is None else scalar(codec))
    shapes: list[Read] = []
    if codec.types & TEXTUAL or not codec.types & {"array", "object"}:
        shapes.append(_read_scalar(parameter, scalar(codec), is_encoded(parameter, schemas)))
    if "array" in codec.types:
        shapes.append(read_array(parameter, codec, schemas))
    if "object" in codec.types:
        shapes.append(read_object(parameter, codec, schemas, others))
    return shapes[0] if len(shapes) == 1 else _first_fitting(shapes, codec)


def maker(parameter: Parameter, schemas: Schemas) -> Callable[[str], Any] | None:
    """
    What makes the value of *parameter* of its one text; None where there is more to it: several texts, a style, another
    part of the request than path and query.
    """
    codec = _codec(parameter, schemas)
    if parameter.content is not None or parameter.allow_empty or codec is None or codec.types == ALL:
        return None
    if parameter.location == "path":
        is_bare = BARE.get(parameter.style) is None and not is_encoded(parameter, schemas)
    else:
        is_bare = parameter.location == "query"
    return (scalar(codec) or as_it_is) if is_bare and not codec.types & {"array", "object"} else None


def _or_empty(read: Read, name: str, codec: Codec) -> Read:
    """*read*, but EMPTY where the text is empty and what it stands for does not fit: allowEmptyValue."""

    def read_or_empty(found: dict[str, list[str]]) -> Any:
        if found.get(name) != [""]:
            return read(found)
        try:
            value = read(found)
        except Refused:
            return EMPTY
        return EMPTY if value is not ABSENT and codec.violations(value, "") else value

    return read_or_empty


def is_encoded(parameter: Parameter, schemas: Schemas) -> bool:
    """
    Whether *parameter*, of the path, is read of its percent-encoded text: arrays and objects, in which an encoded
    separator is none.
    """
    codec = _codec(parameter, schemas)
    if parameter.location != "path" or parameter.content is not None or codec is None or codec.types == ALL:
        return False
    return bool(codec.types & {"array", "object"})


def known_names(parameter: Parameter, schemas: Schemas) -> tuple[frozenset[str], str] | None:
    """
    The names in a query that belong to *parameter*, and the beginning of others that do ('' where none does); None
    where every name does.
    """
    codec = _codec(parameter, schemas)
    if parameter.location == "querystring":
        return None
    name = parameter.name
    if parameter.content is not None or codec is None or codec.types == ALL:
        return frozenset((name,)), ""
    if "object" not in codec.types:
        return frozenset((name,)), f"{name}[" if _is_indexed(parameter, codec, schemas) else ""
    names = frozenset((name,)) if codec.types & (TEXTUAL | {"array"}) else frozenset[str]()
    if parameter.style == "deepObject":
        return names | {name}, f"{name}["  # the bare name is refused where it is read
    if not is_spread(parameter):
        return names | {name}, ""
    return None if is_free(codec, schemas) else (names | members_of(codec, schemas), "")


def _is_indexed(parameter: Parameter, codec: Codec, schemas: Schemas) -> bool:
    """Whether the items of an array may have their index in brackets, as some describe their APIs by deepObject."""
    if parameter.style != "deepObject" or "array" not in codec.types:
        return False
    return codec.items is None or not schemas.codec(codec.items, "request").types & {"object", "array"}


def _codec(parameter: Parameter, schemas: Schemas) -> Codec | None:
    schema = parameter.schema if parameter.content is None else parameter.content.schema
    return None if schema is None else schemas.codec(schema, "request")


# A scalar


def _read_scalar(parameter: Parameter, make: Callable[[str], Any] | None, encoded: bool = False) -> Read:
    if parameter.location == "query":
        return _read_query_scalar(parameter.name, make or as_it_is)
    if parameter.location == "path":
        return _read_path_scalar(parameter, make or as_it_is, encoded)
    one, decode = one_text(parameter), decoder(parameter)

    def read(source: Any) -> Any:
        text = one(source)
        if text is None:
            return ABSENT
        if decode is not None:
            text = decode(text)
        return text if make is None else make(text)

    return read


def _read_query_scalar(name: str, make: Callable[[str], Any]) -> Read:
    """The most usual parameter there is, in one step."""

    def read(found: dict[str, list[str]]) -> Any:
        texts = found.get(name)
        if texts is None:
            return ABSENT
        if len(texts) > 1:
            return refuse_repeated(len(texts))
        text = texts[0]
        return make(query_text(text) if "%" in text or "+" in text else text)

    return read


def _read_path_scalar(parameter: Parameter, make: Callable[[str], Any], encoded: bool) -> Read:
    """The second most usual."""
    name, bare = parameter.name, BARE.get(parameter.style) if parameter.content is None else None

    def read(texts: Mapping[str, str]) -> Any:
        text = texts.get(name)
        return ABSENT if text is None else make(text)

    def read_styled(texts: Mapping[str, str]) -> Any:
        text = texts.get(name)
        if text is None:
            return ABSENT
        text = text if bare is None else bare(text, name)
        return make(path_text(text) if encoded else text)

    return read if bare is None and not encoded else read_styled


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
            if value is ABSENT:
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


def _read_content(parameter: Parameter, codec: Codec | None, schemas: Schemas) -> Read:
    """A parameter whose text is of a media type: JSON, a form, or text."""
    content = parameter.content
    kind = media.parse(content.name) if content is not None else None
    if kind is not None and kind.is_json:
        make: Callable[[str], Any] | None = json_text
    elif codec is not None and kind is not None and kind.is_form:
        fields = _read_fields(content.encoding if content is not None else {}, codec, schemas)
        if parameter.location == "querystring":
            return lambda text: ABSENT if not text else fields(text)
        make = fields
    else:
        make = scalar(codec) if codec is not None and codec.types & TEXTUAL and codec.types != ALL else None
    if parameter.location != "querystring":
        return _read_scalar(parameter, make)

    def read(text: str) -> Any:
        if not text:
            return ABSENT
        # Of no form: `+` is itself. Source: OpenAPI 3.2.0, appendix E.5
        text = path_text(ascii_only(text))
        return text if make is None else make(text)

    return read


def _read_fields(
    encoding: Mapping[str, Mapping[str, Any]], codec: Codec, schemas: Schemas
) -> Callable[[str], dict[str, Any]]:
    """
    What makes an object of an urlencoded form: a field by the style that *encoding* gives it, else an object as JSON.

    Source: OpenAPI 3.2.0, "Encoding the x-www-form-urlencoded Media Type".
    """
    members = Members(codec, schemas)
    styled: dict[str, Read] = {}
    of_styles: list[tuple[frozenset[str], str]] = []
    for name, node in codec.properties.items():
        how = encoding.get(name) or {}
        if how.keys() & {"style", "explode", "allowReserved"}:
            style = str(how.get("style", "form"))
            explode = bool(how.get("explode", style == "form"))
            field = Parameter(name, "query", False, node, style, explode, False, False, None, node)
            styled[name] = reader(field, schemas, frozenset(codec.properties) - {name})
            of_styles.append(known_names(field, schemas) or (frozenset(), ""))

    def read(text: str) -> dict[str, Any]:
        source = parse_query(text)
        found = {
            name: [query_text(one) for one in texts]
            for name, texts in source.items()
            if not any(name in names or (start and name.startswith(start)) for names, start in of_styles)
        }
        made = members(found)
        for name, one in styled.items():
            value = one(source)
            if value is not ABSENT:
                made[name] = value
        return made

    return read
