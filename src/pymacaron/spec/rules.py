"""
What the table of objects cannot say: a rule for one object, called with the walk, the object and its place.

grammar.py walks and calls them by the name of the object. A rule reports through the walk and returns nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any, Protocol

from pymacaron.finding import nearest
from pymacaron.spec import paging, persisting
from pymacaron.spec.drafts import DRAFTS, draft_of
from pymacaron.spec.extensions import CHOICES, Fault
from pymacaron.spec.model import Dialect
from pymacaron.spec.objects import CLOSED, EXTENSIONS, STYLES
from pymacaron.spec.quotas import quotas

__all__ = ["RULES", "Place", "Walk", "extension", "short", "typo"]

#: A place in a document, cheap to make: (place of the parent, key or index); the first is (None, (document, pointer))
Place = tuple[Any, Any]


#: Methods of requests that change nothing. Source: RFC 9110, section 9.2.1; RFC 10008 (QUERY)
_SAFE = ("GET", "HEAD", "OPTIONS", "TRACE", "QUERY")


class Walk(Protocol):
    """What a rule needs: the version of the description, the names of its security schemes, and `report`."""

    dialect: Dialect
    schemes: Sequence[str]

    def report(self, code: str, place: Place, fact: str, mend: str = "", *, key: bool = False) -> None: ...


def _description(walk: Walk, value: dict[str, Any], place: Place) -> None:
    _dialect(walk, value, place, "jsonSchemaDialect")
    if walk.dialect in ("3.1", "3.2") and not value.keys() & {"paths", "components", "webhooks"}:
        mend = "Add the operations of this api under 'paths'"
        walk.report("missing-field", place, "the description needs 'paths', 'components' or 'webhooks'", mend, key=True)
    if walk.dialect == "2.0":
        _address(walk, value, place)


def _address(walk: Walk, value: dict[str, Any], place: Place) -> None:
    """Where the api is, in Swagger 2.0's words. Source: Swagger 2.0, "Swagger Object"."""
    path, host, schemes = (value.get(key) for key in ("basePath", "host", "schemes"))
    if isinstance(path, str) and path and not path.startswith("/"):
        fact = f"basePath {short(path)} does not begin with a slash"
        walk.report("server-address", (place, "basePath"), fact, f"Write it as {short('/' + path)}")
    if isinstance(host, str) and "/" in host:
        fact = f"host {short(host)} is more than a host and its port"
        walk.report("server-address", (place, "host"), fact, "Write the rest as 'schemes' and 'basePath'")
    for index, scheme in enumerate(schemes if isinstance(schemes, list) else ()):
        if isinstance(scheme, str) and scheme not in _URL_SCHEMES:
            fact = f"{short(scheme)} is no scheme of an api"
            walk.report("server-address", ((place, "schemes"), index), fact, _instead(scheme, _URL_SCHEMES))


def _paths(walk: Walk, value: dict[str, Any], place: Place) -> None:
    for key in value:
        if not key.startswith(("/", "x-")):
            fact = f"path {key!r} does not begin with a slash"
            walk.report("path-slash", (place, key), fact, f"Write it as {'/' + key!r}", key=True)
        elif key.count("{") > 1:
            names = _EXPRESSION.findall(key)
            for name in dict.fromkeys(names):
                if names.count(name) > 1:
                    fact = f"{{{name}}} stands {names.count(name)} times in {key!r}, and has one value"
                    walk.report(
                        "path-parameter-twice", (place, key), fact, "Give each place a name of its own", key=True
                    )


def _server(walk: Walk, value: dict[str, Any], place: Place) -> None:
    url, variables = value.get("url"), value.get("variables")
    if not isinstance(url, str) or "{" not in url:
        return
    known = list(variables) if isinstance(variables, dict) else []
    for name in dict.fromkeys(_EXPRESSION.findall(url)):
        if name not in known:
            meant = nearest(name, known)
            mend = f"Did you mean {meant!r}?" if meant else "Describe it under 'variables', with a default"
            walk.report("unknown-variable", (place, "url"), f"there is no server variable {name!r}", mend)


def _operation(walk: Walk, value: dict[str, Any], place: Place) -> None:
    said = value.get("x-response-validation", "off")
    if not isinstance(said, bool) and said not in CHOICES["x-response-validation"]:
        fact = f"x-response-validation is {short(said)}"
        mend = "Write strict, report or off"
        walk.report("wrong-value", (place, "x-response-validation"), fact, mend)
    share = value.get("x-response-sample", 1)
    if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 <= share <= 1:
        fact = f"x-response-sample is {short(share)}"
        mend = "Write a share from 0 to 1, such as 0.01"
        walk.report("wrong-value", (place, "x-response-sample"), fact, mend)
    if "x-rate-limit" in value:
        try:
            quotas(value["x-rate-limit"])
        except ValueError as error:
            mend = "Write how many calls in which time, such as 10/minute, 100/hour or 5/2 seconds"
            walk.report("wrong-value", (place, "x-rate-limit"), f"x-rate-limit is {error}", mend)
    if value.get("x-idempotency", "optional") not in CHOICES["x-idempotency"]:
        fact = f"x-idempotency is {short(value['x-idempotency'])}"
        walk.report("wrong-value", (place, "x-idempotency"), fact, "Write required or optional")
    elif "x-idempotency" in value and (method := str(place[-1]).upper()) in _SAFE:
        mend = "Take it away: what changes nothing may be sent twice as it is"
        walk.report("wrong-value", (place, "x-idempotency"), f"x-idempotency on a {method}", mend, key=True)
    if value.get("x-test", "safe") not in CHOICES["x-test"]:
        fact = f"x-test is {short(value['x-test'])}"
        walk.report("wrong-value", (place, "x-test"), fact, "Write safe, where a call changes nothing, or skip")
    if "x-pagination" in value:
        _report_faults(walk, value["x-pagination"], (place, "x-pagination"), paging.faults)


def _responses(walk: Walk, value: dict[str, Any], place: Place) -> None:
    if not any(key[:2] != "x-" for key in value):
        walk.report("incomplete", place, "'responses' has no response", "Add at least the one for success", key=True)
    for key in value:
        if key == "default" or key.startswith("x-") or _is_status(key, walk.dialect):
            continue
        meant = (
            "default" if nearest(key, ("default",)) else key.upper() if _is_status(key.upper(), walk.dialect) else None
        )
        mend = f"Did you mean {meant!r}?" if meant else "Write a status such as '200', or 'default'"
        walk.report("unknown-status", (place, key), f"{key!r} is no status of a response", mend, key=True)


def _is_status(key: str, dialect: Dialect) -> bool:
    if len(key) != 3 or key[0] not in "12345":
        return False
    return key[1:].isdecimal() or (dialect != "2.0" and key[1:] == "XX")


def _parameter(walk: Walk, value: dict[str, Any], place: Place) -> None:
    location = value.get("in")
    if not isinstance(location, str):
        return
    locations = _LOCATIONS[walk.dialect]
    if location not in locations:
        _wrong_value(walk, (place, "in"), "place of a parameter", location, locations)
    elif location == "path" and value.get("required") is not True:
        fact = f"{_named(value)} is in the path, so it must be required"
        walk.report("optional-path-parameter", place, fact, "Add 'required: true'", key=True)
    if walk.dialect == "2.0":
        _parameter_of_swagger2(walk, value, location, place)
        return
    _schema_or_content(walk, value, place, "a parameter")
    _exclusive(walk, value, place, "example", "examples")
    style = value.get("style")
    styles = STYLES.get(location, ())
    if walk.dialect == "3.2" and location == "cookie":
        styles = (*styles, "cookie")
    if isinstance(style, str) and styles and style not in styles:
        _wrong_value(walk, (place, "style"), f"style of a {location} parameter", style, styles)
    if "allowReserved" in value and location not in _RESERVED[walk.dialect]:
        _misplaced(
            walk, (place, "allowReserved"), f"'allowReserved' has no meaning in a {location} parameter", "Remove it"
        )


def _parameter_of_swagger2(walk: Walk, value: dict[str, Any], location: str, place: Place) -> None:
    if location == "body":
        if "schema" not in value:
            mend = "Add 'schema:' with the schema of the body"
            walk.report("missing-field", place, "a body parameter needs 'schema'", mend, key=True)
    elif "type" in value:
        _type_of_swagger2(walk, value, place)
        _of_forms(walk, value, location, place)
    else:
        mend = "Add the type, as in 'type: string'"
        if "schema" in value:
            mend = "Write 'type' and what belongs to it here instead of 'schema', which only a body has"
        walk.report("no-schema", place, f"{_named(value)} needs 'type'", mend, key=True)


def _of_forms(walk: Walk, value: dict[str, Any], location: str, place: Place) -> None:
    """What only queries and forms have. Source: Swagger 2.0, "Parameter Object", type and collectionFormat."""
    if location not in _LOCATIONS["2.0"]:
        return
    if value["type"] == "file" and location != "formData":
        fact = f"{_named(value)} is a file, which only a form can send, and it is in {location}"
        walk.report("wrong-value", (place, "type"), fact, "Write 'in: formData', or another type")
    if value.get("collectionFormat") == "multi" and location not in ("query", "formData"):
        fact = f"'multi' is no collectionFormat of a {location} parameter"
        walk.report("wrong-value", (place, "collectionFormat"), fact, "Write one of 'csv', 'ssv', 'tsv', 'pipes'")


def _type_of_swagger2(walk: Walk, value: dict[str, Any], place: Place) -> None:
    _limits(walk, value, place)
    kind = value.get("type")
    if isinstance(kind, str) and kind not in _TYPES_OF_SWAGGER2:
        _unknown_type(walk, kind, (place, "type"), _TYPES_OF_SWAGGER2)
    if kind == "array" and "items" not in value:
        mend = "Add what it holds, as in 'items: {type: string}'"
        walk.report("incomplete", place, "an array needs 'items'", mend, key=True)
    style = value.get("collectionFormat")
    if isinstance(style, str) and style not in _COLLECTIONS:
        _wrong_value(walk, (place, "collectionFormat"), "collectionFormat", style, _COLLECTIONS)


def _header(walk: Walk, value: dict[str, Any], place: Place) -> None:
    if walk.dialect == "2.0":
        _type_of_swagger2(walk, value, place)
        return
    if "allowReserved" in value:
        _misplaced(walk, (place, "allowReserved"), "'allowReserved' has no meaning in a header", "Remove it")
    _schema_or_content(walk, value, place, "a header")
    _exclusive(walk, value, place, "example", "examples")


def _schema_or_content(walk: Walk, value: dict[str, Any], place: Place, words: str) -> None:
    if "schema" not in value and "content" not in value:
        if "type" in value:
            return
        mend = "Add 'schema:' with its schema"
        walk.report("no-schema", place, f"{words} needs 'schema' or 'content'", mend, key=True)
    if "schema" in value and "content" in value:
        fact = "'schema' and 'content' cannot stand together"
        walk.report("exclusive-fields", (place, "content"), fact, "Keep one of them", key=True)
    content = value.get("content")
    if isinstance(content, dict) and len(content) != 1:
        fact = f"the 'content' of {words} has {len(content)} media types, where one belongs"
        walk.report("needless-key", (place, "content"), fact, "Keep the one that is sent", key=True)


def _media_type(walk: Walk, value: dict[str, Any], place: Place) -> None:
    _exclusive(walk, value, place, "example", "examples")


def _example(walk: Walk, value: dict[str, Any], place: Place) -> None:
    _exclusive(walk, value, place, "value", "externalValue")


def _license(walk: Walk, value: dict[str, Any], place: Place) -> None:
    _exclusive(walk, value, place, "identifier", "url")


def _link(walk: Walk, value: dict[str, Any], place: Place) -> None:
    _exclusive(walk, value, place, "operationRef", "operationId")


def _exclusive(walk: Walk, value: dict[str, Any], place: Place, one: str, other: str) -> None:
    if one in value and other in value:
        code = "exclusive-fields" if walk.dialect in CLOSED else "needless-key"
        fact = f"{one!r} and {other!r} cannot stand together"
        walk.report(code, (place, other), fact, f"Keep {one!r} or {other!r}", key=True)


def _misplaced(walk: Walk, place: Place, fact: str, mend: str) -> None:
    walk.report("misplaced-field" if walk.dialect in CLOSED else "needless-key", place, fact, mend, key=True)


def _server_variable(walk: Walk, value: dict[str, Any], place: Place) -> None:
    allowed = value.get("enum")
    if allowed == []:
        mend = "List the values that it can have, or remove the line"
        walk.report("wrong-value", (place, "enum"), "the 'enum' of a server variable is empty", mend, key=True)


#: Of `http`, lower case. Source: the registry of HTTP authentication schemes of IANA
_HTTP_SCHEMES = (
    *("basic", "bearer", "concealed", "digest", "dpop", "gnap", "hoba", "mutual", "negotiate", "oauth"),
    *("privatetoken", "scram-sha-1", "scram-sha-256", "vapid"),
)


def _security_scheme(walk: Walk, value: dict[str, Any], place: Place) -> None:
    kind = value.get("type")
    if not isinstance(kind, str):
        return
    kinds = _SCHEMES[walk.dialect == "2.0"]
    if kind not in kinds:
        mend = _instead(kind, kinds)
        walk.report("unknown-security-type", (place, "type"), f"{short(kind)} is no type of a security scheme", mend)
        return
    for key in kinds[kind]:
        if key not in value:
            code = "incomplete" if key in ("flow", "flows", "openIdConnectUrl") else "missing-field"
            walk.report(code, place, f"a security scheme of type {kind!r} needs {key!r}", f"Add {key!r}", key=True)
    scheme = value.get("scheme")
    if kind == "http" and isinstance(scheme, str) and scheme.lower() not in _HTTP_SCHEMES:
        meant = nearest(scheme, _HTTP_SCHEMES)
        if meant is not None:
            fact = f"{short(scheme)} is no authentication scheme of HTTP that is known"
            walk.report("unknown-security-type", (place, "scheme"), fact, f"Did you mean {meant!r}?")
    location = value.get("in")
    places = ("query", "header") if walk.dialect == "2.0" else ("query", "header", "cookie")
    if kind == "apiKey" and isinstance(location, str) and location not in places:
        _wrong_value(walk, (place, "in"), "place of an API key", location, places)


def _security_requirement(walk: Walk, value: dict[str, Any], place: Place) -> None:
    for name in value:
        if name in walk.schemes or (walk.dialect == "3.2" and ("/" in name or "#" in name)):
            continue
        meant = nearest(name, walk.schemes)
        where = "securityDefinitions" if walk.dialect == "2.0" else "components/securitySchemes"
        mend = f"Did you mean {meant!r}?" if meant else f"Describe it under {where}"
        walk.report("unknown-security-scheme", (place, name), f"there is no security scheme {name!r}", mend, key=True)


def _dialect(walk: Walk, value: dict[str, Any], place: Place, key: str) -> None:
    uri = value.get(key)
    if isinstance(uri, str) and walk.dialect in ("3.1", "3.2") and draft_of(uri) is None:
        fact = f"{short(uri)} is no dialect of JSON Schema that is known here, so it counts as OpenAPI's own"
        walk.report("unknown-dialect", (place, key), fact, _instead(uri, sorted(DRAFTS)))


def _schema(walk: Walk, value: dict[str, Any], place: Place) -> None:
    if "$schema" in value:
        _dialect(walk, value, place, "$schema")
    if isinstance(value.get("x-persist"), dict):
        _report_faults(walk, value["x-persist"], (place, "x-persist"), persisting.faults)
    _limits(walk, value, place)
    kind = value.get("type")
    if kind is None:
        return
    types = _TYPES[walk.dialect]
    if kind == "array" and walk.dialect == "3.0" and "items" not in value:
        mend = "Add what it holds, as in 'items: {type: string}'"
        walk.report("incomplete", place, "an array needs 'items'", mend, key=True)
    if type(kind) is str:
        if kind not in types:
            _unknown_type(walk, kind, (place, "type"), types)
    elif type(kind) is list:
        for index, one in enumerate(kind):
            if type(one) is str and one not in types:
                _unknown_type(walk, one, ((place, "type"), index), types)


def _report_faults(walk: Walk, said: Any, place: Place, faults: Callable[[Any], Iterator[Fault]]) -> None:
    for fault in faults(said):
        at = place
        for name in fault.path:
            at = (at, name)
        is_key = fault.code == "unknown-key" or (not fault.path and isinstance(said, dict))
        walk.report(fault.code, at, fault.fact, fault.mend, key=is_key)


def _limits(walk: Walk, value: dict[str, Any], place: Place) -> None:
    """Counts below 0 and multiples of nothing: validation leaves them out."""
    if _LIMITS.isdisjoint(value):
        return
    for key in _LIMITS & value.keys():
        number = value[key]
        if isinstance(number, (int, float)) and not isinstance(number, bool):
            wanted = ""
            if key == "multipleOf":
                wanted = "more than 0" if number <= 0 else ""
            elif number < 0 and number == number // 1:  # the type of another is wrong already
                wanted = "0 or more"
            if wanted:
                fact = f"{key!r} is {short(number)}, where {wanted} belongs"
                walk.report("ignored-keyword", (place, key), fact, "Correct it, or remove the line")


def _unknown_type(walk: Walk, name: str, place: Place, types: tuple[str, ...]) -> None:
    """A misspelt type is an error; a type of another format or language, which many real descriptions have, none."""
    meant = nearest(name, types)
    misspelt = name not in _OTHER_TYPES and meant is not None and typo(name, meant)
    if misspelt:
        mend = f"Did you mean {meant!r}?"
    elif name == "null":
        mend = "Write 'x-nullable: true'" if walk.dialect == "2.0" else "Write 'nullable: true' beside the type"
    else:
        mend = f"Write {_OTHER_TYPES[name]!r}" if name in _OTHER_TYPES else _instead(name, types)
    walk.report("wrong-value" if misspelt else "unknown-type", place, f"{short(name)} is no type", mend)


def _wrong_value(walk: Walk, place: Place, what: str, value: str, allowed: Iterable[str]) -> None:
    walk.report("wrong-value", place, f"{short(value)} is no {what}", _instead(value, allowed))


def _instead(value: str, allowed: Iterable[str]) -> str:
    meant = nearest(value, allowed)
    if meant is not None:
        return f"Did you mean {meant!r}?"
    names = [repr(name) for name in allowed]
    return f"Write {names[0]}" if len(names) == 1 else f"Write one of {', '.join(names)}"


#: dict: name of an object -> its rule
RULES: dict[str, Callable[[Walk, dict[str, Any], Place], None]] = {
    "OpenAPI": _description,
    "Server": _server,
    "Paths": _paths,
    "Operation": _operation,
    "Responses": _responses,
    "Parameter": _parameter,
    "Items": _type_of_swagger2,
    "Header": _header,
    "MediaType": _media_type,
    "Example": _example,
    "License": _license,
    "Link": _link,
    "ServerVariable": _server_variable,
    "SecurityScheme": _security_scheme,
    "SecurityRequirement": _security_requirement,
    "Schema": _schema,
}

_LOCATIONS: dict[Dialect, tuple[str, ...]] = {
    "2.0": ("query", "header", "path", "formData", "body"),
    "3.0": ("query", "header", "path", "cookie"),
    "3.1": ("query", "header", "path", "cookie"),
    "3.2": ("query", "header", "path", "cookie", "querystring"),
}
#: Where allowReserved may stand. Source: 3.0.4 and 3.1.1 say query, 3.1's schema form cookies too; 3.2.0 all that is
#: percent-encoded
_RESERVED: dict[Dialect, tuple[str, ...]] = {
    "2.0": (),
    "3.0": ("query", "cookie"),
    "3.1": ("query", "cookie"),
    "3.2": ("query", "cookie", "path"),
}
_LIMITS = frozenset(
    [
        *("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
        *("minContains", "maxContains", "multipleOf"),
    ]
)
_EXPRESSION = re.compile(r"\{([^{}]*)\}")
_URL_SCHEMES = ("https", "http", "wss", "ws")
_TYPES_OF_SWAGGER2 = ("string", "number", "integer", "boolean", "array", "file")
_COLLECTIONS = ("csv", "ssv", "tsv", "pipes", "multi")
_JSON_TYPES = ("string", "number", "integer", "boolean", "array", "object")
_TYPES: dict[Dialect, tuple[str, ...]] = {
    "2.0": (*_JSON_TYPES, "file"),
    "3.0": _JSON_TYPES,
    "3.1": (*_JSON_TYPES, "null"),
    "3.2": (*_JSON_TYPES, "null"),
}
#: dict: what other languages call a type -> type
_OTHER_TYPES = {
    **dict.fromkeys(("int", "int32", "int64", "long"), "integer"),
    **dict.fromkeys(("float", "double", "decimal"), "number"),
    **dict.fromkeys(("str", "text", "date", "datetime", "date-time", "uuid", "file"), "string"),
    "bool": "boolean",
    "list": "array",
    "dict": "object",
    "map": "object",
}
#: dict: whether it is Swagger 2.0 -> type of security scheme -> the fields that it needs
_SCHEMES: dict[bool, dict[str, tuple[str, ...]]] = {
    True: {"basic": (), "apiKey": ("name", "in"), "oauth2": ("flow",)},
    False: {
        "apiKey": ("name", "in"),
        "http": ("scheme",),
        "oauth2": ("flows",),
        "openIdConnect": ("openIdConnectUrl",),
        "mutualTLS": (),
    },
}


def _named(value: dict[str, Any]) -> str:
    name = value.get("name")
    return f"parameter {short(name)}" if isinstance(name, str) else "a parameter"


def short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def extension(key: str, name: str, words: str, dialect: Dialect) -> tuple[str, str, str] | None:
    """
    Code, fact and mend where *key*, which begins with x-, is nearly one of EXTENSIONS, or is one and stands at an
    object (*name* in the table, *words* in messages) where it does nothing; None where it is somebody else's.
    """
    own = [own for own, version in EXTENSIONS.get(name, {}).items() if not version or dialect == "2.0"]
    if key in own:
        return None
    if key in _OF_OPERATIONS:
        if key in ("x-openapi-router-controller", "x-swagger-router-controller"):  # others look for it elsewhere too
            return None
        return "misplaced-field", f"{key!r} has no effect in {words}", "Write it in the operation that is meant"
    if key == "x-item-schema":
        place = "a body parameter or response" if dialect == "2.0" else "the media type that is meant"
        return "misplaced-field", f"{key!r} has no effect in {words}", f"Write it in {place}"
    meant = _nearest_extension(key, own)
    if meant is not None:
        return "unknown-key", f"{key!r} has no effect", f"Did you mean {meant!r}?"
    meant = _nearest_extension(key, _OF_OPERATIONS)
    if meant is not None:
        return "unknown-key", f"{key!r} has no effect", f"Did you mean {meant!r}? It belongs into an operation"
    return None


_OF_OPERATIONS = tuple(EXTENSIONS["Operation"])


def _nearest_extension(key: str, names: Iterable[str]) -> str | None:
    """The one of *names* that *key* is a misspelling of; a longer word of its own, as x-parents, is none."""
    given = key.lower().replace("-", "").replace("_", "")
    found: list[tuple[float, str]] = []
    for name in names:
        meant = name.lower().replace("-", "")
        ratio = SequenceMatcher(None, given, meant, autojunk=False).ratio()
        longer = given != meant and given.startswith(meant)
        if (len(meant) > 10 and ratio >= 0.9) or (typo(given, meant) and not longer):
            found.append((ratio, name))
    return max(found)[1] if found else None


def typo(key: str, meant: str, shortest: int = 4) -> bool:
    """
    Whether one letter more, less or other, or two exchanged ones, make *meant* out of *key*, whatever their case.

    Of words of fewer letters than *shortest*, only the case may differ.
    """
    one, other = key.lower(), meant.lower()
    if one == other or abs(len(one) - len(other)) > 1 or min(len(one), len(other)) < shortest:
        return one == other
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    rests = one[start:], other[start:]
    swapped = rests[1][1::-1] + rests[1][2:]
    return rests[0][1:] == rests[1] or rests[0] == rests[1][1:] or rests[0][1:] == rests[1][1:] or rests[0] == swapped
