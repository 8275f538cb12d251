"""
What is wrong with a small value, found by going down into it: the fast way to Violations.

The validator takes microseconds for each error it makes, and copies what an error is about. Here each part of the value
asks a validator of its own schema only whether it fits, and what there is to say of it is kept with that schema.
Schemas whose parts cannot be asked alone, large values and many violations are left to faults.py and pieces.py, which
say the same. Neighbours: codec.py asks here first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from json import dumps
from math import inf
from typing import TYPE_CHECKING, Any

from pymacaron.finding import did_you_mean
from pymacaron.schema.faults import HINTED, Fault, Texts, definition_of
from pymacaron.schema.once import LOCK
from pymacaron.schema.pieces import is_large
from pymacaron.schema.pointers import Order, Path, names_of, pointer_text
from pymacaron.schema.quoting import is_secret, quoted
from pymacaron.schema.validators import OWN_FORMAT
from pymacaron.schema.violations import Violation

if TYPE_CHECKING:
    from jsonschema_rs import Validator

__all__ = ["Descent", "Nodes"]

#: The members and items of a value, the violations and the levels that are looked for here
_PARTS, _MOST, _DEEPEST = 2_000, 100, 60

#: The definitions that a schema may reach whose values are asked about whole
_FEW = 8

#: The longest name of an undeclared property here
_LONG = 200

#: The keywords that are about a value itself and are told at its place
_OWN = frozenset(
    {
        *("type", "enum", "const", "format", OWN_FORMAT, "pattern", "minLength", "maxLength", "multipleOf"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
        *("minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties"),
    }
)

#: The keywords about what a value holds that are read here, and those with further schemas of the same value
_HOLDING = frozenset(("properties", "required", "additionalProperties", "items"))
_FURTHER = frozenset(("$ref", "allOf"))

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


#: The keywords that are read without the validator where it is asked for no more than a yes
_EASY = frozenset(("type", "enum", "minLength", "maxLength", "minimum", "maximum"))

#: The types of those that do
_HOLDERS = frozenset(("object", "array"))

#: The classes of values that hold no others
_SCALARS = frozenset((str, int, float, bool, type(None)))


class _Beyond(Exception):
    """It cannot be told here what is wrong."""


class _Leaf:
    """What a schema says of a value itself. `accepts`: whether it fits. `is_scalar`: no object and no array does."""

    __slots__ = ("_checks", "_make", "accepts", "is_scalar", "schema", "validator")

    validator: Validator

    def __init__(self, schema: Any, make: Callable[[Any], Validator]):
        self.schema = schema
        self.accepts: Callable[[Any], bool] = self._first
        self._make = make
        self._checks: list[_Check] | None = None
        types = schema.get("type", "object") if isinstance(schema, dict) else "object"
        self.is_scalar = _HOLDERS.isdisjoint([types] if isinstance(types, str) else types)

    def _first(self, value: Any) -> bool:
        """As `accepts`, which this makes."""
        with LOCK:
            if self.accepts == self._first:
                self.validator = self._make(self.schema)
                self.accepts = _quick(self.schema, self.validator.is_valid)
        return self.accepts(value)

    def known(self) -> Callable[[Any], bool]:
        """`accepts`, made."""
        self.accepts(None)
        return self.accepts

    def broken(self, value: Any) -> _Check | None:
        """The one keyword that *value* breaks, where it is one whose words are always the same."""
        checks = self._checks
        if checks is None:
            with LOCK:
                checks = self._checks
                if checks is None:
                    checks = self._checks = self._checked()
        found = [check for check in checks if not check.accepts(value)]
        return found[0] if len(found) == 1 else None

    def _checked(self) -> list[_Check]:
        schema = self.schema
        if isinstance(schema, dict) and schema.keys() <= _CONSTANT and _is_steady(schema.get("pattern", "")):
            return [_Check(one, _quick({one: said}, self._make({one: said}).is_valid)) for one, said in schema.items()]
        return []


class _Check:
    """One keyword of a schema, and what it says of every value that breaks it: None until that is known."""

    __slots__ = ("accepts", "code", "words")

    def __init__(self, code: str, accepts: Callable[[Any], bool]):
        self.code = code
        self.accepts = accepts
        self.words: str | None = None


class _Node:
    """
    A schema, of which the rest is known when `schema` is None: what it says of a value itself, of what that holds, and
    the further schemas of the same value.
    """

    __slots__ = (
        "accepts",
        "closed",
        "further",
        "holds",
        "items",
        "leaf",
        "leaves",
        "others",
        "properties",
        "required",
        "schema",
    )

    def __init__(self, schema: Any) -> None:
        self.schema = schema
        self.leaf: _Leaf | None = None
        self.holds = True
        #: Whether a value fits, with all that it holds; None where it costs too much to make what knows it
        self.accepts: Callable[[Any], bool] | None = None
        self.properties: dict[str, _Node] = {}
        #: What accepts the values of those of them that are no objects and no arrays
        self.leaves: dict[str, Callable[[Any], bool]] = {}
        self.required: tuple[str, ...] = ()
        self.closed = False
        self.others: _Node | None = None
        self.items: _Node | None = None
        self.further: tuple[_Node, ...] = ()


class Nodes:
    """
    What is known of the schemas of one api in one direction, each when it is first met. *make* makes the validator of a
    schema.
    """

    def __init__(self, make: Callable[[Any], Validator]):
        self._make = make
        self._leaves: dict[str, _Leaf] = {}
        self._named: dict[str, _Node] = {}

    def named(self, name: str, definitions: Mapping[str, Any]) -> _Node:
        """The node of a definition."""
        known = self._named.get(name)
        return known if known is not None else self._named.setdefault(name, _Node(definitions[name]))

    def fill(self, node: _Node, definitions: Mapping[str, Any]) -> None:
        """Read the schema of *node*. Raises _Beyond where its parts cannot be asked alone."""
        with LOCK:
            self._fill(node, definitions)

    def _fill(self, node: _Node, definitions: Mapping[str, Any]) -> None:
        schema = node.schema
        if schema is None:
            return
        if not isinstance(schema, dict) or not schema.keys() <= _OWN | _HOLDING | _FURTHER:
            if _refers(schema):
                raise _Beyond
            node.leaf = self._leaf(schema) if schema is not True else None
            node.holds = False
        else:
            own = {keyword: content for keyword, content in schema.items() if keyword in _OWN}
            node.leaf = self._leaf(own) if own else None
            node.properties = {
                name: self._node(inner, definitions) for name, inner in schema.get("properties", {}).items()
            }
            node.required = tuple(schema.get("required", ()))
            others = schema.get("additionalProperties", True)
            node.closed = others is False
            node.others = None if node.closed or others is True else self._node(others, definitions)
            node.items = self._node(schema["items"], definitions) if schema.get("items", True) is not True else None
            further = [{"$ref": schema["$ref"]}] if "$ref" in schema else []
            node.further = tuple([self._node(one, definitions) for one in (*further, *schema.get("allOf", ()))])
            node.holds = not schema.keys() <= _OWN
            node.leaves = {
                name: inner.leaf.known()
                for name, inner in node.properties.items()
                if inner.schema is None and not inner.holds and inner.leaf is not None and inner.leaf.is_scalar
            }
            if node.holds and node.items is None and not node.further:
                reached = _reached(schema, definitions)
                if reached is not None:
                    node.accepts = self._make({**schema, "$defs": reached} if reached else schema).is_valid
        node.schema = None

    def _node(self, schema: Any, definitions: Mapping[str, Any]) -> _Node:
        name = definition_of(schema) if isinstance(schema, dict) and len(schema) == 1 else ""
        if name:
            return self.named(name, definitions)
        node = _Node(schema)
        if not isinstance(schema, dict) or schema.keys() <= _OWN:
            self.fill(node, definitions)
        return node

    def _leaf(self, schema: Any) -> _Leaf:
        key = dumps(schema)
        known = self._leaves.get(key)
        return known if known is not None else self._leaves.setdefault(key, _Leaf(schema, self._make))


class Descent:
    """
    The way down into the values of one bundle of dialect.py. *passwords*: whether anything there is of format password.
    """

    def __init__(self, bundle: Mapping[str, Any], nodes: Nodes, passwords: bool):
        self.bundle = bundle
        self.nodes = nodes
        self.passwords = passwords
        self._root = nodes.named(definition_of(bundle), bundle["$defs"])

    def violations(self, value: Any, location: str, pointer: str = "") -> list[Violation] | None:
        """
        What is wrong with *value*, which is not valid, as Codec.violations has it; None where others are to tell it.
        """
        search = _Search(self, value, pointer)
        try:
            search.look(self._root, value, (), True)
        except (_Beyond, ValueError, RecursionError):
            return None
        found = search.found
        if search.is_mixed and len(found) > 1:
            order = Order(value)
            ranks = {order.key(fault[0]): fault for fault in found}
            if len(ranks) < len(found):
                return None  # of two at one place the validator knows which goes first
            found = [ranks[rank] for rank in sorted(ranks)]
        return [Violation(location, pointer + pointer_text(path), code, detail) for path, code, detail in found] or None


class _Search:
    """The way through one value. `found`: what is wrong, in its order unless it `is_mixed`."""

    def __init__(self, descent: Descent, value: Any, pointer: str):
        self.found: list[Fault] = []
        self.is_mixed = False
        self._descent = descent
        self._definitions = descent.bundle["$defs"]
        self._value = value
        self._pointer = pointer
        self._is_hidden = descent.passwords or (pointer != "" and any(map(is_secret, names_of(pointer))))
        self._left = _PARTS
        self._is_small = False

    def look(self, node: _Node, value: Any, path: Path, is_asked: bool = False) -> None:
        """
        Find what is wrong with *value*, which stands at *path*, by *node*; *is_asked*: that something is, is known.
        Raises _Beyond.
        """
        if node.schema is not None:
            self._descent.nodes.fill(node, self._definitions)
        if not is_asked and node.accepts is not None and node.accepts(value):
            return
        leaf, cls = node.leaf, value.__class__
        if leaf is not None and not leaf.accepts(value):
            self._tell(leaf, value, path)
        if cls is dict:
            if node.holds:
                self._members(node, value, path)
            else:
                self._skim(value)
        elif cls is list:
            items = node.items
            if items is None:
                self._skim(value)
            else:
                self._count(len(value), path)
                if items.schema is not None:
                    self._descent.nodes.fill(items, self._definitions)
                accepts = _nothing if items.accepts is None else items.accepts
                for index, item in enumerate(value):
                    if not accepts(item):
                        self.look(items, item, (*path, index), True)
        elif cls not in _SCALARS:
            raise _Beyond
        if node.further:
            self.is_mixed = True
            self._count(len(node.further), path)
            for one in node.further:
                self.look(one, value, path)

    def _members(self, node: _Node, value: dict[str, Any], path: Path) -> None:
        self._left -= len(value) + len(node.required)
        if self._left < 0 or len(path) > _DEEPEST:
            raise _Beyond
        get, undeclared = node.leaves.get, 0
        for name, member in value.items():
            accepts = get(name)
            if accepts is not None:
                if not accepts(member):
                    self._tell(node.properties[name].leaf, member, (*path, name))  # type: ignore[arg-type]
                continue
            inner = node.properties.get(name)
            if inner is None:
                if len(name) > _LONG:
                    raise _Beyond
                if node.closed:
                    self._undeclared(node, name, path, undeclared)
                    undeclared += 1
                inner = node.others
                if inner is None:
                    if member.__class__ not in _SCALARS:
                        self._skim(member)
                    continue
            self.look(inner, member, (*path, name))
        for name in node.required:
            if name not in value:
                self._add(((*path, name), "required", "is missing"))

    def _skim(self, value: Any) -> None:
        """Raise _Beyond where *value*, which anything may be in, holds too much, or is nested too deep to be copied."""
        level, depth = [value], 0
        while level:
            depth += 1
            self._left -= sum(map(len, level))
            if depth > _DEEPEST or self._left < 0:
                raise _Beyond
            inside = [one for at in level for one in (at.values() if at.__class__ is dict else at)]
            level = [one for one in inside if one.__class__ not in _SCALARS]
            if any(one.__class__ is not dict and one.__class__ is not list for one in level):
                raise _Beyond

    def _undeclared(self, node: _Node, name: str, path: Path, index: int) -> None:
        if not node.properties:
            raise _Beyond  # the validator knows another word for it
        declared = self._texts(path, None).declared(path) if self.is_mixed else node.properties
        hint = did_you_mean(name, declared) if index < HINTED else ""
        fact = "is not a declared property"
        self._add(((*path, name), "additionalProperties", f"{fact}. {hint}" if hint else fact))

    def _count(self, parts: int, path: Path) -> None:
        self._left -= parts
        if self._left < 0 or len(path) > _DEEPEST:
            raise _Beyond

    def _add(self, fault: Fault) -> None:
        if len(self.found) == _MOST:
            raise _Beyond
        self.found.append(fault)

    def _texts(self, path: Path, document: Any) -> Texts:
        names, passwords = names_of(self._pointer), self._descent.passwords
        return Texts(self._value, self._descent.bundle, lambda inner: (*path, *inner), names, passwords, document)

    def _tell(self, leaf: _Leaf, value: Any, path: Path) -> None:
        """Say what is wrong with *value* itself."""
        is_hidden = self._is_hidden
        for token in path:
            is_hidden = is_hidden or (token.__class__ is str and is_secret(token))
        check = None if is_hidden else leaf.broken(value)
        if check is not None and check.words is not None:
            self._add((path, check.code, quoted(value) + check.words))
            return
        if not self._is_small:
            if is_large(self._value):
                raise _Beyond  # errors have copies of what they are about
            self._is_small = True
        texts = self._texts(path, leaf.schema)
        faults = [fault for error in leaf.validator.iter_errors(value) for fault in texts.faults(error)]
        if len(faults) > 1:
            self.is_mixed = True
        for fault in faults:
            self._add(fault)
        shown = quoted(value)
        if check is not None and len(faults) == 1:
            _, code, detail = faults[0]
            if code == check.code and detail.startswith(shown):
                check.words = detail[len(shown) :]


def _nothing(value: Any) -> bool:
    """Accepts no value."""
    return False


def _reached(schema: Any, definitions: Mapping[str, Any]) -> dict[str, Any] | None:
    """The definitions that *schema* reaches; None where they are many, or reach themselves."""
    found: dict[str, Any] = {}
    todo: list[tuple[Any, tuple[str, ...]]] = [(schema, ())]
    while todo:
        at, around = todo.pop()
        if isinstance(at, dict):
            name = definition_of(at)
            if name:
                if name in around or len(around) == _FEW:
                    return None
                found[name] = definitions[name]
                if len(found) > _FEW:
                    return None
                todo.append((found[name], (*around, name)))
            todo += [(one, around) for one in at.values()]
        elif isinstance(at, list):
            todo += [(one, around) for one in at]
    return found


def _refers(schema: Any) -> bool:
    """Whether anything in *schema* refers to a definition."""
    todo = [schema]
    while todo:
        at = todo.pop()
        if isinstance(at, dict):
            if "$ref" in at:
                return True
            todo += at.values()
        elif isinstance(at, list):
            todo += at
    return False


def _quick(schema: Any, is_valid: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """What does as *is_valid* of *schema*, in less time for what most schemas ask of values."""
    if not isinstance(schema, dict) or not schema.keys() <= _EASY:
        return is_valid
    declared = schema.get("type")
    types = [declared] if isinstance(declared, str) else declared or []
    classes = frozenset([cls for name in types for cls in _CLASSES.get(name, ())])
    if schema.keys() == {"type"}:
        return lambda value: value.__class__ in classes or is_valid(value)
    if classes == {str} and "enum" in schema and len(schema) == 2:
        options = frozenset([option for option in schema["enum"] if isinstance(option, str)])
        return lambda value: (value.__class__ is str and value in options) or is_valid(value)
    if classes == {str} and schema.keys() <= {"type", "minLength", "maxLength"}:
        shortest, longest = schema.get("minLength", 0), schema.get("maxLength", inf)
        return lambda value: (value.__class__ is str and shortest <= len(value) <= longest) or is_valid(value)
    if classes and classes <= {int, float} and schema.keys() <= {"type", "minimum", "maximum"}:
        least, most = schema.get("minimum", -inf), schema.get("maximum", inf)
        return lambda value: (value.__class__ in classes and least <= value <= most) or is_valid(value)
    return is_valid
