"""
Which members schemas say readOnly or writeOnly of, wherever a schema of the member stands; what applies to a value.

Neighbours: demands.py does not demand such members, concealed.py leaves them out of responses.
Source: JSON Schema 2020-12 core, 10.2 and 10.3.2, and validation, 9.4: it counts where any of the schemas says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from pymacaron.schema.patterns import matches
from pymacaron.schema.shape import Identity, Shapes
from pymacaron.source import Node
from pymacaron.spec.model import Api

__all__ = ["conditional", "is_marked", "is_written", "others"]

#: What JSON and YAML may write within a word in the place of its letters
_ESCAPE = re.compile(rb"\\(?:u00[4-7]|x[4-7]|U000000[4-7]|[\r\n])")


def is_written(api: Api, mark: str) -> bool:
    """Whether any document of *api* may say *mark*: where none does, no schema has to be looked at."""
    texts = [document.text for document in list(api.references.documents.values())]
    return any(mark.encode() in text or _ESCAPE.search(text) for text in texts)


def is_marked(shapes: Shapes, schema: Node, mark: str) -> bool:
    """
    Whether values of *schema* are *mark* (readOnly, writeOnly), its `$ref` and allOf followed. What one alternative
    says is writeOnly is so in all: better left out than told; readOnly is what all alternatives say is so.
    """
    enough = any if mark == "writeOnly" else all
    marked: set[Identity] = set()
    choices: dict[Identity, list[list[Identity]]] = {}
    todo = [schema]
    while todo:
        at = todo.pop()
        if at.identity in choices or at.identity in marked:
            continue
        if any(part.get(mark) is True for part in shapes.spoken(at)):
            marked.add(at.identity)
            continue
        found = [branches for part in shapes.parts(at) for branches in shapes.choices(part) if branches]
        choices[at.identity] = [[branch.identity for branch in branches] for branches in found]
        todo += [branch for branches in found for branch in branches]
    known = -1
    while known < len(marked) and schema.identity not in marked:
        known = len(marked)
        for identity, several in choices.items():
            if any(enough(branch in marked for branch in branches) for branches in several):
                marked.add(identity)
    return schema.identity in marked


def conditional(shapes: Shapes, node: Node) -> list[Node]:
    """What *node* itself applies to the same value on a condition, alternatives aside."""
    if shapes.is_ignored(node):
        return []
    rules, value = shapes.rules(node), node.value
    found = [node.child(keyword) for keyword in ("if", "then", "else") if keyword in value and keyword in rules.one]
    for keyword in ("dependentSchemas", "dependencies"):
        if keyword in value and (keyword in rules.maps or keyword == "dependencies"):
            found += [schema for _, schema in node.child(keyword).members()]
    return found


def others(shapes: Shapes, node: Node) -> list[tuple[Callable[[str], bool], Node]]:
    """
    The schemas that *node* itself has for members that it does not name, each with what tells whether it is for a
    name: patternProperties, additionalProperties and unevaluatedProperties.

    What another schema declares on a condition counts as evaluated, whether the condition holds or not.
    """
    if shapes.is_ignored(node):
        return []
    value, found = node.value, _patterns(node)
    rules = shapes.rules(node)
    if isinstance(value.get("additionalProperties"), dict):
        tests = [test for test, _ in found]
        properties = value.get("properties")
        names = frozenset(map(str, properties)) if isinstance(properties, dict) else frozenset[str]()
        found.append((_none_of(names, tests), node.child("additionalProperties")))
    unevaluated = "unevaluatedProperties" in rules.one and isinstance(value.get("unevaluatedProperties"), dict)
    if unevaluated and shapes.first(node, "additionalProperties") is None:
        names = frozenset(shapes.properties(node)).union(*map(shapes.properties, conditional(shapes, node)))
        tests = [test for part in shapes.parts(node) for test, _ in _patterns(part)]
        found.append((_none_of(names, tests), node.child("unevaluatedProperties")))
    return found


def _patterns(node: Node) -> list[tuple[Callable[[str], bool], Node]]:
    patterns = node.get("patternProperties")
    told = [(matches(pattern), schema) for pattern, schema in patterns.members()] if patterns is not None else []
    return [(test, schema) for test, schema in told if test is not None]


def _none_of(names: frozenset[str], tests: list[Callable[[str], bool]]) -> Callable[[str], bool]:
    return lambda name: name not in names and not any(test(name) for test in tests)
