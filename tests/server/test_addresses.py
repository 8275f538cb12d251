"""The address of who calls, behind proxies, under each server; what limits and reports make of it."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pymacaron import context
from pymacaron.server.addresses import caller

PEER = "10.0.0.1"
CLAIMED, CLIENT, BALANCER = "198.51.100.6", "203.0.113.7", "10.0.0.9"

SHOP = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /who:
    get:
      operationId: shop.who
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
  /limited:
    get:
      operationId: shop.limited
      x-rate-limit: 1/day
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
  /fails:
    get: {operationId: shop.fails, responses: {"200": {description: never}}}
"""
HANDLER = """
from pymacaron import context


def who():
    return {"address": context.current().remote_addr}


limited = fails = who
"""
SERVER = """
from flask import Flask
from pymacaron import API, letsgo

app = Flask("shop")


def start(port, debug):
    API(app, port=port, debug=debug).load_apis("apis").start(serve="shop")


letsgo(__name__, callback=start)
"""


@pytest.mark.parametrize(
    ("header", "proxies", "address"),
    [
        (f"{CLAIMED}, {CLIENT}", 0, PEER),
        (None, 1, PEER),
        ("", 1, PEER),
        (CLIENT, 1, CLIENT),
        (f"{CLAIMED}, {CLIENT}", 1, CLIENT),
        (f"{CLAIMED}, {CLIENT}, {BALANCER}", 2, CLIENT),
        (f"{CLAIMED},{CLIENT},{BALANCER}", 2, CLIENT),
        (CLIENT, 2, PEER),
        (f"{CLIENT}, unknown", 1, PEER),
        (f"{CLIENT}, ", 1, PEER),
        (f"{CLIENT}:4711", 1, CLIENT),
        ("2001:DB8:0::1", 1, "2001:db8::1"),
        ("[2001:db8::1]:443", 1, "2001:db8::1"),
        ("[2001:db8::1]", 1, "2001:db8::1"),
        ("a\r\nb", 1, PEER),
        ("1" * 10_000, 1, PEER),
    ],
)
def test_the_entry_counts_that_the_outermost_trusted_proxy_added(
    header: str | None, proxies: int, address: str
) -> None:
    sent = {} if header is None else {"HTTP_X_FORWARDED_FOR": header}
    assert caller({"REMOTE_ADDR": PEER, **sent}, proxies) == address


@pytest.fixture(params=["direct", "stock"])
def built(request: pytest.FixtureRequest, service: Callable[..., Any]) -> Callable[..., Any]:
    """built(settings, **options of API): a client of the service."""

    def build(settings: dict[str, Any], **options: Any) -> Any:
        def who() -> Any:
            call = context.current()
            assert call is not None
            return {"address": call.remote_addr}

        def fails() -> Any:
            raise RuntimeError("on fire")

        handlers = {"shop.who": who, "shop.limited": who, "shop.fails": fails}
        settings = {"dispatch": request.param, "report_window_s": 0, **settings}
        return service(SHOP, handlers, settings=settings, **options).test_client()

    return build


def test_callers_behind_a_balancer_have_limits_of_their_own(built: Callable[..., Any]) -> None:
    client = built({"trusted_proxies": 1})

    def status(forwarded: str) -> int:
        return int(client.get("/limited", headers={"X-Forwarded-For": forwarded}).status_code)

    assert [status(CLIENT), status(CLIENT), status(BALANCER)] == [200, 429, 200]
    assert status(f"{CLAIMED}, {CLIENT}") == 429


def test_a_header_that_nobody_is_trusted_for_makes_no_other_caller(built: Callable[..., Any]) -> None:
    client = built({})
    found = [client.get("/limited", headers={"X-Forwarded-For": f"203.0.113.{one}"}).status_code for one in range(3)]
    assert found == [200, 429, 429]


def test_addresses_of_one_ipv6_network_are_one_caller(built: Callable[..., Any]) -> None:
    client = built({"trusted_proxies": 1})
    sent = ("2001:db8::1", "2001:db8:0:0:ffff::1", "2001:db8:0:1::1", "192.0.2.1", "::ffff:192.0.2.1")
    found = [client.get("/limited", headers={"X-Forwarded-For": one}).status_code for one in sent]
    assert found == [200, 429, 200, 200, 429]


def test_a_report_has_the_address_of_the_caller(built: Callable[..., Any]) -> None:
    told: list[dict[str, Any]] = []
    sent = threading.Event()

    def reporter(title: str, message: str) -> None:
        told.append(json.loads(message))
        sent.set()

    client = built({"trusted_proxies": 1}, error_reporter=reporter)
    forwarded = f"{CLAIMED}, {CLIENT}"
    client.get("/fails", headers={"X-Forwarded-For": forwarded})
    assert sent.wait(30)
    assert (told[0]["user"]["ip"], told[0]["user"]["forwarded_ip"]) == (CLIENT, forwarded)


@pytest.mark.parametrize("server", ["werkzeug", "gunicorn", "granian"])
def test_a_header_that_is_sent_twice_deceives_no_server(
    server: str, run_service: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "apis").mkdir()
    for name, text in {
        "apis/shop.yaml": SHOP,
        "shop.py": HANDLER,
        "server.py": SERVER,
        "pym-config.yaml": "name: shop\nlive_host: http://localhost\ntrusted_proxies: 1\n",
    }.items():
        (tmp_path / name).write_text(text)

    def address(*lines: str) -> Any:
        with socket.create_connection(("127.0.0.1", running.port), 30) as connection:
            request = ["GET /who HTTP/1.1", "Host: shop", "Connection: close", *lines, "", ""]
            connection.sendall("\r\n".join(request).encode())
            return json.loads(connection.makefile("rb").read().partition(b"\r\n\r\n")[2])["address"]

    with run_service(server, tmp_path, tmp_path / "log") as running:
        assert address() == "127.0.0.1"
        assert address(f"X-Forwarded-For: {CLAIMED}, {CLIENT}") == CLIENT
        assert address(f"X-Forwarded-For: {CLAIMED}", f"X-Forwarded-For: {CLIENT}") == CLIENT
        if server != "granian":  # whose WSGI has both names be one: docs/limits.md says what a balancer has to do
            assert address(f"X-Forwarded-For: {CLIENT}", f"X_Forwarded_For: {CLAIMED}") == CLIENT
            assert address(f"X_Forwarded_For: {CLAIMED}", f"X-Forwarded-For: {CLIENT}") == CLIENT
