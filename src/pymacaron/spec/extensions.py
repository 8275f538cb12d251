"""
What extensions of ours share: the words that those have which choose, and what is wrong with one whose value is a map,
for paging.py and persisting.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from pymacaron.finding import did_you_mean

__all__ = ["CHOICES", "Fault", "unknown_members"]

#: dict: extension -> the words that it may have, of which `off` is false, and true the first where there is one
CHOICES: Mapping[str, tuple[str, ...]] = {
    "x-response-validation": ("strict", "report", "off"),
    "x-idempotency": ("required", "optional"),
    "x-test": ("safe", "skip"),
}


class Fault(NamedTuple):
    """One thing that is wrong: the members that lead to it, none for all of it, and what a finding says."""

    path: tuple[str, ...]
    code: str
    fact: str
    mend: str

    @property
    def error(self) -> ValueError:
        """The same for who asks what such a value means."""
        return ValueError(f"{self.fact}. {self.mend}")


def unknown_members(path: tuple[str, ...], said: Iterable[str], known: Sequence[str], what: str) -> Iterator[Fault]:
    """Of the members of the map at *path*, which is *what*, those that are not *known*."""
    for name in said:
        if name not in known:
            mend = did_you_mean(str(name), known) or f"It may have {', '.join(known)}"
            yield Fault((*path, name), "unknown-key", f"{name!r} has no meaning in {what}", mend)
