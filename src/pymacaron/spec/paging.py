"""
What `x-pagination` of an operation says: how its caller gets from one page of a list to the next.

A member that leads into a reply is the name of a member of it, or a JSON pointer. Neighbours: rules.py refuses what is
wrong by itself, operations.py what names no parameter, check/ what the responses do not have; client/pages.py turns
pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from pymacaron.finding import did_you_mean
from pymacaron.spec.extensions import Fault, unknown_members

__all__ = ["KINDS", "LEADING", "Paging", "faults", "paging", "unknown_parameter"]

Kind = Literal["cursor", "offset", "page", "link"]
#: The names that lead to a value
Place = tuple[str, ...]

#: dict: kind -> its members besides `kind` and `items`
KINDS: dict[str, tuple[str, ...]] = {
    "cursor": ("parameter", "next", "last", "more"),
    "offset": ("parameter", "start", "total", "more"),
    "page": ("parameter", "start", "total", "more"),
    "link": ("next",),
}
#: The members that lead into a reply
LEADING = ("items", "next", "more", "total")


@dataclass(frozen=True, slots=True)
class Paging:
    """
    `kind`: what the next page is asked for by: a cursor from the reply, the number of items before it, its own number,
    or a URL. `parameter`: the name of the one that says which page; '' of a link. `items`: where a reply has its items;
    None: it is the list itself. `next`: where it has the cursor or URL; `last`: where the last item has the cursor.
    `more`: where it says false at the last page. `total`: where it has the number of all items, of kind page that of
    all pages. `start`: the first offset or number.
    """

    kind: Kind
    parameter: str = ""
    items: Place | None = None
    next: Place | None = None
    last: Place | None = None
    more: Place | None = None
    total: Place | None = None
    start: int = 0


def paging(said: Any) -> Paging:
    """What *said*, the value of `x-pagination`, means. Raises ValueError, whose text says what of it means nothing."""
    wrong = next(faults(said), None)
    if wrong is not None:
        raise wrong.error
    places = {name: _place(said[name]) for name in (*LEADING, "last") if name in said}
    start = said.get("start", 1 if said["kind"] == "page" else 0)
    return Paging(kind=said["kind"], parameter=said.get("parameter", ""), start=start, **places)


def faults(said: Any) -> Iterator[Fault]:
    """All that is wrong with the value of `x-pagination` by itself."""
    if not isinstance(said, dict):
        yield Fault((), "wrong-value", f"x-pagination is {said!r:.80}", "Write an object with the member 'kind'")
        return
    kind = said.get("kind")
    if kind is None:
        yield Fault((), "missing-field", "x-pagination needs 'kind'", f"Add one of {', '.join(KINDS)}")
        return
    if not isinstance(kind, str) or kind not in KINDS:
        mend = did_you_mean(kind, KINDS) if isinstance(kind, str) else ""
        fact = f"{kind!r:.80} is no kind of x-pagination"
        yield Fault(("kind",), "wrong-value", fact, mend or f"Write one of {', '.join(KINDS)}")
        return
    known = ("kind", "items", *KINDS[kind])
    yield from unknown_members((), said, known, f"x-pagination of kind {kind!r}")
    if "parameter" in known and "parameter" not in said:
        mend = "Name the parameter that says which page is meant"
        yield Fault((), "missing-field", f"x-pagination of kind {kind!r} needs 'parameter'", mend)
    if kind == "cursor" and ("next" in said) == ("last" in said):
        mend = "Say where a reply has the cursor ('next'), or the last item of a page ('last')"
        fact = f"x-pagination of kind 'cursor' has {'both' if 'next' in said else 'neither'} 'next' and 'last'"
        yield Fault((), "missing-field", fact.replace("neither 'next' and", "neither 'next' nor"), mend)
    for name in known[1:]:
        if name in said:
            yield from _wrong_value(name, said[name])


def _wrong_value(name: str, value: Any) -> Iterator[Fault]:
    if name == "start":
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            yield Fault(
                (name,), "wrong-value", f"'start' is {value!r:.80}", "Write the number of the first one, as 0 or 1"
            )
    elif not isinstance(value, str) or not value:
        what = "the name of a parameter" if name == "parameter" else "a name, or a JSON pointer as /data/next"
        yield Fault((name,), "wrong-value", f"{name!r} is {value!r:.80}", f"Write {what}")


def unknown_parameter(said: Any, names: Iterable[str]) -> Fault | None:
    """What is wrong where *said* names none of *names*, the parameters of its operation."""
    wanted = said.get("parameter") if isinstance(said, dict) else None
    known = list(names)
    if not isinstance(wanted, str) or not wanted or wanted in known:
        return None
    mend = did_you_mean(wanted, known) or (f"It has {', '.join(known)}" if known else "It has none")
    return Fault(("parameter",), "wrong-value", f"the operation has no parameter {wanted!r}", mend)


def _place(said: str) -> Place:
    """A name, or the names in a JSON pointer (RFC 6901)."""
    if not said.startswith("/"):
        return (said,)
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in said.split("/")[1:])
