"""Workers, and the Redis that they take tasks from, while they are killed, stopped and away."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from brokers import jobs
from brokers.grounds import Ground
from brokers.servers import Redis, free_port, until
from brokers.worker import Worker
from soak.tasks import chaos

from pymacaron.exceptions import ConfigError
from pymacaron.tasks import QueueError

WITHIN_S = 60

#: Which queue, how many tasks, and what is killed meanwhile
CHAOS = [
    ("embedded", 200, {"process": 6, "worker": 2}),
    ("redis", 200, {"process": 4, "worker": 2, "broker": 2}),
    ("sqs", 80, {"process": 3, "worker": 1}),
]

Start = Callable[..., Worker]


everywhere = pytest.mark.parametrize("alone", ["redis", "sqs"], indirect=True)


def go() -> None:
    jobs.file("go").touch()


@everywhere
def test_what_a_killed_worker_ran_is_run_by_another_one(worker: Start) -> None:
    first = worker(processes=1)
    handle, waiting = jobs.waits.fire("a"), jobs.waits.fire("b")
    until(lambda: "begins a" in jobs.marks())
    first.kill()
    go()
    assert handle.state == "running"
    worker()
    assert (handle.wait(WITHIN_S), waiting.wait(WITHIN_S)) == ("a", "b")
    assert jobs.marks().count("begins a") == 2
    assert jobs.marks().count("ends a") == 1


@everywhere
def test_a_task_that_runs_for_longer_than_its_lease_is_run_by_nobody_else(worker: Start) -> None:
    worker(processes=2, LEASE="0.5")
    handle = jobs.waits.fire("a")
    until(lambda: "begins a" in jobs.marks())
    later = jobs.add.later(2.0, 1, 1)
    assert later.wait(WITHIN_S) == 2
    go()
    assert handle.wait(WITHIN_S) == "a"
    assert jobs.marks().count("begins a") == 1


def test_a_worker_that_is_told_to_stop_finishes_what_it_runs(worker: Start) -> None:
    one = worker(processes=1)
    handle, waiting = jobs.waits.fire("a"), jobs.add.fire(1, 2)
    until(lambda: "begins a" in jobs.marks())
    threading.Timer(1.0, go).start()
    assert one.stop() == 0
    assert (handle.state, waiting.state) == ("succeeded", "waiting")
    assert jobs.marks() == ["begins a", "ends a"]


@everywhere
def test_a_signal_to_all_processes_of_a_worker_has_it_finish_what_it_runs(worker: Start) -> None:
    """As systemd sends it."""
    one = worker(processes=1)
    handle = jobs.waits.fire("a")
    until(lambda: "begins a" in jobs.marks(), told=lambda: one.text)
    assert one.process is not None
    os.killpg(one.process.pid, signal.SIGTERM)
    go()
    assert one.process.wait(WITHIN_S) == 0
    assert (handle.state, jobs.marks()) == ("succeeded", ["begins a", "ends a"])
    assert "has died" not in one.text


def test_what_is_not_done_in_the_time_to_stop_is_run_by_another_worker(alone: Ground, worker: Start) -> None:
    one = Worker(alone.folder, alone.settings, processes=1, stop_s=0.5)
    alone.workers.append(one)
    one.start()
    handle = jobs.waits.fire("a")
    until(lambda: "begins a" in jobs.marks())
    assert one.stop() == 0
    assert handle.state == "waiting"
    go()
    worker()
    assert handle.wait(WITHIN_S) == "a"
    assert jobs.marks().count("begins a") == 2


def test_a_second_signal_stops_a_worker_at_once(alone: Ground, worker: Start) -> None:
    one = worker(processes=1)
    handle = jobs.waits.fire("a")
    until(lambda: "begins a" in jobs.marks())
    assert one.process is not None
    one.process.send_signal(signal.SIGTERM)
    time.sleep(0.1)
    one.process.send_signal(signal.SIGTERM)
    assert one.process.wait(WITHIN_S) == 0
    assert handle.state == "waiting"


@everywhere
def test_a_process_of_a_worker_that_is_killed_is_replaced(worker: Start) -> None:
    one = worker(processes=1)
    handle = jobs.waits.fire("a")
    until(lambda: "begins a" in jobs.marks())
    (pid,) = one.children
    os.kill(pid, signal.SIGKILL)
    go()
    assert handle.wait(WITHIN_S) == "a"
    assert one.children != [pid]


def test_the_log_of_a_worker_has_lines_of_ours_and_no_password(tmp_path: Path, worker: Start) -> None:
    one = worker(processes=1)
    jobs.die.fire("a", 1).wait(WITHIN_S)
    one.stop()
    lines = one.text.splitlines()
    assert any(line.endswith("a worker of 1 processes takes tasks from default") for line in lines)
    assert any("a process of the worker has died over the task brokers.jobs.die" in line for line in lines)
    assert not any("Traceback" in line or "celery@" in line for line in lines), one.text


def test_a_redis_that_does_not_answer_is_told_at_once_without_its_password(
    monkeypatch: pytest.MonkeyPatch, own_config: None
) -> None:
    port = free_port()
    monkeypatch.setenv("PYM_BROKER_URL", f"redis://:s3cret@127.0.0.1:{port}/0")
    with pytest.raises(QueueError) as caught:
        jobs.add.fire(1, 2)
    assert str(caught.value) == (
        f"the Redis of broker_url, 127.0.0.1:{port}, does not answer (ConnectionError): is it running, and can this "
        "machine reach it?"
    )
    assert (caught.value.status, caught.value.error) == (503, "QUEUE_UNAVAILABLE")


def test_a_wrong_password_is_told_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_config: None) -> None:
    redis = Redis(tmp_path, password="right").start()
    try:
        monkeypatch.setenv("PYM_BROKER_URL", redis.url.replace("right", "s3cret"))
        with pytest.raises(QueueError) as caught:
            jobs.add.fire(1, 2)
    finally:
        redis.kill()
    assert str(caught.value) == (
        f"the Redis of broker_url, 127.0.0.1:{redis.port}, does not let this service in (AuthenticationError): look at "
        "the user and the password of the URL"
    )


def test_a_redis_that_comes_back_has_what_was_sent(alone: Ground, worker: Start) -> None:
    assert alone.broker is not None
    handles = [jobs.add.fire(number, 0) for number in range(20)]
    alone.broker.kill()
    with pytest.raises(QueueError):
        jobs.add.fire(1, 2)
    alone.broker.start()
    worker()
    assert [handle.wait(WITHIN_S) for handle in handles] == list(range(20))
    alone.broker.kill()
    alone.broker.start()
    assert jobs.add.fire(100, 0).wait(WITHIN_S) == 100


def test_a_task_that_ends_while_the_redis_is_away_is_written_down_later(alone: Ground, worker: Start) -> None:
    assert alone.broker is not None
    worker()
    handle = jobs.waits.fire("a")
    until(lambda: "begins a" in jobs.marks())
    alone.broker.kill()
    go()
    until(lambda: "ends a" in jobs.marks())
    alone.broker.start()
    assert handle.wait(WITHIN_S) == "a"


def test_what_celery_takes_tasks_from_has_to_be_named(own_config: None) -> None:
    from pymacaron.tasks.celery.worker import work

    with pytest.raises(ConfigError, match="takes tasks from a Redis or from SQS, and broker_url names neither"):
        work(processes=1)


@pytest.mark.parametrize(("queue", "tasks", "killed"), CHAOS)
def test_nothing_is_lost_and_nothing_unique_is_done_twice_while_workers_and_brokers_are_killed(
    queue: str, tasks: int, killed: dict[str, int], tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with chaos(queue, tmp_path, tasks=tasks, kills=sum(killed.values())) as made:
        told = made.run(within_s=300)
    record_property("told", f"chaos of tasks on {queue}: {told}")
    assert (told["lost"], told["open"], told["doubled"]) == (0, 0, 0)
    assert told["killed"] == killed
