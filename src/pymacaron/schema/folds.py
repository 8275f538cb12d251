"""
What is worked out of a schema and of all that it applies to the same value, each schema looked at once.

A chain of thousands of schemas that extend one another is no deeper call than a short one, and a circle ends.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pymacaron.schema.resources import Identity
from pymacaron.source import Node

__all__ = ["folded"]

_Found = TypeVar("_Found")


def folded(
    node: Node,
    known: dict[Identity, _Found],
    applied_by: Callable[[Node], list[Node]],
    merge: Callable[[Node, list[_Found]], _Found],
    nothing: _Found,
) -> _Found:
    """
    What *merge* makes of *node* and of what it made of each schema that *node* applies, from the innermost
    outwards; kept in *known*.
    """
    if node.identity in known:
        return known[node.identity]
    if not applied_by(node):
        result = known[node.identity] = merge(node, [])
        return result
    made: dict[Identity, _Found] = {}  # what other threads are not to see before it is known to be whole
    todo, opened, circular = [node], {node.identity}, False
    while todo:
        at = todo[-1]
        applied = applied_by(at)
        unknown = [inner for inner in applied if inner.identity not in made and inner.identity not in known]
        waiting = [inner for inner in unknown if inner.identity not in opened]
        if waiting:
            opened.add(waiting[0].identity)
            todo.append(waiting[0])
            continue
        circular = circular or bool(unknown)
        todo.pop()
        found = [made.get(inner.identity, known.get(inner.identity, nothing)) for inner in applied]
        made[at.identity] = merge(at, found)
    result = made[node.identity]
    if circular:  # what was made inside of a circle lacks what stands around it
        known[node.identity] = result
    else:
        known.update(made)
    return result
