"""
What is wrong with a large value, found piece by piece.

The validator works out every error of a value before it tells the first, each with a copy of the object or array that
has it: a megabyte of mistakes takes seconds. So a large value is validated in pieces of bounded size, one level after
the other, until enough is known. What cannot be taken apart, as alternatives, is validated whole.
Neighbours: violations.py makes words of errors, codec.py decides which way a value goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pymacaron.schema.violations import Fault, definition_of, faults_of

if TYPE_CHECKING:
    from jsonschema_rs import Validator

__all__ = ["Pieces", "is_large"]

#: The members and items, at any depth, that a value may have to be validated whole
_LARGE = 4_000

#: The children that are validated at a time
_CHUNK = 500

#: The validators of parts of a schema that are kept
_KEPT = 32

#: The keywords that look at an object or array itself and not into what it holds
_SHALLOW = frozenset(("type", "minItems", "maxItems", "minProperties", "maxProperties"))

#: The keywords whose schemas are for what it holds, and those that are read here
_DEEP = frozenset(("properties", "patternProperties", "additionalProperties", "items", "required", "$ref", "allOf"))

#: The keywords that say nothing about objects and arrays
_ELSEWHERE = frozenset(
    {
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("minLength", "maxLength", "pattern", "format", "discriminator", "$defs"),
    }
)

#: The keywords whose meaning depends on what other keywords have looked at
_TIED = frozenset(("unevaluatedProperties", "unevaluatedItems", "prefixItems"))

_NAME = "piece:"  # no definition of a bundle has a colon in its name
_Path = tuple[str | int, ...]


def is_large(value: Any) -> bool:
    """Whether *value* is too large to be validated whole. Looks at no more of it than that takes."""
    if value.__class__ not in (dict, list):
        return False
    todo, count = [value], 0
    while todo:
        at = todo.pop()
        count += len(at)
        if count > _LARGE:
            return True
        for inner in at.values() if at.__class__ is dict else at:
            if inner.__class__ is dict or inner.__class__ is list:
                todo.append(inner)
    return False


class Pieces:
    """
    The schemas of one bundle of dialect.py, for the values that are validated in pieces.

    *make* makes the validator of a bundle; *passwords*: whether anything there is of format password.
    """

    def __init__(self, bundle: Mapping[str, Any], make: Callable[[dict[str, Any]], Validator], passwords: bool):
        self._bundle = bundle
        self._definitions: Mapping[str, Any] = bundle["$defs"]
        self._make = make
        self._passwords = passwords
        self._validators: dict[tuple[int, str], tuple[Validator, dict[str, Any], Any]] = {}

    def faults(self, value: Any, names: tuple[str, ...] = ()) -> Iterator[Fault]:
        """What is wrong with *value*. *names* are those of the places around it, which may tell that it is secret."""
        if "$id" in self._bundle:  # what a $dynamicRef means depends on all that stands around it
            errors = self._make(dict(self._bundle)).iter_errors(value)
            return faults_of(errors, value, self._bundle, lambda path: path, names=names, passwords=self._passwords)
        return _Search(self, value, names).faults(value, self._definitions[definition_of(self._bundle)], ())

    def parts(self, schema: Any) -> list[dict[str, Any]] | None:
        """*schema* and all that it applies to the same value by `$ref` and allOf; None where it is to stay whole."""
        found: dict[int, dict[str, Any]] = {}
        todo = [schema]
        while todo:
            at = todo.pop()
            if at is True or id(at) in found:
                continue
            if not isinstance(at, dict) or not _TIED.isdisjoint(at):
                return None
            found[id(at)] = at
            if "$ref" in at:
                todo.append(self._definitions[definition_of(at)])
            todo += at.get("allOf", ())
        return list(found.values())

    def errors(
        self,
        value: Any,
        schema: Any,
        owner: Any,
        kind: str,
        root: Any,
        names: tuple[str, ...],
        place: Callable[[_Path], _Path],
    ) -> Iterator[Fault]:
        """
        What is wrong with *value* by *schema*, which is the part called *kind* of *owner*, a schema of the bundle.
        *place* makes the path in *root*, all of the value, of a path in *value*.
        """
        known = self._validators.get((id(owner), kind))
        if known is None:
            if len(self._validators) == _KEPT:
                self._validators.clear()
            bundle = {"$ref": f"#/$defs/{_NAME}", "$defs": {**self._reached(schema), _NAME: schema}}
            known = self._validators[id(owner), kind] = self._make(bundle), bundle, owner
        validator, bundle, _ = known
        if validator.is_valid(value):
            return iter(())
        errors, passwords = validator.iter_errors(value), self._passwords
        return faults_of(errors, root, self._bundle, place, names=names, passwords=passwords, document=bundle)

    def _reached(self, schema: Any) -> dict[str, Any]:
        """The definitions that *schema* reaches."""
        found: dict[str, Any] = {}
        todo = [schema]
        while todo:
            at = todo.pop()
            if isinstance(at, dict):
                name = definition_of(at)
                if name in self._definitions and name not in found:
                    found[name] = self._definitions[name]
                    todo.append(found[name])
                todo += at.values()
            elif isinstance(at, list):
                todo += at
        return found


class _Search:
    """The way through one value."""

    def __init__(self, pieces: Pieces, root: Any, names: tuple[str, ...]):
        self._pieces = pieces
        self._root = root
        self._names = names

    def faults(self, value: Any, schema: Any, path: _Path) -> Iterator[Fault]:
        parts = self._pieces.parts(schema) if is_large(value) else None
        if parts is None:
            yield from self._whole(value, schema, schema, "all", lambda inner: (*path, *inner))
            return
        for part in parts:
            yield from self._around(value, part, path)
        for part in parts:
            for keys in _chunks(value):
                yield from self._inside(value, keys, part, path)

    def _whole(
        self, value: Any, schema: Any, owner: Any, kind: str, place: Callable[[_Path], _Path]
    ) -> Iterator[Fault]:
        return self._pieces.errors(value, schema, owner, kind, self._root, self._names, place)

    def _around(self, value: Any, part: dict[str, Any], path: _Path) -> Iterator[Fault]:
        """What is wrong with an object or array itself, by one part of its schema."""
        if isinstance(value, dict):
            missing = (name for name in part.get("required", ()) if name not in value)
            yield from (((*path, name), "required", "is missing") for name in missing)
        shallow = {keyword: part[keyword] for keyword in _SHALLOW if keyword in part}
        if part.get("additionalProperties") is False:
            shallow["additionalProperties"] = False
            for keyword in ("properties", "patternProperties"):
                if keyword in part:
                    shallow[keyword] = dict.fromkeys(part[keyword], True)
        if shallow:
            hollow: Any = dict.fromkeys(value) if isinstance(value, dict) else [None] * len(value)
            yield from self._whole(hollow, shallow, part, "shallow", lambda inner: (*path, *inner))
        whole = {keyword: part[keyword] for keyword in part.keys() - _SHALLOW - _DEEP - _ELSEWHERE}
        if whole:
            yield from self._whole(value, whole, part, "whole", lambda inner: (*path, *inner))

    def _inside(self, value: Any, keys: list[Any], part: dict[str, Any], path: _Path) -> Iterator[Fault]:
        """What is wrong with those of the members or items of *value* that *keys* are the names or indexes of."""
        is_list = isinstance(value, list)
        asked = ("items",) if is_list else ("properties", "patternProperties", "additionalProperties")
        deep = {keyword: part[keyword] for keyword in asked if keyword in part}
        if deep.get("additionalProperties") is False:  # _around has told of it
            del deep["additionalProperties"]
        if not deep:
            return
        chunk: Any = [value[key] for key in keys] if is_list else {key: value[key] for key in keys}
        if is_large(chunk) and len(keys) > 1:
            middle = len(keys) // 2
            yield from self._inside(value, keys[:middle], part, path)
            yield from self._inside(value, keys[middle:], part, path)
        elif is_large(chunk) and "patternProperties" not in deep:
            [key] = keys
            declared = {} if is_list else deep.get("properties", {})
            inner = deep["items"] if is_list else declared.get(key, deep.get("additionalProperties", True))
            yield from self.faults(value[key], inner, (*path, key))
        else:
            kind = "items" if is_list else "members"
            indexes: dict[Any, Any] = dict(enumerate(keys)) if is_list else {}

            def place(inner: _Path) -> _Path:
                return (*path, *(indexes.get(token, token) for token in inner[:1]), *inner[1:])

            yield from self._whole(chunk, deep, part, kind, place)


def _chunks(value: Any) -> Iterator[list[Any]]:
    """The names or indexes of *value*'s members or items, a few at a time."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    for start in range(0, len(keys), _CHUNK):
        yield keys[start : start + _CHUNK]
