"""Where a service under test is: one that answers, one that is started, and the words where there is none."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from upstreams.certificates import certificate, serving
from upstreams.process import accepts

from pymacaron.config import MASK
from pymacaron.exceptions import ConfigError
from pymacaron.testing.targets import Target, TargetError, given, image, inherited, live, local

CONFIG = """\
name: shop
live_host: LIVE
jwt_issuer: shop.example.com
jwt_audience: shop
jwt_secret: SHOP_SECRET
env_secrets: [SHOP_SECRET]
"""
SERVER = """\
import os
from flask import Flask
from pymacaron import API, letsgo
app = Flask(__name__)
print("the secret is", os.environ["SHOP_SECRET"])
def start(port=80, debug=False):
    API(app, port=port, debug=debug).start()
letsgo(__name__, callback=start)
"""
#: No service of ours, but one that answers
PLAIN = """\
import os, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/end":
            os._exit(4)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(os.getpid()).encode() if self.path == "/pid" else b"{}")
HTTPServer(("127.0.0.1", int(sys.argv[2])), Handler).serve_forever()
"""
SECRET = "a secret of this test, of 32 bytes or more"


@pytest.fixture(autouse=True)
def _alone(own_config: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SHOP_SECRET", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pym-config.yaml").write_text(CONFIG)


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> int:
    """The port at which a server is looked for, where none is."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    monkeypatch.setenv("PYM_SERVER_PORT", str(port))
    return port


def asked(url: str, token: str = "") -> Any:
    with urlopen(Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})) as reply:
        return json.loads(reply.read())


@contextmanager
def https(folder: Path) -> Iterator[int]:
    """The port of a server that answers {} to all, with a certificate that nobody trusts."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Tests print nothing."""

        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        http.socket = serving(certificate(folder, "elsewhere.example")).wrap_socket(http.socket, server_side=True)
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield http.server_address[1]
        http.shutdown()
        thread.join()


def test_one_that_answers_is_the_local_one(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYM_JWT_TOKEN")
    monkeypatch.setenv("SHOP_SECRET", SECRET)
    server.json("/ping", b"{}")
    said: list[str] = []
    with local(say=said.append) as target:
        assert (target.host, target.port, target.scheme, target.variables) == ("127.0.0.1", server.port, "http", {})
        assert target.token
    assert said == [f"Testing the server that answers at http://127.0.0.1:{server.port}"]
    assert accepts(server.port)


def test_a_token_that_is_given_is_not_made(server: Any) -> None:
    server.json("/ping", b"{}")
    with local() as target:
        assert target.token == "a.b.c"


def test_where_the_secret_is_not_there_no_token_is_made_and_it_is_said(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYM_JWT_TOKEN")
    server.json("/ping", b"{}")
    said: list[str] = []
    with local(say=said.append) as target:
        assert target.token == ""
    assert said[1].startswith("No token is made (PYM_JWT_TOKEN): ")
    assert "SHOP_SECRET is not set" in said[1]


def test_else_server_py_is_started_with_a_secret_of_its_own_and_stopped(nowhere: int, tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(SERVER)
    said: list[str] = []
    with local(say=said.append) as target:
        assert asked(f"{target.url}/ping") == {}
        assert asked(f"{target.url}/auth/version", target.token)["name"] == "ping"
        assert list(target.variables) == ["SHOP_SECRET"]
        secret = target.variables["SHOP_SECRET"]
        assert f"the secret is {MASK}" in target.log()
        assert secret not in target.log() + repr(target)
        assert target.token not in repr(target)
    assert not accepts(target.port)
    assert said == [
        "SHOP_SECRET: not set, so it is a secret of this run",
        f"Testing server.py, started at {target.url}, since nothing answers at http://127.0.0.1:{nowhere}",
    ]


def test_a_secret_in_dot_env_is_that_of_the_service(nowhere: int, tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(SERVER)
    (tmp_path / ".env").write_text(f"SHOP_SECRET='{SECRET}'\n")
    with local() as target:
        assert target.variables == {}
        assert asked(f"{target.url}/auth/version", target.token)["name"] == "ping"


def test_it_is_stopped_when_a_test_fails(nowhere: int, tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(SERVER)
    with pytest.raises(ZeroDivisionError), local() as target:
        raise ZeroDivisionError
    assert not accepts(target.port)


def test_one_that_does_not_start_is_told_with_its_words_and_without_secrets(
    nowhere: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_SECRET", SECRET)
    (tmp_path / "server.py").write_text(
        'import os\nprint(os.environ["SHOP_SECRET"])\nraise SystemExit("no database")\n'
    )
    with pytest.raises(TargetError, match=r"server\.py ended before it answered") as caught, local():
        pass
    assert caught.value.log == f"{MASK}\nno database"


def test_without_a_server_py_it_is_said_what_to_do(nowhere: int) -> None:
    fact = rf"nothing answers at http://127\.0\.0\.1:{nowhere}, and here is no server\.py .* --host and --port"
    with pytest.raises(TargetError, match=fact), local():
        pass


def test_a_server_that_is_another_is_not_tested(server: Any, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{server.port}"
    fact = rf"{url} answers /ping with 404, and here is no server\.py .* --host and --port"
    with pytest.raises(TargetError, match=fact), local():
        pass
    (tmp_path / "server.py").write_text(SERVER)
    said: list[str] = []
    with local(say=said.append) as target:
        assert target.port != server.port
    assert said[-1] == f"Testing server.py, started at {target.url}, since {url} answers /ping with 404"


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        ("signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))", "server.py ended with exit code 3"),
        ("signal.signal(signal.SIGTERM, lambda *_: (print('the till is closed', flush=True), sys.exit(0)))", ""),
        ("", ""),
    ],
)
def test_how_it_ended_is_known_after_it(nowhere: int, tmp_path: Path, ends: str, told: str) -> None:
    (tmp_path / "server.py").write_text(f"import signal, sys\n{ends}\n{PLAIN}")
    with local() as target:
        assert target.end() == ""
    assert target.end() == told
    assert ("the till is closed" in target.log()) == ("till" in ends)


def test_one_that_ended_before_the_tests_did_is_told(nowhere: int, tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(f"import os, threading\n{PLAIN}")
    with local() as target:
        pid = int(asked(f"{target.url}/pid"))
        with pytest.raises(OSError, match=r"."):
            asked(f"{target.url}/end")
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)  # its connections are closed before it has ended
    assert target.end() == "server.py had ended before the tests did, with exit code 4"


def test_a_port_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYM_SERVER_PORT", "eighty")
    with pytest.raises(ConfigError, match="PYM_SERVER_PORT is 'eighty', not a port"), local():
        pass


def test_one_that_does_not_answer(nowhere: int) -> None:
    with pytest.raises(TargetError, match="does not answer: Connection refused"), given("127.0.0.1", nowhere):
        pass


def test_a_certificate_is_looked_at_unless_told_otherwise(tmp_path: Path) -> None:
    with https(tmp_path) as port:
        fact = rf"the certificate of https://127\.0\.0\.1:{port} is not trusted: self.signed certificate"
        with pytest.raises(TargetError, match=fact), given("127.0.0.1", port, scheme="https"):
            pass
        with given("127.0.0.1", port, scheme="https", verify=False) as target:
            assert target.environ["PYM_NO_SSL_CHECK"] == "1"


@pytest.mark.parametrize("live_host", ["http://127.0.0.1:PORT", "http://127.0.0.1:PORT/"])
def test_the_live_one_is_that_of_the_config(server: Any, tmp_path: Path, live_host: str) -> None:
    (tmp_path / "pym-config.yaml").write_text(CONFIG.replace("LIVE", live_host.replace("PORT", str(server.port))))
    with live() as target:
        assert (target.url, target.token) == (f"http://127.0.0.1:{server.port}", "a.b.c")


@pytest.mark.parametrize("live_host", ["https://shop.example.com/v1", "ftp://shop.example.com", "http://shop:port"])
def test_a_live_host_that_is_no_url_of_a_host(tmp_path: Path, live_host: str) -> None:
    (tmp_path / "pym-config.yaml").write_text(CONFIG.replace("LIVE", live_host))
    with pytest.raises(ConfigError, match=r"no URL of a host\. Write it as in: live_url"), live():
        pass


def test_without_a_live_host_it_is_said_what_to_write(tmp_path: Path) -> None:
    (tmp_path / "pym-config.yaml").write_text("name: shop\n")
    with pytest.raises(ConfigError, match=r"live_url is not set in pym-config\.yaml\. Add a line: live_url"), live():
        pass


@pytest.mark.parametrize(
    ("target", "url"),
    [
        (Target("h", 8080), "http://h:8080"),
        (Target("h", 80), "http://h"),
        (Target("h", 443, "https", "t", False), "https://h"),
        (Target("::1", 8443, "https"), "https://[::1]:8443"),
    ],
)
def test_tests_in_another_process_find_the_same(target: Target, url: str) -> None:
    assert target.url == url
    assert inherited(target.environ) == target


def test_without_a_host_nothing_is_named() -> None:
    assert inherited({"PYM_SERVER_PORT": "8080"}) is None


#: docker, as far as it is asked: it writes down where the container would keep models, and starts none
DOCKER = """\
#!/bin/sh
case "$1" in run) echo "$PYM_STORE_URL" >> "$(dirname "$0")/said"; exit 1;; image) echo '[{}]';; *) exit 1;; esac
"""


@pytest.mark.parametrize(
    ("said", "given_to_it"),
    [
        ("", "sqlite:////tmp/pymacaron-store.sqlite3"),
        ("sqlite://", "sqlite:////tmp/pymacaron-store.sqlite3"),
        ("dynamodb://", "sqlite:////tmp/pymacaron-store.sqlite3"),
        ("dynamodb://host:8000", "dynamodb://host:8000"),
        ("sqlite:////var/lib/shop.sqlite3", "sqlite:////var/lib/shop.sqlite3"),
    ],
)
def test_a_container_keeps_models_in_a_file_of_its_own_unless_a_host_is_named(
    tmp_path: Path, said: str, given_to_it: str
) -> None:
    (tmp_path / "docker").write_text(DOCKER)
    (tmp_path / "docker").chmod(0o755)
    environ = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "SHOP_SECRET": SECRET, "PYM_STORE_URL": said}
    with pytest.raises(TargetError, match="docker run failed"), image("shop", tmp_path, environ=environ):
        pass
    assert (tmp_path / "said").read_text() == f"{given_to_it}\n"
