"""
What a schema says of a value itself: whether it fits, asked in as little time as there can be, and which keyword says
that it does not.

Neighbours: nodes.py has the schemas that these belong to, scanning.py asks many of them at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Set
from math import inf, isfinite
from typing import TYPE_CHECKING, Any

from pymacaron.schema.multiplying import most_errors
from pymacaron.schema.once import LOCK

if TYPE_CHECKING:
    from jsonschema_rs import Validator

__all__ = ["Check", "Leaf"]

#: The codes whose words are those of the schema, after the value as it is shown
_CONSTANT = frozenset(
    {
        *("type", "enum", "const", "format", "pattern", "minLength", "maxLength", "multipleOf"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    }
)

#: What a pattern may have that is never given up for taking too long: no looking around, no going back
_is_steady = re.compile(r"(?:[^\\(?*+}]|\\[^a-zA-Z0-9]|\\[dDwWsS]|\((?!\?)|[?*+}](?!\+))*").fullmatch

#: dict: type of JSON Schema -> the classes that all its values have
_CLASSES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
    "array": (list,),
    "object": (dict,),
}


#: The keywords that are read without the validator where all of a schema are, of values of these classes
_LENGTHS, _TEXTS = frozenset(("minLength", "maxLength")), frozenset((str,))
_LIMITS, _NUMBERS = frozenset(("minimum", "maximum")), frozenset((int, float))
_EASY = _LENGTHS | _LIMITS | {"type", "enum"}

#: Up to here each integer is a float, too, so that everybody compares numbers alike
_EXACT = 2**53

#: The types of those that do
_HOLDERS = frozenset(("object", "array"))


class Leaf:
    """
    What a schema says of a value itself. `accepts`: whether it fits. `is_scalar`: no object and no array does. `sure`:
    an expression of `m` that is true of most values that fit, and of no other, where `o` is `options`; '' for none.
    """

    __slots__ = (
        "_checks",
        "_classes",
        "_is_one",
        "_make",
        "accepts",
        "is_scalar",
        "most",
        "options",
        "schema",
        "sure",
        "validator",
    )

    validator: Validator
    #: The most errors that one part of a value has; 0 where nothing bounds them
    most: int
    #: Whether a value of the types that are asked for breaks one keyword at most
    _is_one: bool

    def __init__(self, schema: Any, make: Callable[[Any], Validator]):
        self.schema = schema
        self.accepts: Callable[[Any], bool] = self._first
        self.sure, self.options = "", frozenset[str]()
        self._make = make
        self._checks: list[Check] | None = None
        self._classes = _classes(schema)
        types = schema.get("type", "object") if isinstance(schema, dict) else "object"
        self.is_scalar = _HOLDERS.isdisjoint([types] if isinstance(types, str) else types)

    def _first(self, value: Any) -> bool:
        """As `accepts`, which this makes."""
        with LOCK:
            if self.accepts == self._first:
                self.validator = self._make(self.schema)
                self.most = most_errors({"$defs": {"": self.schema}})
                self.accepts, self.sure, self.options = _quick(self.schema, self.validator.is_valid)
        return self.accepts(value)

    def known(self) -> Callable[[Any], bool]:
        """`accepts`, made."""
        self.accepts(None)
        return self.accepts

    def broken(self, value: Any) -> Check | None:
        """The one keyword that *value*, which does not fit, breaks, where its words are always the same."""
        checks = self._checks
        if checks is None:
            with LOCK:
                checks = self._checks
                if checks is None:
                    checks = self._checked()
                    self._is_one = _excludes(self.schema) if checks else False
                    self._checks = checks
        cls = value.__class__
        if self._is_one and cls in self._classes and (cls is not float or isfinite(value)):
            return checks[1] if len(checks) == 2 or not checks[1].accepts(value) else checks[2]
        found = None
        for check in checks:
            if not check.accepts(value):
                if found is not None:
                    return None
                found = check
        return found

    def _checked(self) -> list[Check]:
        """A Check of each keyword, that of the type before all."""
        schema = self.schema
        if isinstance(schema, dict) and schema.keys() <= _CONSTANT and _is_steady(schema.get("pattern", "")):
            keywords = sorted(schema, key=lambda keyword: keyword != "type")
            ones: list[tuple[str, dict[str, Any]]] = [(keyword, {keyword: schema[keyword]}) for keyword in keywords]
            return [Check(keyword, _quick(one, self._make(one).is_valid)[0]) for keyword, one in ones]
        return []


class Check:
    """One keyword of a schema, and what it says of every value that breaks it: None until that is known."""

    __slots__ = ("accepts", "code", "words")

    def __init__(self, code: str, accepts: Callable[[Any], bool]):
        self.code = code
        self.accepts = accepts
        self.words: str | None = None


#: What accepts values, and what is sure of them, see Leaf
_Quick = tuple[Callable[[Any], bool], str, frozenset[str]]


def _classes(schema: Any) -> frozenset[type]:
    """The classes all of whose values are of the types that *schema* names."""
    declared = schema.get("type") if isinstance(schema, dict) else None
    types = [declared] if isinstance(declared, str) else declared or []
    return frozenset([cls for name in types for cls in _CLASSES.get(name, ())])


def _quick(schema: Any, is_valid: Callable[[Any], bool]) -> _Quick:
    """What does as *is_valid* of *schema*, in less time for what most schemas ask of values."""
    plain: _Quick = is_valid, "", frozenset()
    if not isinstance(schema, dict) or not schema.keys() <= _EASY:
        return plain
    classes, said = _classes(schema), schema.keys() - {"type"}
    if not said:
        return lambda value: value.__class__ in classes or is_valid(value), _is_one_of(classes), frozenset()
    if not all(_is_usual(keyword, schema[keyword]) for keyword in said):
        return plain
    if "type" not in schema:
        classes = _NUMBERS if said <= _LIMITS else _TEXTS
    if classes == _TEXTS and said == {"enum"}:
        return _one_of(frozenset([option for option in schema["enum"] if isinstance(option, str)]), is_valid)
    if classes == _TEXTS and said <= _LENGTHS:
        return _as_long(schema.get("minLength", 0), schema.get("maxLength", inf), is_valid)
    if classes and classes <= _NUMBERS and said <= _LIMITS:
        return _within(schema.get("minimum", -inf), schema.get("maximum", inf), classes, is_valid)
    return plain


def _excludes(schema: Mapping[str, Any]) -> bool:
    """Whether no value of the types of *schema* breaks two of its keywords: a type, and one more or two limits."""
    if "type" not in schema or len(schema) == 2:
        return "type" in schema and len(schema) == 2
    said = schema.keys() - {"type"}
    least, most = ("minimum", "maximum") if "minimum" in said else ("minLength", "maxLength")
    return (
        said == {least, most}
        and all(_is_usual(keyword, schema[keyword]) for keyword in said)
        and bool(schema[least] <= schema[most])
    )


def _is_usual(keyword: str, content: Any) -> bool:
    """Whether the validator takes the *content* of one of _EASY, too, and compares with it as anybody would."""
    if keyword == "enum":
        return content.__class__ is list and bool(content)
    if keyword in _LENGTHS:
        return content.__class__ is int and content >= 0
    return isinstance(content, (int, float)) and content.__class__ is not bool and abs(content) <= _EXACT


# A text that is not ASCII may be none that JSON has: where it does not fit, the validator is to say so


def _one_of(options: frozenset[str], is_valid: Callable[[Any], bool]) -> _Quick:
    def accepts(value: Any) -> bool:
        if value.__class__ is str:
            return value in options or (not value.isascii() and is_valid(value))
        return is_valid(value)

    return accepts, f"{_is_one_of(_TEXTS)} and m in o", options


def _as_long(least: int, most: int | float, is_valid: Callable[[Any], bool]) -> _Quick:
    def accepts(value: Any) -> bool:
        if value.__class__ is str:
            return least <= len(value) <= most or (not value.isascii() and is_valid(value))
        return is_valid(value)

    return accepts, f"{_is_one_of(_TEXTS)} and {_between(least, 'len(m)', most)}", frozenset()


def _within(least: float, most: float, classes: Set[type], is_valid: Callable[[Any], bool]) -> _Quick:
    def accepts(value: Any) -> bool:
        if value.__class__ in classes:
            return least <= value <= most or (not -_EXACT <= value <= _EXACT and is_valid(value))
        return is_valid(value)

    return accepts, f"({_is_one_of(classes)}) and {_between(least, 'm', most)}", frozenset()


def _is_one_of(classes: Set[type]) -> str:
    """The expression that `m` is of one of *classes*; '' where one of them has no name in Python's builtins."""
    names = sorted(cls.__name__ for cls in classes)
    return "" if "NoneType" in names else " or ".join([f"m.__class__ is {name}" for name in names])


def _between(least: float, middle: str, most: float) -> str:
    """The expression that *middle* is neither below *least* nor above *most*, which may be endless."""
    before, after = f"{least!r} <= " if least != -inf else "", f" <= {most!r}" if most != inf else ""
    return f"{before}{middle}{after}"
