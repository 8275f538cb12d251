"""clock(): what ends, is due or is limited does so when the test says."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pymacaron import auth, clocks, config
from pymacaron.auth.keysets import KeySet
from pymacaron.client.tokens import Tokens
from pymacaron.context import Call
from pymacaron.crash import report_error
from pymacaron.crash.groups import Groups
from pymacaron.exceptions import AuthTokenExpiredError
from pymacaron.server.idempotency.memory import MemoryStore
from pymacaron.server.outage import Outage
from pymacaron.tasks import asynctask
from pymacaron.testing import Clock, clock, reports, tasks
from pymacaron.utils import timenow

NEW_YEAR = datetime(2030, 1, 1, tzinfo=UTC)
SETTINGS = {"name": "shop", "jwt_issuer": "us", "jwt_audience": "shop", "jwt_secret": "x" * 40}
SHOP = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /two: {get: {operationId: two, x-rate-limit: 2/minute, responses: {"200": {description: ok}}}}
  /once:
    post:
      operationId: once
      x-idempotency: required
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
"""


@pytest.fixture(autouse=True)
def _config(own_config: None) -> None:
    config.load(start_dir="/", settings=SETTINGS, environ={})


@pytest.fixture(autouse=True)
def _python() -> Any:
    """After each test time is Python's, and the one that only goes on has not gone back."""
    before = clocks.monotonic()
    yield
    assert clocks.time is time.time
    assert clocks.monotonic() >= before


@asynctask
def note(text: str) -> None:
    NOTED.append(text)


NOTED: list[str] = []


def test_time_stands_still_until_it_is_put_on() -> None:
    with clock(NEW_YEAR) as now:
        assert (now.now, timenow(), clocks.time(), now.time()) == (NEW_YEAR, NEW_YEAR, *[NEW_YEAR.timestamp()] * 2)
        begin = clocks.monotonic()
        now.advance(90.5)
        now.advance(timedelta(minutes=1))
        assert timenow() == NEW_YEAR + timedelta(seconds=150.5)
        assert clocks.monotonic() - begin == pytest.approx(150.5)
        assert repr(now) == "<Clock at 2030-01-01T00:02:30.500000+00:00>"


@pytest.mark.parametrize(
    "at", [NEW_YEAR, "2030-01-01T00:00:00Z", "2030-01-01", "2030-01-01T01:00:00+01:00", 1_893_456_000]
)
def test_it_stands_where_the_test_wants(at: Any) -> None:
    with clock(at) as now:
        assert now.now == NEW_YEAR


def test_without_a_place_it_stands_at_this_second() -> None:
    before = int(time.time())
    with clock() as now:
        assert before <= now.time() <= time.time()
        assert now.time() == int(now.time())


@pytest.mark.parametrize("by", [-1, -0.001, float("nan"), float("inf"), timedelta(seconds=-1)])
def test_it_never_goes_back(by: Any) -> None:
    with clock(NEW_YEAR) as now:
        with pytest.raises(ValueError, match=r"^a clock only goes on: advance\(\) takes 0 seconds or more, not "):
            now.advance(by)
        assert now.now == NEW_YEAR


def test_a_text_that_is_no_date_leaves_time_alone() -> None:
    with pytest.raises(ValueError, match="tomorrow"), clock("tomorrow"):
        pass


def test_a_clock_in_a_clock_begins_where_that_stands_and_gives_it_back() -> None:
    with clock(NEW_YEAR) as outer:
        outer.advance(1)
        with clock() as inner:
            assert inner.now == outer.now
            inner.advance(60)
            assert timenow() == NEW_YEAR + timedelta(seconds=61)
        assert timenow() == NEW_YEAR + timedelta(seconds=1)
        with clock("2000-01-01"):
            assert timenow() == datetime(2000, 1, 1, tzinfo=UTC)
        outer.advance(1)
        assert timenow() == NEW_YEAR + timedelta(seconds=2)


def test_clocks_that_end_in_another_order_leave_the_one_that_is_left() -> None:
    one, two = clock("2001-01-01"), clock("2002-01-01")
    one.__enter__()
    two.__enter__()
    one.__exit__(None, None, None)
    assert timenow().year == 2002
    two.__exit__(None, None, None)
    assert clocks.time is time.time


def test_what_only_goes_on_does_so_when_a_clock_ends() -> None:
    before = clocks.monotonic()
    with clock() as outer, clock() as inner:
        inner.advance(3600)
    assert clocks.monotonic() >= before + 3600
    with clock():
        assert clocks.monotonic() >= before + 3600
    assert outer.monotonic() >= before + 3600


def test_a_block_that_fails_gives_time_back() -> None:
    with pytest.raises(KeyError), clock(NEW_YEAR):
        raise KeyError
    assert timenow().year < 2030 or time.time() >= NEW_YEAR.timestamp()


def test_all_threads_and_loops_have_the_same_time() -> None:
    said: list[datetime] = []

    async def awaited() -> datetime:
        await asyncio.sleep(0.001)  # takes its time: loops wait by Python's
        return timenow()

    with clock(NEW_YEAR) as now:
        threads = [threading.Thread(target=lambda: now.advance(1)) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        thread = threading.Thread(target=lambda: said.append(timenow()))
        thread.start()
        thread.join()
        assert [*said, asyncio.run(awaited())] == [NEW_YEAR + timedelta(seconds=20)] * 2


def test_two_blocks_at_once_in_threads_leave_pythons_time() -> None:
    together = threading.Barrier(8)

    def run() -> None:
        together.wait(30)
        for _ in range(200):
            with clock() as now:
                now.advance(1)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clocks.time is time.time


# --- what it moves


def test_tokens_of_ours_expire() -> None:
    with clock() as now:
        token = auth.generate_token("ada", expire_in=60)
        now.advance(359)  # and the five minutes that clocks may differ by
        assert auth.load_auth_token(token)["sub"] == "ada"
        now.advance(1)
        with pytest.raises(AuthTokenExpiredError):
            auth.load_auth_token(token)


@pytest.mark.parametrize("dispatch", ["direct", "stock"])
def test_calls_are_let_in_again_when_the_limits_time_is_over(service: Callable[..., Any], dispatch: str) -> None:
    app = service(SHOP, {"two": dict, "once": dict}, settings=SETTINGS | {"dispatch": dispatch})
    client = app.test_client()

    def statuses(times: int) -> list[int]:
        return [client.get("/two").status_code for _ in range(times)]

    with clock() as now:
        assert statuses(3) == [200, 200, 429]
        assert client.get("/two").headers["Retry-After"] == "60"
        now.advance(59)
        assert statuses(1) == [429]
        now.advance(1)
        assert statuses(3) == [200, 200, 429]
    assert statuses(1) == [429]  # of the same app, as though no clock had been there
    with clock("2001-01-01") as now:
        assert statuses(1) == [429]
        now.advance(60)
        assert statuses(1) == [200]


def test_keys_of_idempotency_end(service: Callable[..., Any]) -> None:
    calls: list[int] = []

    def once() -> dict[str, int]:
        calls.append(1)
        return {"calls": len(calls)}

    client = service(SHOP, {"two": dict, "once": once}, settings=SETTINGS | {"idempotency_keep_s": 60}).test_client()

    def called() -> int:
        return int(client.post("/once", headers={"Idempotency-Key": "k"}).json["calls"])

    with clock() as now:
        assert [called(), called()] == [1, 1]
        now.advance(59)
        assert called() == 1
        now.advance(1)
        assert called() == 2


def test_tasks_are_due_when_it_says() -> None:
    NOTED.clear()
    with clock(NEW_YEAR) as now, tasks() as waiting:
        note.later(60, "in a minute")
        note.later(NEW_YEAR + timedelta(hours=1), "in an hour")
        assert [message.due - now.time() for message in waiting.waiting] == [60, 3600]
        assert waiting.run() == 0
        now.advance(60)
        assert (waiting.run(), NOTED) == (1, ["in a minute"])
        now.advance(timedelta(hours=1))
        assert (waiting.run(), NOTED) == (1, ["in a minute", "in an hour"])


def test_reports_and_calls_have_its_time() -> None:
    with clock(NEW_YEAR), reports() as told:
        report_error("out of tea")
        assert told.reports[0]["time"]["end"] == "2030-01-01T00:00:00+00:00"
        passed = NEW_YEAR - Call().started_at
    assert timedelta() <= passed < timedelta(minutes=1)


def test_what_is_kept_for_later_looks_it_up_each_time() -> None:
    """Apps are often made before a clock is."""
    store, groups, outage = MemoryStore(), Groups(60, 0), Outage()
    keys = KeySet("x", lambda: ([], None))
    made = [store._clock, groups._clock, outage._clock, keys._clock, Tokens()._clock]
    with clock() as now:
        assert [one() for one in made] == [now.monotonic()] * 5
        outage.begin("down")
        assert not outage.may_ask()
        now.advance(6)
        assert outage.may_ask()


def test_its_class_is_there_for_annotations() -> None:
    with clock() as now:
        assert isinstance(now, Clock)
