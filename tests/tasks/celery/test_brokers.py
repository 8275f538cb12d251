"""Tasks that are run by Celery's worker, wherever they wait, while all goes well with that."""

from __future__ import annotations

import time

import pytest
from brokers import jobs
from brokers.grounds import message
from brokers.servers import until

from pymacaron.context import Call
from pymacaron.exceptions import uuid4_text
from pymacaron.tasks import TaskFailedError, current
from pymacaron.tasks.queues import Outcome

WITHIN_S = 60

pytestmark = pytest.mark.usefixtures("ground")


def test_a_task_runs_and_its_result_comes_back() -> None:
    handle = jobs.add.fire(1, 2)
    assert handle.wait(WITHIN_S) == 3
    assert current.queue().outcome(handle.id) == Outcome("succeeded", b"3", None, 0)


def test_a_task_that_fails_is_tried_again_until_it_succeeds() -> None:
    assert jobs.flaky.fire("again", 2).wait(WITHIN_S) == "again"
    assert jobs.marks().count("flaky again") == 3


def test_a_task_that_has_failed_for_good_is_a_dead_letter_until_it_is_retried_or_dropped() -> None:
    queue = current.queue()
    handle = jobs.broken.fire("no")
    with pytest.raises(TaskFailedError, match="has failed: ValueError: no"):
        handle.wait(WITHIN_S)
    assert queue.outcome(handle.id) == Outcome("failed", None, "ValueError: no", 1)
    assert [(dead.message.arguments, dead.error) for dead in queue.dead()] == [(b'[["no"],{}]', "ValueError: no")]
    assert queue.retry(handle.id) is True
    until(lambda: queue.dead(), WITHIN_S)
    assert jobs.marks().count("broken no") == 2
    assert (queue.drop(handle.id), queue.drop(handle.id), queue.retry(handle.id)) == (True, False, False)
    assert queue.dead() == []


def test_what_was_never_sent_is_unknown() -> None:
    assert current.queue().outcome(uuid4_text()) == Outcome("unknown")


def test_a_unique_task_is_sent_once_while_it_waits_and_runs() -> None:
    jobs.file("go").unlink(missing_ok=True)
    first = jobs.once.fire("a")
    until(lambda: "once a" in jobs.marks())
    assert first.state == "running"
    assert jobs.once.fire("a") == first
    assert jobs.once.fire("b") != first
    jobs.file("go").touch()
    assert first.wait(WITHIN_S) == "a"
    assert jobs.once.fire("a") != first


def test_a_key_is_held_after_the_success_for_as_long_as_asked() -> None:
    queue, first = current.queue(), message(unique="k", unique_for=600.0)
    assert queue.send(first) == first.id
    until(lambda: queue.outcome(first.id).state == "succeeded", WITHIN_S)
    assert queue.send(message(unique="k", unique_for=600.0)) == first.id


def test_a_task_whose_process_dies_is_run_again() -> None:
    assert jobs.die.fire("twice", 2).wait(WITHIN_S) == "twice"
    assert jobs.marks().count("die twice") == 3


@pytest.mark.parametrize("name", ["SystemExit", "GeneratorExit"])
def test_a_task_that_would_end_its_process_has_failed_at_once(name: str) -> None:
    handle = jobs.leave.fire(name)
    with pytest.raises(TaskFailedError, match=f"StoppedError: it ended in {name}: bye"):
        handle.wait(WITHIN_S)
    assert jobs.marks().count(f"leave {name}") == 1
    assert current.queue().drop(handle.id) is True


def test_a_task_whose_process_always_dies_fails_for_good() -> None:
    handle = jobs.die.fire("always", 99)
    with pytest.raises(TaskFailedError, match="WorkerKilledError: 5 processes that ran it have died"):
        handle.wait(WITHIN_S)
    assert jobs.marks().count("die always") == 5
    assert current.queue().drop(handle.id) is True


def test_a_task_that_hears_of_no_timeout_is_killed_and_tried_again() -> None:
    assert jobs.stubborn.fire("a").wait(WITHIN_S) == "a"


def test_a_task_that_takes_longer_than_its_timeout_fails() -> None:
    handle = jobs.long.fire("a")
    with pytest.raises(TaskFailedError, match=r"TimeLimitError: it took longer than its timeout of 0\.3 s"):
        handle.wait(WITHIN_S)
    assert current.queue().drop(handle.id) is True


def test_a_worker_has_the_callers_claims_and_the_id_of_the_call() -> None:
    with Call(headers={"PymCallID": "call-1"}, claims={"sub": "u1", "iss": "me"}):
        handle = jobs.seen.fire()
    assert {**handle.wait(WITHIN_S), "pid": 0} == {
        "id": "call-1",
        "path": "",
        "claims": {"sub": "u1", "iss": "me"},
        "pid": 0,
    }


def test_what_has_expired_is_not_run() -> None:
    queue, late = current.queue(), message(arguments=b"[[5,5],{}]", expires=time.time() - 1)
    queue.send(late)
    until(lambda: queue.outcome(late.id).state == "expired", WITHIN_S)
    assert "add 5 5" not in jobs.marks()


def test_a_message_that_is_sent_twice_since_its_reply_was_lost_runs_once() -> None:
    queue, twice = current.queue(), message(arguments=b"[[6,6],{}]")
    assert {queue.send(twice), queue.send(twice)} == {twice.id}
    until(lambda: queue.outcome(twice.id).state == "succeeded", WITHIN_S)
    assert queue.send(twice) == twice.id
    assert jobs.add.fire(0, 0).wait(WITHIN_S) == 0
    assert jobs.marks().count("add 6 6") == 1
