"""
Which keywords a schema may have in each version of the format and each draft of JSON Schema, and what they mean there.

The differences between versions and drafts are rows of `RULES`; dialect.py translates by them, shape.py looks at
schemas by them. Source: Swagger 2.0 and OpenAPI 3.0.4, 3.1.1, 3.2.0, "Schema Object"; the drafts themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

__all__ = ["HOSTNAME", "RULES", "Rules", "is_hostname", "names_in", "plain_json", "without_vocabularies"]

#: The name of `format: hostname` where it is RFC 1123's: later it is RFC 5890's, with rules for xn--
HOSTNAME = "hostname-1123"


_HOSTNAME = re.compile(
    r"(?!.{254})[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*", re.I | re.A
)


def is_hostname(value: Any) -> bool:
    """Whether the text *value* is a host name by RFC 1123, 2.1."""
    return _HOSTNAME.fullmatch(value) is not None


def _number(value: Any) -> Any:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) and value == value else None


def _positive(value: Any) -> Any:
    number = _number(value)
    return number if number is not None and number > 0 else None


def _count(value: Any) -> Any:
    number = _number(value)
    return int(number) if number is not None and number >= 0 and number == number // 1 else None


def _options(value: Any) -> Any:
    return [plain_json(option) for option in value] if isinstance(value, list) and value else None


def names_in(value: Any) -> list[str] | None:
    """The different texts in *value*, where it is a list."""
    return list(dict.fromkeys(name for name in value if isinstance(name, str))) if isinstance(value, list) else None


def _dependencies(value: Any) -> Any:
    if not isinstance(value, dict):
        return None
    return {str(name): names_in(names) for name, names in value.items() if isinstance(names, list)}


def _text(value: Any) -> Any:
    return value if isinstance(value, str) else None


def plain_json(value: Any) -> Any:
    """*value* of a description as JSON has it: YAML's dates and odd keys as text."""
    if isinstance(value, dict):
        return {str(key): plain_json(member) for key, member in value.items()}
    if isinstance(value, list):
        return [plain_json(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, (str, int, float)) else str(value)


#: dict: keyword -> what of its value can be used, None for nothing
_ASSERTIONS: Mapping[str, Callable[[Any], Any]] = {
    "minimum": _number,
    "maximum": _number,
    "exclusiveMinimum": _number,
    "exclusiveMaximum": _number,
    "multipleOf": _positive,
    "minLength": _count,
    "maxLength": _count,
    "pattern": _text,
    "minItems": _count,
    "maxItems": _count,
    "uniqueItems": lambda value: True if value is True else None,
    "minProperties": _count,
    "maxProperties": _count,
    "required": names_in,
    "enum": _options,
    "format": _text,
}
_LATER_ASSERTIONS: Mapping[str, Callable[[Any], Any]] = {
    **_ASSERTIONS,
    "minContains": _count,
    "maxContains": _count,
    "dependentRequired": _dependencies,
}

#: The formats that came with later drafts: unknown before, so ignored. OpenAPI has date, uuid, ... of its own
_SINCE_06 = frozenset(("uri-template", "json-pointer"))
_SINCE_07 = frozenset(("time", "idn-email", "idn-hostname", "iri", "iri-reference", "relative-json-pointer", "regex"))
_SINCE_2019 = frozenset(("duration",))


@dataclass(frozen=True, slots=True)
class Rules:
    """
    How schemas of one version or draft are read.

    `assertions`: dict of keyword -> what of its value can be used. `one`, `many`, `maps`: the keywords of one schema,
    of a list and of a map of schemas. `siblings`: whether what stands beside `$ref` applies. `const`: whether there is
    one. `nullable`: the keyword that allows null, '' for none. `references`: the keywords besides `$ref` that refer to
    a schema. `ignored`: formats that are unknown. `hostname`: the name of that format. `without`: keywords that mean
    nothing, since a metaschema leaves their vocabulary out.
    """

    assertions: Mapping[str, Callable[[Any], Any]]
    one: tuple[str, ...]
    many: tuple[str, ...]
    maps: tuple[str, ...]
    siblings: bool = False
    const: bool = False
    nullable: str = ""
    references: tuple[str, ...] = ()
    ignored: frozenset[str] = frozenset()
    hostname: str = HOSTNAME
    without: frozenset[str] = frozenset()


_DRAFT_04 = Rules(
    _ASSERTIONS,
    one=("additionalProperties", "items", "not"),
    many=("allOf", "anyOf", "oneOf"),
    maps=("properties", "patternProperties"),
    ignored=_SINCE_06 | _SINCE_07 | _SINCE_2019,
)
_DRAFT_06 = replace(
    _DRAFT_04, one=(*_DRAFT_04.one, "contains", "propertyNames"), const=True, ignored=_SINCE_07 | _SINCE_2019
)
_DRAFT_07 = replace(_DRAFT_06, one=(*_DRAFT_06.one, "if", "then", "else"), ignored=_SINCE_2019)
_DRAFT_2019 = replace(
    _DRAFT_07,
    assertions=_LATER_ASSERTIONS,
    one=(*_DRAFT_07.one, "unevaluatedItems", "unevaluatedProperties"),
    maps=("properties", "patternProperties", "dependentSchemas"),
    siblings=True,
    references=("$recursiveRef",),
    ignored=frozenset(),
    hostname="hostname",
)
_DRAFT_2020 = replace(_DRAFT_2019, many=("allOf", "anyOf", "oneOf", "prefixItems"), references=("$dynamicRef",))

#: dict: version of the format, or draft that a schema names by `$schema` -> its rules. OpenAPI 3.1 and 3.2 are 2020-12;
#: 2.0 and 3.0 have no patternProperties and no dependencies, but who writes them means them
RULES: Mapping[str, Rules] = {
    "2.0": replace(_DRAFT_04, one=("additionalProperties", "items"), many=("allOf",), nullable="x-nullable"),
    "3.0": replace(_DRAFT_04, nullable="nullable"),
    "3.1": _DRAFT_2020,
    "3.2": _DRAFT_2020,
    "draft-04": _DRAFT_04,
    "draft-06": _DRAFT_06,
    "draft-07": _DRAFT_07,
    "2019-09": _DRAFT_2019,
    "2020-12": _DRAFT_2020,
}

#: dict: vocabulary -> its keywords that a metaschema can leave out. Formats are asserted in any case
_VOCABULARIES: Mapping[str, tuple[str, ...]] = {
    "applicator": (
        *("additionalProperties", "allOf", "anyOf", "contains", "dependentSchemas", "else", "if", "items", "not"),
        *("oneOf", "patternProperties", "prefixItems", "properties", "propertyNames", "then"),
    ),
    "unevaluated": ("unevaluatedItems", "unevaluatedProperties"),
    "validation": ("const", "type", *(keyword for keyword in _LATER_ASSERTIONS if keyword != "format")),
}


def without_vocabularies(rules: Rules, vocabularies: Mapping[str, Any]) -> Rules:
    """*rules* without the keywords of the vocabularies of JSON Schema that are not among *vocabularies*, by URI."""
    there = {uri.rsplit("/", 1)[-1] for uri in vocabularies}
    without = [keyword for name, keywords in _VOCABULARIES.items() if name not in there for keyword in keywords]
    return replace(rules, without=frozenset(without))
