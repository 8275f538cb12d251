"""A .dockerignore -> which files it leaves out. Source: Docker's reference, ".dockerignore file"."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Ignored", "ignored"]


@dataclass(frozen=True, slots=True)
class Ignored:
    """`patterns`: (expression, whether it leaves out); the last that fits a file or a folder above it counts."""

    patterns: tuple[tuple[re.Pattern[str], bool], ...] = ()

    def __contains__(self, name: str) -> bool:
        """Whether the file *name*, with / between its parts, is left out."""
        parts = name.split("/")
        above = ["/".join(parts[: count + 1]) for count in range(len(parts))]
        is_out = False
        for pattern, leaves_out in self.patterns:
            if any(pattern.fullmatch(one) for one in above):
                is_out = leaves_out
        return is_out


def ignored(text: str) -> Ignored:
    """What the .dockerignore *text* leaves out."""
    found = []
    for line in text.removeprefix("\ufeff").splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        leaves_out = not line.startswith("!")
        parts = [part for part in line.removeprefix("!").strip().split("/") if part not in ("", ".")]
        if parts:
            found.append((re.compile(_expression(parts)), leaves_out))
    return Ignored(tuple(found))


def _expression(parts: list[str]) -> str:
    """`**` stands for any folders, none among them."""
    said = ""
    for index, part in enumerate(parts):
        is_last = index == len(parts) - 1
        if part == "**":
            said += ".*" if is_last else "(?:.*/)?"
        else:
            said += _part(part) + ("" if is_last else "/")
    return said


def _part(part: str) -> str:
    """As Go's filepath.Match: * and ? stop at /, [a-z] and [^a-z] are sets, a backslash takes the meaning from one."""
    said, index = "", 0
    while index < len(part):
        char = part[index]
        end = part.find("]", index + 2) if char == "[" else -1
        if char == "\\" and index + 1 < len(part):
            index += 1
            said += re.escape(part[index])
        elif char == "*":
            said += "[^/]*"
        elif char == "?":
            said += "[^/]"
        elif end > 0:
            inner = part[index + 1 : end].replace("\\", r"\\").replace("[", r"\[")
            said += f"[{inner}]"
            index = end
        else:
            said += re.escape(char)
        index += 1
    return said
