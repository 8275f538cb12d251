"""What is asked of an issuer's server and read of its answer, byte by byte."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pymacaron.auth.algorithms import KeyFault
from pymacaron.auth.fetching import TIMEOUT_S, fetched, is_safe, object_of


@contextmanager
def answering(answer: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """The address of a server that says *answer*, once, and what it was asked."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                asked.append(connection.recv(10_000))
                connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/keys?of=us", asked
        finally:
            thread.join(20)


def test_it_is_json_that_is_asked_for():
    with answering(b"HTTP/1.1 200 OK\r\n\r\n{}") as (url, asked):
        assert fetched(url) == ({}, None)
    lines = asked[0].decode().split("\r\n")
    assert lines[0] == "GET /keys?of=us HTTP/1.1"
    assert "Accept: application/json" in lines


@pytest.mark.parametrize(
    ("said", "good_s"),
    [
        ("max-age=77", 77),
        ("MAX-AGE=77", 77),
        ("public,max-age=0", 0),
        ("public, max-age=77, must-revalidate", 77),
        ("max-age=999999999", 999_999_999),
        ("max-age=9999999999", None),
        ("max-age=7x", None),
        ("max-age=-7", None),
        ("s-max-age=7", None),
        ("no-store", None),
    ],
)
def test_how_long_a_document_is_good_is_what_its_server_says(said: str, good_s: float | None):
    answer = f'HTTP/1.1 200 OK\r\ncache-control: {said}\r\nContent-Length: 7\r\n\r\n{{"a":1}}'
    with answering(answer.encode()) as (url, _):
        assert fetched(url) == ({"a": 1}, good_s)


def test_of_a_refusal_the_code_is_told_and_nothing_that_the_other_side_says():
    with answering(f"HTTP/1.1 500 {'x' * 200}\r\nContent-Length: 0\r\n\r\n".encode()) as (url, _):
        with pytest.raises(KeyFault) as caught:
            fetched(url)
        assert str(caught.value) == "HTTPError: HTTP Error 500"


@pytest.mark.parametrize(
    "answer",
    [b"", b"SSH-2.0-OpenSSH\r\n", b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"a":', b"HTTP/1.1 200 OK\r\n\r\n"],
)
def test_what_is_no_answer_is_a_fault(answer: bytes):
    with answering(answer) as (url, _), pytest.raises(KeyFault):
        fetched(url)


def test_an_answer_has_five_seconds():
    assert TIMEOUT_S == 5


def test_an_object_is_read_of_utf_8_only():
    assert object_of('{"a": "ü"}'.encode()) == {"a": "ü"}
    for content in ('{"a": "ü"}'.encode("latin-1"), '{"a": 1}'.encode("utf-16"), b"", b"{"):
        with pytest.raises(KeyFault, match=r"^it is no JSON$"):
            object_of(content)
    for content in (b"[]", b"1", b"null", b'"a"'):
        with pytest.raises(KeyFault, match=r"^it is not a JSON object$"):
            object_of(content)


@pytest.mark.parametrize("url", ["HTTPS://Login.Example.com/keys", "http://LOCALHOST:1/keys", "http://[::1]/keys"])
def test_schemes_and_hosts_are_read_in_any_case(url: str):
    assert is_safe(url)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.2/k", "http://0.0.0.0/k", "http://[::2]/k", "//localhost/k", "https://", ""]
)
def test_other_addresses_are_not_this_machine(url: str):
    assert not is_safe(url)
