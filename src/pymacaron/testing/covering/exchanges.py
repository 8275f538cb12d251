"""
What a call was and what was answered, as the proxy saw it, without what is secret in it.

Credentials are never kept: of Authorization and the like nothing, of cookies their names. Neighbours: conversation.py
makes these, counting.py reads them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from pymacaron.schema.quoting import is_secret
from pymacaron.spec.model import Api

__all__ = ["BODY_BYTES", "MASK", "TOTAL_BYTES", "Body", "Exchange", "Exchanges", "Kept", "Secrets", "masked", "path_of"]

Pairs = tuple[tuple[str, str], ...]

#: Of each body so much is kept, and of all of them together
BODY_BYTES, TOTAL_BYTES = 1_048_576, 268_435_456
#: So many failures are told
_FAILURES = 1000

#: What stands in the place of a secret
MASK = "***"
#: A segment of a path that is longer may be a key or a token
_SEGMENT = 32

_CREDENTIALS = frozenset(("authorization", "proxy-authorization", "authentication-info", "proxy-authentication-info"))


@dataclass(frozen=True, slots=True)
class Body:
    """
    `content`: the bytes as they were sent, the first of them where it is not `is_whole`. `size`: how many came;
    `is_cut`: they were not all that were to come.
    """

    content: bytes = b""
    size: int = 0
    is_cut: bool = False

    @property
    def is_whole(self) -> bool:
        return len(self.content) == self.size and not self.is_cut


@dataclass(frozen=True, slots=True)
class Exchange:
    """
    One call: `target` as it stood in the request line; headers in their order, as (name, value), bytes beyond ASCII as
    Latin-1 characters.
    """

    method: str
    target: str
    headers: Pairs
    body: Body
    status: int
    answer_headers: Pairs
    answer: Body

    @property
    def path(self) -> str:
        """Percent-encoded, without the query."""
        return path_of(self.target)

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    def header(self, name: str) -> str | None:
        """Of the request; several of one name as one."""
        return _joined(self.headers, name)

    def answer_header(self, name: str) -> str | None:
        return _joined(self.answer_headers, name)


class Exchanges:
    """
    The calls that were seen, in the order in which they ended, until they are taken; any thread may add one.
    `failures`: what could not be passed on, or not be followed, a line each.
    """

    def __init__(self) -> None:
        self.calls: list[Exchange] = []
        self.failures: list[str] = []
        self._change = threading.Condition()
        self._bytes = 0
        self._is_closed = False

    def add(self, exchange: Exchange) -> None:
        with self._change:
            self.calls.append(exchange)
            self._change.notify_all()

    def fail(self, text: str) -> None:
        with self._change:
            if len(self.failures) < _FAILURES:
                self.failures.append(text)
            elif len(self.failures) == _FAILURES:
                self.failures.append("and others")

    def room(self, size: int) -> int:
        """How many of *size* bytes may be kept."""
        with self._change:
            found = max(0, min(size, TOTAL_BYTES - self._bytes))
            self._bytes += found
        return found

    def give_back(self, size: int) -> None:
        """Have room for *size* bytes more, which are kept no longer."""
        with self._change:
            self._bytes -= size

    def close(self) -> None:
        """No call follows."""
        with self._change:
            self._is_closed = True
            self._change.notify_all()

    def taken(self) -> Iterator[Exchange]:
        """Each call once, as they come, until `close`. What was kept of it is given up."""
        while True:
            with self._change:
                self._change.wait_for(lambda: self.calls or self._is_closed)
                calls, self.calls = self.calls, []
            if not calls:
                return
            for call in calls:
                yield call
                self.give_back(len(call.body.content) + len(call.answer.content))


class Kept:
    """The first bytes of a body that passes."""

    def __init__(self, exchanges: Exchanges):
        self._exchanges = exchanges
        self._pieces: list[bytes] = []
        self._left = BODY_BYTES
        self._size = 0

    def add(self, piece: bytes) -> None:
        self._size += len(piece)
        wanted = min(self._left, len(piece))
        if wanted:
            room = self._exchanges.room(wanted)
            self._pieces.append(piece[:room])
            self._left = self._left - room if room == wanted else 0

    def forget(self) -> None:
        """Nobody asks for it."""
        self._exchanges.give_back(sum(map(len, self._pieces)))
        self._pieces, self._left = [], 0

    def body(self, *, is_cut: bool) -> Body:
        return Body(b"".join(self._pieces), self._size, is_cut)


@dataclass(frozen=True, slots=True)
class Secrets:
    """What is not kept of a call: names of headers and of members of the query, in lower case."""

    headers: frozenset[str] = frozenset()
    query: frozenset[str] = frozenset()

    @classmethod
    def of(cls, apis: Iterable[Api]) -> Secrets:
        """Those that the security schemes of *apis* name."""
        names: Mapping[str, set[str]] = {"header": set(), "query": set(), "cookie": set()}
        for api in apis:
            for scheme in api.security_schemes.values():
                if scheme.type == "apiKey" and scheme.location in names:
                    names[scheme.location].add(scheme.key.lower())
        return cls(frozenset(names["header"]), frozenset(names["query"]))

    def without(self, pairs: Iterable[tuple[str, Any]]) -> Pairs:
        """Headers without their secrets."""
        return tuple((name, self._shown(name.lower(), str(value))) for name, value in pairs)

    def _shown(self, name: str, value: str) -> str:
        if name == "cookie":
            return "; ".join(f"{one.partition('=')[0].strip()}={MASK}" for one in value.split(";") if one.strip())
        if name == "set-cookie":
            return f"{value.partition('=')[0].strip()}={MASK}"
        return MASK if name in _CREDENTIALS or name in self.headers or is_secret(name) else value

    def target(self, target: str) -> str:
        """A target without the secrets of its query."""
        path, mark, query = target.partition("?")
        if not mark:
            return target
        pairs = [one.partition("=") for one in query.split("&")]
        hidden = [
            f"{name}={MASK}" if equals and self._hides(unquote_plus(name)) else name + equals + value
            for name, equals, value in pairs
        ]
        return f"{path}?{'&'.join(hidden)}"

    def _hides(self, name: str) -> bool:
        return name.lower() in self.query or is_secret(name)


def path_of(target: str) -> str:
    """The path of a request's *target*, percent-encoded, without the query, and without the host of absolute-form."""
    path = target.partition("?")[0]
    if "://" in path and not path.startswith("/"):
        path = "/" + path.partition("://")[2].partition("/")[2]
    return path


def masked(path: str) -> str:
    """*path* without what may be a key or a token in it."""
    return "/".join(one if len(one) < _SEGMENT else MASK for one in path.split("/"))


def _joined(pairs: Pairs, name: str) -> str | None:
    wanted = name.lower()
    found = [value for known, value in pairs if known.lower() == wanted]
    if not found:
        return None
    return ("; " if wanted == "cookie" else ", ").join(found)
