"""What of the public names is gone or has changed, and whether CHANGES.md tells of it under "Breaking"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from promises.surface import ROOT, SNAPSHOT, name_of

__all__ = ["CHANGES", "MEND", "is_told", "snapshot", "told", "untold"]

CHANGES = ROOT / "CHANGES.md"
_CODE = re.compile(r"`([^`]+)`")
#: Behind it stands the name
MEND = "Keep it, deprecated, as docs/stability.md says; or tell of it in CHANGES.md, at the top, under '### Breaking': "


def snapshot() -> list[str]:
    """The lines of surface.py, as they were written down."""
    return SNAPSHOT.read_text(encoding="utf-8").splitlines()


def told(changes: str) -> set[str]:
    """The names that stand under "### Breaking" in the newest part of *changes*, the text of CHANGES.md."""
    newest = re.split(r"^## ", changes, flags=re.MULTILINE)[1:2]
    below = "".join(newest).partition("### Breaking\n")[2].partition("\n### ")[0]
    return set(_CODE.findall(below))


def untold(before: Iterable[str], now: Sequence[str], names: Iterable[str]) -> list[str]:
    """
    A text for each public name or parameter of which a line of *before* is not in *now*, and none of *names* tells.
    """
    there, lines = {name_of(line) for line in now}, set(now)
    gone = dict.fromkeys(name_of(line) for line in before if line not in lines)
    owners = [name for name in gone if name not in there]
    texts = []
    for name in gone:
        # Of what is gone as a whole, its members and parameters need no lines of their own
        if is_told(name, names) or any(is_told(name, [one]) for one in owners if one != name):
            continue
        what = "has changed" if name in there else "is gone"
        texts.append(f"{name} {what}. {MEND}`{name}`")
    return texts


def is_told(name: str, names: Iterable[str]) -> bool:
    """Whether *name* is one of *names*, or a member or parameter of one."""
    return any(name == one or name.startswith((f"{one}.", f"{one}(")) for one in names)
