"""
What a server may do wrong, and what a call of it ends in: a table.

A row: what is done to a connection, the error of a call that changes nothing, how often that is sent of three times,
and what differs of one that changes something, which is sent once whatever happens.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pymacaron.client import errors
from upstreams.misbehaving import Act, Peer

OK = b"HTTP/1.1 200 OK\r\n"
JSON = b"Content-Type: application/json\r\n"
ADA = b'{"name":"Ada"}'
GOOD = OK + JSON + b"Content-Length: 14\r\n\r\n" + ADA


@dataclass(frozen=True)
class Fault:
    """`error` None: the reply is good. `sent`: how often a GET is, at most where `is_late`: its time ends meanwhile."""

    act: Act
    error: type[errors.ClientError] | None
    sent: int = 1
    is_late: bool = False
    waits: list[float] | None = None
    #: Where a POST ends otherwise
    of_post: type[errors.ClientError] | None = None
    #: What it may be as well: who is first, nobody knows
    also: tuple[type[errors.ClientError], ...] = ()


def sends(*pieces: bytes) -> Act:
    """The request is read, then they are sent, and the connection ends."""
    return lambda peer: peer.asked() and peer.send(*pieces)


def keeps(*pieces: bytes) -> Act:
    """As sends(), but the connection stays."""
    return lambda peer: peer.asked() and (peer.send(*pieces), peer.hold())


def ok(*headers: bytes, body: bytes = b"", is_json: bool = True) -> bytes:
    return OK + (JSON if is_json else b"") + b"".join(one + b"\r\n" for one in headers) + b"\r\n" + body


def whole(*headers: bytes, body: bytes) -> bytes:
    return ok(*headers, b"Content-Length: %d" % len(body), body=body, is_json=False)


def json(body: bytes) -> bytes:
    return ok(b"Content-Length: %d" % len(body), body=body)


def chunked(body: bytes) -> bytes:
    return ok(b"Transfer-Encoding: chunked", body=body)


def every(reply: bytes) -> Act:
    """All requests of a connection get it."""

    def act(peer: Peer) -> None:
        while peer.asked():
            peer.send(reply)

    return act


def status(code: int, *headers: bytes) -> bytes:
    lines = (b"HTTP/1.1 %d No" % code, b"Content-Length: 0", *headers)
    return b"\r\n".join(lines) + b"\r\n\r\n"


def endless(before: bytes, piece: bytes, pause_s: float = 0.0) -> Act:
    return lambda peer: peer.asked() and (peer.send(before), peer.endlessly(piece, pause_s))


def without_asking(act: Callable[[Peer], Any]) -> Act:
    return act


def _reset_midway(peer: Peer) -> None:
    peer.head()
    peer.reset()


def _reset_after(peer: Peer) -> None:
    peer.asked()
    peer.reset()


def _reset_in_reply(peer: Peer) -> None:
    peer.asked()
    peer.send(ok(b"Content-Length: 100", body=b'{"name":'))
    peer.reset()


def _drip(reply: bytes) -> Act:
    return lambda peer: peer.asked() and peer.drip(reply)


LOST, BAD, LATE = errors.ConnectionLost, errors.BadReply, errors.DeadlineExceeded
BUSY, MOVED = errors.ServiceUnavailable, errors.Redirected
BOMB = gzip.compress(bytes(200_000_000), 1)
TWICE = gzip.compress(BOMB)

LOSSES: dict[str, Fault] = {
    "reset before the request": Fault(Peer.reset, LOST, 3, also=(errors.ConnectFailed,)),
    "reset within the request": Fault(_reset_midway, LOST, 3),
    "reset after the request": Fault(_reset_after, LOST, 3),
    "reset within the reply": Fault(_reset_in_reply, LOST, 3),
    "closed before the request": Fault(lambda peer: None, LOST, 3),
    "closed after the request": Fault(lambda peer: peer.asked(), LOST, 3),
    "half a status line": Fault(sends(b"HTTP/1.1 2"), LOST, 3),
    "half a head": Fault(sends(OK + b"Content-Ty"), LOST, 3),
    "half a body": Fault(sends(ok(b"Content-Length: 100", body=b'{"name":')), LOST, 3),
    "half a chunk": Fault(sends(chunked(b"20\r\n{")), LOST, 3),
    "no last chunk": Fault(sends(chunked(b"e\r\n" + ADA + b"\r\n")), LOST, 3),
    "half of the trailers": Fault(sends(chunked(b"e\r\n" + ADA + b"\r\n0\r\nX: y")), LOST, 3),
    "a length that is too long, then the end": Fault(sends(ok(b"Content-Length: 15", body=ADA)), LOST, 3),
    "only a 100": Fault(sends(b"HTTP/1.1 100 Continue\r\n\r\n"), LOST, 3),
}

NONSENSE: dict[str, Fault] = {
    "SMTP": Fault(sends(b"220 smtp.example.com ESMTP\r\n\r\n"), BAD),
    "bytes by lot": Fault(sends(bytes(range(256)) * 4 + b"\r\n\r\n"), BAD),
    "HTTP/0.9": Fault(sends(b"<html>hello</html>\r\n\r\n"), BAD),
    "HTTP/2": Fault(sends(b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0d\0\x04\0\xa0\0\0\0\x02\0\0\0\0\r\n\r\n"), BAD),
    "TLS": Fault(sends(b"\x15\x03\x03\0\x02\x02\x46\r\n\r\n"), BAD),
    "a status below 100": Fault(sends(b"HTTP/1.1 042 No\r\nContent-Length: 0\r\n\r\n"), BAD),
    "a status of four digits": Fault(sends(b"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n"), BAD),
    "a header without a name": Fault(sends(ok(b": x", body=ADA)), BAD),
    "a header without a colon": Fault(sends(ok(b"no colon", body=ADA)), BAD),
    "a NUL in a header": Fault(sends(ok(b"X: a\0b", body=ADA)), BAD),
    "protocols are switched": Fault(sends(b"HTTP/1.1 101 Now\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"), BAD),
    "a negative length": Fault(sends(ok(b"Content-Length: -1", body=ADA)), BAD),
    "a length that is no number": Fault(sends(ok(b"Content-Length: 0x0e", body=ADA)), BAD),
    "a huge length": Fault(sends(ok(b"Content-Length: " + b"9" * 30, body=ADA)), BAD),
    "two lengths that differ": Fault(sends(ok(b"Content-Length: 14", b"Content-Length: 13", body=ADA)), BAD),
    "chunks of no size": Fault(sends(chunked(b"zz\r\n{}\r\n")), BAD),
    "chunks of a negative size": Fault(sends(chunked(b"-e\r\n" + ADA + b"\r\n0\r\n\r\n")), BAD),
    "chunks of a huge size": Fault(sends(chunked(b"f" * 40 + b"\r\n" + ADA)), BAD),
    "chunks longer than they say": Fault(sends(chunked(b"2\r\n" + ADA + b"\r\n0\r\n\r\n")), BAD),
    "another transfer coding": Fault(sends(ok(b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n")), BAD),
    "a huge header": Fault(sends(ok(b"X: " + b"x" * 500_000, body=ADA)), BAD),
    "many headers": Fault(sends(ok(*(b"X-%d: x" % number for number in range(30_000)), body=ADA)), BAD),
    "endless headers": Fault(endless(OK, b"X: " + b"x" * 1000 + b"\r\n"), BAD),
    "an endless header": Fault(endless(OK + b"X: ", b"x" * 1000), BAD),
    "an endless status line": Fault(endless(b"HTTP/1.1 200 ", b"x" * 1000), BAD),
    "an endless trailer": Fault(endless(chunked(b"0\r\nX: "), b"x" * 1000), BAD),
    "an endless chunk header": Fault(endless(chunked(b"2;"), b"x" * 1000), BAD),
    "an endless body": Fault(endless(ok(), b"x" * 10_000), BAD),
    "endless chunks": Fault(endless(chunked(b""), b"3e8\r\n" + b"x" * 1000 + b"\r\n"), BAD),
    "a body above what is read": Fault(keeps(ok(b"Content-Length: 2000000", body=ADA)), BAD),
    "gzip that is none": Fault(sends(json(b"nope").replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n")), BAD),
    "half a gzip": Fault(sends(whole(JSON.strip(), b"Content-Encoding: gzip", body=gzip.compress(ADA)[:-10])), BAD),
    "deflate that is none": Fault(sends(whole(JSON.strip(), b"Content-Encoding: deflate", body=b"\xff" * 9)), BAD),
    "a gzip bomb": Fault(sends(whole(JSON.strip(), b"Content-Encoding: gzip", body=BOMB)), BAD),
    "a gzip bomb in a gzip": Fault(sends(whole(JSON.strip(), b"Content-Encoding: gzip, gzip", body=TWICE)), BAD),
    "ten codings": Fault(sends(whole(b"Content-Encoding: " + b", ".join([b"gzip"] * 10), body=ADA)), BAD),
    "a coding that nobody knows": Fault(
        sends(whole(JSON.strip(), b"Content-Encoding: rot13", body=b"\x0b\x06")), errors.ResponseMismatch
    ),
    "no JSON": Fault(sends(json(b"{nope")), errors.ResponseMismatch),
    "JSON that is cut": Fault(sends(json(b'{"name":')), errors.ResponseMismatch),
    "JSON that is not UTF-8": Fault(sends(json(b'{"name":"\xff\xfe"}')), errors.ResponseMismatch),
    "JSON in JSON in JSON": Fault(sends(json(b"[" * 100_000)), errors.ResponseMismatch),
    "HTML": Fault(
        sends(whole(b"Content-Type: text/html", body=b"<html>Please log in</html>")), errors.ResponseMismatch
    ),
}

#: With a `timeout` that is short
DELAYS: dict[str, Fault] = {
    "nothing at all": Fault(Peer.hold, LATE, is_late=True),
    "nothing after the request": Fault(keeps(), LATE, is_late=True),
    "half a head, then nothing": Fault(keeps(OK + b"Content-Ty"), LATE, is_late=True),
    "a head, then nothing": Fault(keeps(ok(b"Content-Length: 14")), LATE, is_late=True),
    "half a body, then nothing": Fault(keeps(ok(b"Content-Length: 14", body=b"{")), LATE, is_late=True),
    "a length that is too long, then nothing": Fault(keeps(ok(b"Content-Length: 15", body=ADA)), LATE, is_late=True),
    "no last chunk, then nothing": Fault(keeps(chunked(b"e\r\n" + ADA + b"\r\n")), LATE, is_late=True),
    "a head that drips": Fault(endless(OK + b"X: ", b"x", 0.01), LATE, is_late=True),
    "a body that drips": Fault(endless(ok(b"Content-Length: 999999"), b"x", 0.01), LATE, is_late=True),
    "a body without length that drips": Fault(endless(ok(), b"x", 0.01), LATE, is_late=True),
    "chunks that drip": Fault(endless(chunked(b""), b"1\r\nx\r\n", 0.01), LATE, is_late=True),
    "trailers that drip": Fault(endless(chunked(b"0\r\n"), b"X: y\r\n", 0.01), LATE, is_late=True),
    "gzip that drips nothing": Fault(
        endless(ok(b"Content-Encoding: gzip", body=gzip.compress(b"")[:10]), b"\0\0\0\xff\xff", 0.01),
        LATE,
        is_late=True,
    ),
    "endless 100s": Fault(endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 50), LATE, is_late=True),
    "endless 103s that drip": Fault(endless(b"", b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n", 0.01), LATE, is_late=True),
}

STATUSES: dict[str, Fault] = {
    "503, Retry-After in seconds": Fault(every(status(503, b"Retry-After: 2")), BUSY, 3, waits=[2.0, 2.0]),
    "503, Retry-After as a date": Fault(
        every(status(503, b"Retry-After: Thu, 01 Jan 1970 00:00:03 GMT")), BUSY, 3, waits=[3.0, 3.0]
    ),
    "503, Retry-After that has passed": Fault(
        every(status(503, b"Retry-After: Thu, 01 Jan 1960 00:00:00 GMT")), BUSY, 3, waits=[0.1, 0.2]
    ),
    "503, Retry-After of no sense": Fault(every(status(503, b"Retry-After: soon")), BUSY, 3, waits=[0.1, 0.2]),
    "503, negative Retry-After": Fault(every(status(503, b"Retry-After: -5")), BUSY, 3, waits=[0.1, 0.2]),
    "503, Retry-After of a day": Fault(every(status(503, b"Retry-After: 86400")), BUSY, waits=[]),
    "503, huge Retry-After": Fault(every(status(503, b"Retry-After: " + b"9" * 400)), BUSY, waits=[]),
    "503, Retry-After in a year without a number": Fault(
        every(status(503, b"Retry-After: Thu, 01 Jan 99999 00:00:00 GMT")), BUSY, 3, waits=[0.1, 0.2]
    ),
    "503, two Retry-After": Fault(every(status(503, b"Retry-After: 1", b"Retry-After: 2")), BUSY, 3, waits=[2.0, 2.0]),
    "429": Fault(every(status(429, b"Retry-After: 1")), errors.TooManyRequests, 3, waits=[1.0, 1.0]),
    "502": Fault(every(status(502)), errors.UpstreamError, 3, waits=[0.1, 0.2]),
    "504": Fault(every(status(504)), errors.GatewayTimeout, 3, waits=[0.1, 0.2]),
    "500": Fault(every(status(500)), errors.ServerError, waits=[]),
    "a status that nobody knows": Fault(every(status(999)), errors.HTTPStatusError, waits=[]),
    "500 with half a JSON": Fault(sends(json(b'{"error":').replace(b"200", b"500", 1)), errors.ServerError, waits=[]),
    "500 with JSON in JSON": Fault(
        sends(json(b"[" * 100_000).replace(b"200", b"500", 1)), errors.ServerError, waits=[]
    ),
    "304": Fault(every(b"HTTP/1.1 304 No\r\n\r\n"), MOVED, waits=[]),
    "a redirect in a loop": Fault(every(status(302, b"Location: /pets/1")), MOVED, 6, waits=[], of_post=MOVED),
    "a redirect to file:": Fault(every(status(302, b"Location: file:///etc/passwd")), MOVED, waits=[]),
    "a redirect to javascript:": Fault(every(status(302, b"Location: javascript:alert(1)")), MOVED, waits=[]),
    "a redirect without Location": Fault(every(status(302)), MOVED, waits=[]),
    "a redirect to no port": Fault(every(status(302, b"Location: http://127.0.0.1:99999/")), MOVED, waits=[]),
    "a redirect to half an address": Fault(every(status(302, b"Location: http://[::1")), MOVED, waits=[]),
    "a redirect with a user": Fault(every(status(302, b"Location: http://a:b@127.0.0.1/")), MOVED, waits=[]),
    "a redirect of a byte that no URL has": Fault(
        every(status(302, b"Location: /\x7f")), errors.TransportError, waits=[], of_post=MOVED
    ),
    "a redirect to a port where nobody listens": Fault(
        every(status(302, b"Location: http://127.0.0.1:1/")), errors.ConnectFailed, waits=[0.1, 0.2], of_post=MOVED
    ),
}

#: What is odd, and good enough
PASSABLE: dict[str, Fault] = {
    "a reply that drips": Fault(_drip(GOOD), None),
    "chunks that drip": Fault(_drip(chunked(b"e\r\n" + ADA + b"\r\n0\r\n\r\n")), None),
    "a gzip that drips": Fault(_drip(whole(JSON.strip(), b"Content-Encoding: gzip", body=gzip.compress(ADA))), None),
    "raw deflate": Fault(sends(whole(JSON.strip(), b"Content-Encoding: deflate", body=zlib.compress(ADA)[2:-4])), None),
    "a hundred 103s": Fault(sends(b"HTTP/1.1 103 Early\r\n\r\n" * 100, GOOD), None),
    "a length and chunks": Fault(
        sends(ok(b"Content-Length: 3", b"Transfer-Encoding: chunked", body=b"e\r\n" + ADA + b"\r\n0\r\n\r\n")), None
    ),
    "the same length twice": Fault(sends(ok(b"Content-Length: 14", b"Content-Length: 14", body=ADA)), None),
    "a body without length": Fault(sends(ok(body=ADA)), None),
    "lines that end by LF": Fault(sends(GOOD.replace(b"\r\n", b"\n")), None),
    "a BOM": Fault(sends(json(b"\xef\xbb\xbf" + ADA)), None),
    "a charset that nobody knows": Fault(
        sends(whole(b"Content-Type: application/json; charset=nonsense", body=ADA)), None
    ),
    "a length that is too short": Fault(sends(json(ADA) + b"xyz"), None),
    "two replies for one request": Fault(sends(GOOD + GOOD), None),
    "a reply before the request": Fault(lambda peer: (peer.send(GOOD), peer.asked()), None),
}

FAULTS: dict[str, Fault] = {
    **LOSSES,
    **NONSENSE,
    **DELAYS,
    **STATUSES,
    **{f"{k}: passes": v for k, v in PASSABLE.items()},
}
