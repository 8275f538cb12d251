"""
What finds the members of an object that do not fit, for one schema.

It is a function compiled of straight source code, one look at the object for each property: a loop over its members
takes twice as long. Nothing of a description stands in that source but numbers and the names of properties, each as the
literal that Python writes for it. Neighbours: leaves.py knows what is asked of each, descent.py what is said of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pymacaron.schema.leaves import Leaf

__all__ = ["Scan", "scan"]

#: `scan(value)`: the names of properties whose values may not fit, and of missing ones, in the order of the schema;
#: before them None where the object has members that are not declared
Scan = Callable[[dict[str, Any]], tuple[str | None, ...]]

#: The properties of an object from which on most are not there: going through its members is cheaper
_MOST = 32

_ABSENT: Any = object()


def scan(
    names: Sequence[str],
    leaves: Mapping[str, Leaf | None],
    nested: Mapping[str, Callable[[Any], bool]],
    required: Sequence[str],
) -> Scan | None:
    """
    The Scan of a schema that declares *names*, each of which is asked by its leaf or by what *nested* has for it; None
    where members are better gone through one by one.
    """
    if not names or len(names) > _MOST or not set(names).issuperset(required):
        return None
    scope: dict[str, Any] = {"absent": _ABSENT}
    lines = ["def found(value):", " get = value.get", " bad = ()", f" count = {len(names)}"]
    for index, name in enumerate(names):
        leaf = leaves.get(name)
        scope[f"fits{index}"] = nested[name] if leaf is None else leaf.known()
        fits = f"fits{index}(m)"
        if leaf is not None and leaf.sure:
            scope[f"o{index}"] = leaf.options
            fits = f"({leaf.sure.replace(' in o', f' in o{index}')}) or {fits}"
        lines += [
            f" m = get({name!r}, absent)",
            " if m is absent:",
            "  count -= 1",
            *([f"  bad += ({name!r},)"] if name in required else []),
            f" elif not ({fits}):",
            f"  bad += ({name!r},)",
        ]
    lines.append(" return bad if count == len(value) else (None, *bad)")
    exec("\n".join(lines), scope)
    found: Scan = scope["found"]
    return found
