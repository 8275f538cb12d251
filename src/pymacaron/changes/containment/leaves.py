"""
Whether limits of values hold: types, ranges, lengths, formats, patterns. One keyword of the right side at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import inf
from typing import Any

from pymacaron.changes.containment.definitions import Spot
from pymacaron.changes.containment.gap import Gap
from pymacaron.changes.containment.known import NUMBERS, Known, atoms_of

__all__ = ["leaf_gaps"]

#: dict: keyword -> (kind, the type that it is about), of those that count something
_LEAST = {"minLength": ("length", "string"), "minItems": ("count", "array"), "minProperties": ("size", "object")}
_MOST = {"maxLength": ("length", "string"), "maxItems": ("count", "array"), "maxProperties": ("size", "object")}

#: dict: format -> those whose texts are all of it too
_WIDER = {
    "email": ("idn-email",),
    "hostname": ("idn-hostname",),
    "uri": ("uri-reference", "iri", "iri-reference"),
    "uri-reference": ("iri-reference",),
    "iri": ("iri-reference",),
}
#: Formats that say how a text is shown, not which ones there are
_SHOWN = frozenset(("password",))
#: Patterns that every text matches
_ALL = frozenset(("", "^", "$", "^.*", ".*", "(?s:.*)", "[\\s\\S]*", "^[\\s\\S]*$"))


def leaf_gaps(known: Known, spot: Spot, said: dict[str, Any]) -> Iterator[Gap]:
    """Where values that are *known* may break what *said*, the schema at *spot*, says without looking inside them."""
    if "type" in said:
        yield from _types(known, spot, said)
    if known.atoms & NUMBERS:
        yield from _ranges(known, spot, said)
    yield from _counts(known, spot, said)
    if "string" in known.atoms:
        yield from _texts(known, spot, said)
    for keyword in ("enum", "const"):
        if keyword in said:
            wanted = said[keyword] if keyword == "enum" else [said[keyword]]
            yield Gap("enum", keyword, known.place(keyword), spot.at(keyword), known.values, wanted)


def _types(known: Known, spot: Spot, said: dict[str, Any]) -> Iterator[Gap]:
    wanted = atoms_of(said["type"])
    missing = known.atoms - wanted
    if missing:
        kind = "null" if missing == {"null"} and len(known.atoms) > 1 else "type"
        left = sorted(_names(known.atoms))
        yield Gap(kind, "type", known.place("type"), spot.at("type"), left, sorted(_names(wanted)))


def _names(atoms: frozenset[str]) -> set[str]:
    """The types that people write for *atoms*."""
    if "fraction" in atoms:
        return {*(atoms - NUMBERS), "number"}
    return set(atoms)


def _ranges(known: Known, spot: Spot, said: dict[str, Any]) -> Iterator[Gap]:
    is_whole = "fraction" not in known.atoms
    for keyword, excluded in (("minimum", False), ("exclusiveMinimum", True)):
        if keyword in said:
            limit, (least, is_out) = said[keyword], known.lower
            holds = least > limit or (least == limit and (is_out or not excluded))
            if is_whole and known.least > -inf:
                holds = known.least > limit or (known.least == limit and not excluded)
            if not holds:
                left = None if least == -inf else f"more than {least}" if is_out else least
                place = known.place("exclusiveMinimum" if is_out else "minimum")
                wanted = f"more than {limit}" if excluded else limit
                yield Gap("range", "the minimum", place, spot.at(keyword), left, wanted)
    for keyword, excluded in (("maximum", False), ("exclusiveMaximum", True)):
        if keyword in said:
            limit, (most, is_out) = said[keyword], known.upper
            holds = most < limit or (most == limit and (is_out or not excluded))
            if is_whole and known.most < inf:
                holds = known.most < limit or (known.most == limit and not excluded)
            if not holds:
                left = None if most == inf else f"less than {most}" if is_out else most
                place = known.place("exclusiveMaximum" if is_out else "maximum")
                wanted = f"less than {limit}" if excluded else limit
                yield Gap("range", "the maximum", place, spot.at(keyword), left, wanted)
    if "multipleOf" in said:
        wanted = Fraction(str(said["multipleOf"]))
        steps = [Fraction(str(one)) for one in known.all("multipleOf")]
        steps += [Fraction(1)] if is_whole else []
        if not any((step / wanted).denominator == 1 for step in steps):
            left = next(iter(known.all("multipleOf")), None)
            yield Gap(
                "multiple", "multipleOf", known.place("multipleOf"), spot.at("multipleOf"), left, said["multipleOf"]
            )


def _counts(known: Known, spot: Spot, said: dict[str, Any]) -> Iterator[Gap]:
    for keyword, (kind, atom) in _LEAST.items():
        if keyword in said and atom in known.atoms:
            least = known.minimum(keyword)
            implied = max(least, len(known.required)) if atom == "object" else least
            if implied < said[keyword]:
                yield _count(known, spot, kind, keyword, least or None, said[keyword])
    for keyword, (kind, atom) in _MOST.items():
        if keyword in said and atom in known.atoms:
            most = known.longest if atom == "array" else known.maximum(keyword)
            if atom == "object" and any(known.is_forbidden([one.spot]) for one in known.closings):
                most = min(most, len(known.declared) if not known.patterned else inf)
            if most > said[keyword]:
                yield _count(known, spot, kind, keyword, None if most == inf else int(most), said[keyword])
    is_unique = any(one is True for one in known.all("uniqueItems")) or known.longest <= 1
    if said.get("uniqueItems") is True and "array" in known.atoms and not is_unique:
        yield Gap("unique", "uniqueItems", known.place("uniqueItems"), spot.at("uniqueItems"), None, True)


def _count(known: Known, spot: Spot, kind: str, keyword: str, left: Any, wanted: Any) -> Gap:
    """The gap of a limit, which other rules for the same values may hide."""
    hiding = {"length": ("pattern", "format"), "count": ("contains",), "size": ("propertyNames",)}[kind]
    is_certain = not any(known.all(other) for other in hiding)
    why = "" if is_certain else f"whether '{_first(known, hiding)}' keeps it is not decided"
    return Gap(kind, keyword, known.place(keyword), spot.at(keyword), left, wanted, is_certain, why=why)


def _first(known: Known, keywords: tuple[str, ...]) -> str:
    return next(keyword for keyword in keywords if known.all(keyword))


def _texts(known: Known, spot: Spot, said: dict[str, Any]) -> Iterator[Gap]:
    pattern = said.get("pattern")
    if pattern is not None and pattern not in _ALL and pattern not in known.all("pattern"):
        left = next(iter(known.all("pattern")), None)
        why = (
            "whether one pattern is within another is not decided" if left else "which texts it matches is not decided"
        )
        place = known.place("pattern")
        yield Gap("pattern", "pattern", place, spot.at("pattern"), left, pattern, is_certain=False, why=why)
    name = said.get("format")
    formats = known.all("format")
    if name is not None and name not in _SHOWN and name not in formats:
        if any(name in _WIDER.get(one, ()) for one in formats):
            return
        left = next(iter(formats), None)
        why = "which texts both formats have is not decided"
        yield Gap("format", "format", known.place("format"), spot.at("format"), left, name, is_certain=False, why=why)
