"""
What walks through typed values of a schema, and gathers what types do not check.

The walks of objects are functions compiled of straight source code, one look at a dict for each member that matters:
loops over the members of a schema take three times as long. Nothing of a description stands in that source but the
names of members, each as the literal that Python writes for it. Neighbour: kinds.py makes walks of schemas.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from itertools import chain
from operator import itemgetter
from typing import Any, Protocol

__all__ = ["Found", "Gathered", "Lists", "Maps", "Nullable", "Objects", "Stranger", "Walk", "nothing"]

#: What was found in a value, by what has to be done with it
Found = list[list[Any]]

#: A member that no schema names: the key of the schema of its object, and its name
Stranger = tuple[int, str]


class Walk(Protocol):
    """Walks through typed values of one schema: one of them, or many, which is far cheaper than one by one."""

    def one(self, value: Any, found: Found, /) -> int:
        """Add to *found* what types do not check in *value*; gives the number of members of objects in there."""

    def many(self, values: list[Any], found: Found, /) -> int:
        """The same, of each of *values*."""

    def strangers(self, value: Any) -> Iterator[Stranger]:
        """The members in *value*, which is valid but of any type, that types leave out."""


class Gathered:
    """Values that jsonschema-rs has to look at, or whose members have to be counted."""

    __slots__ = ("index",)

    def __init__(self, index: int):
        self.index = index

    def one(self, value: Any, found: Found, /) -> int:
        found[self.index].append(value)
        return 0

    def many(self, values: list[Any], found: Found, /) -> int:
        found[self.index] += values
        return 0

    def strangers(self, value: Any) -> Iterator[Stranger]:
        return iter(())


class Objects:
    """
    Objects of known members: those of *walks* that are *required* are in each. *named*: all members that their type
    has; *key*: by which others are told, None where there can be none.
    """

    def __init__(
        self,
        walks: Mapping[str, Walk],
        required: frozenset[str],
        named: frozenset[str] = frozenset(),
        key: int | None = None,
    ):
        self._walks = walks
        self._required = required
        self._named = named
        self._key = key

    @cached_property
    def one(self) -> Callable[[Any, Found], int]:
        """
        As Walk has it, compiled when first asked for:

            def walk(value, found):
                count = len(value)
                found[1].append(value['code'])
                if 'lines' in value: count += inner2(value['lines'], found)
                return count
        """
        lines, inner = ["count = len(value)"], {}
        for number, (name, walk) in enumerate(self._walks.items()):
            text = repr(str(name))
            if isinstance(walk, Gathered):
                line = f"found[{walk.index}].append(value[{text}])"
            else:
                inner[f"inner{number}"] = walk.one
                line = f"count += inner{number}(value[{text}], found)"
            lines.append(line if name in self._required else f"if {text} in value: {line}")
        function: Callable[[Any, Found], int] = _compiled("value", lines, inner)
        return function

    @cached_property
    def many(self) -> Callable[[list[Any], Found], int]:
        """
        The same:

            def walk(values, found):
                count = sum(map(len, values))
                found[1] += map(get0, values)
                count += inner2([value['lines'] for value in values if 'lines' in value], found)
                return count
        """
        lines, inner = ["count = sum(map(len, values))"], dict[str, Any]()
        for number, (name, walk) in enumerate(self._walks.items()):
            text, every = repr(str(name)), f"map(get{number}, values)"
            inner[f"get{number}"] = itemgetter(name)
            if name not in self._required:
                every = f"[value[{text}] for value in values if {text} in value]"
            if isinstance(walk, Gathered):
                lines.append(f"found[{walk.index}] += {every}")
            else:
                inner[f"inner{number}"] = walk.many
                lines.append(f"count += inner{number}([*{every}], found)")
        function: Callable[[list[Any], Found], int] = _compiled("values", lines, inner)
        return function

    def strangers(self, value: Any) -> Iterator[Stranger]:
        if not isinstance(value, dict):
            return
        if self._key is not None:
            yield from ((self._key, name) for name in value if name not in self._named)
        for name, walk in self._walks.items():
            if name in value:
                yield from walk.strangers(value[name])


class Maps:
    """Objects of any members, which are all of one schema."""

    __slots__ = ("_inner",)

    def __init__(self, inner: Walk | None):
        self._inner = inner

    def one(self, value: Any, found: Found, /) -> int:
        return len(value) + (0 if self._inner is None else self._inner.many(list(value.values()), found))

    def many(self, values: list[Any], found: Found, /) -> int:
        return sum(self.one(value, found) for value in values)

    def strangers(self, value: Any) -> Iterator[Stranger]:
        if self._inner is not None and isinstance(value, dict):
            yield from chain.from_iterable(map(self._inner.strangers, value.values()))


class Lists:
    """Arrays whose items are all of one schema."""

    def __init__(self, inner: Walk):
        self._inner = inner

    @cached_property
    def one(self) -> Callable[[Any, Found], int]:
        return self._inner.many

    def many(self, values: list[Any], found: Found, /) -> int:
        return self._inner.many(list(chain.from_iterable(values)), found)

    def strangers(self, value: Any) -> Iterator[Stranger]:
        if isinstance(value, list):
            yield from chain.from_iterable(map(self._inner.strangers, value))


class Nullable:
    """What may be null instead."""

    __slots__ = ("_inner",)

    def __init__(self, inner: Walk):
        self._inner = inner

    def one(self, value: Any, found: Found, /) -> int:
        return 0 if value is None else self._inner.one(value, found)

    def many(self, values: list[Any], found: Found, /) -> int:
        return self._inner.many([value for value in values if value is not None], found)

    def strangers(self, value: Any) -> Iterator[Stranger]:
        return self._inner.strangers(value)


def nothing(width: int) -> Callable[[], Found]:
    """What gives an empty Found of so many lists."""
    made: Callable[[], Found] = eval(f"lambda: [{'[], ' * width}]")
    return made


def _compiled(argument: str, lines: list[str], scope: dict[str, Any]) -> Any:
    exec("\n ".join([f"def walk({argument}, found):", *lines, "return count"]), scope)
    return scope["walk"]
