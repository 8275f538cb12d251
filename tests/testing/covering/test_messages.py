"""What is told of the bytes of a connection: the same however they come in pieces, and all of them are passed on."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pymacaron.testing.covering.conversation import Conversation
from pymacaron.testing.covering.exchanges import Exchange, Exchanges, Secrets

NAMES = ("http", "127.0.0.1:1"), ("http", "127.0.0.1:2")

BODIES = [b"", b"x", b"a\r\n\r\nb", b"0\r\n\r\n", b"y" * 300]


def _sized(line: bytes, body: bytes) -> bytes:
    return b"%bX-A: 1\r\nContent-Length: %d\r\n\r\n%b" % (line, len(body), body)


def _chunked(line: bytes, body: bytes) -> bytes:
    chunks = b"".join(b"%x;e=1\r\n%b\r\n" % (len(one), one) for one in (body[:3], body[3:]) if one)
    return b"%bTransfer-Encoding: chunked\r\n\r\n%b0\r\nX-T: 1\r\n\r\n" % (line, chunks)


def _bare(line: bytes, body: bytes) -> bytes:
    """With the line ends of careless people."""
    return b"\n%bContent-Length:%d\n\n%b" % (line.replace(b"\r", b""), len(body), body)


MESSAGES = st.tuples(st.sampled_from([_sized, _chunked, _bare]), st.sampled_from(BODIES))


def _pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:end] for start, end in pairwise(places)]


def _said(requests: bytes, replies: bytes, cuts: list[int]) -> tuple[bytes, bytes, Exchanges]:
    seen = Exchanges()
    talk = Conversation(seen, Secrets(), *NAMES)
    asked = b"".join(talk.asking.feed(piece) for piece in _pieces(requests, cuts)) + talk.asking.end()
    answered = b"".join(talk.answering.feed(piece) for piece in _pieces(replies, cuts)) + talk.answering.end()
    talk.end("")
    return asked, answered, seen


@given(st.lists(st.tuples(MESSAGES, MESSAGES), min_size=1, max_size=4), st.lists(st.integers(0, 5000), max_size=40))
def test_messages_are_told_apart_however_they_come(several: list, cuts: list[int]) -> None:
    requests = b"".join(make(b"POST /%d HTTP/1.1\r\n" % at, body) for at, ((make, body), _) in enumerate(several))
    replies = b"".join(make(b"HTTP/1.1 200 OK\r\n", body) for _, (make, body) in several)
    asked, answered, seen = _said(requests, replies, cuts)
    assert (asked, answered, seen.failures) == (requests, replies, [])
    assert [(one.target, one.body.content, one.answer.content) for one in seen.calls] == [
        (f"/{at}", sent, came) for at, ((_, sent), (_, came)) in enumerate(several)
    ]
    assert all(one.body.is_whole and one.answer.is_whole for one in seen.calls)


NOISE = st.binary(max_size=300) | st.lists(
    st.sampled_from(
        b"GET / HTTP/1.1|HTTP/1.1 200 OK|HTTP/1.1 101 X|HTTP/1.1 100|CONNECT x:1 HTTP/1.1|\r\n|\n|\r|: |A|0|5|"
        b"ffffffffffffffff|"
        b"Content-Length: 3\r\n|Content-Length: 4\r\n|Transfer-Encoding: chunked\r\n|Host: x\r\n| x\r\n".split(b"|")
    ),
    max_size=20,
).map(b"".join)


@settings(max_examples=300)
@given(NOISE, NOISE, st.lists(st.integers(0, 500), max_size=10))
@example(b"GET / HTTP/1.1\r\n" + b"A: " + b"x" * 300_000, b"HTTP/1.1 200 OK\r\n" + b"y" * 300_000, [])
def test_whatever_is_said_is_passed_on(requests: bytes, replies: bytes, cuts: list[int]) -> None:
    assert _said(requests, replies, cuts)[:2] == (requests, replies)


def _call() -> Exchange:
    _, _, seen = _said(b"GET /a HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\nabc", [])
    return seen.calls[0]


def test_a_body_without_a_length_lasts_until_the_end() -> None:
    assert (_call().answer.content, _call().answer.is_whole) == (b"abc", True)


def test_the_name_of_the_proxy_is_changed_where_it_is_all_of_the_name() -> None:
    lines = b"GET http://127.0.0.1:1/x HTTP/1.1\r\nHost: 127.0.0.1:1\r\nOrigin: http://127.0.0.1:11\r\n\r\n"
    asked, _, seen = _said(lines, b"HTTP/1.1 204 X\r\n\r\n", [])
    assert asked == b"GET http://127.0.0.1:2/x HTTP/1.1\r\nHost: 127.0.0.1:2\r\nOrigin: http://127.0.0.1:11\r\n\r\n"
    assert seen.calls[0].path == "/x"


def test_many_headers_are_no_trouble_and_a_head_without_end_is() -> None:
    many = b"GET / HTTP/1.1\r\n" + b"X: 1\r\n" * 5_000 + b"\r\n"
    asked, _, seen = _said(many, b"HTTP/1.1 204 X\r\n\r\n", [])
    assert (asked, len(seen.calls)) == (many, 1)
    endless = b"GET / HTTP/1.1\r\n" + b"X: 1\r\n" * 800_000
    asked, _, seen = _said(endless, b"", [])
    told = "a connection is not followed any further, its calls are not counted: a head does not end"
    assert (asked, seen.failures) == (endless, [told])
