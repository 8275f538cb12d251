"""
The words of violations: what each keyword of a schema says of a value that breaks it.

A table by the validator's name of a kind of error; faults.py has what needs more than the error and the value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pymacaron.schema.keywords import HOSTNAME
from pymacaron.schema.quoting import cut, quoted

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError

__all__ = ["code_of", "contained", "counted", "detail", "options_text", "types_text"]


def code_of(kind: str) -> str:
    """The keyword of JSON Schema that the validator means by *kind* of error."""
    return _CODES.get(kind, kind)


def detail(error: ValidationError, value: Any, secret: bool) -> str:
    """What *error* says of *value*, to be read after the name of its place; *secret*: without showing it."""
    text = _DETAILS.get(_STOPPED.get(error.kind.__class__.__name__, error.kind.name))
    shown = "a value" if secret and not isinstance(value, (dict, list)) else quoted(value)
    if secret and error.kind.name in ("enum", "const"):  # which name what is accepted
        return f"{shown} is not what its schema accepts"
    try:
        return text(error, value, shown) if text else f"{shown} does not fit its schema"
    except (AttributeError, TypeError):  # a kind of error that tells less than its name lets expect
        return f"{shown} does not fit its schema"


def contained(keyword: str, limit: Any) -> tuple[str, str]:
    """The code and the words for an array with too few or too many items of its `contains`; *limit*: the bound."""
    if keyword == "maxContains":
        return keyword, f"has more than {counted(limit, 'item', 'items')} that fit{'s' * (limit == 1)} `contains`"
    if keyword == "minContains":
        return keyword, f"has fewer than {counted(limit, 'item', 'items')} that fit{'s' * (limit == 1)} `contains`"
    return "contains", "lacks an item that it has to contain"


def types_text(types: Iterable[str]) -> str:
    """The types of JSON Schema in *types* in words: `an integer or null`."""
    words = [_TYPES.get(name, name) for name in types]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}" if words else "anything"


def options_text(options: Sequence[Any], most: int = 12) -> str:
    """The first *most* of *options*, quoted, and how many more there are."""
    text = ", ".join(quoted(option) for option in options[:most])
    return f"{text} and {len(options) - most} more" if len(options) > most else text


def counted(number: int, noun: str, nouns: str) -> str:
    """`1 item`, `2 items`."""
    return f"{number} {noun if number == 1 else nouns}"


_TYPES = {
    "null": "null",
    "boolean": "a boolean",
    "integer": "an integer",
    "number": "a number",
    "string": "a string",
    "array": "an array",
    "object": "an object",
}

#: dict: format -> what a value of it is called
_FORMATS = {
    "byte": "base64 text",
    "date": "a date as in 2026-03-04",
    "date-time": "a date-time as in 2026-03-04T10:11:12Z",
    "email": "an e-mail address",
    "hostname": "a host name",
    HOSTNAME: "a host name",
    "ipv4": "an IPv4 address",
    "ipv6": "an IPv6 address",
    "uri": "a URI",
    "uri-reference": "a URI reference",
    "uuid": "a UUID",
}

#: dict: the validator's name of a kind of error -> the keyword, where they differ
_CODES = {
    "falseSchema": "not",
    "x-own-format": "format",
}

#: dict: the class of an error -> what it is called here, where its name is that of another
_STOPPED = {"BacktrackLimitExceeded": "backtrackLimitExceeded", "RegexEngineFailure": "regexEngineFailure"}

#: dict: the validator's name of a kind of error -> its text, from the error, the value and how the value is shown
_DETAILS: Mapping[str, Callable[[Any, Any, str], str]] = {
    "type": lambda e, v, q: f"{q} is not {types_text(e.kind.types)}",
    "enum": lambda e, v, q: f"{q} is none of {options_text(e.kind.options)}",
    "const": lambda e, v, q: f"{q} is not {quoted(e.kind.expected_value)}",
    "minimum": lambda e, v, q: f"{q} is below {quoted(e.kind.limit)}",
    "maximum": lambda e, v, q: f"{q} is above {quoted(e.kind.limit)}",
    "exclusiveMinimum": lambda e, v, q: f"{q} is not above {quoted(e.kind.limit)}",
    "exclusiveMaximum": lambda e, v, q: f"{q} is not below {quoted(e.kind.limit)}",
    "multipleOf": lambda e, v, q: f"{q} is not a multiple of {quoted(e.kind.multiple_of)}",
    "minLength": lambda e, v, q: f"{q} is shorter than {counted(e.kind.limit, 'character', 'characters')}",
    "maxLength": lambda e, v, q: f"{q} is longer than {counted(e.kind.limit, 'character', 'characters')}",
    "pattern": lambda e, v, q: f"{q} does not match {cut(e.kind.pattern)}",
    "format": lambda e, v, q: f"{q} is not {_FORMATS.get(e.kind.format, f'of format {e.kind.format}')}",
    "x-own-format": lambda e, v, q: f"{q} is not of format {e.kind.message}",
    "minItems": lambda e, v, q: f"has {counted(len(v), 'item', 'items')}, fewer than {e.kind.limit}",
    "maxItems": lambda e, v, q: f"has {counted(len(v), 'item', 'items')}, more than {e.kind.limit}",
    "uniqueItems": lambda e, v, q: "has items that are equal",
    "minProperties": lambda e, v, q: f"has {counted(len(v), 'member', 'members')}, fewer than {e.kind.limit}",
    "maxProperties": lambda e, v, q: f"has {counted(len(v), 'member', 'members')}, more than {e.kind.limit}",
    "not": lambda e, v, q: f"{q} is what its schema excludes",
    "falseSchema": lambda e, v, q: "is not allowed here",
    "backtrackLimitExceeded": lambda e, v, q: f"{q} takes too long to match with the pattern",
    "regexEngineFailure": lambda e, v, q: f"{q} cannot be matched with the pattern",
}
