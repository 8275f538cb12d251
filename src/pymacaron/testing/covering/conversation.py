"""
What both sides of one connection say to each other -> Exchanges.

Each reply belongs to the oldest request that has none. Three things are changed on the way, so that both sides believe
to speak with each other: the proxy's own name in the target, Host, Origin and Referer, and the service's in Location,
Content-Location and Access-Control-Allow-Origin. No I/O. Neighbours: messages.py tells messages apart.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence

from pymacaron.testing.covering.exchanges import Exchange, Exchanges, Kept, Secrets, masked, path_of
from pymacaron.testing.covering.messages import Length, LostError, Messages

__all__ = ["Conversation"]

_HEAD_BYTES = 4_194_304
_REQUEST = re.compile(rb"([^\s]+)[ \t]+(.*?)[ \t]+HTTP/1\.[0-9][ \t]*\r?\n", re.DOTALL)
_STATUS = re.compile(rb"HTTP/1\.[0-9][ \t]+([0-9]{3})(?:[ \t].*)?\r?\n", re.DOTALL)
_HEADER = re.compile(rb"([^:]*:[ \t]*)(.*?)([ \t]*\r?\n)", re.DOTALL)

#: Headers in which the one side may be called by the name that it has for the other
_TO_SERVICE, _TO_TESTS = (
    frozenset((b"origin", b"referer")),
    frozenset((b"location", b"content-location", b"access-control-allow-origin")),
)


class _Call:
    """A request, and its reply."""

    def __init__(self, method: str, target: str, exchanges: Exchanges):
        self.method = method
        self.target = target
        self.headers: list[tuple[str, str]] = []
        self.sent, self.came = Kept(exchanges), Kept(exchanges)
        self.status = 0
        self.answer_headers: list[tuple[str, str]] = []
        self.has_head = self.is_asked = self.is_answered = self.is_kept = False


class Conversation:
    """
    One connection between tests, who know the service as *own*, and the service at *other*: both are (scheme, host and
    port). `asking` and `answering`: what each side sends.
    """

    def __init__(self, exchanges: Exchanges, secrets: Secrets, own: tuple[str, str], other: tuple[str, str]):
        self._exchanges, self._secrets = exchanges, secrets
        self._names = [(f"{scheme}://{authority}".encode(), authority.encode()) for scheme, authority in (own, other)]
        self._waiting: deque[_Call] = deque()
        self._asked: _Call | None = None
        self.asking = Messages(_Asking(self))
        self.answering = Messages(_Answering(self))

    @property
    def is_busy(self) -> bool:
        """Whether a reply is still to come."""
        return bool(self._waiting) and not self.asking.is_blind

    @property
    def is_idle(self) -> bool:
        """Whether all that was asked is answered; False where nobody can tell."""
        return not self._waiting and not self.asking.is_blind

    @property
    def is_asking(self) -> bool:
        """Whether a request has begun that has not ended."""
        return self._asked is not None and not self.asking.is_blind

    @property
    def has_request(self) -> tuple[str, str] | None:
        """Method and path of the request that waits, once its head is there."""
        first = self._waiting[0] if self._waiting else None
        return (first.method, path_of(first.target)) if first is not None and first.has_head else None

    def end(self, told: str) -> None:
        """
        The connection has ended. *told*: what the service did to calls that have no reply; '' where the tests are gone.
        """
        for call in [*self._waiting, *([self._asked] if self._asked is not None else ())]:
            if call.status:
                self._keep(call)
            elif told and call.has_head:
                self._exchanges.fail(f"{call.method} {masked(path_of(call.target))}: {told}")
                call.status = -1  # is told once
            if not call.is_kept:
                call.sent.forget()
                call.came.forget()
        self._waiting.clear()
        self._asked = None

    # ---- what is heard

    def started(self, line: bytes) -> bytes:
        found = _REQUEST.fullmatch(line)
        if found is None:
            raise LostError("a request has no line of HTTP/1.1")
        method, target = found[1].decode("latin-1"), found[2].decode("latin-1")
        self._asked = _Call(method, target, self._exchanges)
        self._waiting.append(self._asked)
        (own, _), (other, _) = self._names
        if found[2].startswith((own + b"/", own + b"?")):
            return line.replace(own, other, 1)
        return line

    def asks(self, line: bytes) -> bytes:
        assert self._asked is not None
        name = _noted(line, self._asked.headers)
        (own, own_authority), (other, other_authority) = self._names
        if name == b"host":
            return _renamed(line, own_authority, other_authority)
        return _renamed(line, own, other) if name in _TO_SERVICE else line

    def asked_length(self) -> Length:
        call = self._asked
        assert call is not None
        call.has_head = True
        coding = _values(call.headers, "transfer-encoding")
        if coding:
            if coding[-1].lower() != "chunked":
                raise LostError("the end of a request's body cannot be told")
            return "chunked"
        return _sized(call.headers) or 0

    def asked(self) -> None:
        call, self._asked = self._asked, None
        if call is not None:
            call.is_asked = True
            if call.is_answered:
                self._keep(call)

    def sent(self, piece: bytes) -> None:
        if self._asked is not None:
            self._asked.sent.add(piece)

    def answered_length(self, status: int, headers: list[tuple[str, str]]) -> Length:
        """The head of a reply is there."""
        call = self._waiting[0] if self._waiting else None
        if 100 <= status < 200 and status != 101:
            return 0  # another one follows
        if call is not None:
            call.status = status
            call.answer_headers = list(self._secrets.without(headers))
        method = "" if call is None else call.method
        if status == 101 or (method == "CONNECT" and status < 300):
            self._tunnel()
            return 0
        if method == "HEAD" or status in (204, 304):
            return 0
        coding = _values(headers, "transfer-encoding")
        if coding:
            return "chunked" if coding[-1].lower() == "chunked" else "rest"
        size = _sized(headers)
        return "rest" if size is None else size

    def came(self, piece: bytes) -> None:
        if self._waiting:
            self._waiting[0].came.add(piece)

    def answered(self, status: int) -> None:
        if not self._waiting or (100 <= status < 200):
            return
        call = self._waiting.popleft()
        call.is_answered = True
        if call.is_asked:
            self._keep(call)

    def lost(self, why: str) -> None:
        self._exchanges.fail(f"a connection is not followed any further, its calls are not counted: {why}")
        self.end("")
        self.asking.is_blind = self.answering.is_blind = True

    def _tunnel(self) -> None:
        """What follows is another protocol."""
        if self._waiting:
            call = self._waiting.popleft()
            call.is_asked = call.is_answered = True
            self._keep(call)
        self._asked = None
        self.asking.is_blind = self.answering.is_blind = True

    def _keep(self, call: _Call) -> None:
        if call.is_kept or call.status <= 0:
            return
        call.is_kept = True
        self._exchanges.add(
            Exchange(
                call.method,
                self._secrets.target(call.target),
                self._secrets.without(call.headers),
                call.sent.body(is_cut=not call.is_asked),
                call.status,
                tuple(call.answer_headers),
                call.came.body(is_cut=not call.is_answered),
            )
        )

    def renamed_reply(self, name: bytes, line: bytes) -> bytes:
        (own, _), (other, _) = self._names
        return _renamed(line, other, own) if name in _TO_TESTS else line


class _Asking:
    """Hears the tests."""

    def __init__(self, talk: Conversation):
        self._talk = talk
        self._bytes = 0

    def start(self, line: bytes) -> bytes:
        self._bytes = 0
        return self._talk.started(line)

    def header(self, line: bytes) -> bytes:
        self._bytes = _counted(self._bytes, line)
        return self._talk.asks(line)

    def length(self) -> Length:
        return self._talk.asked_length()

    def body(self, piece: bytes) -> None:
        self._talk.sent(piece)

    def end(self) -> None:
        self._talk.asked()

    def lost(self, why: str) -> None:
        self._talk.lost(why)


class _Answering:
    """Hears the service."""

    def __init__(self, talk: Conversation):
        self._talk = talk
        self._bytes = self._status = 0
        self._headers: list[tuple[str, str]] = []

    def start(self, line: bytes) -> bytes:
        found = _STATUS.fullmatch(line)
        if found is None:
            raise LostError("a reply has no line of HTTP/1.1")
        self._status, self._headers, self._bytes = int(found[1]), [], 0
        return line

    def header(self, line: bytes) -> bytes:
        self._bytes = _counted(self._bytes, line)
        return self._talk.renamed_reply(_noted(line, self._headers), line)

    def length(self) -> Length:
        return self._talk.answered_length(self._status, self._headers)

    def body(self, piece: bytes) -> None:
        self._talk.came(piece)

    def end(self) -> None:
        self._talk.answered(self._status)

    def lost(self, why: str) -> None:
        self._talk.lost(why)


def _counted(before: int, line: bytes) -> int:
    if before + len(line) > _HEAD_BYTES:
        raise LostError("a head does not end")
    return before + len(line)


def _noted(line: bytes, headers: list[tuple[str, str]]) -> bytes:
    """The name of the header in *line*, in lower case; it is added to *headers*, or to the last of them."""
    if line[:1] in (b" ", b"\t") and headers:
        name, value = headers[-1]
        headers[-1] = name, f"{value} {line.strip().decode('latin-1')}"
        return b""
    name_bytes, _, rest = line.partition(b":")
    headers.append((name_bytes.strip().decode("latin-1"), rest.strip().decode("latin-1")))
    return name_bytes.strip().lower()


def _renamed(line: bytes, name: bytes, wanted: bytes) -> bytes:
    """*line* with *wanted* in the place of *name*, where its value is, or leads to, that."""
    found = _HEADER.fullmatch(line)
    if found is None or not (found[2] == name or found[2].startswith((name + b"/", name + b"?"))):
        return line
    return found[1] + wanted + found[2][len(name) :] + found[3]


def _values(headers: Sequence[tuple[str, str]], name: str) -> list[str]:
    return [one.strip() for known, value in headers if known.lower() == name for one in value.split(",") if one.strip()]


def _sized(headers: Sequence[tuple[str, str]]) -> int | None:
    """What Content-Length says; None where there is none. Raises LostError."""
    values = set(_values(headers, "content-length"))
    if not values:
        return None
    [value, *others] = values
    if others or not (value.isascii() and value.isdigit() and len(value) < 20):
        raise LostError("Content-Length is no number")
    return int(value)
