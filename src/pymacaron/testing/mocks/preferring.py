"""
The header Prefer -> what a caller wants of a mock: `Prefer: code=404, example=missing, dynamic=true`.

Source: RFC 7240, section 2: preferences are separated by commas, of one that stands there twice the first counts, and
what is not known is passed over.
"""

from __future__ import annotations

from dataclasses import dataclass

from pymacaron.exceptions import HTTPError
from pymacaron.exchange import media

__all__ = ["Wish", "wish"]


@dataclass(frozen=True, slots=True)
class Wish:
    """`code`: the status; `example`: the name of an example; `dynamic`: None where nothing is said."""

    code: int | None = None
    example: str | None = None
    dynamic: bool | None = None


_NOTHING = Wish()


def wish(prefer: str | None) -> Wish:
    """What *prefer* asks for. Raises an HTTPError, 400, for a value that means nothing."""
    if not prefer:
        return _NOTHING
    found: dict[str, str] = {}
    for part in media.split(prefer, ","):
        name, _, value = next(media.split(part, ";"), "").partition("=")
        value = value.strip()
        if len(value) > 1 and value[0] == value[-1] == '"':
            value = value[1:-1].replace('\\"', '"').replace("\\\\", "\\")
        found.setdefault(name.strip().lower(), value)
    return Wish(_code(found.get("code")), found.get("example"), _switch(found.get("dynamic")))


def _code(text: str | None) -> int | None:
    if text is None:
        return None
    if text.isascii() and text.isdigit() and 200 <= int(text) <= 599:
        return int(text)
    raise HTTPError(400, f"Prefer: code={text[:80]} is no status: write a number from 200 to 599")


def _switch(text: str | None) -> bool | None:
    known = {None: None, "": True, "true": True, "false": False}
    if text in known:
        return known[text]
    raise HTTPError(400, f"Prefer: dynamic={str(text)[:80]} is neither true nor false")
