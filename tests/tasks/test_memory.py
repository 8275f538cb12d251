"""Tasks that wait in memory, which run when a test says so."""

from __future__ import annotations

import pytest

from pymacaron.context import Call
from pymacaron.tasks import asynctask, current
from pymacaron.tasks.memory import MemoryQueue

RAN: list[object] = []


@asynctask
def note(what: object, more: object = None) -> object:
    RAN.append((what, more))
    return what


@asynctask(retries=2, backoff=1)
def fail(text: str) -> None:
    RAN.append(text)
    raise ValueError(text)


@pytest.fixture(autouse=True)
def queue() -> object:
    RAN.clear()
    with current.use(MemoryQueue()) as queue:
        yield queue


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
