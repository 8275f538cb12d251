"""A service that is told to stop in mid-traffic, under the servers for production: no call fails."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

DEADLINE_S = 60
CALLERS = 24
#: What a server logs when it begins to end
ENDS = {"gunicorn": "Handling signal: term", "granian": "Shutting down granian"}
#: What it logs of each worker that takes calls
WORKS = {"gunicorn": "Booting worker", "granian": "Started worker-"}
SHOP = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /number:
    get: {operationId: shop.get_number, responses: {"200": {description: A number}}}
  /slow:
    get: {operationId: shop.get_slow, responses: {"200": {description: A number}}}
  /crash:
    post:
      operationId: shop.crash
      x-idempotency: optional
      x-rate-limit: 1000 per minute
      responses: {"200": {description: Never}}
  /lines:
    get:
      operationId: shop.get_lines
      responses: {"200": {description: Numbers, content: {application/jsonl: {itemSchema: {type: object}}}}}
"""
API = """
import time
from pathlib import Path

def get_number():
    return {"number": 1}

def get_slow():
    Path("slow").touch()
    deadline = time.monotonic() + 60
    while not Path("go").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    return {"number": 2}

def crash():
    raise RuntimeError("on fire")

def get_lines():
    yield {"number": 1}
    yield get_slow()
"""
SERVER = """
import os
from flask import Flask
from pymacaron import API, letsgo

app = Flask(__name__)


def start(port, debug):
    API(app).load_apis(os.path.dirname(os.path.realpath(__file__))).start(serve="shop")


letsgo(__name__, callback=start)
"""


class Running:
    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path):
        self.process, self.port, self.log = process, port, log

    def until(self, condition: Callable[[], Any]) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.01)

    def status(self, path: str, method: str = "GET", key: str = "") -> int:
        """What a new connection is answered; 0: nothing. *key*: of a request that is sent once."""
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_S)
            try:
                connection.request(method, path, headers={"Idempotency-Key": key} if key else {})
                return connection.getresponse().status
            finally:
                connection.close()
        return 0


@contextmanager
def running(folder: Path, server: str, delay_s: float, more: str = "", **variables: str) -> Iterator[Running]:
    """The shop under *server*, from when it is ready. *more* of its config, and *variables* of its environment."""
    for name, text in {
        "server.py": SERVER,
        "shop.yaml": SHOP,
        "shop.py": API,
        "pym-config.yaml": f"name: shop\nlive_host: http://localhost\nshutdown_delay: {delay_s}\n{more}",
    }.items():
        (folder / name).write_text(text)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "pymacaron", "run", "--server", server, "--port", str(port), "--workers", "2"]
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYM_", "COV_"))
    } | variables
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
    service = Running(process, port, log)
    try:
        service.until(lambda: service.status("/readyz") == 200)
        yield service
    finally:
        (folder / "go").touch()
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(DEADLINE_S)
        finally:
            process.kill()


class Caller(threading.Thread):
    """Calls on one connection, and on another when it is told to close it, until readiness says no."""

    def __init__(self, port: int, stopped: threading.Event):
        super().__init__(daemon=True)
        self.port, self.stopped = port, stopped
        self.answered, self.failed = 0, list[str]()

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_S)
        while not self.stopped.is_set():
            try:
                connection.request("GET", "/number")  # connects where it was closed
                reply = connection.getresponse()
                body = reply.read()  # closes it where the reply says so
                if (reply.status, json.loads(body)) != (200, {"number": 1}):
                    self.failed.append(f"{reply.status} {body!r}")
                self.answered += 1
            except (OSError, http.client.HTTPException) as error:
                self.failed.append(f"{type(error).__name__}: {error}")
                connection.close()
        connection.close()


@pytest.mark.parametrize("server", ["gunicorn", "granian"])
def test_no_call_fails_while_a_service_is_told_to_stop_under_load(
    server: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with running(tmp_path, server, 500) as service:
        stopped = threading.Event()
        callers = [Caller(service.port, stopped) for _ in range(CALLERS)]
        for caller in callers:
            caller.start()
        service.until(lambda: all(caller.answered >= 30 for caller in callers))
        service.process.send_signal(signal.SIGTERM)
        service.until(lambda: service.status("/readyz") == 503)  # what a load balancer goes by
        before = [caller.answered for caller in callers]
        service.until(lambda: all(one.answered > known for one, known in zip(callers, before, strict=True)))
        stopped.set()
        for caller in callers:
            caller.join(DEADLINE_S)
        service.process.send_signal(signal.SIGTERM)  # all that it waits for has happened
        assert service.process.wait(DEADLINE_S) == 0
    answered = sum(caller.answered for caller in callers)
    failed = [text for caller in callers for text in caller.failed]
    record_property("told", f"drained under {server}: {answered} calls of {CALLERS} callers, {len(failed)} failed")
    assert failed == []


class LastCaller(threading.Thread):
    """Calls on one connection, and on another when it is told to close it, until nobody takes connections any more."""

    def __init__(self, port: int):
        super().__init__(daemon=True)
        self.port = port
        self.answered, self.failed = 0, list[str]()

    def run(self) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_S)
            try:
                connection.connect()
            except ConnectionRefusedError:
                return
            self._call(connection)
            connection.close()
        self.failed.append("the server takes connections still")

    def _call(self, connection: http.client.HTTPConnection) -> None:
        try:
            while connection.sock is not None:
                connection.request("GET", "/number")
                reply = connection.getresponse()
                body = reply.read()  # closes it where the reply says so
                if (reply.status, json.loads(body)) != (200, {"number": 1}):
                    self.failed.append(f"{reply.status} {body!r}")
                self.answered += 1
        except (OSError, http.client.HTTPException) as error:
            self.failed.append(f"{type(error).__name__}: {error}")


@pytest.mark.parametrize("server", ["gunicorn", "granian"])
def test_no_call_on_a_connection_that_was_taken_fails_until_the_servers_own_end(
    server: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with running(tmp_path, server, 500) as service:
        callers = [LastCaller(service.port) for _ in range(CALLERS)]
        for caller in callers:
            caller.start()
        service.until(lambda: all(caller.answered >= 30 for caller in callers))
        # One that begins may have its socket only after the others have closed theirs
        service.until(lambda: service.log.read_text().count(WORKS[server]) == 2)
        service.process.send_signal(signal.SIGTERM)
        service.until(lambda: service.status("/readyz") == 503)
        before = [caller.answered for caller in callers]
        service.until(lambda: all(one.answered > known + 9 for one, known in zip(callers, before, strict=True)))
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(DEADLINE_S) == 0
        for caller in callers:
            caller.join(DEADLINE_S)
    answered = sum(caller.answered for caller in callers)
    failed = [text for caller in callers for text in caller.failed]
    record_property("told", f"ended under {server}: {answered} calls of {CALLERS} callers, {len(failed)} failed")
    assert failed == []


@pytest.mark.parametrize("server", ["gunicorn", "granian"])
def test_a_call_under_way_is_finished_and_replies_say_that_connections_end(server: str, tmp_path: Path) -> None:
    with running(tmp_path, server, 500) as service:
        slow = http.client.HTTPConnection("127.0.0.1", service.port, timeout=DEADLINE_S)
        slow.request("GET", "/slow")
        service.until((tmp_path / "slow").exists)
        kept = http.client.HTTPConnection("127.0.0.1", service.port, timeout=DEADLINE_S)
        kept.request("GET", "/livez")
        assert kept.getresponse().read() == b'{"status": "pass"}'
        service.process.send_signal(signal.SIGTERM)
        service.until(lambda: service.status("/readyz") == 503)
        kept.request("GET", "/livez")
        reply = kept.getresponse()
        assert (reply.read(), reply.getheader("Connection")) == (b'{"status": "pass"}', "close")
        service.process.send_signal(signal.SIGTERM)
        service.until(lambda: ENDS[server] in service.log.read_text())
        (tmp_path / "go").touch()
        assert json.loads(slow.getresponse().read()) == {"number": 2}
        slow.close()
        assert service.process.wait(DEADLINE_S) == 0


@pytest.mark.parametrize("server", ["gunicorn", "granian"])
def test_a_stream_under_way_is_sent_to_its_end(server: str, tmp_path: Path) -> None:
    with running(tmp_path, server, 500) as service:
        stream = http.client.HTTPConnection("127.0.0.1", service.port, timeout=DEADLINE_S)
        stream.request("GET", "/lines")
        reply = stream.getresponse()
        assert json.loads(reply.readline()) == {"number": 1}
        service.until((tmp_path / "slow").exists)
        service.process.send_signal(signal.SIGTERM)
        service.until(lambda: service.status("/readyz") == 503)
        service.process.send_signal(signal.SIGTERM)
        service.until(lambda: ENDS[server] in service.log.read_text())
        (tmp_path / "go").touch()
        assert json.loads(reply.read()) == {"number": 2}
        stream.close()
        assert service.process.wait(DEADLINE_S) == 0


@pytest.mark.parametrize("server", ["gunicorn", "granian"])
def test_a_connection_that_is_idle_is_closed_and_holds_up_nothing(server: str, tmp_path: Path) -> None:
    with running(tmp_path, server, 0) as service:
        kept = http.client.HTTPConnection("127.0.0.1", service.port, timeout=DEADLINE_S)
        kept.request("GET", "/livez")
        kept.getresponse().read()
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(DEADLINE_S) == 0
        assert kept.sock.recv(1) == b""
        kept.close()
    assert "Killing worker" not in service.log.read_text()


@pytest.mark.parametrize("server", ["gunicorn", "granian"])
def test_a_second_signal_ends_it_without_delay(server: str, tmp_path: Path) -> None:
    with running(tmp_path, server, 500) as service:
        service.process.send_signal(signal.SIGTERM)
        service.until(lambda: service.status("/readyz") == 503)
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(DEADLINE_S) == 0


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A peer that takes connections, and what is sent, and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        yield listener


@pytest.mark.parametrize("server", ["gunicorn", "granian"])
def test_peers_that_all_hang_hold_up_neither_a_call_nor_the_end(
    server: str, tmp_path: Path, silent: socket.socket, redis_server: Any
) -> None:
    port = silent.getsockname()[1]
    config = f"""
rate_limit_store: {redis_server.url}
idempotency_store: {redis_server.url}
report_webhook: http://127.0.0.1:{port}/hook
report_email_to: [ops@example.com]
smtp_host: 127.0.0.1
smtp_port: {port}
smtp_security: off
traces: true
"""
    with running(tmp_path, server, 500, config, OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{port}") as service:
        os.kill(redis_server.process.pid, signal.SIGSTOP)
        try:
            crash = [("/crash", "POST", uuid.uuid4().hex) for _ in range(20)]
            callers = [threading.Thread(target=service.status, args=one) for one in crash]
            for caller in callers:
                caller.start()
            assert [service.status(path) for path in ("/livez", "/readyz", "/number") * 5] == [200] * 15
            for caller in callers:
                caller.join(DEADLINE_S)
            assert service.status("/crash", "POST") == 500
            assert service.status("/crash", "POST", uuid.uuid4().hex) == 503
            service.process.send_signal(signal.SIGTERM)
            service.until(lambda: service.status("/readyz") == 503)
            service.process.send_signal(signal.SIGTERM)
            assert service.process.wait(DEADLINE_S) == 0
        finally:
            os.kill(redis_server.process.pid, signal.SIGCONT)
    log = service.log.read_text()
    assert "reports are lost at the end" in log
    assert "TimeoutError in the idempotency_store; requests with one get a 503" in log
    assert ("Killing worker" in log, "SIGKILL" in log) == (False, False)


def test_a_worker_of_granian_that_is_told_twice_says_it_once(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP)
    (tmp_path / "shop.py").write_text(API)
    (tmp_path / "pym-config.yaml").write_text("name: shop\nlive_host: http://localhost\n")
    code = """
import os, signal
from flask import Flask
from pymacaron import API, granian

app = Flask("shop")
API(app).load_apis(".").start(serve="shop")
granian._begin_worker(0)
for _ in range(2):
    os.kill(os.getpid(), signal.SIGURG)
reply = app.test_client().get("/livez")
print(reply.status_code, reply.headers.getlist("Connection"))
"""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    assert done.stdout == "200 ['close']\n", done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="nothing else tells a process of its parent's end")
def test_a_worker_of_granian_whose_parent_was_killed_before_it_began_ends(tmp_path: Path) -> None:
    code = """
import os, threading
from pymacaron import granian

ours, theirs = os.pipe()
parent = os.fork()
if parent == 0:
    main = os.getpid()
    if os.fork() == 0:
        while os.getppid() == main:
            threading.Event().wait(0.005)
        granian._begin_worker(main)
        os.write(theirs, b"goes on")
    os._exit(0)
os.close(theirs)
os.waitpid(parent, 0)
print(os.read(ours, 10))
"""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    assert done.stdout == "b''\n", done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals of this kind")
@pytest.mark.parametrize(
    ("hears", "told"),
    [
        ("signal.signal(signal.SIGTERM, lambda *_: over.set())", "b'begun, ended'"),
        ("signal.signal(signal.SIGTERM, signal.SIG_IGN)", "b'begun, '"),
    ],
    ids=["its main thread not woken", "it does not end"],
)
def test_a_worker_of_granian_whose_parent_was_killed_ends_though(tmp_path: Path, hears: str, told: str) -> None:
    code = f"""
import os, signal, threading
from pymacaron import granian

os.environ["GRANIAN_WORKERS_KILL_TIMEOUT"] = "{60 if "over" in hears else 1}"
ours, theirs = os.pipe()
parent = os.fork()
if parent == 0:
    over = threading.Event()
    main = os.getpid()
    if os.fork() == 0:
        granian._begin_worker(main)
        {hears}
        # Another thread gets it: as of one that comes just before it waits, this one does not learn of it
        signal.pthread_sigmask(signal.SIG_BLOCK, {{signal.SIGTERM}})
        os.write(theirs, b"begun, ")
        over.wait()
        os.write(theirs, b"ended")
        os._exit(0)
    signal.pause()
os.close(theirs)
begun = os.read(ours, 10)
os.kill(parent, signal.SIGKILL)
os.waitpid(parent, 0)
print(begun + os.read(ours, 10))
"""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    assert done.stdout == f"{told}\n", done.stderr


def test_a_second_signal_in_the_midst_of_the_first_ends_granian_without_delay(tmp_path: Path) -> None:
    (tmp_path / "pym-config.yaml").write_text("name: shop\nlive_host: http://localhost\nshutdown_delay: 300\n")
    code = """
import os, signal, threading
from pymacaron import granian

heard, told = [], []


def tell(number):
    told.append(signal.Signals(number).name)
    if len(told) == 1:
        os.kill(os.getpid(), signal.SIGTERM)


signal.signal(signal.SIGTERM, lambda *_: heard.append(1))
granian._tell_workers = tell
granian._take_over()
os.kill(os.getpid(), signal.SIGTERM)
while not heard:
    threading.Event().wait(0.01)
print(told)
"""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    assert done.stdout == "['SIGURG', 'SIGWINCH']\n", done.stderr
