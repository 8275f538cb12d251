"""What every queue does: the same tests, whichever it is."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from pymacaron import ApiPool
from pymacaron.auth import generate_token, load_auth_token
from pymacaron.context import Call
from pymacaron.exceptions import uuid4_text
from pymacaron.tasks import Handle, TaskFailedError
from pymacaron.tasks.message import Message
from pymacaron.tasks.queues import Outcome

PARIS = ZoneInfo("Europe/Paris")
PLAIN: list[Any] = [
    None,
    [True, 1, -0.5, 1e300, 2**70, -(2**63), "", "Zoë \u2028", float("inf")],
    {"a": {"b": []}, "$": {"$": 1}},
    {1: "a", (2, None): "b"},
    (1, [2, (3,)]),
    {3, "a", (1, 2)},
    frozenset({1.5}),
    [b"\x00\xff", bytearray(b"x"), UUID(int=7), Decimal("1.10"), complex(1, -2)],
    [datetime(2030, 1, 1, tzinfo=UTC), datetime(2030, 1, 1), date(2030, 2, 28), timedelta(days=-1, microseconds=3)],
    [datetime(2030, 10, 27, 2, 30, fold=1, tzinfo=PARIS), datetime(2030, 1, 1, tzinfo=timezone(timedelta(minutes=90)))],
]


def handle(worked: Any, task_id: str, jobs: Any) -> Handle[Any]:
    return Handle(task_id, "any", worked.queue)


def wait_for(condition: Any) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_task_that_is_fired_runs_and_its_result_can_be_had(worked: Any, jobs: Any) -> None:
    worked.rest()
    handles = [jobs.note("a"), jobs.note.fire("b", more=[1])]
    assert [one.state for one in handles] == ["waiting", "waiting"]
    assert [one.result for one in handles] == [None, None]
    assert jobs.ran() == []
    assert [one.state for one in worked.ends(*handles)] == ["succeeded", "succeeded"]
    assert [one.result for one in handles] == ["a", "b"]
    assert sorted(jobs.ran()) == [["note", "a"], ["note", "b"]]
    assert jobs.note.handle(handles[0].id).wait(10) == "a"


def test_plain_values_come_back_as_they_were(worked: Any, jobs: Any) -> None:
    ended = jobs.echo.fire(PLAIN)
    worked.ends(ended)
    assert ended.result == PLAIN
    assert repr(ended.result[-1]) == repr(PLAIN[-1])


def test_models_come_back_as_they_were_nested_in_anything(worked: Any, jobs: Any) -> None:
    model = ApiPool.jobs.model
    order = model.Order(
        id=UUID(int=1), at=datetime(2030, 1, 1, tzinfo=UTC), scan=b"\x00", lines=[model.Line(text="a", amount=2**60)]
    )
    ended = jobs.echo.fire({"orders": [order, (order.lines[0],)]})
    worked.ends(ended)
    assert ended.result == {"orders": [order, (order.lines[0],)]}
    assert type(ended.result["orders"][0]) is model.Order


def test_the_worker_has_what_is_known_of_the_call(worked: Any, jobs: Any) -> None:
    token = generate_token("ada", data={"role": "admin"}, iat=time.time() - 60)
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    headers = {"PymCallID": "call-1", "PymCallPath": "web.shop", "traceparent": trace, "tracestate": "a=b"}
    with Call(headers={**headers, "PymDeadline": "60000"}) as call:
        call.api_name, call.api_version = "jobs", "1.2.3"
        load_auth_token(token)
        fired = jobs.who.fire()
        claims, span = call.claims, call.trace.span
    worked.ends(fired)
    told = fired.result
    fresh, left_s = load_auth_token(told.pop("token")), told.pop("left_s")
    assert told == {
        "user": "ada",
        "claims": claims,
        "call_id": "call-1",
        "call_path": "web.shop.jobs",
        "version": "1.2.3",
        "trace": "0af7651916cd43dd8448eb211c80319c",
        "parent": span,
        "state": "a=b",
    }
    assert 0 < left_s < 60
    assert (fresh["sub"], fresh["role"], fresh["iss"]) == ("ada", "admin", "jobs.example.com")
    assert fresh["iat"] > claims["iat"]


def test_who_sends_outside_of_a_call_is_nobody(worked: Any, jobs: Any) -> None:
    fired = jobs.who.fire()
    worked.ends(fired)
    told = fired.result
    assert (told["user"], told["claims"], told["token"], told["left_s"]) == ("", {}, "", None)
    assert told["call_id"] == fired.id


def test_a_task_that_fires_tasks_hands_the_call_on(worked: Any, jobs: Any) -> None:
    with Call(headers={"PymCallID": "call-2"}):
        worked.ends(jobs.chain.fire(2))
    wait_for(lambda: worked.ends() == [] and len(jobs.ran()) == 3)
    assert jobs.ran() == [["chain", "call-2"]] * 3


def test_a_task_that_waits_runs_after_those_that_do_not(worked: Any, jobs: Any) -> None:
    worked.ends(jobs.note.fire("first"))
    late, later, soon = jobs.delayed("late"), jobs.note.later(1.5, "later"), jobs.note.fire("soon")
    worked.ends(late, later, soon)
    assert [what for _, what in jobs.ran()] == ["first", "soon", "late", "later"]


def test_a_task_of_a_time_that_is_past_runs_at_once(worked: Any, jobs: Any) -> None:
    fired = jobs.note.later(datetime(2020, 1, 1, tzinfo=UTC), "past")
    assert worked.ends(fired) == [Outcome("succeeded", b'"past"')]


def test_a_failure_is_tried_again_as_often_as_asked_and_is_seen_and_reported_once(worked: Any, jobs: Any) -> None:
    with Call(headers={"PymCallID": "call-3"}):
        fired = jobs.fail("no such mailbox")
    assert worked.ends(fired) == [Outcome("failed", None, "ValueError: no such mailbox", 3)]
    assert jobs.ran() == [["fail", "no such mailbox"]] * 3
    with pytest.raises(TaskFailedError, match=r"^the task jobs\.fail .* has failed: ValueError: no such mailbox$"):
        fired.wait(10)
    wait_for(lambda: jobs.reports("call-3"))
    [report] = jobs.reports("call-3")
    assert report["title"] == "FATAL BACKEND ERROR jobs 500 UNHANDLED_SERVER_ERROR: jobs.fail(): no such mailbox"
    assert (report["call_id"], report["endpoint"]["method"]) == ("call-3", "TASK")
    assert report["request"]["params"] == {"text": "no such mailbox"}
    assert "ValueError: no such mailbox" in report["trace"]


def test_what_fails_and_then_does_not_has_succeeded_and_nothing_is_reported(worked: Any, jobs: Any) -> None:
    fired = jobs.fail_twice()
    assert worked.ends(fired) == [Outcome("succeeded", b"3", None, 2)]
    assert jobs.ran() == [["fail_twice", 1], ["fail_twice", 2], ["fail_twice", 3]]
    assert (jobs.reports(fired.id), worked.queue.dead()) == ([], [])


def test_an_error_that_is_returned_is_a_failure(worked: Any, jobs: Any) -> None:
    fired = jobs.give_error()
    [outcome] = worked.ends(fired)
    assert (outcome.state, outcome.error) == ("failed", "NO_ORDER: there is none")


@pytest.mark.parametrize("name", ["hang", "hang_async"])
def test_what_takes_longer_than_its_timeout_fails(worked: Any, jobs: Any, name: str) -> None:
    [outcome] = worked.ends(getattr(jobs, name).fire())
    assert (outcome.state, outcome.error) == ("failed", "TimeLimitError: it took longer than its timeout of 0.2 s")


def test_a_timeout_of_the_tasks_own_is_no_time_limit(worked: Any, jobs: Any) -> None:
    [outcome] = worked.ends(jobs.time_out.fire())
    assert outcome.error == "TimeoutError: the other side does not answer"


def test_what_was_not_begun_in_time_expires(worked: Any, jobs: Any) -> None:
    now = time.time()
    message = Message(uuid4_text(), "jobs.note", "jobs", b'[["x"],{}]', sent=now - 9, due=now - 9, expires=now - 1)
    fired = handle(worked, worked.queue.send(message), jobs)
    assert [one.state for one in worked.ends(fired)] == ["expired"]
    assert (jobs.ran(), jobs.reports(fired.id), worked.queue.dead()) == ([], [], [])


def test_a_unique_task_is_there_once_while_it_waits_or_runs(worked: Any, jobs: Any) -> None:
    worked.rest()
    first, same, other = jobs.only("a"), jobs.only(what="a", more="m"), jobs.only("b")
    assert (first.id == same.id, first.id == other.id) == (True, False)
    worked.ends(first, other)
    assert (first.result, other.result) == (first.id, other.id)  # fired while it ran
    again = jobs.only("a")
    assert again.id != first.id
    worked.ends(again)
    assert sorted(what for _, what in jobs.ran()) == ["a", "a", "b"]


def test_a_unique_task_is_there_once_while_it_is_tried_again(worked: Any, jobs: Any) -> None:
    first = jobs.fail_once("a")
    worked.ends(first)
    assert first.outcome.state == "succeeded"
    assert jobs.ran() == [["fail_once", "a"]] * 2
    again = jobs.fail_once("a")
    assert again.id != first.id
    worked.ends(again)


def test_a_unique_task_that_failed_for_good_may_be_fired_again(worked: Any, jobs: Any) -> None:
    first = jobs.mail({"no": 1}, "one")
    worked.ends(first)
    assert first.state == "succeeded"
    assert jobs.mail({"no": 1}, "another").id == first.id  # for 600 seconds after success
    other = jobs.mail({"no": 2}, "one")
    assert other.id != first.id
    worked.ends(other)


def test_a_unique_task_that_waits_for_its_time_is_there_once(worked: Any, jobs: Any) -> None:
    worked.rest()
    handles = [jobs.index(f"order-{number % 2}", by=number) for number in range(6)]
    assert len({one.id for one in handles}) == 2
    worked.ends(*handles)
    assert sorted(jobs.ran()) == [["index", "order-0"], ["index", "order-1"]]


def test_what_failed_for_good_can_be_listed_retried_and_dropped(worked: Any, jobs: Any, folder: Any) -> None:
    handles = [jobs.need("wanted"), jobs.need("missing")]
    worked.ends(*handles)
    dead = sorted(worked.queue.dead(), key=lambda one: one.error, reverse=True)
    assert [(one.message.id, one.message.task, one.error) for one in dead] == [
        (handles[0].id, "jobs.need", "FileNotFoundError: wanted"),
        (handles[1].id, "jobs.need", "FileNotFoundError: missing"),
    ]
    assert all(abs(one.failed - time.time()) < 600 for one in dead)
    (folder / "wanted").touch()
    assert worked.queue.retry(handles[0].id)
    assert worked.queue.drop(handles[1].id)
    worked.ends(handles[0])
    assert handles[0].result == "wanted"
    assert worked.queue.dead() == []
    assert not worked.queue.retry(handles[0].id)
    assert not worked.queue.drop(handles[1].id)


def test_what_the_version_before_has_sent_runs(worked: Any, jobs: Any) -> None:
    ids = [uuid4_text(), uuid4_text()]
    worked.put(b'{"id":"%b","task":"jobs.note","arguments":[["least"],{}]}' % ids[0].encode())
    members = b'"version":1,"priority":{"high":true},"unique":null,"module":"jobs"'
    worked.put(b'{"id":"%b","task":"jobs.note",%b,"arguments":[["more"],{}]}' % (ids[1].encode(), members))
    assert [one.state for one in worked.ends(*(handle(worked, one, jobs) for one in ids))] == ["succeeded"] * 2
    assert sorted(jobs.ran()) == [["note", "least"], ["note", "more"]]


def test_what_cannot_be_read_is_put_aside_and_others_run(worked: Any, jobs: Any) -> None:
    worked.put(b"nonsense")
    worked.put(b'{"id":"from-tomorrow","version":99,"task":"jobs.note","arguments":[["a"],{}]}')
    fired = jobs.note("b")
    worked.ends(fired)
    wait_for(lambda: len(worked.queue.dead()) == 2)
    found = sorted((one.message.task, one.error) for one in worked.queue.dead())
    assert found == [
        ("?", "its message cannot be read: it is no JSON"),
        (
            "jobs.note",
            "its message cannot be read: it is of version 99, and this one reads 1 at most: update the worker",
        ),
    ]
    assert jobs.ran() == [["note", "b"]]
    assert worked.queue.drop("from-tomorrow")


def test_a_task_that_nobody_knows_has_failed(worked: Any, jobs: Any) -> None:
    task_id = uuid4_text()
    worked.put(b'{"id":"%b","task":"jobs.notte","arguments":[[],{}]}' % task_id.encode())
    [outcome] = worked.ends(handle(worked, task_id, jobs))
    assert outcome.error == "UnknownTaskError: no task has the name 'jobs.notte' here. Did you mean 'jobs.note'?"


def test_nothing_is_known_of_a_task_that_was_never_sent(worked: Any, jobs: Any) -> None:
    assert worked.queue.outcome(uuid4_text()).state == "unknown"
