"""
The table in objects.py, compiled for one version of the format: what each object may have, and of which type.

grammar.py walks a description by it; schemas.py makes a JSON Schema of it, which says the same to editors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from pymacaron.spec.model import Dialect
from pymacaron.spec.objects import OBJECTS
from pymacaron.spec.rules import RULES, Place, Walk

__all__ = ["Kind", "Shape", "kinds_of"]

#: dict: word for a version in the table -> the dialects it stands for
_VERSIONS: dict[str, tuple[Dialect, ...]] = {
    "2": ("2.0",),
    "3": ("3.0", "3.1", "3.2"),
    "3.0": ("3.0",),
    "3.1": ("3.1", "3.2"),
    "3.2": ("3.2",),
}
_EVERY: tuple[Dialect, ...] = ("2.0", "3.0", "3.1", "3.2")

_SCALARS: dict[str, tuple[str, frozenset[type]]] = {
    "string": ("a string", frozenset((str,))),
    "text": ("a string", frozenset((str,))),
    "boolean": ("true or false", frozenset((bool,))),
    "integer": ("a whole number", frozenset((int,))),
    "number": ("a number", frozenset((int, float))),
    "any": ("anything", frozenset((dict, list, str, int, float, bool, type(None)))),
}


@dataclass(slots=True, eq=False)
class Kind:
    """What may stand somewhere: `plain` types need no look inside, a map is looked at as `shape`, a list by `items`."""

    words: str
    plain: frozenset[type] = frozenset()
    shape: Shape | None = None
    items: Kind | None = None
    #: Whether only people read it
    text: bool = False


@dataclass(slots=True, eq=False)
class Shape:
    """An object of one dialect. `others`: its fields in other dialects; `free`: what any other key holds."""

    name: str
    words: str
    reference: bool = False
    fields: dict[str, Kind] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()
    others: dict[str, tuple[Dialect, ...]] = field(default_factory=dict)
    free: Kind | None = None
    #: Whether a key that begins with x- may hold anything
    extensible: bool = True
    rule: Callable[[Walk, dict[str, Any], Place], None] | None = None
    #: Whether what stands beside a $ref counts
    siblings: bool = False


@lru_cache(maxsize=4)
def kinds_of(dialect: Dialect) -> dict[str, Kind]:
    """dict: name of an object -> what the table says of it in *dialect*."""
    kinds: dict[str, Kind] = {}
    for name, rows in OBJECTS.items():
        words = str(rows[""])
        shape = Shape(name, words.removesuffix(" ref"), reference=words.endswith(" ref"), rule=RULES.get(name))
        shape.siblings = name == "PathItem" or (name == "Schema" and dialect in ("3.1", "3.2"))
        shape.extensible = name != "SecurityRequirement"
        kinds[name] = Kind("a map" if shape.words.startswith("'") else shape.words, shape=shape)
    if dialect in ("3.1", "3.2"):
        kinds["Schema"].plain = frozenset((bool,))
    for name, rows in OBJECTS.items():
        _fill(kinds[name].shape, rows, dialect, kinds)
    return kinds


def _fill(shape: Shape | None, rows: dict[str, str | list[str]], dialect: Dialect, kinds: dict[str, Kind]) -> None:
    assert shape is not None
    for key, row in rows.items():
        for alternative in [row] if isinstance(row, str) else row:
            if key == "":
                continue
            notation, *words = alternative.split()
            dialects = next((_VERSIONS[word] for word in words if word in _VERSIONS), _EVERY)
            if dialect not in dialects:
                shape.others[key] = (*shape.others.get(key, ()), *dialects)
                continue
            kind = _kind(notation, kinds)
            if key == "*":
                shape.free = kind
                continue
            shape.fields[key] = kind
            if "required" in words:
                shape.required += (key,)
            elif "wanted" in words:
                shape.wanted += (key,)
    for key in shape.fields:
        shape.others.pop(key, None)


def _kind(notation: str, kinds: dict[str, Kind]) -> Kind:
    """The Kind that a notation of the table stands for; one for each notation and dialect."""
    if notation in kinds:
        return kinds[notation]
    if "|" in notation:
        parts = [_kind(part, kinds) for part in notation.split("|")]
        kind = Kind(" or ".join(part.words for part in parts), frozenset().union(*(part.plain for part in parts)))
        kind.shape = next((part.shape for part in parts if part.shape is not None), None)
        kind.items = next((part.items for part in parts if part.items is not None), None)
    elif notation[0] == "[":
        inner = _kind(notation[1:-1], kinds)
        kind = Kind(f"a list of {_plural(inner.words)}", items=inner)
    elif notation[0] == "{":
        inner = _kind(notation[1:-1], kinds)
        words = f"a map of {_plural(inner.words)}"
        kind = Kind(words, shape=Shape(notation, words, free=inner, extensible=False))
    else:
        words, plain = _SCALARS[notation]
        kind = Kind(words, plain, text=notation == "text")
    kinds[notation] = kind
    return kind


def _plural(words: str) -> str:
    if words == "anything":
        return "anything"
    if words == "true or false":
        return "true or false"
    return words.removeprefix("a ").removeprefix("an ") + "s"
