"""
What a schema says about its values, its `$ref`s and its allOf followed: their types, properties, items, alternatives.

dialect.py, names.py, plans.py and classes.py stand on it, codec.py gives some of it out. Nothing here validates; what
is broken in a schema (dangling references, parts of the wrong type) is passed over, since `check` reports it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pymacaron.schema.folds import folded
from pymacaron.schema.keywords import RULES, Rules
from pymacaron.schema.once import Grown, once
from pymacaron.schema.resources import Identity, Place, Resources
from pymacaron.source import Node
from pymacaron.spec.model import Api
from pymacaron.spec.references import DanglingReference

__all__ = ["TYPES", "Discriminator", "Identity", "Shapes", "types_of"]

#: Every JSON type; a number may be an integer
TYPES = frozenset(("null", "boolean", "integer", "number", "string", "array", "object"))


#: The keywords that say what a value is made of. A schema that has one besides its `$ref` says more than the reference
_STRUCTURE = frozenset(
    (
        "$ref",
        "$dynamicRef",
        "$recursiveRef",
        "allOf",
        "anyOf",
        "oneOf",
        "properties",
        "additionalProperties",
        "patternProperties",
        "items",
        "prefixItems",
        "format",
    )
)


#: The keywords of a schema for what arrays and maps hold
_OF_ARRAYS = ("items", "additionalItems", "contains", "unevaluatedItems")
_HOLDING = (*_OF_ARRAYS, "additionalProperties", "unevaluatedProperties")


@dataclass(frozen=True, slots=True)
class Discriminator:
    """
    Which property names the schema of an object: `mapping` is value -> its schema, `default` (3.2) that of other
    values.
    """

    property: str
    mapping: Mapping[str, Node]
    default: Node | None


class Shapes:
    """The schemas of one api, looked at. Answers are kept, by the place of the schema."""

    def __init__(self, api: Api):
        self.api = api
        self.resources = Resources(api)
        #: Whether what stands beside `$ref` applies, in the version of the api; see also `rules`
        self.siblings = RULES[api.dialect].siblings
        self.named: dict[Place, str] = {}
        for name, node in api.schemas.items():
            self.named.setdefault(node.place, name)
        self._parts: dict[Identity, tuple[Node, ...]] = {}
        self._types: Grown[Identity, frozenset[str]] = Grown()
        self._own: dict[Identity, dict[str, Node]] = {}
        self._properties: Grown[Identity, dict[str, Node]] = Grown()
        self._discriminators: Grown[Identity, Discriminator | None] = Grown()

    # ---- references

    def rules(self, node: Node) -> Rules:
        """The rules that *node* is written by."""
        return self.resources.rules(node)

    def referred(self, node: Node) -> Node | None:
        """What the `$ref` (or `$dynamicRef`) of *node* stands for, one step; None where it has none or it dangles."""
        found = self.resources.referred(node)
        return found[0] if found else None

    def target(self, node: Node) -> Node:
        """
        The schema that *node* amounts to: through references that nothing is added to, and through an allOf of one.

        Stops at a named schema that is more than a reference, since it has a model of its own.
        """
        seen = set()
        while isinstance(node.value, dict) and node.identity not in seen:
            seen.add(node.identity)
            inner = self._sole(node)
            if inner is None:
                break
            node = inner
        return self.resources.settled(node)

    def _sole(self, node: Node) -> Node | None:
        structure = _STRUCTURE.intersection(node.value)
        if "$ref" in structure and (not self.rules(node).siblings or len(structure) == 1):
            return self.referred(node)
        if len(structure) == 1 and structure.issubset(self.rules(node).references):
            return self.referred(node)
        if structure != {"allOf"} or node.place in self.named:
            return None
        branches = node.child("allOf").items()
        telling = [
            branch for branch in branches if isinstance(branch.value, dict) and _STRUCTURE.intersection(branch.value)
        ]
        return telling[0] if len(telling) == 1 else None

    def is_plain(self, node: Node) -> bool:
        """Whether *node* says nothing about what its values are made of, besides their type."""
        return node.place not in self.named and _STRUCTURE.isdisjoint(
            node.value if isinstance(node.value, dict) else ()
        )

    # ---- what all of a schema says

    def parts(self, node: Node) -> tuple[Node, ...]:
        """
        *node* and everything that applies to the same value by `$ref` and allOf: schemas that are dicts, the nearest
        first.
        """
        known = self._parts.get(node.identity)
        if known is None:
            found: dict[Identity, Node] = {}
            self._collect(node, found)
            known = self._parts[node.identity] = tuple(found.values())
        return known

    def _collect(self, node: Node, found: dict[Identity, Node]) -> None:
        todo = [node]
        while todo:
            at = todo.pop(0)
            if not isinstance(at.value, dict) or at.identity in found:
                continue
            found[at.identity] = at
            todo[:0] = self.applied(at)

    def applied(self, node: Node) -> list[Node]:
        """What *node* itself applies to the same value, by `$ref` and allOf."""
        if not isinstance(node.value, dict):
            return []
        referred = self.resources.referred(node)
        if referred and not self.rules(node).siblings:
            return referred[:1]
        branches = node.child("allOf").items() if "allOf" in node.value else []
        return [*referred, *branches] if referred else branches

    def is_ignored(self, node: Node) -> bool:
        """Whether *node* itself says nothing."""
        return not isinstance(node.value, dict) or self._is_alone(node)

    def _is_alone(self, node: Node) -> bool:
        """Whether *node* is a reference beside which nothing counts."""
        return isinstance(node.value.get("$ref"), str) and not self.rules(node).siblings

    def spoken(self, node: Node) -> Iterator[dict[str, Any]]:
        """The dicts of the parts of *node* that count: in 2.0 and 3.0, what stands beside a `$ref` does not."""
        for part in self.parts(node):
            if not self._is_alone(part):
                yield part.value

    def first(self, node: Node, keyword: str) -> Node | None:
        """The value of *keyword* in the nearest part of *node* that has it."""
        for part in self.parts(node):
            if keyword in part.value and not self._is_alone(part):
                return part.child(keyword)
        return None

    def types(self, node: Node) -> frozenset[str]:
        """
        The JSON types that *node* can accept, by its types, enums and alternatives; all of them where it says
        nothing.
        """
        known = self._types.get(node.identity)
        if known is None:
            # What a schema that contains itself adds are all types
            with self._types.growing(node.identity, TYPES) as growth:
                if growth.is_new:
                    growth.value = self._typed(node)
            known = growth.value
        return known

    def _typed(self, node: Node) -> frozenset[str]:
        if node.value is False:
            return frozenset()
        types = TYPES
        for part in self.parts(node):
            value = part.value
            if self._is_alone(part):
                continue
            types &= self._declared_types(value, self.rules(part))
            for keyword in ("oneOf", "anyOf"):
                branches = part.child(keyword).items() if self.api.dialect != "2.0" and keyword in value else []
                if branches:
                    types &= frozenset[str]().union(*(self.types(branch) for branch in branches))
        if self.api.dialect == "2.0" and any(part.value.get("x-nullable") is True for part in self.parts(node)):
            types |= {"null"}
        return types

    def _declared_types(self, value: Mapping[str, Any], rules: Rules) -> frozenset[str]:
        declared = value.get("type")
        names = [declared] if isinstance(declared, str) else declared if isinstance(declared, list) else []
        types = frozenset(name for name in names if isinstance(name, str) and name in TYPES) or TYPES
        if "number" in types:
            types |= {"integer"}
        if rules.nullable == "nullable" and value.get("nullable") is True:
            types |= {"null"}
        if isinstance(value.get("enum"), list) and (value["enum"] or rules.siblings):
            types &= frozenset[str]().union(*(types_of(option) for option in value["enum"]))
        if rules.const and "const" in value:
            types &= types_of(value["const"])
        return types

    # ---- objects

    def own_properties(self, node: Node) -> dict[str, Node]:
        """
        dict: declared property -> its schema, of *node* and what it refers to and allOf's, not of alternatives.

        Not to be changed: in a long chain of schemas, those that add nothing share the dict of the one that does.
        """
        return folded(node, self._own, self.applied, self._merged, {})

    def _declared(self, node: Node) -> list[tuple[str, Node]]:
        """The properties that *node* itself declares."""
        return [] if self.is_ignored(node) or "properties" not in node.value else node.child("properties").members()

    def _merged(self, node: Node, applied: list[dict[str, Node]]) -> dict[str, Node]:
        """The properties of *node* itself, then those of what is applied to the same value."""
        members = self._declared(node)
        applied = [properties for properties in applied if properties]
        if not members and len(applied) < 2:
            return applied[0] if applied else {}
        found: dict[str, Node] = {}
        for name, schema in [(str(name), schema) for name, schema in members]:
            found.setdefault(name, schema)
        for properties in applied:
            for name, schema in properties.items():
                found.setdefault(name, schema)
        return found

    def patterned(self, node: Node) -> list[Node]:
        """The schemas of members that *node* tells by a pattern of their names."""
        found = [part.get("patternProperties") for part in self.parts(node)]
        return [schema for patterns in found if patterns is not None for _, schema in patterns.members()]

    def is_password(self, node: Node) -> bool:
        """Whether the values of *node* are of format password, or what arrays and maps of it hold."""
        todo, seen = [node], set[Identity]()
        while todo:
            at = todo.pop()
            if at.identity in seen:
                continue
            seen.add(at.identity)
            if any(value.get("format") == "password" for value in self.spoken(at)):
                return True
            todo += self.branches(at)
            for part in self.parts(at):
                todo += self.conditional(part)
                keywords = _OF_ARRAYS if self.is_object(at) else _HOLDING
                todo += [part.child(keyword) for keyword in keywords if keyword in part.value]
                todo += part.child("prefixItems").items() if "prefixItems" in part.value else []
                todo += part.child("items").items() if "items" in part.value else []
            if not self.is_object(at):
                todo += self.patterned(at)
        return False

    def conditional(self, node: Node) -> list[Node]:
        """What *node* itself may apply to the same value: by if, then, else, dependentSchemas."""
        if self.is_ignored(node):
            return []
        found = [node.child(keyword) for keyword in ("if", "then", "else") if keyword in node.value]
        for keyword in ("dependentSchemas", "dependencies"):
            found += [schema for _, schema in node.child(keyword).members()] if keyword in node.value else []
        return found

    def passwords(self, node: Node) -> frozenset[str]:
        """The members that any schema for the objects of *node* declares as passwords, whether it applies or not."""
        found, seen, todo = set[str](), set[Identity](), [node]
        while todo:
            at = todo.pop()
            if not isinstance(at.value, dict) or at.identity in seen:
                continue
            seen.add(at.identity)
            found.update(str(name) for name, schema in self._declared(at) if self.is_password(schema))
            rule = self.discriminator(at) if self.is_ancestor(at) else None
            todo += [*self.applied(at), *self.alternatives(at), *self.conditional(at)]
            todo += rule.mapping.values() if rule is not None else ()
        return frozenset(found)

    def holds_password(self, node: Node) -> bool:
        """Whether any member or item of *node*, at any depth, is a password."""
        seen, todo = set[Identity](), [node]
        while todo:
            at = todo.pop()
            if not isinstance(at.value, dict) or at.identity in seen:
                continue
            seen.add(at.identity)
            if not self.is_ignored(at) and at.value.get("format") == "password":
                return True
            todo += [*self.applied(at), *self.alternatives(at), *self.conditional(at)]
            todo += [schema for _, schema in self._declared(at)] + self.patterned(at)
            todo += [at.child(keyword) for keyword in _HOLDING if keyword in at.value]
            todo += [item for keyword in ("prefixItems", "items") for item in _listed(at, keyword)]
        return False

    def properties(self, node: Node) -> dict[str, Node]:
        """dict: property -> its schema: the declared ones, then those that only an alternative declares."""
        known = self._properties.get(node.identity)
        if known is None:
            with self._properties.growing(node.identity, dict(self.own_properties(node))) as growth:
                if growth.is_new:
                    for branch in self.branches(node):
                        for name, schema in list(self.properties(branch).items()):
                            growth.value.setdefault(name, schema)
            known = growth.value
        return known

    def branches(self, node: Node) -> list[Node]:
        """The alternatives (oneOf, anyOf) of *node* that are not null alone."""
        return [branch for part in self.parts(node) for branch in self.alternatives(part)]

    def alternatives(self, node: Node) -> list[Node]:
        """Those that *node* itself says."""
        return [branch for branches in self.choices(node) for branch in branches]

    def choices(self, node: Node) -> list[list[Node]]:
        """The same, those of oneOf apart from those of anyOf."""
        if self.api.dialect == "2.0" or self.is_ignored(node):
            return []
        found = [node.child(keyword).items() for keyword in ("oneOf", "anyOf") if keyword in node.value]
        return [[branch for branch in branches if self.types(branch) != {"null"}] for branches in found]

    def is_object(self, node: Node) -> bool:
        """
        Whether *node* has a model: its values may be objects, and it declares properties, or is a named schema of
        objects.
        """
        if "object" not in self.types(node):
            return False
        if self.properties(node) and (self.own_properties(node) or self.says_object(node)):
            return True
        return node.place in self.named and self.says_object(node)

    def says_object(self, node: Node) -> bool:
        """Whether `type` names objects."""
        return any("object" in _names(value.get("type")) for value in self.spoken(node))

    def is_union(self, node: Node) -> bool:
        """Whether the objects of *node* are those of its alternatives: it declares no property itself."""
        return not self.own_properties(node) and any("object" in self.types(b) for b in self.branches(node))

    def is_open(self, node: Node) -> bool:
        """Whether objects of *node* may have members that it does not declare."""
        for part in self.parts(node):
            closing = ["additionalProperties", *(k for k in self.rules(part).one if k == "unevaluatedProperties")]
            if not self._is_alone(part) and any(part.value.get(keyword) is False for keyword in closing):
                return False
        return True

    def discriminator(self, node: Node) -> Discriminator | None:
        """
        Which property of the objects of *node* chooses between its alternatives, or between the schemas that extend
        it.
        """
        if node.identity not in self._discriminators:
            with self._discriminators.growing(node.identity, None) as growth:
                if growth.is_new:
                    growth.value = self._discriminator(node)
            return growth.value
        return self._discriminators[node.identity]

    def _discriminator(self, node: Node) -> Discriminator | None:
        found = self.first(node, "discriminator")
        if found is None:
            return None
        owner = next((part for part in self.parts(node) if part.value.get("discriminator") is found.value), node)
        if self.api.dialect == "2.0":
            name, explicit, default = found.value, None, None
        elif isinstance(found.value, dict):
            name, explicit, default = (found.value.get(key) for key in ("propertyName", "mapping", "defaultMapping"))
        else:
            return None
        if not isinstance(name, str):
            return None
        mapping = {**self._implied(owner)}
        for value, reference in explicit.items() if isinstance(explicit, dict) else ():
            schema = self._mapped(reference, found)
            if schema is not None:
                mapping[str(value)] = schema
        fallback = self._mapped(default, found) if isinstance(default, str) else None
        return Discriminator(name, mapping, fallback) if mapping else None

    def _implied(self, node: Node) -> dict[str, Node]:
        """dict: name -> schema, of the alternatives that are references, or of the named schemas that extend *node*."""
        branches = self.branches(node)
        if not branches:
            return self.heirs(node)
        found = {}
        for branch in branches:
            schema = self.referred(branch)
            if schema is not None:
                found[self.named.get(schema.place) or _last(schema.pointer)] = schema
        return found

    def _mapped(self, reference: Any, place: Node) -> Node | None:
        if not isinstance(reference, str):
            return None
        try:
            named = self.api.schemas.get(reference) or self.api.references.resolve(reference, place)
        except DanglingReference:
            return None
        return self.resources.entered(named, place)

    def heirs(self, node: Node) -> dict[str, Node]:
        """dict: discriminator value -> named schema that has *node* in its allOf, at any remove."""
        heirs = self._heirs.get(node.place, {})
        return {name: self.resources.entered(heir, node) for name, heir in heirs.items()} if node.scope else heirs

    @once
    def _heirs(self) -> dict[Place, dict[str, Node]]:
        found: dict[Place, dict[str, Node]] = {}
        for name, schema in self.api.schemas.items():
            if not isinstance(schema.value, dict) or "$ref" in schema.value:
                continue
            for ancestor in self.parts(schema)[1:]:
                value = schema.value.get("x-ms-discriminator-value")
                found.setdefault(ancestor.place, {})[value if isinstance(value, str) else name] = schema
        return found

    def is_ancestor(self, node: Node) -> bool:
        """Whether *node* is extended by others through allOf, and a discriminator of its own says by which."""
        value = node.value
        return (
            isinstance(value, dict)
            and "discriminator" in value
            and not self.branches(node)
            and bool(self.discriminator(node))
        )

    def choice(self, node: Node) -> Discriminator | None:
        """
        Of a *node* that has a model: which property of its objects names a schema whose model they may have instead.
        Heirs, and of alternatives beside properties those that declare all of these, so that nothing is lost.
        """
        if self.is_ancestor(node):
            return self.discriminator(node)
        own = self.own_properties(node)
        rule = self.discriminator(node) if own and "discriminator" in node.value and self.branches(node) else None
        if rule is None:
            return None
        whole = {
            value: schema
            for value, schema in ((None, rule.default), *rule.mapping.items())
            if schema is not None and self.is_object(schema) and own.keys() <= self.properties(schema).keys()
        }
        default = whole.pop(None, None)
        return Discriminator(rule.property, whole, default)  # type: ignore[arg-type]


def _names(types: Any) -> list[Any]:
    return types if isinstance(types, list) else [types]


def types_of(value: Any) -> frozenset[str]:
    """The JSON types of *value*."""
    if value is None:
        return frozenset(("null",))
    if isinstance(value, bool):
        return frozenset(("boolean",))
    if isinstance(value, (int, float)):
        return frozenset(("integer", "number")) if value == value // 1 else frozenset(("number",))
    return frozenset(("array" if isinstance(value, list) else "object" if isinstance(value, dict) else "string",))


def _listed(node: Node, keyword: str) -> list[Node]:
    return node.child(keyword).items() if isinstance(node.value.get(keyword), list) else []


def _last(pointer: tuple[str, ...]) -> str:
    return pointer[-1] if pointer else ""
