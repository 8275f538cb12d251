"""The socket that a service listens on."""

from __future__ import annotations

import pytest

from pymacaron.running.listener import ListenError, address, listen


def test_a_port_that_is_taken_is_said_with_the_next_one() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ListenError) as raised:
            listen("127.0.0.1", port)
    expected = (
        f"cannot listen on 127.0.0.1:{port}: Address already in use. Stop the program that listens there, or choose"
    )
    assert str(raised.value).startswith(expected)


def test_a_host_that_is_elsewhere_is_said() -> None:
    with pytest.raises(ListenError, match=r"^cannot listen on 192\.0\.2\.1:8080: .*\. Choose another host or port: "):
        listen("192.0.2.1", 8080)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("::", "http://[::1]:80"),
        ("shop.test", "http://shop.test:80"),
    ],
)
def test_the_address_is_one_that_can_be_opened(host: str, url: str) -> None:
    assert address(host, 80) == url
