"""What Connexion calls the argument of a handler that a parameter of a description reaches it as."""

from __future__ import annotations

import builtins
import re
from keyword import iskeyword

__all__ = ["pythonic", "sanitized"]

#: Where a word begins inside of a name: `petId`, `HTTPCode`
_INSIDE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_OPENING, _OTHER, _LEADING = re.compile(r"\[(?!\])"), re.compile(r"[^0-9a-zA-Z_]"), re.compile(r"^[^a-zA-Z_]+")


def sanitized(name: str) -> str:
    """*name* without what no name in Python has: `page-size` is `pagesize`, `filter[age]` is `filter_age`."""
    return _LEADING.sub("", _OTHER.sub("", _OPENING.sub("_", name)))


def pythonic(name: str) -> str:
    """*name* in small letters with underscores, and one behind what Python has: `petId`, `id` -> `pet_id`, `id_`."""
    snake = _INSIDE.sub("_", name).replace("-", "_").lower()
    return sanitized(f"{snake}_" if hasattr(builtins, snake) or iskeyword(snake) else snake)
