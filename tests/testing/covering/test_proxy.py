"""The proxy between tests and a service: what it passes on, what it keeps, what it never keeps."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pymacaron.testing.covering import recorded
from pymacaron.testing.covering.exchanges import BODY_BYTES, Secrets
from pymacaron.testing.reached import Target


@contextmanager
def service(answer: Callable[[int], bytes], end: bytes = b"\r\n\r\n") -> Iterator[tuple[Target, list[bytes]]]:
    """A server that answers what *answer* gives for its port to what ends in *end*; and what it was sent."""
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.settimeout(20)
                    data = b""
                    while not data.endswith(end) and (piece := connection.recv(65_536)):
                        data += piece
                    received.append(data)
                    connection.sendall(answer(port))

        threading.Thread(target=serve, daemon=True).start()
        yield Target("127.0.0.1", port, token="t0"), received
        listener.shutdown(socket.SHUT_RDWR)


def raw(target: Target, data: bytes) -> bytes:
    """What is answered to *data*, to its end."""
    with socket.create_connection((target.host, target.port), timeout=20) as connection:
        connection.sendall(data)
        found = b""
        while piece := connection.recv(65_536):
            found += piece
    return found


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-B: 2\r\nx-a: 1\r\n\r\nhi"
HEAD = b"Host: shop.example\r\nX-Two: 1\r\nx-two: 2\r\nX-Latin: \xe4\r\nContent-Length: 3\r\n"


def test_a_call_is_passed_on_as_it_is() -> None:
    with service(lambda port: OK, b"abc") as (target, received), recorded(target) as (between, seen):
        line = b"PROPFIND //a%2Fb/\xc3\xa4?x=%20&y HTTP/1.1\r\n"
        hops = b"Keep-Alive: 5\r\nX-Hop: 1\r\nConnection: close, X-Hop\r\n"
        answer = raw(between, line + HEAD + hops + b"\r\nabc")
    assert received == [line + HEAD + b"Connection: close\r\n\r\nabc"]
    assert answer == b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-B: 2\r\nx-a: 1\r\nConnection: close\r\n\r\nhi"
    (call,) = seen.calls
    assert (call.method, call.target, call.status) == ("PROPFIND", "//a%2Fb/\xc3\xa4?x=%20&y", 200)
    assert (call.body.content, call.answer.content, between.token) == (b"abc", b"hi", "t0")


def test_chunks_are_passed_on_and_a_connection_is_kept() -> None:
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=1\r\ndefg\r\n0\r\n\r\n"
    with service(lambda port: answer, b"0\r\n\r\n") as (target, received), recorded(target) as (between, seen):
        connection = http.client.HTTPConnection(between.host, between.port, timeout=20)
        for _ in range(2):
            connection.request("POST", "/", iter([b"first", b"second"]), encode_chunked=True)
            assert connection.getresponse().read() == b"abcdefg"
        connection.close()
    assert [(one.body.content, one.answer.content) for one in seen.calls] == [(b"firstsecond", b"abcdefg")] * 2
    assert b"Transfer-Encoding: chunked" in received[0]


def test_a_redirect_to_the_service_leads_to_the_proxy() -> None:
    def moved(port: int) -> bytes:
        return f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{port}/new?x\r\nContent-Length: 0\r\n\r\n".encode()

    with service(moved) as (target, received), recorded(target) as (between, _):
        connection = http.client.HTTPConnection(between.host, between.port, timeout=20)
        connection.request("GET", "/old")
        assert connection.getresponse().getheader("Location") == f"{between.url}/new?x"
        connection.close()
    assert f"Host: 127.0.0.1:{target.port}\r\n".encode() in received[0]


def test_a_service_that_does_not_answer_is_told_and_answered_with_502() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with recorded(Target("127.0.0.1", port)) as (between, seen):
        connection = http.client.HTTPConnection(between.host, between.port, timeout=20)
        connection.request("GET", "/x?token=t0")
        answer = connection.getresponse()
        body = json.loads(answer.read())
        connection.close()
    told = f"GET /x: http://127.0.0.1:{port} does not answer: Connection refused"
    assert (answer.status, body) == (502, {"status": 502, "error": "PROXY_ERROR", "error_description": told})
    assert (seen.calls, seen.failures) == ([], [told])


def test_of_a_large_body_the_beginning_is_kept() -> None:
    size = BODY_BYTES + 100_000
    with service(lambda port: OK, b"end") as (target, received), recorded(target) as (between, seen):
        connection = http.client.HTTPConnection(between.host, between.port, timeout=20)
        connection.request("POST", "/", b"x" * size + b"end")
        assert connection.getresponse().read() == b"hi"
        connection.close()
    (call,) = seen.calls
    assert (len(call.body.content), call.body.size, call.body.is_whole) == (BODY_BYTES, size + 3, False)
    assert received[0].endswith(b"x" * size + b"end")


def test_what_proves_who_calls_passes_and_is_not_kept() -> None:
    answer = b"HTTP/1.1 200 OK\r\nSet-Cookie: session=c0; Path=/\r\nContent-Length: 0\r\n\r\n"
    secrets = Secrets(frozenset(("x-key",)))
    with service(lambda port: answer) as (target, received), recorded(target, secrets) as (between, seen):
        connection = http.client.HTTPConnection(between.host, between.port, timeout=20)
        headers = {"Authorization": "Bearer t0", "Cookie": "session=c0", "X-Key": "k0"}
        connection.request("GET", "/?access_token=a0", headers=headers)
        assert connection.getresponse().getheader("Set-Cookie") == "session=c0; Path=/"
        connection.close()
    kept = repr(seen.calls)
    assert [secret for secret in ("t0", "c0", "k0", "a0") if secret in kept] == []
    assert [one for one in (b"Bearer t0", b"session=c0", b"k0", b"a0") if one not in received[0]] == []


def test_a_framing_that_can_be_read_in_two_ways_is_refused() -> None:
    with service(lambda port: OK) as (target, received), recorded(target) as (between, _):
        for framing in (b"Content-Length: 3\r\nTransfer-Encoding: chunked", b"Content-Length: +3"):
            answer = raw(between, b"POST / HTTP/1.1\r\nHost: x\r\n" + framing + b"\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 400 ")
    assert received == []
