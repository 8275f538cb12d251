"""
What schemas say beside which values they have: defaults, readOnly and writeOnly, discriminators, what is deprecated.

Two schemas are walked side by side, members with members of the same name, items with items.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pymacaron.changes.change import Change
from pymacaron.changes.notes import Notes
from pymacaron.schema.codec import Schemas
from pymacaron.schema.keywords import plain_json
from pymacaron.schema.shape import Shapes
from pymacaron.source import Node

__all__ = ["Annotations"]


class Annotations:
    """Those of two descriptions."""

    def __init__(self, old: Schemas, new: Schemas):
        self._old, self._new = old.shapes, new.shapes
        self._clear: set[Any] = set()

    def compare(self, notes: Notes, where: str, old: Node, new: Node, flow: str) -> Iterator[Change]:
        """What has changed, at *old* and *new* and below."""
        root = (old.identity, new.identity, flow)
        if root in self._clear:
            return
        todo = [(old, new, where)]
        seen = set[Any]()
        is_clear = True
        while todo:
            before, after, label = todo.pop()
            if (before.identity, after.identity) in seen or (before.identity, after.identity, flow) in self._clear:
                continue
            seen.add((before.identity, after.identity))
            label = self._new.named.get(after.place, label)
            for change in self._one(notes, label, before, after, flow):
                is_clear = False
                yield change
            todo += self._below(before, after, label)
        if is_clear:
            self._clear |= {(*pair, flow) for pair in seen}

    def _below(self, old: Node, new: Node, label: str) -> Iterator[tuple[Node, Node, str]]:
        there = self._new.own_properties(new)
        for name, before in self._old.own_properties(old).items():
            if name in there:
                yield before, there[name], f"{label}.{name}"
        for keyword, text in (("items", "[]"), ("additionalProperties", ".*")):
            pair = self._old.first(old, keyword), self._new.first(new, keyword)
            if pair[0] is not None and pair[1] is not None:
                yield pair[0], pair[1], label + text
        branches, others = self._old.branches(old), self._new.branches(new)
        for before in branches:
            for after in others:
                if _name(self._old, before) == _name(self._new, after) is not None or len(branches) == len(others) == 1:
                    yield before, after, label
        first, second = self._old.discriminator(old), self._new.discriminator(new)
        if first is not None and second is not None:
            for value, before in first.mapping.items():
                if value in second.mapping:
                    yield before, second.mapping[value], label

    def _one(self, notes: Notes, label: str, old: Node, new: Node, flow: str) -> Iterator[Change]:
        before, after = _told(self._old, old), _told(self._new, new)
        for keyword, code in (("readOnly", "read-only-changed"), ("writeOnly", "write-only-changed")):
            if (before.get(keyword) is True) != (after.get(keyword) is True):
                fact = f"{label}: it is {'' if after.get(keyword) is True else 'not '}{keyword} now"
                yield notes.change("risky", code, fact, "who sends it, or reads it, has to know", old, new)
        if flow == "taken" and "default" in {*before, *after}:
            was, now = plain_json(before.get("default")), plain_json(after.get("default"))
            if was != now or ("default" in before) != ("default" in after):
                fact = f"{label}: the default is {_shown(after, now)}, was {_shown(before, was)}"
                why = "calls that do not send it mean something else"
                yield notes.change("risky", "default-changed", fact, why, old, new)
        if after.get("deprecated") is True and before.get("deprecated") is not True:
            yield notes.change("compatible", "deprecated", f"{label}: it is deprecated", "", old, new)
        yield from self._discriminator(notes, label, old, new, flow)

    def _discriminator(self, notes: Notes, label: str, old: Node, new: Node, flow: str) -> Iterator[Change]:
        before, after = self._old.discriminator(old), self._new.discriminator(new)
        if before is None or after is None:
            return
        if before.property != after.property:
            fact = f"{label}: the discriminator is {after.property!r}, was {before.property!r}"
            yield notes.change("breaking", "discriminator-changed", fact, "", old, new)
            return
        for value in sorted(before.mapping.keys() - after.mapping.keys()):
            fact = f"{label}: {before.property} {value!r} is no value any more"
            severity: Any = "breaking" if flow == "taken" else "compatible"
            yield notes.change(severity, "discriminator-value-removed", fact, "", old, new)
        for value in sorted(after.mapping.keys() - before.mapping.keys()):
            fact = f"{label}: {after.property} {value!r} is a value now"
            severity = "compatible" if flow == "taken" else "risky"
            why = "" if flow == "taken" else "clients may not know it"
            yield notes.change(severity, "discriminator-value-added", fact, why, old, new)


def _told(shapes: Shapes, node: Node) -> dict[str, Any]:
    """What *node* says, and what it refers to, the nearest first."""
    found: dict[str, Any] = {}
    for said in shapes.spoken(node):
        for keyword in ("readOnly", "writeOnly", "default", "deprecated"):
            if keyword in said:
                found.setdefault(keyword, said[keyword])
    return found


def _shown(told: dict[str, Any], value: Any) -> str:
    return repr(value)[:80] if "default" in told else "not given"


def _name(shapes: Shapes, node: Node) -> str | None:
    return shapes.named.get(shapes.target(node).place)
