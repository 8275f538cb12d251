"""
What a change of schemas means for those who send values of them, and for those who get such values.

A request may carry what the old schema has, so the new one has to hold it; a response may give what the new one has, so
the old one has to hold that. The other way round, a change is compatible.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal

from pymacaron.changes.annotations import Annotations
from pymacaron.changes.change import KINDS, Change, Severity
from pymacaron.changes.containment.containment import Containment
from pymacaron.changes.containment.definitions import Definitions, Spot
from pymacaron.changes.containment.gap import Gap
from pymacaron.changes.containment.known import Known
from pymacaron.changes.notes import Notes
from pymacaron.schema.codec import Schemas
from pymacaron.schema.dialect import Direction
from pymacaron.source import Node

__all__ = ["Flow", "SchemaChanges"]

#: taken: what callers send; given: what they get
Flow = Literal["taken", "given"]

_KEYWORDS = frozenset(("allOf", "anyOf", "oneOf", "prefixItems", "patternProperties", "dependentSchemas"))
_SCALARS = frozenset(("null", "boolean", "integer", "fraction", "string"))


class SchemaChanges:
    """The schemas of two descriptions, compared when they are asked for."""

    def __init__(self, old: Schemas, new: Schemas):
        self._definitions: dict[Direction, Definitions] = {
            "request": Definitions(old, new, "request"),
            "response": Definitions(old, new, "response"),
        }
        self._containments = {name: Containment(one) for name, one in self._definitions.items()}
        self._annotations = Annotations(old, new)
        #: What was told of a gap that many operations have. The gap is kept, too: it is found by its id
        self._told: dict[Any, tuple[Gap, Change]] = {}

    def learn(self, direction: Direction, old: list[Node], new: list[Node]) -> None:
        """Know all schemas that will be compared; to be called once for each direction."""
        definitions = self._definitions[direction]
        roots = [definitions.root(0, node) for node in old] + [definitions.root(1, node) for node in new]
        definitions.learn(roots)

    def is_same(self, old: Node, new: Node) -> bool:
        """Whether both say the same of responses, names aside."""
        definitions = self._definitions["response"]
        return definitions.is_same(definitions.root(0, old), definitions.root(1, new))

    def common_types(self, old: Node | None, new: Node | None) -> frozenset[str]:
        """The types that values of both may have."""
        if old is None or new is None:
            return frozenset()
        definitions = self._definitions["request"]
        left, right = (Known.of(definitions, (definitions.root(side, node),)) for side, node in ((0, old), (1, new)))
        return left.atoms & right.atoms

    def compare(
        self,
        notes: Notes,
        where: str,
        old: Node | None,
        new: Node | None,
        flow: Flow,
        direction: Direction,
        *,
        is_text: bool = False,
    ) -> Iterator[Change]:
        """
        What has changed. *where*: what values of the schemas are, such as 'the body'; *is_text*: they are written as
        text, so that an integer is also a string.
        """
        if old is None or new is None:
            return
        containment, definitions = self._containments[direction], self._definitions[direction]
        left, right = definitions.root(0, old), definitions.root(1, new)
        fits_new = [] if is_text and _is_text(definitions, left, right) else containment.gaps(left, right)
        fits_old = [] if is_text and _is_text(definitions, right, left) else containment.gaps(right, left)
        told = set[Any]()
        is_taken = flow == "taken"
        for gaps, is_bad in (
            ((fits_new, is_taken), (fits_old, not is_taken))
            if is_taken
            else (
                (fits_old, True),
                (fits_new, False),
            )
        ):
            for gap in gaps:
                if gap.kind == "overlap" and not is_bad and not gap.is_certain:
                    continue  # that alternatives may be told apart less well is nobody's concern
                change = self._change(notes, where, definitions, gap, flow, is_bad)
                if (change.fact, change.old, change.new) not in told:
                    told.add((change.fact, change.old, change.new))
                    yield change
        yield from self._annotations.compare(notes, where, old, new, flow)

    def _change(self, notes: Notes, where: str, definitions: Definitions, gap: Gap, flow: Flow, is_bad: bool) -> Change:
        key = (id(gap), where, flow, is_bad)
        if key not in self._told:
            self._told[key] = gap, self._made(notes, where, definitions, gap, flow, is_bad)
        return notes.told(self._told[key][1])

    def _made(self, notes: Notes, where: str, definitions: Definitions, gap: Gap, flow: Flow, is_bad: bool) -> Change:
        left_is_old = is_bad == (flow == "taken")
        code = KINDS[gap.kind][(0 if is_bad else 1) if flow == "taken" else (2 if is_bad else 3)]
        at = gap.left if gap.left.side == (0 if left_is_old else 1) else None
        spots = (at, gap.right) if left_is_old else (gap.right, at)
        before, after = (gap.said, gap.wanted) if left_is_old else (gap.wanted, gap.said)
        severity, why = _severity(gap, flow, is_bad)
        if gap.instance:
            why = f"for instance {_short(gap.instance[0])}"
        if severity != "compatible" and gap.kind == "null":
            why = why or ("null was a value" if flow == "taken" else "nobody expects null")
        fact = f"{_label(definitions, where, gap)}: {_fact(gap, before, after)}"
        old, new = (definitions.node(spot) if spot is not None else None for spot in spots)
        return notes.change(severity, code, fact, why, old, new)


def _severity(gap: Gap, flow: Flow, is_bad: bool) -> tuple[Severity, str]:
    if gap.kind == "property":
        if is_bad == (flow == "taken"):  # it was added
            return ("risky", gap.why) if is_bad and not gap.is_soft else ("compatible", "")
        if flow == "taken":
            return "risky", "what callers send is not looked at any more"
        return "risky", "who reads it finds nothing"
    if gap.kind == "property-refused" and flow == "given" and not is_bad:
        return "risky", "who reads it finds nothing"
    if not is_bad:
        return "compatible", ""
    return ("breaking", "") if gap.is_certain else ("risky", gap.why)


def _fact(gap: Gap, before: Any, after: Any) -> str:
    name = gap.subject
    match gap.kind:
        case "property" | "property-refused":
            return f"property {name!r} is {'removed' if after is None else 'added'}"
        case "required":
            return f"property {name!r} is {'required' if after else 'optional'} now"
        case "overlap":
            end = ", and only one may fit" if after is not None else " now"
            return f"a value of another alternative may fit {name} too{end}"
        case "enum":
            return f"the values are {_said(after)}, were {_said(before)}"
        case "alternative":
            return f"{name} is {'no alternative any more' if after is None else 'an alternative now'}"
        case "null":
            return f"null is {_allowed(after)}"
        case "closed":
            return f"members that are not described {'are refused' if after is False else 'are told otherwise'}" + (
                "" if after is False else f": {_said(before)} before, {_said(after)} now"
            )
        case "nothing":
            return "no value is allowed" if after is False else "values are allowed"
        case "condition" | "other" | "contains" | "names" | "pattern-properties":
            return (
                f"{name} has changed"
                if before is None or after is None
                else f"{name} is {_said(after)}, was {_said(before)}"
            )
    return f"{name} is {_said(after)}, was {_said(before)}"


def _allowed(after: Any) -> str:
    names = after if isinstance(after, list) else []
    return "allowed now" if "null" in names or None in names else "not allowed any more"


def _said(value: Any) -> str:
    if value is None:
        return "not given"
    return value if isinstance(value, str) else _short(value)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _label(definitions: Definitions, where: str, gap: Gap) -> str:
    """Where people find it: `Order.lines[].price`."""
    spot = gap.right if gap.kind in ("property", "required") or not gap.left.path else gap.left
    name = definitions.title(spot) or ""
    text = name
    path = list(spot.path)
    while path:
        key = path.pop(0)
        if key == "properties" and path:
            inner = path.pop(0)
            if path or gap.kind not in ("property", "property-refused") or inner != gap.subject:
                text += f".{inner}" if text else inner
        elif key in ("items", "contains", "unevaluatedItems"):
            text += "[]" if path or key != "items" else ""
        elif key == "additionalProperties" and path:
            text += ".*"
        elif key in _KEYWORDS and path:
            path.pop(0)
    if name:
        return text
    if text.startswith("[]"):
        text = f"items{text[2:]}"
    return f"{where}, {text}" if text else where


def _is_text(definitions: Definitions, narrow: Spot, wide: Spot) -> bool:
    """Whether every text that is a value of *narrow* is one of *wide*, which any text is."""
    known = Known.of(definitions, (wide,))
    is_any = all(set(said) <= {"type", "$ref", "allOf"} for _, said in known.parts) and "string" in known.atoms
    return is_any and Known.of(definitions, (narrow,)).atoms <= _SCALARS
