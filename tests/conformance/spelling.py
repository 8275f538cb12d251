"""
The many ways to write one JSON value: white space, escapes, 1.0 for 1, and members that stand twice or that nobody
has named. What is written may be another value than the one that was given; it is JSON always.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any

__all__ = ["spelled"]

_SPACE = ("", "", "", " ", "  ", "\n", "\t")
_ODD = (
    "0.5",
    "-6.5",
    "1.0",
    "6",
    "-6",
    "-0",
    "-0.0",
    "1e2",
    "1E400",
    str(2**63),
    str(2**64),
    str(-(2**63) - 1),
    "9" * 30,
    "1.0e0",
    "true",
)
_MORE = (":", "a:b", "\\", '"', '":', "\u00e9:", {"a": {"a": 1}}, [":"], {":": ":"}, None, 7)


def spelled(value: Any, random: Random) -> bytes:
    """*value* written in any way; often with members that are one too many, or numbers that are others."""
    how = random.choice(("plain", "spaced", "odd", "more", "twice", "all"))
    if how == "plain":
        return json.dumps(value, ensure_ascii=random.random() < 0.5, separators=(",", ":")).encode()
    return _Writer(random, how).text(value).encode()


class _Writer:
    def __init__(self, random: Random, how: str):
        self._random = random
        self._how = how

    def _does(self, what: str, share: float) -> bool:
        return self._how in (what, "all") and self._random.random() < share

    def _space(self) -> str:
        return self._random.choice(_SPACE) if self._how in ("spaced", "all") else ""

    def text(self, value: Any) -> str:
        return f"{self._space()}{self._bare(value)}{self._space()}"

    def _bare(self, value: Any) -> str:
        if isinstance(value, dict):
            members = list(value.items())
            if self._does("more", 0.3):
                members.insert(self._random.randint(0, len(members)), ("more", self._random.choice(_MORE)))
            if members and self._does("twice", 0.3):
                members.append((self._random.choice(members)[0], self._random.choice(members)[1]))
            return "{" + ",".join(f"{self._string(name)}:{self.text(member)}" for name, member in members) + "}"
        if isinstance(value, list):
            return "[" + ",".join(map(self.text, value)) + "]"
        if isinstance(value, str):
            odd = self._random.choice((":", '":', "a:1", "\\"))
            return self._string(value + odd if self._does("odd", 0.2) else value)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and self._does("odd", 0.4):
            whole = int(value) if abs(value) < 2**53 else 0
            return self._random.choice((f"{whole}.0", f"{whole}.5", f"{whole + 1}", self._random.choice(_ODD)))
        return json.dumps(value)

    def _string(self, value: str) -> str:
        text = json.dumps(value, ensure_ascii=self._random.random() < 0.3)
        if self._does("odd", 0.3):
            text = text.replace(":", "\\u003a")
        return f"{self._space()}{text}{self._space()}"
