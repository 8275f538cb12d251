"""The proxy under stress: what a client sees through it is what it sees without it, whatever the service does."""

from __future__ import annotations

import http.client
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from upstreams.certificates import certificate, serving

from pymacaron.testing.covering import recorded
from pymacaron.testing.covering.exchanges import BODY_BYTES, Exchanges
from pymacaron.testing.covering.sides import Side
from pymacaron.testing.reached import Target

_S = 30


class End:
    """One end of a connection, by which a test reads what it waits for."""

    def __init__(self, connection: socket.socket):
        self.socket = connection
        self.socket.settimeout(_S)
        self._data = bytearray()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def until(self, end: bytes) -> bytes:
        """What comes, up to *end* and with it. Raises ConnectionError where the connection ends before."""
        while end not in self._data:
            self._more()
        return self._taken(self._data.index(end) + len(end))

    def take(self, size: int) -> bytes:
        while len(self._data) < size:
            self._more()
        return self._taken(size)

    def rest(self) -> bytes:
        """All that comes until the connection ends in one way or the other."""
        with suppress(ConnectionError):
            while True:
                self._more()
        return self._taken(len(self._data))

    def _more(self) -> None:
        piece = self.socket.recv(262_144)
        if not piece:
            raise ConnectionError(bytes(self._data[-100:]))
        self._data += piece

    def _taken(self, size: int) -> bytes:
        found = bytes(self._data[:size])
        del self._data[:size]
        return found

    def reset(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


@contextmanager
def service(serve: Callable[[End], None], context: ssl.SSLContext | None = None) -> Iterator[Target]:
    """A service that does *serve* with each connection, in a thread of its own."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:

        def one(connection: socket.socket) -> None:
            with suppress(OSError), connection:
                if context is None:
                    serve(End(connection))
                    return
                with context.wrap_socket(connection, server_side=True) as wrapped:
                    serve(End(wrapped))

        def accept() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(target=one, args=(listener.accept()[0],), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        scheme = "http" if context is None else "https"
        yield Target("127.0.0.1", listener.getsockname()[1], scheme)
        listener.shutdown(socket.SHUT_RDWR)


@contextmanager
def client(target: Target) -> Iterator[End]:
    with socket.create_connection((target.host, target.port), timeout=_S) as connection:
        yield End(connection)


def calls(seen: Exchanges) -> list[tuple[str, str, int]]:
    return [(one.method, one.target, one.status) for one in seen.calls]


def wait(condition: Callable[[], object]) -> None:
    """Until *condition* holds, at most 30 seconds."""
    tick = threading.Event()
    for _ in range(_S * 100):
        if condition():
            return
        tick.wait(0.01)
    raise AssertionError("it did not come to be")


GET = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


# ---- streams


@pytest.mark.parametrize("is_chunked", [True, False])
def test_a_piece_of_a_stream_comes_before_the_next_is_made(is_chunked: bool) -> None:
    has_come = threading.Event()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
    first, second = b"data: 1\n\n", b"data: 2\n\n"
    if is_chunked:
        head, first, second = head + b"Transfer-Encoding: chunked\r\n", b"9\r\n%b\r\n" % first, b"9\r\n%b\r\n" % second

    def serve(end: End) -> None:
        end.until(b"\r\n\r\n")
        end.send(head + b"\r\n" + first)
        assert has_come.wait(_S)
        end.send(second + (b"0\r\nX-Sum: 7\r\n\r\n" if is_chunked else b""))

    with service(serve) as target, recorded(target) as (between, seen):
        with client(between) as tests:
            tests.send(GET)
            assert tests.until(first) == head + b"\r\n" + first
            has_come.set()
            assert tests.rest() == second + (b"0\r\nX-Sum: 7\r\n\r\n" if is_chunked else b"")
        wait(lambda: seen.calls)
    assert seen.calls[0].answer.content == b"data: 1\n\ndata: 2\n\n"
    assert seen.calls[0].answer.is_whole


def test_bodies_go_in_both_directions_at_once() -> None:
    def serve(end: End) -> None:
        end.until(b"\r\n\r\n")
        end.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(3):
            end.send(end.until(b"x\r\n"))
        end.send(end.until(b"0\r\n\r\n"))

    with service(serve) as target, recorded(target) as (between, seen), client(between) as tests:
        tests.send(b"POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
        tests.until(b"\r\n\r\n")
        for _ in range(3):
            tests.send(b"2\r\nax\r\n")
            assert tests.until(b"x\r\n") == b"2\r\nax\r\n"
        tests.send(b"0\r\n\r\n")
        assert tests.until(b"0\r\n\r\n") == b"0\r\n\r\n"
    assert (seen.calls[0].body.content, seen.calls[0].answer.content) == (b"axaxax", b"axaxax")


# ---- sizes


def test_large_bodies_pass_in_both_directions() -> None:
    size, pattern = 40_000_000, bytes(range(256)) * 250_000
    body = pattern[:size]

    def serve(end: End) -> None:
        end.until(b"\r\n\r\n")
        end.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + end.take(size))

    with service(serve) as target, recorded(target) as (between, seen):
        connection = http.client.HTTPConnection(between.host, between.port, timeout=_S)
        connection.request("PUT", "/a", body)
        assert connection.getresponse().read() == body
        connection.close()
    [one] = seen.calls
    assert (len(one.body.content), one.body.size, len(one.answer.content), one.answer.size) == (
        (BODY_BYTES, size, BODY_BYTES, size)
    )


# ---- answers that come early


@pytest.mark.parametrize("is_read", [True, False])
def test_an_answer_before_the_body_was_read_comes(is_read: bool) -> None:
    """One service closes at once what it does not read, another reads and throws away."""
    refused = b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

    def serve(end: End) -> None:
        end.until(b"\r\n\r\n")
        end.send(refused)
        if is_read:
            end.rest()

    for _ in range(20):  # who is quicker is a matter of chance
        with service(serve) as target, recorded(target) as (between, seen):
            with client(between) as tests:
                tests.send(b"POST /a HTTP/1.1\r\nContent-Length: 8000000\r\n\r\n")
                with suppress(ConnectionError):
                    tests.send(b"x" * 8_000_000)
                tests.socket.shutdown(socket.SHUT_WR) if is_read else None
                assert tests.until(b"\r\n\r\n") == refused
            wait(lambda: seen.calls)
        assert calls(seen) == [("POST", "/a", 413)]


def test_a_service_that_reads_no_body_and_stays_is_heard() -> None:
    is_over = threading.Event()

    def serve(end: End) -> None:
        end.until(b"\r\n\r\n")
        end.send(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n")
        is_over.wait(_S)

    with service(serve) as target:
        with recorded(target) as (between, seen), client(between) as tests:
            tests.send(b"POST /a HTTP/1.1\r\nContent-Length: 90000000\r\n\r\n")
            sender = threading.Thread(target=_flood, args=(tests,), daemon=True)
            sender.start()
            assert tests.until(b"\r\n\r\n").startswith(b"HTTP/1.1 401 No")
            tests.socket.shutdown(socket.SHUT_RDWR)
        is_over.set()
        sender.join(_S)
    assert (calls(seen), seen.calls[0].body.is_whole) == ([("POST", "/a", 401)], False)


def _flood(end: End) -> None:
    with suppress(OSError):
        end.send(b"x" * 90_000_000)


# ---- expectations, interim answers, answers without a body


def test_it_is_the_service_that_says_whether_to_go_on() -> None:
    def serve(end: End) -> None:
        while True:
            head = end.until(b"\r\n\r\n")
            if b"/large" in head:
                return end.send(b"HTTP/1.1 417 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            assert b"Expect: 100-continue" in head
            end.send(b"HTTP/1.1 100 Continue\r\n\r\n")
            end.take(3)
            end.send(OK)

    head = b"POST /%b HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
    with service(serve) as target, recorded(target) as (between, seen):
        with client(between) as tests:
            tests.send(head % b"small")
            assert tests.until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
            tests.send(b"abc")
            assert tests.until(b"hi") == OK
            tests.send(head % b"large")
            assert tests.until(b"\r\n\r\n").startswith(b"HTTP/1.1 417 No")
        wait(lambda: len(seen.calls) == 2)
    assert calls(seen) == [("POST", "/small", 200), ("POST", "/large", 417)]


def test_interim_answers_pass_and_the_last_one_counts() -> None:
    answer = b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK

    def serve(end: End) -> None:
        end.until(b"\r\n\r\n")
        end.send(answer)

    with service(serve) as target, recorded(target) as (between, seen), client(between) as tests:
        tests.send(GET)
        assert tests.rest() == answer
    assert (calls(seen), seen.calls[0].answer.content) == ([("GET", "/a", 200)], b"hi")


def test_answers_without_a_body_end_where_they_do() -> None:
    answers = {
        b"HEAD": b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n",
        b"DELETE": b"HTTP/1.1 204 No Content\r\n\r\n",
        b"GET": b"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n",
        b"OPTIONS": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    }

    def serve(end: End) -> None:
        while True:
            end.send(answers[end.until(b"\r\n\r\n").partition(b" ")[0]])

    with service(serve) as target, recorded(target) as (between, seen), client(between) as tests:
        for method, answer in answers.items():
            tests.send(b"%b /a HTTP/1.1\r\n\r\n" % method)
            assert tests.until(b"\r\n\r\n") == answer
    assert [one.status for one in seen.calls] == [200, 204, 304, 200]
    assert all(one.answer.is_whole and not one.answer.size for one in seen.calls)


# ---- connections


def test_a_connection_is_one_connection_and_what_is_sent_ahead_is_answered_in_order() -> None:
    connections: list[int] = []

    def serve(end: End) -> None:
        connections.append(1)
        heads = [end.until(b"\r\n\r\n") for _ in range(3)]
        for head in heads:
            end.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + head.partition(b" ")[2][:2])

    ahead = b"".join(b"GET /%d HTTP/1.1\r\n\r\n" % number for number in range(3))
    with service(serve) as target, recorded(target) as (between, seen), client(between) as tests:
        tests.send(ahead)
        assert [part[-2:] for part in tests.rest().split(b"HTTP/1.1")[1:]] == [b"/0", b"/1", b"/2"]
    assert [(one.target, one.answer.content) for one in seen.calls] == [("/0", b"/0"), ("/1", b"/1"), ("/2", b"/2")]
    assert connections == [1]


def test_many_connections_are_open_at_once() -> None:
    together = threading.Barrier(64)

    def serve(end: End) -> None:
        while True:
            head = end.until(b"\r\n\r\n")
            together.wait(_S)  # all of them are under way
            end.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" + head.partition(b" ")[2][1:5])

    def ask(number: int) -> list[bytes]:
        with client(between) as tests:
            found = []
            for _ in range(3):
                tests.send(b"GET /%04d HTTP/1.1\r\n\r\n" % number)
                found.append(tests.until(b"\r\n\r\n%04d" % number)[-4:])
            return found

    with service(serve) as target, recorded(target) as (between, seen), ThreadPoolExecutor(64) as pool:
        assert list(pool.map(ask, range(64))) == [[b"%04d" % number] * 3 for number in range(64)]
    assert sorted(one.target for one in seen.calls) == sorted([f"/{number:04}" for number in range(64)] * 3)


def test_an_upgrade_passes_and_what_follows_is_not_read() -> None:
    def serve(end: End) -> None:
        end.until(b"\r\n\r\n")
        end.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x81\x02hi")
        end.send(end.take(4) + b"\x88\x00")

    with service(serve) as target, recorded(target) as (between, seen), client(between) as tests:
        tests.send(b"GET /ws HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        assert tests.until(b"\x81\x02hi").endswith(b"Upgrade\r\n\r\n\x81\x02hi")
        tests.send(b"\x81\x02yo")
        assert tests.rest() == b"\x81\x02yo\x88\x00"
    assert (calls(seen), seen.failures) == ([("GET", "/ws", 101)], [])


# ---- somebody goes away


def test_a_client_that_goes_away_takes_its_call_with_it() -> None:
    is_gone = threading.Event()

    def serve(end: End) -> None:
        end.until(b"\r\n\r\n")
        end.send(b"HTTP/1.1 200 OK\r\n\r\n")
        with suppress(OSError):
            while True:
                end.send(b"x" * 1000)
        is_gone.set()

    with service(serve) as target, recorded(target) as (between, seen):
        with client(between) as tests:
            tests.send(GET)
            tests.until(b"xxx")
            tests.reset()
        assert is_gone.wait(_S)
        wait(lambda: seen.calls)
    assert (calls(seen), seen.calls[0].answer.is_whole, seen.failures) == ([("GET", "/a", 200)], False, [])


def test_a_client_that_goes_away_in_its_request_is_gone_for_the_service() -> None:
    told: list[bytes] = []
    is_gone = threading.Event()

    def serve(end: End) -> None:
        told.append(end.rest())
        is_gone.set()

    with service(serve) as target, recorded(target) as (between, seen):
        with client(between) as tests:
            tests.send(b"POST /a HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc")
        assert is_gone.wait(_S)
    assert (told[0][-3:], seen.calls, seen.failures) == (b"abc", [], [])


def test_a_client_that_has_said_all_is_answered() -> None:
    def serve(end: End) -> None:
        assert end.rest() == GET
        end.send(OK)

    with service(serve) as target, recorded(target) as (between, seen), client(between) as tests:
        tests.send(GET)
        tests.socket.shutdown(socket.SHUT_WR)
        assert tests.rest() == OK
    assert calls(seen) == [("GET", "/a", 200)]


@pytest.mark.parametrize("is_reset", [True, False])
@pytest.mark.parametrize(
    ("said", "counted"),
    [
        (b"", []),
        (b"HTTP/1.1 200 OK\r\nContent-Le", []),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", [("GET", "/a", 200)]),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", [("GET", "/a", 200)]),
    ],
)
def test_a_service_that_goes_away_is_gone_for_the_client(
    said: bytes, counted: list[tuple[str, str, int]], is_reset: bool
) -> None:
    def serve(end: End) -> None:
        end.until(b"\r\n\r\n")
        end.send(said)
        if is_reset:
            has_come.wait(_S)
            end.reset()

    has_come = threading.Event()
    with service(serve) as target, recorded(target) as (between, seen):
        with client(between) as tests:
            tests.send(GET)
            if said.endswith(b"\n\r\nabc") and is_reset:
                tests.until(b"abc")
            has_come.set()
            tests.rest()
        wait(lambda: seen.calls or seen.failures)
    told = f"GET /a: {target.url} has closed the connection without an answer"
    assert (calls(seen), seen.failures) == (counted, [] if counted else [told])
    assert [one.answer.is_whole for one in seen.calls] == [False] * len(counted)


def test_calls_that_never_end_do_not_keep_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pymacaron.testing.covering.proxy._END_S", 0.2)
    is_over = threading.Event()

    def serve(end: End) -> None:
        end.until(b"\r\n\r\n")
        is_over.wait(_S)

    with service(serve) as target:
        with recorded(target) as (between, seen), client(between) as tests:
            tests.send(GET)
            is_started = threading.Event()
            is_started.wait(0.05)
        is_over.set()
    assert (seen.calls, seen.failures) == ([], [])


# ---- https


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    """What a server with a certificate that it has signed itself needs, and the certificate."""
    files = certificate(tmp_path_factory.mktemp("tls"), "localhost")
    return serving(files), files[0]


def by_name(target: Target) -> Target:
    return replace(target, host="localhost")


def _over_tls(end: End) -> None:
    while True:
        head = end.until(b"\r\n\r\n")
        size = int(head.partition(b"Content-Length: ")[2].partition(b"\r")[0] or 0)
        body = end.take(size)
        end.send(b"HTTP/1.1 200 OK\r\nLocation: https://elsewhere/\r\nContent-Length: %d\r\n\r\n" % size + body)


def test_a_service_by_https_is_called_by_http(certified: tuple[ssl.SSLContext, Path], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certified[1]))
    body = b"0123456789" * 500_000
    with service(_over_tls, certified[0]) as plain, recorded(by_name(plain)) as (between, seen):
        assert (plain.scheme, between.scheme, between.verify) == ("https", "http", True)
        connection = http.client.HTTPConnection(between.host, between.port, timeout=_S)
        for _ in range(2):
            connection.request("POST", "/a", body)
            assert connection.getresponse().read() == body
        connection.close()
    assert calls(seen) == [("POST", "/a", 200)] * 2


@pytest.mark.parametrize("verify", [True, False])
def test_a_certificate_that_nobody_has_signed_is_told_or_taken(
    certified: tuple[ssl.SSLContext, Path], verify: bool
) -> None:
    with service(_over_tls, certified[0]) as plain:
        target = replace(by_name(plain), verify=verify)
        with recorded(target) as (between, seen):
            connection = http.client.HTTPConnection(between.host, between.port, timeout=_S)
            connection.request("GET", "/a")
            status = connection.getresponse().status
            connection.close()
    told = f"GET /a: {target.url} does not answer: its certificate is not trusted: self-signed certificate"
    assert (status, seen.failures) == ((502, [told]) if verify else (200, []))


def test_a_stream_by_https_comes_piece_by_piece(certified: tuple[ssl.SSLContext, Path]) -> None:
    has_come = threading.Event()

    def serve(end: End) -> None:
        end.until(b"\r\n\r\n")
        end.send(b"HTTP/1.1 200 OK\r\n\r\nfirst")
        has_come.wait(_S)
        end.send(b"second")

    with service(serve, certified[0]) as plain:
        by_tls = Target("127.0.0.1", plain.port, "https", verify=False)
        with recorded(by_tls) as (between, seen), client(between) as tests:
            tests.send(GET)
            tests.until(b"first")
            has_come.set()
            assert tests.rest() == b"second"
    assert (calls(seen), seen.calls[0].answer.is_whole) == ([("GET", "/a", 200)], True)


def test_a_client_that_goes_away_is_gone_for_a_service_by_https(certified: tuple[ssl.SSLContext, Path]) -> None:
    gone = threading.Event()

    def serve(end: End) -> None:
        with suppress(OSError):
            _over_tls(end)
        gone.set()

    with service(serve, certified[0]) as plain:
        target = Target("127.0.0.1", plain.port, "https", verify=False)
        with recorded(target) as (between, seen):
            with client(between) as tests:
                tests.send(GET)
                tests.until(b"\r\n\r\n")
            assert gone.wait(_S)  # the proxy still runs
    assert calls(seen) == [("GET", "/a", 200)]


def test_no_socket_is_closed_while_the_loop_watches_it(monkeypatch: pytest.MonkeyPatch) -> None:
    watched: list[bool] = []
    close = Side.close

    def closing(side: Side) -> None:
        watched.append(side._socket.fileno() in side._loop._selector.get_map())  # type: ignore[attr-defined]
        close(side)

    monkeypatch.setattr(Side, "close", closing)

    def serve(end: End) -> None:
        end.until(b"\r\n\r\n")
        end.reset()

    with service(serve) as target, recorded(target) as (between, seen):
        with client(between) as tests:
            tests.send(GET)
            tests.rest()
        wait(lambda: seen.failures)
    assert watched == [False, False]


def test_a_call_that_comes_to_nothing_takes_no_room_and_tells_no_key() -> None:
    def serve(end: End) -> None:
        end.until(b"0123456789")
        end.reset()

    with service(serve) as target, recorded(target) as (between, seen):
        with client(between) as tests:
            tests.send(b"POST /reset/" + b"s" * 40 + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n0123456789")
            tests.rest()
        wait(lambda: seen.failures)
    told = f"POST /reset/***: {target.url} has closed the connection without an answer"
    assert (seen.failures, seen.calls, seen._bytes) == ([told], [], 0)
