"""
What is wrong with a value that costs much to explain, found piece by piece.

The validator works out every error of a value before it tells the first, each with a copy of the object or array that
has it, and for alternatives the errors of each: a megabyte of mistakes takes seconds, and a few bytes do, where
alternatives contain themselves. So such a value is validated in pieces of bounded cost, one level after the other,
until enough is known. Of alternatives inside of alternatives, only that none fits is told then.
Neighbours: faults.py makes words of errors, codec.py decides which way a value goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from pymacaron.schema.faults import Fault, Texts, definition_of, faults_of, inner_schemas, label_of, reason_of
from pymacaron.schema.multiplying import most_errors
from pymacaron.schema.once import LOCK, once
from pymacaron.schema.shape import types_of

if TYPE_CHECKING:
    from jsonschema_rs import Validator

__all__ = ["Pieces", "is_large"]

#: The members and items, at any depth, that a value may have to be validated whole, and the schemas that may have
#: to look at them
_LARGE = 4_000

#: The alternatives inside of alternatives that may have to look at them: each tells its errors to all around it
_NESTED = 64

#: How deep in alternatives a reason is looked for, and among how many of what is wrong
_DEEPEST, _COMPARED = 16, 20

#: The children that are validated at a time
_CHUNK = 500

#: The validators of parts of a schema that are kept
_KEPT = 32

#: The keywords that look at an object or array itself and not into what it holds
_SHALLOW = frozenset(("type", "minItems", "maxItems", "minProperties", "maxProperties"))

#: The keywords whose schemas are for what it holds, and those that are read here
_DEEP = frozenset(
    {
        *("properties", "patternProperties", "additionalProperties", "items", "prefixItems", "required"),
        *("$ref", "allOf", "$defs", "discriminator"),
    }
)

#: The keywords whose schemas are for the same value or its names, each taken apart in a way of its own
_APART = frozenset(("anyOf", "oneOf", "if", "then", "else", "dependentSchemas", "propertyNames"))

#: The keywords that say nothing about objects and arrays
_ELSEWHERE = frozenset(
    {
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("minLength", "maxLength", "pattern", "format"),
    }
)

#: The keywords whose meaning depends on what other keywords have looked at
_TIED = frozenset(("unevaluatedProperties", "unevaluatedItems"))

#: The keywords with schemas for members and items
_HOLDING = frozenset(
    {
        *("properties", "patternProperties", "additionalProperties", "unevaluatedProperties"),
        *("items", "prefixItems", "contains", "unevaluatedItems"),
    }
)

_NAME = "piece:"  # no definition of a bundle has a colon in its name
_Path = tuple[str | int, ...]


def is_large(value: Any, each: int = 0, most: int = _LARGE) -> bool:
    """
    Whether *value* has too many parts to be validated whole, more than *most*, or its objects and arrays may lack too
    many: *each* of them so many. Looks at no more of it than that takes.
    """
    if value.__class__ not in (dict, list):
        return False
    todo, count, lacking = [value], 0, 0
    while todo:
        at = todo.pop()
        count += len(at)
        lacking += each
        if count > most or lacking > most:
            return True
        todo += [inner for inner in (at.values() if at.__class__ is dict else at) if inner.__class__ in (dict, list)]
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
        """
        What is wrong with *value*. *names* are those of the places around it, which may tell that it is secret.
        """
        texts = Texts(value, self._bundle, lambda path: path, names, self._passwords, None)
        return _Search(self, value, names, texts).faults(value, self._definitions[definition_of(self._bundle)], ())

    @once
    def _most(self) -> int:
        """The most errors that one part of a value may have; 0 where nothing bounds them."""
        return most_errors(self._bundle)

    def is_costly(self, value: Any, schema: Any = None) -> bool:
        """
        Whether it costs too much to let the validator tell all that is wrong with *value* by *schema*, that of the
        bundle if None. Looks at no more than that takes.
        """
        if schema is None and self._most:
            most = self._most if self._most > 1 else 0
            return is_large(value, most) and (not most or is_large(value) or self._lacks_many(value))
        todo = [(value, self._bundle if schema is None else schema, False, False)]
        values = visits = nested = 0
        while todo:
            at, by, within, again = todo.pop()
            values, visits = values + (not again), visits + 1
            if max(values, visits) > _LARGE or nested > _NESTED:
                return True
            if not again and at.__class__ in (dict, list):  # how large it is, whoever looks at it
                if len(at) > _LARGE:
                    return True
                todo += ((inner, True, False, False) for inner in (at.values() if at.__class__ is dict else at))
            if not isinstance(by, dict):
                continue
            name = definition_of(by)
            if name in self._definitions:
                todo.append((at, self._definitions[name], within, True))
            for keyword in ("anyOf", "oneOf"):
                branches = by.get(keyword, ())
                nested += len(branches) if within else 0
                todo += ((at, branch, True, True) for branch in branches)
            todo += ((at, branch, within, True) for branch in by.get("allOf", ()))
            todo += ((at, by[keyword], within, True) for keyword in ("not", "if", "then", "else") if keyword in by)
            if at.__class__ is dict:
                visits += sum([name not in at for name in by.get("required", ())])
                visits += len(at) ** 2 // 10 if "propertyNames" in by else 0  # each error has a copy of all members
                todo += ((at, one, within, True) for key, one in by.get("dependentSchemas", {}).items() if key in at)
                keys: Iterable[Any] = at if not _HOLDING.isdisjoint(by) else ()
            else:
                keys = range(len(at)) if at.__class__ is list and not _HOLDING.isdisjoint(by) else ()
            for key in keys:
                todo += ((at[key], inner, within, True) for inner in inner_schemas(by, key) if isinstance(inner, dict))
        return False

    def _lacks_many(self, value: Any) -> bool:
        """
        Whether the objects of *value* lack too many members that are demanded, each of which is an error. Only for a
        bundle whose errors are bounded.
        """
        todo: list[tuple[Any, Any]] = [(value, self._bundle)]
        lacking = 0
        while todo:
            at, by = todo.pop()
            if not isinstance(by, dict):
                continue
            if "$ref" in by:
                todo.append((at, self._definitions[definition_of(by)]))
            todo += ((at, branch) for branch in by.get("allOf", ()))
            if at.__class__ is dict:
                lacking += sum([name not in at for name in by.get("required", ())])
                if lacking > _LARGE:
                    return True
            inner: Iterable[tuple[Any, Any]] = at.items() if at.__class__ is dict else enumerate(at)
            for key, one in inner if not _HOLDING.isdisjoint(by) else ():
                if one.__class__ is dict or one.__class__ is list:
                    todo += [(one, schema) for schema in inner_schemas(by, key)]
        return False

    def parts(self, schema: Any) -> list[dict[str, Any]] | None:
        """*schema* and all that it applies to the same value by `$ref` and allOf; None where it is no object."""
        found: dict[int, dict[str, Any]] = {}
        todo = [schema]
        while todo:
            at = todo.pop()
            if at is True or id(at) in found:
                continue
            if not isinstance(at, dict):
                return None
            found[id(at)] = at
            if "$ref" in at:
                todo.append(self._definitions[definition_of(at)])
            todo += at.get("allOf", ())
        return list(found.values())

    def validator(self, schema: Any, owner: Any, kind: str) -> tuple[Validator, dict[str, Any]]:
        """What validates *schema*, which is the part called *kind* of *owner*, a schema of the bundle; its document."""
        known = self._validators.get((id(owner), kind))
        if known is None:
            with LOCK:
                known = self._validators.get((id(owner), kind))
                if known is None:
                    if len(self._validators) == _KEPT:
                        self._validators.clear()
                    bundle = {"$ref": f"#/$defs/{_NAME}", "$defs": {**self._reached(schema), _NAME: schema}}
                    known = self._validators[id(owner), kind] = self._make(bundle), bundle, owner
        return known[:2]

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
        validator, bundle = self.validator(schema, owner, kind)
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

    def __init__(self, pieces: Pieces, root: Any, names: tuple[str, ...], texts: Texts):
        self._pieces = pieces
        self._root = root
        self._names = names
        self._texts = texts
        #: The alternatives that are looked into
        self._depth = 0

    def faults(self, value: Any, schema: Any, path: _Path) -> Iterator[Fault]:
        parts = self._pieces.parts(schema) if self._pieces.is_costly(value, schema) else None
        if parts is None:
            yield from self._whole(value, schema, schema, "all", lambda inner: (*path, *inner))
            return
        found = False
        for part in parts:
            for fault in self._around(value, part, path):
                found = True
                yield fault
        for part in parts:
            for keys in _chunks(value):
                for fault in self._inside(value, keys, part, path):
                    found = True
                    yield fault
        for part in parts if not found else ():
            if not _TIED.isdisjoint(part):  # by what the rest has looked at, which has no errors to tell
                yield from self._whole(value, part, part, "all", lambda inner: (*path, *inner))

    def _whole(
        self, value: Any, schema: Any, owner: Any, kind: str, place: Callable[[_Path], _Path]
    ) -> Iterator[Fault]:
        return self._pieces.errors(value, schema, owner, kind, self._root, self._names, place)

    def _around(self, value: Any, part: dict[str, Any], path: _Path) -> Iterator[Fault]:
        """What is wrong with a value itself, by one part of its schema."""
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
            hollow = value
            if isinstance(value, (dict, list)):
                hollow = dict.fromkeys(value) if isinstance(value, dict) else [None] * len(value)
            yield from self._whole(hollow, shallow, part, "shallow", lambda inner: (*path, *inner))
        said = part.keys() - _SHALLOW - _DEEP - _APART - _TIED
        said -= _ELSEWHERE if isinstance(value, (dict, list)) else frozenset()
        if said:
            whole = {keyword: part[keyword] for keyword in said}
            yield from self._whole(value, whole, part, "whole", lambda inner: (*path, *inner))
        for keyword in ("anyOf", "oneOf"):
            if keyword in part:
                yield from self._alternatives(value, part, keyword, path)
        if "if" in part:
            validator, _ = self._pieces.validator(part["if"], part, "if")
            yield from self.faults(value, part.get("then" if validator.is_valid(value) else "else", True), path)
        if isinstance(value, dict):
            for name, schema in part.get("dependentSchemas", {}).items():
                yield from self.faults(value, schema, path) if name in value else ()
            if "propertyNames" in part:
                names = {"propertyNames": part["propertyNames"]}
                for name in value:
                    yield from self._whole({name: None}, names, part, "names", lambda inner: (*path, *inner))

    def _alternatives(self, value: Any, part: dict[str, Any], keyword: str, path: _Path) -> Iterator[Fault]:
        """What is wrong with a value by its alternatives: that which it means, else why it fits none of them."""
        branches = part[keyword]
        rule = {name: part[name] for name in (keyword, "discriminator") if name in part}
        validator, _ = self._pieces.validator(rule, part, keyword)
        if validator.is_valid(value):
            return
        near = [index for index, branch in enumerate(branches) if self._is_near(value, branch)]
        general = path, keyword, f"fits none of the {len(branches)} alternatives"
        if self._depth == _DEEPEST:
            yield general
            return
        if keyword == "oneOf":
            fitting = [n for n in near if self._pieces.validator(branches[n], branches[n], "all")[0].is_valid(value)]
            if fitting:
                labels = " and ".join(label_of(branches, index) for index in fitting)
                yield path, keyword, f"fits more than one of the alternatives: {labels}"
                return
        chosen = self._texts.chosen(part, keyword, path)
        if isinstance(chosen, tuple):
            yield chosen
            return
        if chosen is not None:
            near = [chosen]
        self._depth += 1
        try:
            if len(near) == 1:
                yield from self.faults(value, branches[near[0]], path)
            elif self._depth > 1 or not near:
                yield general
            else:
                reasons = [
                    reason_of(label_of(branches, index), self._texts.telling(faults), path)
                    for index in near[:5]
                    if (faults := list(islice(self.faults(value, branches[index], path), _COMPARED)))
                ]
                more = f"; and {len(near) - 5} more" if len(near) > 5 else ""
                yield path, keyword, f"{general[2]}: {'; '.join(reasons)}{more}"
        finally:
            self._depth -= 1

    def _is_near(self, value: Any, branch: Any) -> bool:
        """Whether *value* has a type that *branch* takes."""
        types = types_of(value)
        told = [part["type"] for part in self._pieces.parts(branch) or () if "type" in part]
        return branch is not False and all(not types.isdisjoint([one] if isinstance(one, str) else one) for one in told)

    def _inside(self, value: Any, keys: list[Any], part: dict[str, Any], path: _Path) -> Iterator[Fault]:
        """What is wrong with those of the members or items of *value* that *keys* are the names or indexes of."""
        is_list = isinstance(value, list)
        prefix = part.get("prefixItems", ()) if is_list else ()
        for key in keys[: max(len(prefix) - keys[0], 0)] if is_list else ():
            yield from self.faults(value[key], prefix[key], (*path, key))
        keys = [key for key in keys if key >= len(prefix)] if prefix else keys
        asked = ("items",) if is_list else ("properties", "patternProperties", "additionalProperties")
        deep = {keyword: part[keyword] for keyword in asked if keyword in part}
        if deep.get("additionalProperties") is False:  # _around has told of it
            del deep["additionalProperties"]
        if not deep or not keys:
            return
        chunk: Any = [value[key] for key in keys] if is_list else {key: value[key] for key in keys}
        kind = "items" if is_list else "members"
        if self._pieces.validator(deep, part, kind)[0].is_valid(chunk):
            return
        if not self._pieces.is_costly(chunk, deep):
            indexes: dict[Any, Any] = dict(enumerate(keys)) if is_list else {}

            def place(inner: _Path) -> _Path:
                return (*path, *(indexes.get(token, token) for token in inner[:1]), *inner[1:])

            yield from self._whole(chunk, deep, part, kind, place)
        elif len(keys) > 1:
            middle = len(keys) // 2
            yield from self._inside(value, keys[:middle], part, path)
            yield from self._inside(value, keys[middle:], part, path)
        else:
            for inner in [deep["items"]] if is_list else self._of_member(keys[0], deep):
                yield from self.faults(value[keys[0]], inner, (*path, keys[0]))

    def _of_member(self, name: str, deep: dict[str, Any]) -> list[Any]:
        """The schemas that *deep* has for the member *name*."""
        found = [deep["properties"][name]] if name in deep.get("properties", ()) else []
        for pattern, schema in deep.get("patternProperties", {}).items():
            none = {"patternProperties": {pattern: False}}
            if not self._pieces.validator(none, schema, f"not {pattern}")[0].is_valid({name: None}):
                found.append(schema)
        return found or [deep.get("additionalProperties", True)]


def _chunks(value: Any) -> Iterator[list[Any]]:
    """The names or indexes of *value*'s members or items, a few at a time."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    for start in range(0, len(keys), _CHUNK):
        yield keys[start : start + _CHUNK]
