"""
Services that really run: in a process of their own, on a free port of 127.0.0.1, ended when the test is over. Services
in the process of the test, with a config of their own. And the Schemas of a description of a few schemas.
What a test tells people (`record_property("told", text)`) stands at the end of the output, whichever process ran it.
"""

from __future__ import annotations

import http.client
import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from flask import Flask
from upstreams.aws import Aws, aws
from upstreams.process import accepts

from pymacaron import API, config
from pymacaron.schema.codec import Schemas
from pymacaron.spec.load import load

STARTS_WITHIN_S = 60
#: Of libraries that are installed for tests, and that which writes files to the folder of the tests
UNUSED_PLUGINS = ("cacheprovider", "ddtrace", "hypothesispytest", "schemathesis")

#: dict: name of a server -> what starts it on a port
SERVERS: dict[str, Callable[[int], list[str]]] = {
    "werkzeug": lambda port: [sys.executable, "server.py", "--port", str(port)],
    "gunicorn": lambda port: [
        *(sys.executable, "-m", "gunicorn"),
        *("--config", "python:pymacaron.gunicorn", "--bind", f"127.0.0.1:{port}", "server:app"),
    ],
    "granian": lambda port: [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", "1", "--blocking-threads", "4", "--no-ws", "server:app"),
    ],
    "granian of 3 workers": lambda port: [
        *(sys.executable, "-m", "pymacaron.granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", "3", "--blocking-threads", "4", "--no-ws"),
        *("--workers-kill-timeout", "10", "--respawn-failed-workers", "server:app"),
    ],
    "run": lambda port: [sys.executable, "-m", "pymacaron", "run", "--port", str(port)],
}


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Half as many processes more than cores: a third of the time goes in waiting for servers and workers."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + cores // 2


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """
    Tests that have docker come first: one process at a time has it, and with `--dist worksteal` the first tests are
    all of one process, which others take from at its other end.
    """
    items.sort(key=lambda item: not hasattr(getattr(item, "module", None), "dock"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = (report for outcome in ("passed", "failed") for report in terminalreporter.getreports(outcome))
    told = dict.fromkeys(text for report in reports for name, text in report.user_properties if name == "told")
    if told:
        terminalreporter.section("told by tests")
        terminalreporter.write("".join(f"{text}\n" for text in told))


@dataclass(frozen=True)
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> list[str]:
        return [value for one, value in self.headers if one.lower() == name.lower()]


@dataclass(frozen=True)
class Service:
    """`folder`: where it was started. `environment`: what it was started with."""

    folder: Path
    port: int
    environment: Mapping[str, str] = field(repr=False)

    def call(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            content = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
            sent = {"Content-Type": "application/json"} if content is not None else {}
            connection.request(method, path, content, {**sent, **(headers or {})})
            response = connection.getresponse()
            return Answer(response.status, response.getheaders(), response.read())
        finally:
            connection.close()

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.call("GET", path, None, headers)

    def run(self, *command: str, **environment: str) -> str:
        """What *command*, arguments to Python in the service's folder, prints; it must succeed."""
        done = subprocess.run(
            [sys.executable, *command],
            cwd=self.folder,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()


@contextmanager
def running(server: str, folder: Path, log: Path, **settings: str) -> Iterator[Service]:
    """
    The service in *folder*, from when it accepts connections; what it writes goes to *log*. *settings*: environment.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYM_", "COV_"))}
    environment |= {"JWT_SECRET": secrets.token_hex(32), "WEB_CONCURRENCY": "2", "PYM_SHUTDOWN_DELAY": "0", **settings}
    with log.open("wb") as output:
        process = subprocess.Popen(SERVERS[server](port), cwd=folder, env=environment, stdout=output, stderr=output)
        try:
            deadline = time.monotonic() + STARTS_WITHIN_S
            while not accepts(port):
                assert time.monotonic() < deadline, f"{server} did not listen:\n{log.read_text()}"
                with suppress(subprocess.TimeoutExpired):
                    process.wait(0.05)
                    pytest.fail(f"{server} ended with {process.returncode}:\n{log.read_text()}")
            yield Service(folder, port, environment)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture(scope="session")
def run_service() -> Callable[..., Any]:
    """run_service(server, folder, log, **environment): a context manager that gives the running Service."""
    return running


@pytest.fixture(scope="session", name="aws")
def _aws() -> Iterator[Aws]:
    """AWS on this machine, for all tests of the process: each gives its tables and queues names of its own."""
    with aws() as running_aws:
        yield running_aws


@pytest.fixture(scope="session", autouse=True)
def _types(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What mypy knows of libraries, of Python's own and of ours, is worked out once for all tests of the process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MYPY_CACHE_DIR", str(tmp_path_factory.mktemp("mypy")))
        yield


@pytest.fixture(scope="session", autouse=True)
def _plugins() -> Iterator[None]:
    """What a pytest that a test starts need not load: of its 2.7 s of CPU these plugins take 2.3."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_ADDOPTS", " ".join(f"-p no:{name}" for name in UNUSED_PLUGINS))
        yield


@pytest.fixture
def start(tmp_path: Path) -> Callable[[str, Path], Any]:
    """start(server, folder): a context manager that gives the running Service."""
    return lambda server, folder: running(server, folder, tmp_path / "log")


@pytest.fixture
def own_config(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The config of the test alone, and no variables of the machine."""
    for variable in ("PORT", *(name for name in os.environ if name.startswith("PYM_"))):
        monkeypatch.delenv(variable, raising=False)
    config.reset()
    yield
    config.reset()


@pytest.fixture
def service(tmp_path: Path) -> Callable[..., Flask]:
    """`service(description, handlers, app=None, **options of API)`: the app that serves it, handlers by operationId."""

    def build(
        description: str, handlers: dict[str, Callable[..., Any]], app: Flask | None = None, **options: Any
    ) -> Flask:
        folder = tmp_path / "apis"
        folder.mkdir(exist_ok=True)
        (folder / "shop.yaml").write_text(description, encoding="utf-8")
        app = app or Flask("shop")
        api = API(app, resolver=lambda operation: handlers.get(operation.id), **options)
        api.load_apis(folder)
        api.start(serve="shop")
        return app

    return build


@pytest.fixture
def schemas_of(tmp_path: Path) -> Callable[..., Schemas]:
    """make(schemas, version='3.1.0', paths={}, **Schemas' arguments) -> Schemas of a description with these schemas."""

    def make(
        schemas: dict[str, Any], version: str = "3.1.0", paths: dict[str, Any] | None = None, **more: Any
    ) -> Schemas:
        document: dict[str, Any] = {"info": {"title": "Shop", "version": "1"}, "paths": paths or {}}
        if version == "2.0":
            document |= {"swagger": "2.0", "definitions": schemas}
        else:
            document |= {"openapi": version, "components": {"schemas": schemas}}
        path = tmp_path / "shop.json"
        path.write_text(json.dumps(document))
        return Schemas(load(path), **more)

    return make


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The schemas of the validators that are built, as they are: one text for each."""
    found: list[str] = []
    real = jsonschema_rs.Draft202012Validator

    def counted(schema: Any, *args: Any, **options: Any) -> Any:
        found.append(repr(schema))
        return real(schema, *args, **options)

    monkeypatch.setattr(jsonschema_rs, "Draft202012Validator", counted)
    return found
