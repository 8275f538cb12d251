"""Paths in a value: what stands there, in which order they come, and how they are written, as JSON pointers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = ["Order", "Path", "names_of", "pointer_text", "value_at"]

#: The names and numbers that lead from a value to one in it
Path = tuple[str | int, ...]

#: The characters of a token of a pointer, and of a pointer, after which an ellipsis stands for the rest
_TOKEN, _POINTER = 200, 2_000


def pointer_text(path: Iterable[str | int]) -> str:
    """
    The JSON pointer (RFC 6901) whose unescaped tokens are *path*; '' for none. A token of more than 200 characters is
    cut there, and the pointer after 2,000: an ellipsis stands for the rest.
    """
    tokens = [str(token) for token in path]
    text = "/".join(["", *tokens])
    if len(text) <= _TOKEN and "~" not in text and text.count("/") == len(tokens):
        return text  # as almost all are
    text = ""
    for name in tokens:
        if len(text) > _POINTER:
            return f"{text}/…"
        shown = name if len(name) <= _TOKEN else f"{name[:_TOKEN]}…"
        text += f"/{shown.replace('~', '~0').replace('/', '~1')}"
    return text


def names_of(pointer: str) -> tuple[str, ...]:
    """The unescaped tokens of a JSON pointer."""
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:])


def value_at(value: Any, path: Iterable[str | int]) -> Any:
    """What stands at *path* in *value*; None where nothing does."""
    for token in path:
        value = _step(value, token)
    return value


def _step(value: Any, token: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(token)
    if isinstance(value, list) and isinstance(token, int) and token < len(value):
        return value[token]
    return None


class Order:
    """Where paths stand in the text of a value: missing members, then others in the order of their object."""

    def __init__(self, value: Any):
        self._value = value
        self._ranks: dict[int, dict[str, int]] = {}

    def key(self, path: Path) -> tuple[int, ...]:
        """What sorts *path* among others."""
        ranks: list[int] = []
        at = self._value
        for token in path:
            if isinstance(at, dict):
                rank = self._ranks.setdefault(id(at), {}) or self._fill(at)
                ranks.append(rank.get(str(token), -1))
            else:
                ranks.append(token if isinstance(token, int) else 0)
            at = _step(at, token)
        return tuple(ranks)

    def _fill(self, value: dict[str, Any]) -> dict[str, int]:
        self._ranks[id(value)] = {name: index for index, name in enumerate(value)}
        return self._ranks[id(value)]
