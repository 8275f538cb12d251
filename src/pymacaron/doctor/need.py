"""One thing that a service needs of the machine that it runs on."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Need", "lacking", "met"]


@dataclass(frozen=True, slots=True)
class Need:
    """
    `name` of what is needed; `fact`: what is there, or what is not and who asks for it; `mend`: how to have it, ""
    where it is there. No secret is in any.
    """

    name: str
    is_met: bool
    fact: str
    mend: str = ""


def met(name: str, fact: str) -> Need:
    """*name* is there: *fact* says which."""
    return Need(name, True, fact)


def lacking(name: str, fact: str, mend: str) -> Need:
    """*name* is not there."""
    return Need(name, False, fact, mend)
