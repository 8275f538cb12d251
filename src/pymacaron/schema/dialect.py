"""
A schema as its description's version writes it -> one self-contained JSON Schema 2020-12 document for the validator.

The differences between the versions are the tables of keywords.py. A bundle is `{"$ref": "#/$defs/X", "$defs": {...}}`,
where $defs holds what X reaches, in whichever file that stands, and nothing else. What is broken in a schema is left
out, never an error: `check` reports it. shape.py follows references; validators.py makes validators of bundles.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from pymacaron.schema.demands import COUNTED, Demands, Direction
from pymacaron.schema.formats import FORMATS, RANGES, Format
from pymacaron.schema.keywords import RULES, Rules, names_in, plain_json
from pymacaron.schema.patterns import usable_pattern
from pymacaron.schema.shape import TYPES, Identity, Shapes
from pymacaron.schema.validators import OWN_FORMAT
from pymacaron.source import Node

__all__ = ["Bundles", "Direction"]

#: A schema, and the properties that somebody around it says are not to be demanded
_Key = tuple[Identity, frozenset[str]]

#: Beyond this depth a nested schema is moved to $defs: the validator reads 255 levels of nesting
_DEEPEST = 30

_NONE: frozenset[str] = frozenset()

#: Swagger 2.0 has no anyOf, oneOf and not; who writes them means them, so they are told to who makes values
_MEANT = replace(RULES["2.0"], one=RULES["3.0"].one, many=RULES["3.0"].many)

#: What people are told of values, and does not make one valid
_TOLD = ("example", "examples", "default", "writeOnly", "contentEncoding")


class Bundles:
    """
    The schemas of one api for one direction, translated once each, and the bundles that are made of them. *telling*:
    with what says nothing of validity, for who makes values: examples, defaults, `x-heirs`, which names the
    definitions that extend one, and `x-discriminated`, the members by which one is told from others.
    """

    def __init__(self, shapes: Shapes, direction: Direction, formats: Mapping[str, Format], *, telling: bool = False):
        self._shapes = shapes
        self._dialect = shapes.api.dialect
        self._demands = Demands(shapes, direction)
        self._formats = formats
        self._telling = telling
        self.passwords: set[str] = set()  # the definitions with format: password somewhere
        self._names: dict[_Key, str] = {}
        self._taken: dict[str, _Key] = {}
        self._numbers: dict[str, int] = {}  # by label: the last number that was given
        self._nodes: dict[_Key, Node] = {}
        self._definitions: dict[str, Any] = {}
        self._reached: dict[str, set[str]] = {}
        self._translating = ""

    def bundle(self, node: Node) -> dict[str, Any]:
        """*node* as a document of its own. Its definitions are shared with other bundles: not to be changed."""
        root = self._name(self.referred_to(node))
        return {"$ref": f"#/$defs/{root}", "$defs": self._reach([root])}

    def common(self, nodes: Iterable[Node]) -> dict[str, Any]:
        """A document that validates `{name: value}` with the definition of that name, for each of *nodes*."""
        roots = list(dict.fromkeys(self._name(self.referred_to(node)) for node in nodes))
        return {"properties": {name: {"$ref": f"#/$defs/{name}"} for name in roots}, "$defs": self._reach(roots)}

    def root(self, node: Node) -> str:
        """The name of the definition that *node* is; see `definition` and `place`."""
        return self._name(self.referred_to(node))

    def definition(self, name: str) -> Any:
        """The definition *name*, which `root` or a `$ref` of another has named. Not to be changed."""
        if name not in self._definitions:
            self._translate(name)
        return self._definitions[name]

    def place(self, name: str) -> Node:
        """What the definition *name* was made of."""
        return self._nodes[self._taken[name]]

    def referred_to(self, node: Node) -> Node:
        """The schema that *node* is, through references that nothing is added to."""
        for _ in range(50):
            inner = self._shapes.referred(node)
            if inner is None:
                break
            if set(node.value) != {"$ref"}:
                siblings = self._shapes.rules(node).siblings or self._shapes.rules(node).nullable == "x-nullable"
                if siblings:
                    break
            node = inner
        return node

    def _reach(self, roots: Iterable[str]) -> dict[str, Any]:
        definitions: dict[str, Any] = {}
        todo = list(roots)
        while todo:
            name = todo.pop()
            if name in definitions:
                continue
            if name not in self._definitions:
                self._translate(name)
            definitions[name] = self._definitions[name]
            todo += self._reached[name]
        return definitions

    # ---- definitions

    def _name(self, node: Node, unsent: frozenset[str] = _NONE) -> str:
        """The name in $defs of the schema *node* that does not demand the properties *unsent*."""
        key = (node.identity, unsent)
        name = self._names.get(key)
        if name is None:
            label = self._shapes.named.get(node.place) or next(
                (token for token in reversed(node.pointer) if not token.isdigit() and token not in ("schema", "items")),
                "schema",
            )
            label = re.sub(r"[^A-Za-z0-9_.-]+", "_", label)[:60]
            label = label if label.strip(".") else "schema"
            name, number = label, self._numbers.get(label, 1)
            while name in self._taken:
                number += 1
                name = f"{label}-{number}"
            self._numbers[label] = number
            self._taken[name] = key
            self._names[key] = name
            self._nodes[key] = node
        return name

    def _translate(self, name: str) -> None:
        key = self._taken[name]
        node, unsent = self._nodes[key], key[1]
        self._reached[name] = set()
        self._translating = name
        self._definitions[name] = self._schema(node, unsent, 0, root=True)

    def _reference(self, node: Node, unsent: frozenset[str] = _NONE) -> dict[str, Any]:
        """A `$ref` to the schema *node*, of which *unsent* are not to be demanded."""
        if unsent:
            unsent = (unsent & self._demands.required(node)) - self._demands.unsent(node)
        name = self._name(node, unsent)
        self._reached[self._translating].add(name)
        return {"$ref": f"#/$defs/{name}"}

    # ---- one schema

    def _schema(self, node: Node, unsent: frozenset[str], depth: int, *, root: bool = False) -> Any:
        """
        The translation of *node*; *unsent* are properties that the direction does not demand, known from around it.
        """
        value = node.value
        if not isinstance(value, dict):
            return value is not False
        rules = self._shapes.rules(node)
        if self._telling and self._dialect == "2.0":
            rules = _MEANT
        if not root and depth > _DEEPEST:
            return self._reference(node, unsent)
        if isinstance(value.get("$ref"), str) and not rules.siblings:
            return self._referred(node, unsent)
        if rules.without:
            node = node._replace(value={k: v for k, v in value.items() if k not in rules.without})
            value = node.value
        result: dict[str, Any] = {}
        if _DEMANDING.intersection(value):
            unsent |= self._demands.unsent(node)
        self._references(node, result, unsent)
        self._types(value, rules, result)
        for keyword, said in value.items():
            usable = rules.assertions.get(keyword)
            content = usable(said) if usable is not None else None
            if content is not None:
                result[keyword] = content
        if "const" in value and rules.const:
            result["const"] = plain_json(value["const"])
        for keyword in rules.one:
            if isinstance(value.get(keyword), (dict, bool)):
                passed = unsent if keyword in ("then", "else") else _NONE
                result[keyword] = self._schema(node.child(keyword), passed, depth + 1)
        for keyword in rules.many:
            branches = self._branches(node, keyword, unsent, depth)
            if branches:
                result.setdefault(keyword, []).extend(branches)
        if "discriminator" not in value:
            _without_twins(result)
        for keyword in rules.maps:
            if isinstance(value.get(keyword), dict):
                passed = unsent if keyword == "dependentSchemas" else _NONE
                result[keyword] = {
                    str(name): self._schema(child, passed, depth + 1) for name, child in node.child(keyword).members()
                }
        self._corrected(node, rules, result, unsent, depth)
        if "discriminator" in value:
            self._discriminated(node, result)
        if self._telling:
            self._tell(node, result)
        return self._nullable(value, result)

    def _tell(self, node: Node, result: dict[str, Any]) -> None:
        """What people are told of values of *node*, and by which discriminators its objects are known."""
        for keyword in _TOLD:
            if keyword in node.value:
                result[keyword] = plain_json(node.value[keyword])
        if self._shapes.is_ancestor(node):
            rule = self._shapes.discriminator(node)
            heirs = [] if rule is None else [one for one in rule.mapping.values() if one.place != node.place]
            names = [self._reference(one)["$ref"].removeprefix("#/$defs/") for one in heirs]
            if names:
                result["x-heirs"] = list(dict.fromkeys(names))
        if node.place in self._shapes.named:
            for part in self._shapes.parts(node):
                rule = self._shapes.discriminator(part) if self._shapes.is_ancestor(part) else None
                known = [] if rule is None else [v for v, one in rule.mapping.items() if one.place == node.place]
                if rule is not None and known:
                    result.setdefault("x-discriminated", {}).setdefault(rule.property, known[-1])

    def _referred(self, node: Node, unsent: frozenset[str]) -> Any:
        """The translation of a `$ref` that stands alone."""
        inner = self._shapes.referred(node)
        if inner is None:
            return True
        reference = self._reference(inner, unsent)
        if self._dialect == "2.0" and node.value.get("x-nullable") is True:
            return {"anyOf": [reference, {"type": "null"}]}
        return reference

    def _references(self, node: Node, result: dict[str, Any], unsent: frozenset[str]) -> None:
        """What *node* refers to beside what it says itself."""
        for number, target in enumerate(self._shapes.resources.referred(node)):
            reference = self._reference(target, unsent)
            if number:
                result.setdefault("allOf", []).append(reference)
            else:
                result.update(reference)

    def _branches(self, node: Node, keyword: str, unsent: frozenset[str], depth: int) -> list[Any]:
        if not isinstance(node.value.get(keyword), list):
            return []
        found = []
        for branch in node.child(keyword).items():
            passed = _NONE if keyword == "prefixItems" else unsent
            if keyword == "oneOf" and isinstance(branch.value, dict) and branch.value.keys() == {"required"}:
                # What only tells alternatives apart would fit everything
                passed = passed if set(names_in(branch.value["required"]) or ()) - passed else _NONE
            found.append(self._schema(branch, passed, depth + 1))
        return found

    def _types(self, value: Mapping[str, Any], rules: Rules, result: dict[str, Any]) -> None:
        declared = value.get("type")
        names = [declared] if isinstance(declared, str) else declared if isinstance(declared, list) else []
        types = list(dict.fromkeys(name for name in names if isinstance(name, str) and name in TYPES))
        if types and rules.nullable == "nullable" and value.get("nullable") is True and "null" not in types:
            types.append("null")
        if types:
            result["type"] = types[0] if len(types) == 1 else types

    def _corrected(self, node: Node, rules: Rules, result: dict[str, Any], unsent: frozenset[str], depth: int) -> None:
        """
        What the versions write otherwise: exclusive limits, tuples, formats of numbers, required members not sent.
        """
        value = node.value
        for limit, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
            if value.get(exclusive) is True and limit in result:
                result[exclusive] = result.pop(limit)
        if isinstance(value.get("dependencies"), dict):
            self._dependencies(node.child("dependencies"), result, unsent, depth)
        if isinstance(value.get("items"), list):
            result["prefixItems"] = [self._schema(item, _NONE, depth + 1) for item in node.child("items").items()]
            if isinstance(value.get("additionalItems"), (dict, bool)):
                result["items"] = self._schema(node.child("additionalItems"), _NONE, depth + 1)
        for keyword in ("prefixItems", "required"):
            if result.get(keyword) == []:
                del result[keyword]
        if value.get("enum") == [] and rules.siblings:
            result["enum"] = []
        if unsent:
            _undemanded(result, unsent)
        if "pattern" in result:
            pattern = usable_pattern(result.pop("pattern"))
            if pattern is not None:
                result["pattern"] = pattern
        if "patternProperties" in result:
            patterns = {usable_pattern(pattern): schema for pattern, schema in result.pop("patternProperties").items()}
            result["patternProperties"] = {
                pattern: schema for pattern, schema in patterns.items() if pattern is not None
            }
        self._format(result, rules)

    def _dependencies(self, node: Node, result: dict[str, Any], unsent: frozenset[str], depth: int) -> None:
        """Draft 4's `dependencies`, which later became two keywords."""
        for name, needed in node.members():
            if isinstance(needed.value, list):
                result.setdefault("dependentRequired", {}).setdefault(str(name), names_in(needed.value))
            else:
                schema = self._schema(needed, unsent, depth + 1)
                result.setdefault("dependentSchemas", {}).setdefault(str(name), schema)

    def _format(self, result: dict[str, Any], rules: Rules) -> None:
        name = result.get("format")
        if name == "password":
            self.passwords.add(self._translating)
        if name in self._formats and name not in FORMATS:
            result[OWN_FORMAT] = result.pop("format")
            return
        if name in self._formats:
            return
        if isinstance(name, str) and name in RANGES:
            least, greatest = RANGES[name]
            del result["format"]
            result["minimum"] = max(result.get("minimum", least), least)
            result["maximum"] = min(result.get("maximum", greatest), greatest)
        elif name in rules.ignored:
            del result["format"]
        elif name == "hostname":
            result["format"] = rules.hostname

    def _discriminated(self, node: Node, result: dict[str, Any]) -> None:
        """Which alternative a value names, for the texts of violations. It never changes what is valid."""
        rule = self._shapes.discriminator(node)
        if rule is None or not self._shapes.branches(node):
            return
        said: dict[str, Any] = {"propertyName": rule.property}
        for keyword in ("oneOf", "anyOf"):
            branches = node.child(keyword).items() if keyword in node.value else []
            places: dict[Identity, int] = {}
            further: dict[str, int] = {}
            for index, branch in enumerate(branches):
                inner = self._shapes.referred(branch)
                if inner is not None:
                    places[inner.identity] = index
                for name in self._named_below(branch, rule.property):
                    further.setdefault(name, index)
            names = {v: places[schema.identity] for v, schema in rule.mapping.items() if schema.identity in places}
            if self._telling:  # those that the description itself gives are better than those that it implies
                names = dict(reversed(names.items()))
            names = {**names, **further, **names} if names else names
            said[keyword] = self._accepted(names, branches, rule.property)
            if rule.default is not None and rule.default.identity in places:
                said["default"] = places[rule.default.identity]
        result["discriminator"] = said

    def _accepted(self, names: dict[str, int], branches: list[Node], property_name: str) -> dict[str, int]:
        """
        Of *names*, value -> place of the alternative, those that this one's own const or enum of the property lets
        pass; and a const that no mapping tells. So that nobody is offered what is refused.
        """
        found = dict(names)
        for index in set(names.values()):
            values = self._options(branches[index], property_name)
            if values is None:
                continue
            kept = [name for name, place in names.items() if place == index and name in values]
            if not kept and len(values) == 1:
                kept = [value for value in values if isinstance(value, str) and value not in names]
            if kept:
                found = {name: place for name, place in found.items() if place != index} | dict.fromkeys(kept, index)
        return found

    def _options(self, branch: Node, property_name: str) -> list[Any] | None:
        """What const or enum let pass as the property of the objects of *branch*; None where neither says it."""
        node = self._shapes.own_properties(branch).get(property_name)
        for part in self._shapes.parts(node) if node is not None else ():
            if self._shapes.rules(part).const and "const" in part.value:
                return [part.value["const"]]
            if isinstance(part.value.get("enum"), list):
                return list(part.value["enum"])
        return None

    def _named_below(self, node: Node, name: str) -> list[str]:
        """What discriminators of the alternative *node*, and of its alternatives, take as values of the same *name*."""
        found: dict[str, None] = {}
        todo, seen = [node], set[Identity]()
        while todo:
            at = self._shapes.target(todo.pop())
            rule = self._shapes.discriminator(at) if at.identity not in seen else None
            seen.add(at.identity)
            if rule is not None and rule.property == name:
                found.update(dict.fromkeys(rule.mapping))
                todo += rule.mapping.values()
        return list(found)

    def _nullable(self, value: Mapping[str, Any], result: dict[str, Any]) -> Any:
        """Swagger 2.0's x-nullable allows null whatever else is said."""
        if self._dialect != "2.0":
            return result
        if value.get("type") == "file":
            return True
        if value.get("x-nullable") is not True:
            return result
        if "allOf" in result or "type" not in result:
            return {"anyOf": [result, {"type": "null"}]} if result else True
        types = result["type"] if isinstance(result["type"], list) else [result["type"]]
        result["type"] = [*types, "null"]
        if "enum" in result and None not in result["enum"]:
            result["enum"] = [*result["enum"], None]
        return result


#: The keywords that may demand properties
_DEMANDING = frozenset(
    {"required", "minProperties", "$ref", "$dynamicRef", "$recursiveRef", "allOf", "anyOf", "oneOf", "then", "else"}
    | {"dependentRequired", "dependentSchemas", "dependencies"}
)


def _undemanded(schema: dict[str, Any], names: frozenset[str]) -> None:
    """Let *schema* not demand *names*."""
    if COUNTED in names:
        schema.pop("minProperties", None)
    if "required" in schema:
        schema["required"] = [name for name in schema["required"] if name not in names]
    if "dependentRequired" in schema:
        schema["dependentRequired"] = {
            name: [needed for needed in several if needed not in names]
            for name, several in schema["dependentRequired"].items()
        }


def _without_twins(schema: dict[str, Any]) -> None:
    """
    Drop the second of alternatives that are the same reference, since a chain of such pairs is validated 2 ** length
    times. Of oneOf, no value may fit a schema that is there twice: that becomes `not`.
    """
    for keyword in ("anyOf", "allOf", "oneOf"):
        if len(schema.get(keyword, ())) < 2:
            continue
        times = Counter(map(_reference, schema.get(keyword, ())))
        twins = {reference for reference, count in times.items() if count > 1} - {None}
        if not twins:
            continue
        if keyword == "oneOf":
            schema[keyword] = [one for one in schema[keyword] if _reference(one) not in twins] or [False]
            schema.setdefault("allOf", []).extend({"not": {"$ref": reference}} for reference in twins)
        else:
            schema[keyword] = [one for one in schema[keyword] if _reference(one) not in twins]
            schema[keyword] += [{"$ref": reference} for reference in twins]


def _reference(branch: Any) -> str | None:
    """What *branch* refers to; None where it says anything else."""
    return branch["$ref"] if isinstance(branch, dict) and branch.keys() == {"$ref"} else None
