"""What is secret in requests and replies -> the same texts, with what stands for it in its place."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from pymacaron.testing.processes import concealed

__all__ = ["Secrets"]

#: Shorter ones are ordinary text wherever nothing says that they are shown as credentials
_LEAST = 4


class Secrets:
    """
    *texts*: dict of secret -> what is told for it. *names*: the headers, cookies and parameters of a query that carry
    credentials: what is short is hidden as the value of one of them, and nowhere else.
    """

    def __init__(self, texts: Mapping[str, str], names: Collection[str] = ("Authorization",)):
        self._shown = {secret: shown for secret, shown in texts.items() if secret}
        # The longest first: one secret may begin with another
        known = sorted(self._shown, key=len, reverse=True)
        long = _one_of(text for text in known if len(text) >= _LEAST)
        short = _one_of(text for text in known if len(text) < _LEAST)
        carried = rf"(?<![\w-])(?:{_one_of(names)})(?:: ?|=)(?:(?:Bearer|Basic) )?"
        either = [rf"(?P<long>{long})"] if long else []
        either += [rf"(?P<carried>(?i:{carried}))(?P<short>{short})(?=$|[\s;,&#'\"])"] if short and names else []
        self._pattern = re.compile("|".join(either)) if either else None

    def pieces(self, text: str) -> Iterator[tuple[str, str]]:
        """Pairs of text that may be told and what is told for the secret behind it, '' at the end."""
        at = 0
        for found in self._pattern.finditer(text) if self._pattern is not None else ():
            name = "long" if "long" in found.groupdict() and found["long"] is not None else "short"
            yield concealed(text[at : found.start(name)]), self._shown[found[name]]
            at = found.end(name)
        yield concealed(text[at:]), ""

    def hidden(self, text: str) -> str:
        """*text* without secrets, those of the config too."""
        return "".join(before + shown for before, shown in self.pieces(text))


def _one_of(texts: Iterator[str] | Collection[str]) -> str:
    return "|".join(re.escape(text) for text in texts)
