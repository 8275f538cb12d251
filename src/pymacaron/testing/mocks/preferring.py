"""
The header Prefer -> what a caller wants of a mock: `Prefer: code=404, example=missing, dynamic=true`.

Source: RFC 7240, section 2: preferences are separated by commas, of one that stands there twice the first counts, and
what is not known is passed over. Section 3: Preference-Applied says which ones were followed.
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

    @property
    def applied(self) -> str:
        """What Preference-Applied says of an answer by it; "" where nothing was wanted."""
        told = [] if self.code is None else [f"code={self.code}"]
        told += [] if self.example is None else [f"example={_word(self.example)}"]
        told += [] if self.dynamic is None else [f"dynamic={str(self.dynamic).lower()}"]
        return ", ".join(told)


_NOTHING = Wish()
_NAMES = ("code", "example", "dynamic")


def wish(prefer: str | None) -> Wish:
    """
    What *prefer* asks for. Raises an HTTPError, 400, for a value that means nothing, and where one of our preferences
    stands as a parameter of another one.
    """
    if not prefer:
        return _NOTHING
    found: dict[str, str] = {}
    for preference in media.split(prefer, ","):
        (name, value), *parameters = map(_read, media.split(preference, ";"))
        found.setdefault(name, value)
        lost = [one for one, _ in parameters if one in _NAMES]
        if name in _NAMES and lost:
            raise HTTPError(400, f"Prefer: {lost[0]} stands behind a semicolon: separate preferences by commas")
    return Wish(_code(found.get("code")), found.get("example"), _switch(found.get("dynamic")))


def _read(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip().lower(), media.unquoted(value.strip())


def _word(text: str) -> str:
    """*text* as a header has it: in quotes where it is no token."""
    if media.is_token(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


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
