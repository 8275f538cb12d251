"""Operations with `x-rate-limit`: how many calls pass, of whom, what callers are told, a store that is down."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from pymacaron.auth.identity import generate_token
from pymacaron.exceptions import HTTPError
from pymacaron.finding import FindingsError
from pymacaron.server.limits import limiting, memory
from pymacaron.server.limits.redis import RedisCounter
from pymacaron.server.outage import Outage, StoreError
from pymacaron.spec.quotas import Quota

OK = '{"200": {description: ok, content: {application/json: {schema: {type: object}}}}}'
SHOP = f"""
openapi: 3.1.0
info: {{title: Shop, version: "1"}}
components:
  securitySchemes: {{token: {{type: http, scheme: bearer}}}}
paths:
  /three:
    get:
      operationId: shop.three
      x-rate-limit: 3/day
      parameters: [{{name: n, in: query, schema: {{type: integer}}}}]
      responses: {OK}
  /also: {{get: {{operationId: also, x-rate-limit: 3/day, responses: {OK}}}}}
  /both: {{get: {{operationId: both, x-rate-limit: [2/hour, 3/day], responses: {OK}}}}}
  /second: {{get: {{operationId: second, x-rate-limit: 2/second, responses: {OK}}}}}
  /mine: {{get: {{operationId: mine, x-rate-limit: 2/day, security: [{{token: []}}], responses: {OK}}}}}
  /fails: {{get: {{operationId: fails, x-rate-limit: 2/day, responses: {OK}}}}}
  /free: {{get: {{operationId: free, responses: {OK}}}}}
"""
JWT = {"jwt_secret": "a secret of at least 32 characters", "jwt_issuer": "https://shop", "jwt_audience": "shop"}
SERVER = """
from flask import Flask
from pymacaron import API

app = Flask("shop")
API(app).load_apis("apis").start(serve="shop")
"""
HANDLER = """
def three(n=None):
    return {}
"""


class Shop:
    """A service whose calls are counted."""

    def __init__(self, service: Callable[..., Any], mode: str, **settings: Any):
        self.calls = 0
        names = ("shop.three", "also", "both", "second", "mine", "free")
        handlers = {**dict.fromkeys(names, self._handle), "fails": self._fail}
        self.app = service(SHOP, handlers, settings={"dispatch": mode, **JWT, **settings})
        self.client = self.app.test_client()

    def _handle(self, **given: Any) -> Any:
        self.calls += 1
        return {}

    def _fail(self) -> Any:
        raise RuntimeError("on fire")

    def statuses(self, path: str, times: int, **more: Any) -> list[int]:
        return [self.client.get(path, **more).status_code for _ in range(times)]


@pytest.fixture(params=["direct", "stock"])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["memory", "redis"])
def stored(request: pytest.FixtureRequest) -> dict[str, str]:
    where = "memory" if request.param == "memory" else request.getfixturevalue("redis_server").url
    return {"rate_limit_store": where}


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the clock says, in seconds, alone in a list."""
    said = [1_800_000_000.9]
    monkeypatch.setattr("time.time", lambda: said[0])  # that of a Redis
    monkeypatch.setattr(memory, "MemoryCounter", partial(memory.MemoryCounter, clock=lambda: said[0]))
    return said


def test_as_many_calls_pass_as_the_limit_says_and_the_handler_sees_no_more(
    service: Callable[..., Any], mode: str, stored: dict[str, str]
) -> None:
    one = Shop(service, mode, **stored)
    assert one.statuses("/three", 5) == [200, 200, 200, 429, 429]
    assert one.statuses("/also", 4) == [200, 200, 200, 429]
    assert one.statuses("/free", 5) == [200] * 5
    assert one.calls == 11


@pytest.mark.usefixtures("now")
def test_every_reply_tells_the_limit_and_what_is_left(
    service: Callable[..., Any], mode: str, stored: dict[str, str]
) -> None:
    one = Shop(service, mode, **stored)
    replies = [one.client.get("/three?n=x" if number == 1 else "/three") for number in range(4)]
    names = ("RateLimit-Policy", "RateLimit", "Retry-After")
    policy = '"3-per-day";q=3;w=86400'
    assert [reply.status_code for reply in replies] == [200, 400, 200, 429]
    assert [tuple(reply.headers.get(name) for name in names) for reply in replies] == [
        (policy, '"3-per-day";r=2;t=86400', None),
        (policy, '"3-per-day";r=1;t=86400', None),
        (policy, '"3-per-day";r=0;t=86400', None),
        (policy, '"3-per-day";r=0;t=86400', "86400"),
    ]
    assert not set(names) & set(one.client.get("/free").headers.keys())


def test_one_too_many_is_a_json_error(service: Callable[..., Any], mode: str) -> None:
    one = Shop(service, mode)
    one.statuses("/three", 3)
    refused = one.client.get("/three")
    assert (refused.status_code, refused.json["status"], refused.json["error"]) == (429, 429, "TOO_MANY_REQUESTS")
    assert refused.json["error_description"].startswith("This operation takes 3 per day of each caller; ask again in ")
    assert refused.json["error_id"]
    assert refused.headers["Access-Control-Allow-Origin"] == "*"


def test_of_several_limits_the_first_that_is_used_up_refuses(
    service: Callable[..., Any], mode: str, stored: dict[str, str], now: list[float]
) -> None:
    one = Shop(service, mode, **stored)
    assert one.statuses("/both", 3) == [200, 200, 429]
    refused = one.client.get("/both")
    assert refused.headers["RateLimit"] == '"2-per-hour";r=0;t=3600, "3-per-day";r=1;t=86400'
    assert refused.headers["Retry-After"] == "3600"
    now[0] += 3601
    assert one.statuses("/both", 3) == [200, 429, 429]
    assert one.client.get("/both").headers["Retry-After"] == str(86_400 - 3601)


def test_a_failure_counts_and_tells_what_is_left(service: Callable[..., Any], mode: str) -> None:
    one = Shop(service, mode)
    failed = one.client.get("/fails")
    assert (failed.status_code, failed.headers["RateLimit"].split(";")[1]) == (500, "r=1")
    assert one.statuses("/fails", 2) == [500, 429]


def test_callers_are_told_apart_by_the_sub_of_their_token_and_others_by_their_address(
    service: Callable[..., Any], mode: str, stored: dict[str, str]
) -> None:
    one = Shop(service, mode, **stored)
    users = [{"Authorization": f"Bearer {generate_token(user)}"} for user in ("u1", "u2", "u1")]
    assert [one.statuses("/mine", 2, headers=user) for user in users] == [[200, 200], [200, 200], [429, 429]]
    addresses = [{"REMOTE_ADDR": address} for address in ("127.0.0.1", "127.0.0.2", "127.0.0.1")]
    found = [one.statuses("/three", 2, environ_overrides=address) for address in addresses]
    assert found == [[200, 200], [200, 200], [200, 429]]


def test_users_of_two_issuers_who_have_one_sub_are_two_callers(
    service: Callable[..., Any], mode: str, stored: dict[str, str], tmp_path: Path
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    public = {**json.loads(ECAlgorithm.to_jwk(key.public_key())), "kid": "p"}
    (tmp_path / "partner.json").write_text(json.dumps({"keys": [public]}))
    partner = {"issuer": "partner", "jwks": str(tmp_path / "partner.json"), "audience": "shop"}
    one = Shop(service, mode, **stored, jwt_issuers=[partner])
    claims = {"iss": "partner", "sub": "u1", "aud": "shop", "iat": int(time.time()), "exp": int(time.time()) + 900}
    tokens = [generate_token("u1"), jwt.encode(claims, key, "ES256", headers={"kid": "p"})]
    found = [one.statuses("/mine", 3, headers={"Authorization": f"Bearer {token}"}) for token in tokens]
    assert found == [[200, 200, 429]] * 2


def test_of_several_limits_a_call_that_is_refused_by_one_counts_in_none_also_where_many_come_at_once(
    redis_server: Any,
) -> None:
    counter, quotas = RedisCounter(redis_server.url), (Quota(100, 1, "day"), Quota(3, 1, "day"), Quota(50, 1, "hour"))
    barrier, found = threading.Barrier(20), list[bool]()

    def take() -> None:
        barrier.wait(30)
        found.append(counter.take(quotas, "a")[0])

    threads = [threading.Thread(target=take) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(found) == [False] * 17 + [True] * 3
    assert [left for left, _ in counter.left(quotas, "a")] == [97, 0, 47]


def test_who_is_not_let_in_counts_by_address_and_takes_nothing_of_who_is(
    service: Callable[..., Any], mode: str, stored: dict[str, str]
) -> None:
    one = Shop(service, mode, **stored)
    good = {"Authorization": f"Bearer {generate_token('u1')}"}
    assert one.statuses("/mine", 1, headers=good) == [200]
    assert one.statuses("/mine", 4) == [401, 401, 429, 429]
    refused = one.client.get("/mine", headers={"Authorization": "Bearer x.y.z"})
    assert (refused.status_code, refused.headers["RateLimit"].split(";")[1]) == (429, "r=0")
    assert 0 < int(refused.headers["Retry-After"]) <= 86_400
    assert refused.json["error_description"].startswith("Of calls that are refused this operation takes 2 per day ")
    elsewhere = {"REMOTE_ADDR": "127.0.0.2"}
    assert one.statuses("/mine", 1, environ_overrides=elsewhere) == [401]
    assert one.statuses("/mine", 2, headers=good) == [200, 429]  # a token that was seen before is no guess


@pytest.mark.parametrize("refusal", [lambda: None, lambda: HTTPError(403, "no")])
def test_passwords_cannot_be_guessed_faster_than_the_limit_says(
    service: Callable[..., Any], mode: str, stored: dict[str, str], refusal: Callable[[], Exception | None]
) -> None:
    tried: list[str] = []

    def authenticate(credential: tuple[str, str], scopes: tuple[str, ...]) -> Any:
        tried.append(credential[1])
        if credential[1] == "sesame":
            return {"sub": credential[0]}
        error = refusal()
        if error is not None:
            raise error
        return None

    described = SHOP.replace("scheme: bearer", "scheme: basic")
    settings = {"dispatch": mode, **stored}
    handlers = dict.fromkeys(("shop.three", "also", "both", "second", "mine", "fails", "free"), lambda **given: {})
    app = service(described, handlers, settings=settings, authenticators={"token": authenticate})
    client = app.test_client()
    guesses = [client.get("/mine", auth=("ann", word)).status_code for word in ("a", "b", "c", "sesame")]
    status = 401 if refusal() is None else 403
    assert guesses == [status, status, 429, 429]
    assert tried == ["a", "b"]
    elsewhere = {"REMOTE_ADDR": "127.0.0.2"}
    assert client.get("/mine", auth=("ann", "sesame"), environ_overrides=elsewhere).status_code == 200


def test_requires_auth_of_a_decorator_counts_refusals_too(service: Callable[..., Any], mode: str) -> None:
    described = SHOP.replace("security: [{token: []}]", "x-decorate-server: pymacaron.auth.requires_auth")
    handlers = dict.fromkeys(("shop.three", "also", "both", "second", "mine", "fails", "free"), lambda **given: {})
    client = service(described, handlers, settings={"dispatch": mode, **JWT}).test_client()
    good = {"Authorization": f"Bearer {generate_token('u1')}"}
    assert [client.get("/mine").status_code for _ in range(3)] == [401, 401, 429]
    elsewhere = {"REMOTE_ADDR": "127.0.0.2"}
    found = [client.get("/mine", headers=good, environ_overrides=elsewhere).status_code for _ in range(3)]
    assert found == [200, 200, 429]


def test_of_many_calls_at_once_as_many_pass_as_the_limit_says(
    service: Callable[..., Any], mode: str, stored: dict[str, str]
) -> None:
    one = Shop(service, mode, **stored)
    barrier, found = threading.Barrier(20), list[int]()

    def call() -> None:
        client = one.app.test_client()
        barrier.wait(30)
        found.append(client.get("/three").status_code)

    threads = [threading.Thread(target=call) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(found) == [200] * 3 + [429] * 17


def test_the_window_moves_so_that_no_border_lets_twice_as_many_pass(
    service: Callable[..., Any], mode: str, stored: dict[str, str], now: list[float]
) -> None:
    one = Shop(service, mode, **stored)
    assert one.statuses("/second", 3) == [200, 200, 429]
    now[0] += 0.2
    assert one.statuses("/second", 1) == [429]
    now[0] += 0.9
    assert one.statuses("/second", 3) == [200, 200, 429]


def test_while_the_store_is_down_calls_pass_and_it_is_logged_once(
    service: Callable[..., Any], mode: str, redis_server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    one = Shop(service, mode, rate_limit_store=redis_server.url)
    assert one.statuses("/three", 4)[-1] == 429
    redis_server.kill()
    caplog.set_level(logging.ERROR, "pymacaron.server")
    assert one.statuses("/three", 4) == [200] * 4
    told = [record.getMessage() for record in caplog.records]
    assert told == ["the rate_limit_store cannot be asked (ConnectionError): calls pass uncounted"]
    assert "RateLimit" not in one.client.get("/three").headers


def test_or_they_are_refused_where_the_setting_says_so(
    service: Callable[..., Any], mode: str, redis_server: Any
) -> None:
    redis_server.kill()
    one = Shop(service, mode, rate_limit_store=redis_server.url, rate_limit_without_store="refuse")
    refused = one.client.get("/three")
    assert (refused.status_code, refused.json["error"]) == (503, "SERVICE_UNAVAILABLE")
    assert refused.headers["Retry-After"] == "5"
    assert one.statuses("/free", 1) == [200]
    assert one.calls == 1


def test_a_proxy_that_the_settings_do_not_know_is_told_once(
    service: Callable[..., Any], mode: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiting._PROXIES, "is_told", False)
    forwarded = {"X-Forwarded-For": "192.0.2.1"}
    caplog.set_level(logging.WARNING, "pymacaron.server")
    assert Shop(service, mode, trusted_proxies=1).statuses("/three", 1, headers=forwarded) == [200]
    one = Shop(service, mode)
    assert one.statuses("/free", 1, headers=forwarded) + one.statuses("/three", 1) == [200, 200]
    assert caplog.records == []
    one.statuses("/also", 2, headers=forwarded)
    one.statuses("/three", 2, headers=forwarded)
    [told] = [record.getMessage() for record in caplog.records]
    assert "X-Forwarded-For, and trusted_proxies is 0" in told


def test_a_limit_that_means_nothing_does_not_start(service: Callable[..., Any]) -> None:
    with pytest.raises(FindingsError) as raised:
        service(SHOP.replace("x-rate-limit: 3/day", "x-rate-limit: 3/moment", 1), {})
    found = [finding for finding in raised.value.findings if finding.code == "wrong-value"]
    assert [(one.line, one.column, one.fact) for one in found] == [(10, 21, "x-rate-limit is '3/moment'")]


@pytest.mark.parametrize("missing", ["limits", "redis"])
def test_a_library_that_is_not_installed_is_told_at_start(
    service: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(FindingsError) as raised:
        Shop(service, "direct", rate_limit_store="redis://127.0.0.1:1")
    [finding] = raised.value.findings
    assert finding.code == "missing-library"
    assert finding.mend == f"Install it with: pip install 'pymacaron[{missing}]'"
    Shop(service, "direct")  # the memory needs neither


def test_a_service_without_limits_and_keys_loads_nothing_of_them(tmp_path: Path) -> None:
    (tmp_path / "apis").mkdir()
    described = SHOP.partition("  /also:")[0].replace("      x-rate-limit: 3/day\n", "")
    (tmp_path / "apis" / "shop.yaml").write_text(described)
    (tmp_path / "shop.py").write_text(HANDLER)
    code = f"{SERVER}\nassert app.test_client().get('/three').status_code == 200\nimport sys\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    ours = {name for name in loaded if name.startswith(("pymacaron.server.limits", "pymacaron.server.idempotency"))}
    assert loaded & {"limits", "redis"} | ours == set()


def test_workers_that_share_a_redis_count_together(
    tmp_path: Path, redis_server: Any, run_service: Callable[..., Any]
) -> None:
    (tmp_path / "apis").mkdir()
    (tmp_path / "apis" / "shop.yaml").write_text(SHOP.partition("  /also:")[0])
    (tmp_path / "shop.py").write_text(HANDLER)
    (tmp_path / "server.py").write_text(SERVER)
    settings = {"WEB_CONCURRENCY": "3", "PYM_RATE_LIMIT_STORE": redis_server.url}
    with run_service("gunicorn", tmp_path, tmp_path / "log", **settings) as running:
        found: list[int] = []
        threads = [threading.Thread(target=lambda: found.append(running.get("/three").status)) for _ in range(30)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert sorted(found) == [200] * 3 + [429] * 27


@pytest.mark.parametrize(("setting", "status"), [("pass", 200), ("refuse", 503)])
def test_a_store_that_hangs_holds_up_one_call_for_a_moment_and_the_next_not(
    service: Callable[..., Any], redis_server: Any, setting: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    one = Shop(service, "direct", rate_limit_store=redis_server.url, rate_limit_without_store=setting)
    assert one.statuses("/three", 1) == [200]
    caplog.set_level(logging.ERROR, "pymacaron.server")
    os.kill(redis_server.process.pid, signal.SIGSTOP)
    try:
        assert one.statuses("/three", 4) == [status] * 4
    finally:
        os.kill(redis_server.process.pid, signal.SIGCONT)
    said = "pass uncounted" if status == 200 else "are refused"
    told = [record.getMessage() for record in caplog.records if "rate_limit_store" in record.getMessage()]
    assert told == [f"the rate_limit_store cannot be asked (TimeoutError): calls {said}"]


def test_a_store_that_comes_back_counts_again(
    redis_server: Any,
) -> None:
    counter = RedisCounter(redis_server.url, Outage(lambda: now[0]))
    now, quota = [0.0], (Quota(2, 1, "day"),)
    assert counter.take(quota, "a") == (True, [(1, 86_400)])
    redis_server.kill()
    for is_news in (True, False):
        with pytest.raises(StoreError) as raised:
            counter.take(quota, "a")
        assert raised.value.is_news("limits") is is_news
    redis_server.start()
    with pytest.raises(StoreError):
        counter.left(quota, "a")
    now[0] = 5.1
    assert counter.take(quota, "a") == (True, [(1, 86_400)])
    assert counter.left(quota, "a") == [(1, 86_400)]
