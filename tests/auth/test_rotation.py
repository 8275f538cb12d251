"""
An OpenID provider changes its keys and goes away while services of several processes and threads answer: no call fails
whose key is known, and nobody can have them ask the provider more than once a minute.

The minutes pass in a file: the services start with a clock that adds what stands there.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pymacaron.testing import Issuer, issuer

WITHIN_S = 60.0
CALLERS = 4
SERVER = """
import os
import threading
import time

from flask import Flask

from pymacaron import API, clocks, letsgo
from pymacaron.auth import get_token_issuer, get_userid

clocks.monotonic = lambda: time.monotonic() + float(open("clock").read() or 0)
app = Flask(__name__)


def me():
    reads = any(thread.name == "pymacaron-keys" for thread in threading.enumerate())
    return {"id": get_userid(), "issuer": get_token_issuer(), "process": os.getpid(), "reads": reads}


def start(port, debug):
    api = API(app, port=port, debug=debug, resolver=lambda operation: me)
    api.load_apis("apis").start(serve="shop")


letsgo(__name__, callback=start)
"""
DESCRIPTION = """\
openapi: 3.1.0
info: {title: Shop, version: '1'}
components:
  securitySchemes:
    login: {type: openIdConnect, openIdConnectUrl: ISSUER/.well-known/openid-configuration}
paths:
  /me: {get: {operationId: me, security: [{login: [read]}], responses: {'200': {description: ok}}}}
"""


class Traffic:
    """Callers that ask without pause, each time with a token that nobody has seen. `kid`: by which key it is signed."""

    def __init__(self, ask: Callable[[str], tuple[int, int]], kid: str):
        self.kid = kid
        self._ask = ask
        self._lock = threading.Lock()
        self._ends = threading.Event()
        self.failed: list[Any] = []
        self.answered: Counter[int] = Counter()
        self._threads = [threading.Thread(target=self._call) for _ in range(CALLERS)]

    def _call(self) -> None:
        while not self._ends.is_set():
            kid = self.kid
            try:
                status, process = self._ask(kid)
            except Exception as error:  # whatever it is, the call failed
                status, process = -1, 0
                self.failed.append(repr(error))
            with self._lock:
                self.answered[process] += 1
                if status != 200:
                    self.failed.append((kid, status))

    def on(self, processes: int, calls: int = 8) -> None:
        """Wait until each of so many processes has answered so many calls more."""
        with self._lock:
            self.answered.clear()
        until(lambda: len([1 for number in self.answered.copy().values() if number >= calls]) >= processes)
        assert self.failed == []

    def __enter__(self) -> Traffic:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        for thread in self._threads:
            thread.join()


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not is_so():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.01)


class Rotation:
    """The service, its provider and the keys that this has, by kid."""

    def __init__(self, service: Any, provider: Issuer, sign: Any, keys: dict[str, tuple[Any, str]], processes: int):
        self.service, self.provider, self.processes = service, provider, processes
        self._sign, self._keys = sign, keys
        self._passed_s = 0
        self._tokens = 0

    def token(self, kid: str) -> str:
        self._tokens += 1
        key, algorithm = self._keys.get(kid, self._keys["one"])
        claims = {"iss": self.provider.url, "aud": "shop", "sub": "ada", "scope": "read", "exp": int(time.time()) + 600}
        return str(
            self._sign(key, algorithm, {**claims, "jti": f"{kid}-{self._tokens}-{threading.get_ident()}"}, kid=kid)
        )

    def ask(self, kid: str) -> tuple[int, int]:
        answer = self.service.get("/me", {"Authorization": f"Bearer {self.token(kid)}"})
        if answer.status == 200:
            assert (answer.json["id"], answer.json["issuer"]) == ("ada", self.provider.url)
        return answer.status, answer.json.get("process", 0)

    def settled(self, kid: str) -> None:
        """Wait until no process reads the keys in the background."""
        done: set[int] = set()

        def is_done() -> bool:
            told = self.service.get("/me", {"Authorization": f"Bearer {self.token(kid)}"}).json
            if not told["reads"]:
                done.add(told["process"])
            return len(done) == self.processes

        until(is_done)

    def passes(self, seconds: int) -> None:
        """Let *seconds* pass for the sets of keys."""
        self._passed_s += seconds
        new = self.service.folder / "clock.new"
        new.write_text(str(self._passed_s))
        new.replace(self.service.folder / "clock")

    @property
    def readings(self) -> int:
        """How often the provider was asked for what it publishes."""
        return self.provider.asked.count("/.well-known/openid-configuration")


@pytest.fixture
def provider() -> Iterator[Issuer]:
    with issuer() as made:
        yield made


@pytest.fixture(params=[("gunicorn", 2), ("granian", 1)], ids=["gunicorn", "granian"])
def rotation(
    request: pytest.FixtureRequest,
    run_service: Any,
    provider: Issuer,
    tmp_path: Path,
    pairs: dict[str, Any],
    jwk: Any,
    sign: Any,
) -> Iterator[tuple[Rotation, Callable[..., None]]]:
    """The running service, and publish(*kids), which says what keys the provider has."""
    server, processes = request.param
    folder = tmp_path / "service"
    (folder / "apis").mkdir(parents=True)
    (folder / "apis" / "shop.yaml").write_text(DESCRIPTION.replace("ISSUER", provider.url))
    (folder / "server.py").write_text(SERVER)
    (folder / "clock").write_text("0")
    (folder / "pym-config.yaml").write_text(
        f"name: shop\nlive_host: http://localhost\njwt_issuers: [{{issuer: '{provider.url}', audience: shop}}]\n"
    )
    keys = {"one": (pairs["P-256"], "ES256"), "two": (pairs["rsa"], "RS256"), "three": (pairs["ed25519"], "EdDSA")}

    def publish(*kids: str) -> None:
        provider.keys = {kid: jwk(keys[kid][0], keys[kid][1], kid=kid) for kid in kids}

    publish("one")
    with run_service(server, folder, tmp_path / "log") as service:
        yield Rotation(service, provider, sign, keys, processes), publish


@contextmanager
def down(provider: Issuer) -> Iterator[None]:
    """The provider takes connections and answers nothing; in the end, that it cannot."""
    with provider.hanging():
        yield
        provider.status = 503


def test_keys_change_and_the_provider_goes_away_in_mid_traffic(rotation: Any) -> None:
    run, publish = rotation
    provider, processes = run.provider, run.processes
    with Traffic(run.ask, "one") as traffic:
        traffic.on(processes)
        assert run.readings == processes

        # A new key is published, and used a minute later
        publish("one", "two")
        traffic.on(processes)
        run.passes(61)
        traffic.kid = "two"
        traffic.on(processes, 20)
        assert run.readings == 2 * processes

        # The old one is taken away: known for as long as the set is fresh, and five minutes more
        publish("two")
        run.passes(3600)
        until(lambda: run.readings == 3 * processes)
        run.settled("two")
        traffic.on(processes)
        assert [run.ask("one")[0] for _ in range(4)] == [200] * 4
        run.passes(301)
        assert [run.ask("one")[0] for _ in range(20)] == [401] * 20
        assert run.readings <= 4 * processes

        # The provider hangs, then says that it cannot: who has a known key notices nothing
        before = run.readings
        run.passes(3600)
        with down(provider):
            until(lambda: run.readings == before + processes)
            traffic.on(processes, 20)
        traffic.on(processes, 20)
        assert [run.ask("unheard")[0] for _ in range(20)] == [401] * 20
        assert run.readings == before + processes

        # It is back, and has had to change its key at once
        provider.status = 200
        publish("three")
        run.passes(61)
        traffic.kid = "three"
        traffic.on(processes, 20)
        assert run.readings <= before + 2 * processes

        # Names of keys that nobody knows have it asked once a minute
        before = run.readings
        run.passes(61)
        with_unknown = [run.ask(f"made-up-{number}")[0] for number in range(60)]
        assert with_unknown == [401] * 60
        assert before < run.readings <= before + processes
        traffic.on(processes)
    assert traffic.failed == []
