"""How messages show a value: cut where it is long, and not at all where its name says that it is a secret."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

__all__ = ["SECRET_NAMES", "cut", "is_secret", "quoted"]

#: A name that has one of these in it, whatever its case and punctuation, names a secret
SECRET_NAMES = ("password", "passwd", "passphrase", "secret", "token", "authorization", "apikey")

_WIDTH = 80


def is_secret(name: str) -> bool:
    """Whether *name*, of a property, a parameter or a header, says that its value is not to be shown."""
    # A name may be as long as a caller likes: those of descriptions are short, and looked at often
    return _known_secret(name) if len(name) <= _WIDTH else _says_secret(name)


def _says_secret(name: str) -> bool:
    letters = "".join(character for character in name.lower() if character.isalnum())
    return any(secret in letters for secret in SECRET_NAMES)


_known_secret = lru_cache(2048)(_says_secret)


def quoted(value: Any) -> str:
    """*value* as messages show it: scalars cut at 80 characters, never the content of objects and arrays."""
    cls = value.__class__
    if cls is str:
        return repr(value) if len(value) <= _WIDTH else f"{value[:_WIDTH]!r}..."
    if cls is int or cls is float:
        return cut(str(value))
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, (list, tuple)):
        return "an array"
    if isinstance(value, str):
        return repr(value) if len(value) <= _WIDTH else f"{value[:_WIDTH]!r}..."
    return cut(str(value))


def cut(text: str) -> str:
    """*text*, of which an ellipsis stands for what is longer than 80 characters."""
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}..."
