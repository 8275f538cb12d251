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
        hops = b"Keep-Alive: 5\r\nX-Hop: 1\r\nConnection: close, X-Hop\r\nX-Folded: a\r\n  b\r\nX-Wide:\t c \r\n"
        answer = raw(between, line + HEAD + hops + b"\r\nabc")
    assert received == [line + HEAD + hops + b"\r\nabc"]
    assert answer == OK
    (call,) = seen.calls
    assert (call.method, call.target, call.status) == ("PROPFIND", "//a%2Fb/\xc3\xa4?x=%20&y", 200)
    assert (call.body.content, call.answer.content, between.token) == (b"abc", b"hi", "t0")


def test_a_redirect_to_the_service_leads_to_the_proxy() -> None:
    def moved(port: int) -> bytes:
        head = f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{port}/new?x\r\n"
        allowed = f"Access-Control-Allow-Origin: http://127.0.0.1:{port}\r\nContent-Location: http://127.0.0.1:{port}1/"
        return f"{head}{allowed}\r\nContent-Length: 0\r\n\r\n".encode()

    with service(moved) as (target, received), recorded(target) as (between, _):
        connection = http.client.HTTPConnection(between.host, between.port, timeout=20)
        connection.request("GET", "/old", headers={"Origin": between.url, "Referer": f"{between.url}/a?b"})
        headers = connection.getresponse().headers
        connection.close()
    assert headers["Location"] == f"{between.url}/new?x"
    assert headers["Access-Control-Allow-Origin"] == between.url
    assert headers["Content-Location"] == f"{target.url}1/"  # another port
    for line in (f"Host: 127.0.0.1:{target.port}", f"Origin: {target.url}", f"Referer: {target.url}/a?b"):
        assert f"\r\n{line}\r\n".encode() in received[0]


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


def test_what_cannot_be_followed_is_passed_on_and_told() -> None:
    refused = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\nno"
    sent = b"POST /?token=t0 HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n\r\n"
    with service(lambda port: refused) as (target, received), recorded(target) as (between, seen):
        assert raw(between, sent) == refused
    told = "a connection is not followed any further, its calls are not counted: Content-Length is no number"
    assert (received, seen.calls, seen.failures) == ([sent], [], [told])


def test_of_two_framings_the_chunks_count() -> None:
    sent = b"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n"
    with service(lambda port: OK, b"0\r\n\r\n") as (target, received), recorded(target) as (between, seen):
        assert raw(between, sent) == OK
    assert (received, [one.body.content for one in seen.calls]) == ([sent], [b"abcd"])
