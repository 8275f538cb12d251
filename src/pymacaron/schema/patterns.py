"""
A regular expression of a description, ECMA-262's, in the words that the validator takes.

dialect.py asks for every `pattern`; `check` tells which cannot be used. Source: ECMA-262, also its annex B.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jsonschema_rs import Validator

__all__ = ["matches", "pattern_problem", "usable_pattern"]


def pattern_problem(pattern: str) -> str | None:
    """Why *pattern* cannot be used for matching, or None where it can. Such a pattern is left out of validation."""
    return None if usable_pattern(pattern) is not None else "is no regular expression of ECMA-262"


@lru_cache(4096)
def usable_pattern(pattern: str) -> str | None:
    """*pattern*, an ECMA-262 regular expression, as the validator takes it; None where it takes it in no form."""
    if _accepted(pattern):
        return pattern
    plainer = _plainer(pattern)
    return plainer if plainer != pattern and _accepted(plainer) else None


@lru_cache(4096)
def matches(pattern: str) -> Callable[[str], bool] | None:
    """What tells whether *pattern* is found in a text, as the validator finds it; None where it cannot be used."""
    usable = usable_pattern(pattern)
    if usable is None:
        return None
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator({"pattern": usable}, offline=True).is_valid


def _accepted(pattern: str) -> bool:
    if not _grammar().is_valid(pattern):
        return False
    if "(?" not in pattern and "[^]" not in pattern and "[]" not in pattern and r"\k" not in pattern:
        return True
    import jsonschema_rs

    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern}, offline=True)
    except jsonschema_rs.ValidationError:
        return False
    return True


@lru_cache(1)
def _grammar() -> Validator:
    """
    What accepts the text of a regular expression: 200 times faster than compiling it, and right about the plain ones.
    """
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator({"format": "regex"}, validate_formats=True, offline=True)


_LENIENT = re.compile(r"\\.|\[\^\]|\[\]|\{\d+(?:,\d*)?\}|.", re.DOTALL)


def _plainer(pattern: str) -> str:
    """What ECMA-262's annex B and its `[^]` allow and others do not, in words that all of them know."""
    result: list[str] = []
    inside = False
    tokens = _LENIENT.findall(pattern)
    for index, token in enumerate(tokens):
        if token in ("[^]", "[]") and not inside:
            result.append(r"[\s\S]" if token == "[^]" else r"[^\s\S]")
            continue
        if inside and token == "-" and _beside_a_class(tokens, index):
            token = r"\-"
        elif (inside and token == "[") or (not inside and token in ("{", "}", "]")):
            token = f"\\{token}"
        elif len(token) == 2 and token[0] == "\\" and token[1] not in _ESCAPES:
            token = token[1] if token[1].isalnum() or ord(token[1]) > 127 or token[1] in "_ \"'@#%&,:;<=>`~!" else token
        elif token == "[" and not inside:
            inside = True
        elif token == "]" and inside:
            inside = False
        result.append(token)
    return "".join(result)


#: Escapes that mean more than the character itself
_ESCAPES = frozenset("bBcdDfknpPrsStuvwWx0123456789")


def _beside_a_class(tokens: list[str], index: int) -> bool:
    """Whether the hyphen there stands next to `\\w` and its like, where it can make no range."""
    beside = [tokens[index - 1] if index else "", tokens[index + 1] if index + 1 < len(tokens) else ""]
    return any(token in (r"\d", r"\D", r"\w", r"\W", r"\s", r"\S") for token in beside)
