"""
What a scalar of YAML means: the rules of YAML 1.2's core schema (`no`, `on` and dates are strings), and tags.

The key of a map is always the text that was written (`200:` is "200"), so nobody asks here. Pure functions; used by
yaml.py and, the other way round, by writing.py.
"""

from __future__ import annotations

import re
from typing import Any

__all__ = ["SCALAR_TAGS", "SPECIAL", "TAG", "TEXT_TAGS", "is_merge", "is_special", "plain", "short"]

_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
#: What a plain scalar that is no string begins with.
SPECIAL = frozenset(["", *"~nNtTfF.+-0123456789"])
_NUMBER = re.compile(
    r"(?P<int>[-+]?[0-9]+)|0o(?P<oct>[0-7]+)|0x(?P<hex>[0-9a-fA-F]+)|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
)

TAG = "tag:yaml.org,2002:"
#: dict: tag -> the types that its plain scalar may have.
SCALAR_TAGS: dict[str, tuple[type, ...]] = {
    f"{TAG}null": (type(None),),
    f"{TAG}bool": (bool,),
    f"{TAG}int": (int,),
    f"{TAG}float": (float, int),
}
#: Texts with a meaning that JSON does not know stay texts.
TEXT_TAGS = {"!", f"{TAG}str", f"{TAG}binary", f"{TAG}timestamp"}


def plain(text: str) -> Any:
    """The value of a plain scalar. Source: YAML 1.2.2, 10.3.2."""
    if text in _WORDS:
        return _WORDS[text]
    number = _NUMBER.fullmatch(text)
    if number is None:
        return text
    if number["int"]:
        return int(text)
    if number["oct"]:
        return int(number["oct"], 8)
    if number["hex"]:
        return int(number["hex"], 16)
    return float(text)


def is_special(text: str) -> bool:
    """Whether *text*, as a plain scalar, is something else than that text."""
    return text[:1] in SPECIAL and (text in _WORDS or _NUMBER.fullmatch(text) is not None)


def is_merge(event: Any) -> bool:
    """Whether the scalar `<<` of *event* is YAML 1.1's merge key: it is where it has no quotes."""
    return bool(event.implicit[0]) or event.tag == f"{TAG}merge"


def short(tag: str) -> str:
    """*tag* as it is written in a text."""
    return f"!!{tag.removeprefix(TAG)}" if tag.startswith(TAG) else tag
