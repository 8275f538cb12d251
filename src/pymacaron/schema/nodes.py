"""
What is known of the schemas that a value is looked at with, part by part: what each says of a value itself, and of
what that holds.

Each is read when it is first met, and kept: what asks whether a value fits is made once. Schemas whose parts cannot be
asked alone are Beyond. Neighbours: descent.py goes along these into a value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from json import dumps
from typing import TYPE_CHECKING, Any

from pymacaron.schema.faults import definition_of
from pymacaron.schema.leaves import Leaf
from pymacaron.schema.once import LOCK
from pymacaron.schema.pointers import pointer_text
from pymacaron.schema.quoting import is_secret
from pymacaron.schema.scanning import Scan, scan
from pymacaron.schema.validators import OWN_FORMAT

if TYPE_CHECKING:
    from jsonschema_rs import Validator

__all__ = ["Beyond", "Node", "Nodes", "Property"]


class Beyond(Exception):
    """It cannot be told by the parts what is wrong."""


#: The definitions that a schema may reach whose values are asked about whole
_FEW = 8

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


class Node:
    """
    A schema, of which the rest is known when `schema` is None: what it says of a value itself, of what that holds, and
    the further schemas of the same value.
    """

    __slots__ = (
        "accepts",
        "closed",
        "further",
        "holds",
        "is_flat",
        "items",
        "leaf",
        "leaves",
        "others",
        "properties",
        "required",
        "scan",
        "schema",
    )

    def __init__(self, schema: Any) -> None:
        self.schema = schema
        self.leaf: Leaf | None = None
        self.holds = True
        #: Whether a value fits, with all that it holds; None where it costs too much to make what knows it
        self.accepts: Callable[[Any], bool] | None = None
        self.properties: dict[str, Property] = {}
        #: What accepts the values of those of them that are no objects and no arrays
        self.leaves: dict[str, Callable[[Any], bool]] = {}
        self.required: tuple[str, ...] = ()
        #: What names the members that do not fit; None where they are gone through one by one
        self.scan: Scan | None = None
        #: Whether that knows all that there is to know of an object
        self.is_flat = False
        self.closed = False
        self.others: Node | None = None
        self.items: Node | None = None
        self.further: tuple[Node, ...] = ()

    def fits(self, value: Any) -> bool:
        """Whether it is known that *value* fits, with all that it holds."""
        accepts = self.accepts
        return accepts is not None and accepts(value)


class Property:
    """A property that an object may have: its name as a pointer has it, and whether that says that it is a secret."""

    __slots__ = ("is_secret", "node", "token")

    def __init__(self, name: str, node: Node):
        self.node = node
        self.token = pointer_text((name,))
        self.is_secret = is_secret(name)


class Nodes:
    """
    What is known of the schemas of one api in one direction, each when it is first met. *make* makes the validator of a
    schema.
    """

    def __init__(self, make: Callable[[Any], Validator]):
        self._make = make
        self._leaves: dict[str, Leaf] = {}
        self._named: dict[str, Node] = {}

    def named(self, name: str, definitions: Mapping[str, Any]) -> Node:
        """The node of a definition."""
        known = self._named.get(name)
        return known if known is not None else self._named.setdefault(name, Node(definitions[name]))

    def fill(self, node: Node, definitions: Mapping[str, Any]) -> None:
        """Read the schema of *node*. Raises Beyond where its parts cannot be asked alone."""
        with LOCK:
            self._fill(node, definitions)

    def _fill(self, node: Node, definitions: Mapping[str, Any]) -> None:
        schema = node.schema
        if schema is None:
            return
        if not isinstance(schema, dict) or not schema.keys() <= _OWN | _HOLDING | _FURTHER:
            if _references(schema):
                raise Beyond
            node.leaf = self._leaf(schema) if schema is not True else None
            node.holds = False
        else:
            own = {keyword: content for keyword, content in schema.items() if keyword in _OWN}
            node.leaf = self._leaf(own) if own else None
            node.properties = {
                name: Property(name, self._node(inner, definitions))
                for name, inner in schema.get("properties", {}).items()
            }
            node.required = tuple(schema.get("required", ()))
            others = schema.get("additionalProperties", True)
            node.closed = others is False
            node.others = None if node.closed or others is True else self._node(others, definitions)
            node.items = self._node(schema["items"], definitions) if schema.get("items", True) is not True else None
            further = [{"$ref": schema["$ref"]}] if "$ref" in schema else []
            node.further = tuple([self._node(one, definitions) for one in (*further, *schema.get("allOf", ()))])
            node.holds = not schema.keys() <= _OWN
            found = [(name, known.node.leaf) for name, known in node.properties.items() if _is_leaf(known.node)]
            node.leaves = {name: leaf.known() for name, leaf in found if leaf is not None and leaf.is_scalar}
            self._read_scan(node, own)
            if node.holds and node.items is None and not node.further:
                reached = _reached(schema, definitions)
                if reached is not None:
                    node.accepts = self._make({**schema, "$defs": reached} if reached else schema).is_valid
        node.schema = None

    def _read_scan(self, node: Node, own: Mapping[str, Any]) -> None:
        """Make what scans the objects of *node*, whose values *own* is about."""
        leaves = {name: node.properties[name].node.leaf for name in node.leaves}
        nested = {name: known.node.fits for name, known in node.properties.items() if name not in leaves}
        node.scan = scan([*node.properties], leaves, nested, node.required) if node.others is None else None
        is_object = own.keys() <= {"type"} and own.get("type") in ("object", None)
        node.is_flat = node.scan is not None and not nested and not node.further and is_object

    def _node(self, schema: Any, definitions: Mapping[str, Any]) -> Node:
        name = definition_of(schema) if isinstance(schema, dict) and len(schema) == 1 else ""
        if name:
            return self.named(name, definitions)
        node = Node(schema)
        if not isinstance(schema, dict) or schema.keys() <= _OWN:
            self.fill(node, definitions)
        return node

    def _leaf(self, schema: Any) -> Leaf:
        key = dumps(schema)
        known = self._leaves.get(key)
        return known if known is not None else self._leaves.setdefault(key, Leaf(schema, self._make))


#: Keywords that have schemas by names of any kind, and keywords that have values
_BY_NAME = frozenset(("properties", "patternProperties", "dependentSchemas"))
_VALUES = frozenset(("enum", "const", "default", "example", "examples"))


def _is_leaf(node: Node) -> bool:
    """Whether it is known that *node* says nothing of what a value holds."""
    return node.schema is None and not node.holds


def _reached(schema: Any, definitions: Mapping[str, Any]) -> dict[str, Any] | None:
    """The definitions that *schema* reaches; None where they are many, or reach themselves."""
    inside: dict[str, set[str]] = {}
    todo = [*_references(schema)]
    while todo:
        name = todo.pop()
        if name in inside:
            continue
        if name not in definitions or len(inside) == _FEW:
            return None
        inside[name] = _references(definitions[name])
        todo += inside[name]
    left = dict(inside)
    while left:
        ends = [name for name, further in left.items() if further.isdisjoint(left)]
        if not ends:
            return None
        for name in ends:
            del left[name]
    return {name: definitions[name] for name in inside}


def _references(schema: Any) -> set[str]:
    """The definitions that *schema* itself refers to; what stands in `enum` and `const` are values."""
    found: set[str] = set()
    todo = [schema]
    while todo:
        at = todo.pop()
        if isinstance(at, dict):
            name = definition_of(at)
            if name:
                found.add(name)
            for keyword, inner in at.items():
                if keyword in _BY_NAME and isinstance(inner, dict):
                    todo += inner.values()
                elif keyword not in _VALUES:
                    todo.append(inner)
        elif isinstance(at, list):
            todo += at
    return found
