"""Tasks that wait in memory, which run when a test says so, by a clock that it can put on."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from pymacaron import crash
from pymacaron.context import Call
from pymacaron.tasks import asynctask
from pymacaron.tasks.memory import MemoryQueue
from pymacaron.tasks.message import Message
from pymacaron.testing import tasks

RAN: list[object] = []


@asynctask
def note(what: object, more: object = None) -> object:
    RAN.append((what, more))
    return what


@asynctask(retries=2, backoff=1)
def fail(text: str) -> None:
    RAN.append(text)
    raise ValueError(text)


@asynctask(delay=60)
def remind(what: str) -> None:
    RAN.append(what)


@asynctask
def begin(what: str) -> None:
    remind(what)
    note.fire(what)


@asynctask(unique=True, unique_for=60)
def once(what: str) -> None:
    RAN.append(what)
    if what == "bad":
        raise ValueError(what)


@asynctask
def leave() -> None:
    sys.exit(3)


@pytest.fixture(autouse=True)
def queue() -> Iterator[MemoryQueue]:
    RAN.clear()
    crash.set_error_reporter(lambda title, message: None)
    with tasks() as queue:
        yield queue
    crash.set_error_reporter(None)


def test_a_task_runs_when_the_queue_does(queue: MemoryQueue) -> None:
    handle = note.fire("a", more=[1])
    assert handle.state == "waiting"
    assert RAN == []
    assert queue.run() == 1
    assert RAN == [("a", [1])]
    assert (handle.state, handle.result) == ("succeeded", "a")


def test_a_task_that_fails_is_tried_again_and_then_dead(queue: MemoryQueue) -> None:
    with Call(headers={"PymCallID": "abc"}):
        handle = fail("oh")
    assert queue.run() == 1
    assert (handle.state, handle.error) == ("waiting", "ValueError: oh")
    queue.advance(10)
    assert queue.run() == 1
    queue.advance(10)
    assert queue.run() == 1
    assert handle.state == "failed"
    assert [(dead.message.id, dead.error) for dead in queue.dead()] == [(handle.id, "ValueError: oh")]
    assert queue.retry(handle.id)
    assert queue.run() == 1


def test_what_is_sent_while_tasks_run_runs_when_it_is_due_by_the_clock_of_the_queue(queue: MemoryQueue) -> None:
    queue.advance(3600)
    begin("a")
    assert queue.run() == 2
    assert RAN == [("a", None)]
    [message] = queue.waiting
    assert message.due - queue.now() == pytest.approx(60, abs=5)
    queue.advance(60)
    assert queue.run() == 1
    assert RAN == [("a", None), "a"]


def test_what_waits_is_listed_in_the_order_in_which_it_will_run(queue: MemoryQueue) -> None:
    remind("a")
    note("b")
    note("c")
    note.later(30, "d")
    assert [message.arguments for message in queue.waiting] == [
        b'[["b"],{}]',
        b'[["c"],{}]',
        b'[["d"],{}]',
        b'[["a"],{}]',
    ]
    queue.advance(60)
    assert queue.run() == 4
    assert RAN == [("b", None), ("c", None), ("d", None), "a"]


def test_what_expires_does_so_by_the_clock_of_the_queue(queue: MemoryQueue) -> None:
    queue.advance(3600)
    now = time.time()
    for expires in (now + 10, now + 100):
        queue.send(Message(f"{expires}", note.name, __name__, b'[["a"],{}]', sent=now, due=now, expires=expires))
    queue.advance(50)
    assert queue.run() == 2
    assert [queue.outcome(f"{expires}").state for expires in (now + 10, now + 100)] == ["expired", "succeeded"]


def test_a_unique_task_is_there_once_until_its_time_is_over(queue: MemoryQueue) -> None:
    first = once("a")
    assert once("a") == first
    queue.run()
    assert once("a") == first
    queue.advance(61)
    assert once("a") != first
    assert queue.run() == 1
    assert RAN == ["a", "a"]


def test_a_unique_task_that_is_run_again_by_hand_is_there_once(queue: MemoryQueue) -> None:
    first = once("bad")
    queue.run()
    assert queue.retry(first.id)
    assert once("bad") == first
    queue.run()
    second = once("bad")
    assert second != first
    assert queue.retry(first.id)  # somebody else has the key by now
    queue.run()
    assert (RAN, queue.retry(first.id)) == (["bad"] * 4, True)
    assert {dead.message.id for dead in queue.dead()} == {second.id}


def test_what_cannot_be_read_is_dead_and_may_be_tried_again(queue: MemoryQueue) -> None:
    queue.put(b"nonsense")
    assert queue.run() == 0
    [dead] = queue.dead()
    assert (dead.message.task, dead.error) == ("?", "its message cannot be read: it is no JSON")
    assert queue.outcome(dead.message.id).state == "failed"
    assert queue.retry(dead.message.id)
    assert queue.dead() == []
    queue.run()
    assert [one.message for one in queue.dead()] == [dead.message]
    assert queue.drop(dead.message.id)
    assert (queue.drop(dead.message.id), queue.retry(dead.message.id)) == (False, False)


def test_a_task_that_ends_the_process_waits_again(queue: MemoryQueue) -> None:
    handle = leave()
    with pytest.raises(SystemExit):
        queue.run()
    assert (handle.state, [message.id for message in queue.waiting]) == ("waiting", [handle.id])


def test_inside_of_tasks_nothing_is_asked_of_the_settings(own_config: Any) -> None:
    with tasks() as inner:
        note("inner")
        assert len(inner.waiting) == 1
    assert inner.run() == 1
