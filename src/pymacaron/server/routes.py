"""
Operation paths -> rules of Flask's URL map, worked out once at start.

A path template may hold what Werkzeug's rules do not know: names that are no identifiers, the same name twice, several
names in a segment, a query or a fragment after the path. Each has its answer here and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import parse_qsl, unquote

from pymacaron.spec.names import attribute

__all__ = ["Route", "Rule", "Target", "concrete", "routes", "rule", "shape"]

_T = TypeVar("_T")

_TEMPLATE = re.compile(r"\{([^{}/]*)\}")
_VARIABLE = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Rule:
    """
    `text` in Werkzeug's notation; `variables` in it; `names`: for each of them the name in the template; `query`: the
    pairs that the query must hold, of a path such as `/items?state=open`.
    """

    text: str
    variables: tuple[str, ...]
    names: tuple[str, ...]
    query: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Target(Generic[_T]):
    """One operation of a Route: the query pairs that choose it, its names for the route's variables, and what it is."""

    query: tuple[tuple[str, str], ...]
    names: tuple[str, ...]
    what: _T


@dataclass(frozen=True, slots=True)
class Route(Generic[_T]):
    """What answers `method` on `rule`: nearly always one target; the one that asks most of the query comes first."""

    method: str
    rule: Rule
    targets: tuple[Target[_T], ...]

    def chosen(self, query: str) -> Target[_T] | None:
        """The target that *query* chooses."""
        if not self.targets[0].query:
            return self.targets[0]
        given = set(parse_qsl(query, keep_blank_values=True))
        return next((target for target in self.targets if given.issuperset(target.query)), None)


def rule(path: str) -> Rule:
    """The rule of a path template with its base path, for instance `/v1/pets/{pet-id}` -> `/v1/pets/<pet_id>`."""
    path, _, _ = path.partition("#")
    path, _, query = path.partition("?")
    if not path.startswith("/"):
        path = "/" + path
    names: dict[str, str] = {}
    parts: list[str] = []
    end = 0
    for found in _TEMPLATE.finditer(path):
        parts.append(_literal(path[end : found.start()], len(names)))
        variable = _variable(found[1], names)
        names[variable] = found[1]
        parts.append(f"<{variable}>")
        end = found.end()
    parts.append(_literal(path[end:], len(names)))
    return Rule("".join(parts), tuple(names), tuple(names.values()), tuple(parse_qsl(query, keep_blank_values=True)))


def routes(operations: list[tuple[str, str, _T]]) -> list[Route[_T]]:
    """
    One Route for every method and rule of *operations*: (method, path with base path, target), in their order.

    Of two that match the same requests the first is kept.
    """
    grouped: dict[tuple[str, str], tuple[Rule, dict[tuple[tuple[str, str], ...], Target[_T]]]] = {}
    for method, path, what in operations:
        one = rule(path)
        _, targets = grouped.setdefault((method, shape(one.text)), (one, {}))
        targets.setdefault(one.query, Target(one.query, one.names, what))
    return [
        Route(method, one, tuple(sorted(targets.values(), key=lambda target: -len(target.query))))
        for (method, _), (one, targets) in grouped.items()
    ]


def shape(text: str) -> str:
    """The text of a rule without the names of its variables: equal for rules that match the same requests."""
    return _VARIABLE.sub(lambda found: found[0] if ":" in found[0] else "<>", text)


def concrete(rules: Iterable[Rule]) -> list[str]:
    """The texts of those of *rules* that have no variables, and whose path a template among them matches, too."""
    root = _Place()
    texts: dict[str, None] = {}
    for one in rules:
        if one.variables:
            root.hold(one.text)
        elif "<" not in one.text:
            texts[one.text] = None
    return [text for text in texts if root.has(text)]


@dataclass(slots=True)
class _Place:
    """Where templates stand after a segment: what follows by its text, and by a pattern (None: anything)."""

    fixed: dict[str, _Place] = field(default_factory=dict)
    variable: dict[str, tuple[re.Pattern[str] | None, _Place]] = field(default_factory=dict)
    is_end: bool = False

    def hold(self, text: str) -> None:
        place = self
        for segment in shape(text).split("/"):
            if "<" not in segment:
                place = place.fixed.setdefault(segment, _Place())
                continue
            if segment not in place.variable:
                parts = [re.escape(part) for part in _VARIABLE.split(segment)]
                place.variable[segment] = (None if segment == "<>" else re.compile(".+".join(parts))), _Place()
            place = place.variable[segment][1]
        place.is_end = True

    def has(self, text: str) -> bool:
        """Whether a template that is held matches *text*, which has no variables."""
        places = [self]
        for segment in text.split("/"):
            places = [after for place in places for after in place._after(segment)]
        return any(place.is_end for place in places)

    def _after(self, segment: str) -> list[_Place]:
        fixed = self.fixed.get(segment)
        found = [] if fixed is None else [fixed]
        for pattern, place in self.variable.values():
            if segment and (pattern is None or pattern.fullmatch(segment)):
                found.append(place)
        return found


def _variable(name: str, taken: dict[str, str]) -> str:
    """A name that Werkzeug accepts (a letter, then letters, digits and `_`) and that is not taken yet."""
    base = attribute(name).lstrip("_") or "value"
    if not base[0].isalpha():
        base = "p" + base
    variable, number = base, 1
    while variable in taken:
        number += 1
        variable = f"{base}{number}"
    return variable


def _literal(text: str, place: int) -> str:
    """Text as it is matched: a request's path is decoded before it is looked up. `<` would open a variable there."""
    text = unquote(text)
    if "<" not in text:
        return text
    return "/".join(_quoted(segment, f"literal{place}_{number}") for number, segment in enumerate(text.split("/")))


def _quoted(segment: str, name: str) -> str:
    """*segment* as a variable of only that one value, where no literal can be written. Rules know no escapes."""
    if "<" not in segment:
        return segment
    quote = "'" if '"' in segment else '"'
    return f"<any({quote}{segment}{quote}):{name}>"
