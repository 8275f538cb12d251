"""
What `x-rate-limit` of an operation says: how many calls, in how many seconds.

`10/minute`, `100 per hour`, `5/2 seconds`; several as a list, or with commas between. Neighbours: rules.py refuses what
is none, server/limits/ counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

__all__ = ["QUOTA", "Quota", "quotas"]

#: dict: unit -> its seconds
_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
QUOTA = re.compile(rf"(\d{{1,9}})\s*(?:/|\s+per\s+)\s*(\d{{1,6}})?\s*({'|'.join(_UNITS)})s?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Quota:
    """`amount` calls in `multiples` times `unit`, which is second, minute, hour or day."""

    amount: int
    multiples: int
    unit: str

    @property
    def seconds(self) -> int:
        return self.multiples * _UNITS[self.unit]

    @property
    def name(self) -> str:
        """What headers call it: `10-per-minute`, `5-per-2-seconds`."""
        many = "" if self.multiples == 1 else f"{self.multiples}-"
        return f"{self.amount}-per-{many}{self.unit}{'' if self.multiples == 1 else 's'}"


def quotas(said: Any) -> tuple[Quota, ...]:
    """What *said*, a text or a list of texts, means. Raises ValueError, whose text is what of it means nothing."""
    texts = said if isinstance(said, list) else [said]
    found = [_quota(part) for text in texts for part in (text.split(",") if isinstance(text, str) else [text])]
    if not found:
        raise ValueError("an empty list")
    return tuple(dict.fromkeys(found))


def _quota(text: Any) -> Quota:
    matched = QUOTA.fullmatch(text.strip()) if isinstance(text, str) else None
    if matched is None:
        raise ValueError(repr(text)[:80])
    amount, multiples = int(matched[1]), int(matched[2] or 1)
    if not amount or not multiples:
        raise ValueError(f"{text.strip()!r}, where 0 would let no call pass")
    return Quota(amount, multiples, matched[3].lower())
