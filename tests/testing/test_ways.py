"""A service that only a proxy leads to, as behind the network of a company: tests and smoke test reach it."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from cloud.quiet import QuietHandler, QuietServer
from upstreams.certificates import certificate, serving
from upstreams.proxy import Proxy, proxy

from pymacaron.deploy.smoke import smoke
from pymacaron.deploy.target import Verdict
from pymacaron.testing.reached import Target, TargetError, status_of
from pymacaron.testing.testcase import PyMacaronTestCase
from pymacaron.testing.ways import way

SHOP = "shop.example.com"
SOURCE = Path(__file__).resolve().parents[2] / "src"
TESTS = """\
from pymacaron.test import PyMacaronTestCase

class Test(PyMacaronTestCase):
    def test_it(self):
        self.assertGetReturnJson("version")
"""


class Handler(QuietHandler):
    def do_GET(self) -> None:
        content = b'{"container": "v1"}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def port() -> Iterator[int]:
    """Of a service."""
    server = QuietServer(Handler)
    yield server.port
    server.close()


@pytest.fixture
def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The same, by https, with a certificate for shop.example.com that is trusted."""
    files = certificate(tmp_path, SHOP)
    monkeypatch.setenv("SSL_CERT_FILE", str(files[0]))
    server = QuietServer(Handler)
    server.socket = serving(files).wrap_socket(server.socket, server_side=True)
    yield server.port
    server.close()


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    for name in ("all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with proxy() as made:
        for name, value in made.environ().items():
            monkeypatch.setenv(name, value)
        yield made


def test_http_is_asked_of_the_proxy(between: Proxy, port: int) -> None:
    assert status_of(Target(SHOP, port)) == 200
    assert between.asked == [f"GET {SHOP}:{port}"]


def test_https_goes_through_it_and_the_certificate_is_looked_at(between: Proxy, secure: int) -> None:
    assert status_of(Target(SHOP, secure, "https")) == 200
    assert between.asked == [f"CONNECT {SHOP}:{secure}"]
    with pytest.raises(TargetError, match="is not trusted: Hostname mismatch"):
        status_of(Target("other.example.com", secure, "https"))
    assert status_of(Target("other.example.com", secure, "https", verify=False)) == 200


def test_a_test_case_goes_the_same_way(between: Proxy, secure: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in Target(SHOP, secure, "https").environ.items():
        monkeypatch.setenv(name, value)

    class Case(PyMacaronTestCase):
        def runTest(self) -> None:
            assert self.assertGetReturnJson("version") == {"container": "v1"}

    result = Case().run()
    assert result is not None
    assert (result.failures, result.errors) == ([], [])
    assert between.asked == [f"CONNECT {SHOP}:{secure}"]


def test_who_has_to_log_in_to_it_says_so_there_alone(
    between: Proxy, port: int, secure: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, between.url.replace("//", "//ada:p%40ss@"))
    for target in (Target(SHOP, port), Target(SHOP, secure, "https")):
        assert status_of(target) == 200
    assert between.logins == [f"Basic {b64encode(b'ada:p@ss').decode()}"] * 2
    assert "p@ss" not in repr(way(f"http://{SHOP}", 1))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.8.9.1", "[::1]"])
def test_what_is_on_this_machine_is_asked_straight(between: Proxy, host: str) -> None:
    assert way(f"http://{host}:8080/ping", 1).by == ""


def test_what_no_proxy_names_is_asked_straight(between: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "other.example.com,.internal")
    assert [way(f"https://{host}", 1, ssl.create_default_context()).by for host in ("a.internal", SHOP)] == [
        "",
        f" by the proxy 127.0.0.1:{between.port}",
    ]


def test_a_proxy_that_is_gone_is_named(between: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1:1")
    with pytest.raises(TargetError) as caught:
        status_of(Target(SHOP, 80))
    assert str(caught.value) == f"http://{SHOP} does not answer by the proxy 127.0.0.1:1: Connection refused"


def test_a_proxy_of_another_kind_is_told(between: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "socks5://127.0.0.1:1")
    with pytest.raises(TargetError) as caught:
        status_of(Target(SHOP, 80))
    told = "http_proxy begins with socks5://, and only http:// is spoken"
    assert str(caught.value) == f"http://{SHOP} does not answer: {told}"


@pytest.mark.parametrize("where", [["--host", SHOP, "--port"], ["--live"]])
def test_the_command_tests_what_only_a_proxy_leads_to(
    between: Proxy, port: int, tmp_path: Path, where: list[str]
) -> None:
    (tmp_path / "pym-config.yaml").write_text(f"name: shop\nlive_host: http://{SHOP}:{port}\n")
    (tmp_path / "testaccept").mkdir()
    (tmp_path / "testaccept" / "test_version.py").write_text(TESTS)
    command = [sys.executable, "-m", "pymacaron", "test", *where, *([str(port)] if "--port" in where else [])]
    environ = {**os.environ, **between.environ("localhost"), "PYTHONPATH": str(SOURCE)}
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert between.asked == [f"GET {SHOP}:{port}"] * 2  # /ping, and the test


def test_the_smoke_test_goes_the_same_way(between: Proxy, port: int, secure: int) -> None:
    for url in (f"http://{SHOP}:{port}", f"https://{SHOP}:{secure}"):
        assert smoke(url, "v1", longest_s=60, pause_s=0.01) == Verdict(True)
    assert between.asked == [f"GET {SHOP}:{port}"] * 3 + [f"CONNECT {SHOP}:{secure}"] * 3
