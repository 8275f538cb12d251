"""`pymacaron worker` where tasks wait in a file: real processes, which are told to stop, and killed."""

from __future__ import annotations

import os
import re
import signal
from typing import Any

import pytest

#: A worker whose tasks may go on only for a moment beyond their time limit
IMPATIENT = """
import logging
logging.basicConfig(level=logging.INFO)
from pymacaron.api.loading import load
from pymacaron.tasks.embedded.worker import work
from pymacaron.tasks.lock import Lock, lock_file
load("server.py")
lock = Lock(lock_file())
assert lock.take()
work(lock, "shop-tasks.sqlite3", processes=1, keep_s=60, stop_s=5, heeds_s=0.05)
"""


def test_a_task_is_run_with_the_variables_of_the_service(shop: Any) -> None:
    (shop.folder / ".env").write_text("SHOP_KEY=k1\n")
    first = shop.fire("mark", "a")
    shop.work()
    assert shop.result(first) == ["a", 1, "k1"]
    assert shop.result(shop.fire("mark", "b", delay_s=0.1)) == ["b", 1, "k1"]


def test_a_second_worker_says_who_works(shop: Any) -> None:
    first = shop.work()
    second = shop.start("-m", "pymacaron", "worker")
    assert second.wait(60) == 1
    told = f"error: process {first.pid} runs the tasks of this service already, and holds"
    assert f"{told} {shop.folder}/shop-tasks.sqlite3.lock\n" in shop.log


def test_tasks_of_other_queues_wait(shop: Any) -> None:
    other = shop.fire("mark", queue="other")
    shop.work("--queue", "mail", "--queue", "default", "--processes", "1")
    assert shop.result(shop.fire("mark", "a"))[0] == "a"
    assert shop.queue.outcome(other).state == "waiting"


def test_a_worker_that_was_killed_leaves_no_process_and_loses_no_task(shop: Any) -> None:
    first = shop.work()
    task = shop.fire("slow")
    (runner,) = shop.until(lambda: shop.ran("slow"))
    first.kill()
    first.wait()
    shop.until(lambda: not shop.lives())
    assert shop.queue.outcome(task).state == "running"
    (shop.folder / "go").touch()
    shop.work()
    assert shop.result(task) == "done"
    assert len(shop.ran("slow")) == 2
    assert runner == shop.ran("slow")[0]
    assert "1 tasks that were running when the worker before ended are run again" in shop.log


def test_a_process_that_was_killed_is_replaced_and_its_task_run_again(shop: Any) -> None:
    shop.work("--processes", "1")
    task = shop.fire("slow")
    (runner,) = shop.until(lambda: shop.ran("slow"))
    os.kill(runner, signal.SIGKILL)
    shop.until(lambda: len(shop.ran("slow")) == 2)
    (shop.folder / "go").touch()
    assert shop.result(task) == "done"


def test_a_task_that_kills_its_process_five_times_has_failed_and_is_reported_once(shop: Any) -> None:
    shop.work()
    task = shop.fire("die")
    outcome = shop.ended(task)
    told = "WorkerKilledError: 5 processes that ran it have died"
    assert (outcome.state, outcome.error, outcome.failures) == ("failed", told, 1)
    assert len(shop.ran("die")) == 5
    assert [(dead.message.id, dead.error) for dead in shop.queue.dead()] == [(task, told)]
    shop.until(shop.reports)
    assert len(shop.reports()) == 1


def test_a_task_that_ends_its_process_politely_has_failed(shop: Any) -> None:
    shop.work()
    outcome = shop.ended(shop.fire("leave"))
    assert (outcome.state, outcome.error) == ("failed", "StoppedError: it ended in SystemExit: bye")
    assert len(shop.ran("leave")) == 2


def test_a_task_that_does_not_heed_its_time_limit_is_ended(shop: Any) -> None:
    shop.start("-c", IMPATIENT)
    outcome = shop.ended(shop.fire("deaf"))
    told = "TimeLimitError: it took longer than its timeout of 0.05 s"
    assert (outcome.state, outcome.error, outcome.failures) == ("failed", told, 2)
    assert len(shop.ran("deaf")) == 2
    shop.until(shop.reports)
    assert len(shop.reports()) == 1
    assert len(shop.result(shop.fire("mark", "a"))) == 3


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_who_is_told_to_stop_finishes_what_runs_and_begins_nothing(shop: Any, number: signal.Signals) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # who runs the tests may ignore it, which is inherited
    try:
        worker = shop.work("--processes", "1")
    finally:
        signal.signal(signal.SIGHUP, before)
    running, waiting = shop.fire("slow"), shop.fire("mark")
    shop.until(lambda: shop.ran("slow"))
    worker.send_signal(number)
    shop.until(lambda: "stops, when what it runs has ended" in shop.log)
    (shop.folder / "go").touch()
    assert worker.wait(60) == 0
    assert shop.result(running) == "done"
    assert shop.queue.outcome(waiting).state == "waiting"
    assert shop.log.endswith("INFO pymacaron.tasks: the worker has stopped\n")
    assert shop.lives() == []


def test_what_does_not_end_in_time_is_run_again_as_if_it_had_never_begun(shop: Any) -> None:
    shop.configure(task_stop_s=0.1)
    worker = shop.work()
    task = shop.fire("slow")
    shop.until(lambda: shop.ran("slow"))
    worker.terminate()
    assert worker.wait(60) == 0
    assert shop.queue.outcome(task).state == "waiting"
    assert "1 tasks did not end in time, and are run again by the next worker" in shop.log
    (shop.folder / "go").touch()
    shop.work()
    assert shop.result(task) == "done"


def test_who_is_told_twice_stops_at_once(shop: Any) -> None:
    shop.configure(task_stop_s=3600)
    worker = shop.work()
    task = shop.fire("slow")
    shop.until(lambda: shop.ran("slow"))
    worker.terminate()
    shop.until(lambda: len(shop.lives()) == 2)  # the process that ran nothing has ended
    worker.terminate()
    assert worker.wait(60) == 0
    assert shop.queue.outcome(task).state == "waiting"


def test_a_worker_whose_lock_was_deleted_makes_way(shop: Any) -> None:
    worker = shop.work()
    (shop.folder / "shop-tasks.sqlite3.lock").unlink()
    assert worker.wait(60) == 0
    assert re.search(r"shop-tasks.sqlite3.lock was deleted: another worker may begin, and this one stops", shop.log)


def test_a_worker_goes_on_where_the_file_of_tasks_was_deleted(shop: Any) -> None:
    shop.work()
    assert shop.result(shop.fire("mark", "a"))[0] == "a"
    for path in shop.folder.glob("shop-tasks.sqlite3*"):
        if path.suffix != ".lock":
            path.unlink()
    assert shop.result(shop.fire("mark", "b"))[0] == "b"


def test_a_process_that_a_task_leaves_behind_does_not_hold_the_lock(shop: Any) -> None:
    worker = shop.work()
    left = shop.result(shop.fire("fork"))
    worker.kill()
    worker.wait()
    try:
        shop.work()
        assert shop.result(shop.fire("mark", "a"))[0] == "a"
    finally:
        os.kill(left, signal.SIGKILL)


def test_a_service_that_cannot_be_loaded_is_told_as_everywhere(shop: Any) -> None:
    (shop.folder / "shop.py").unlink()
    assert shop.start("-m", "pymacaron", "worker").wait(60) == 1
    assert "apis/shop.yaml:7:20: error[unbound]" in shop.log
    assert "Traceback" not in shop.log


def test_tasks_in_memory_have_no_worker(shop: Any) -> None:
    shop.configure(broker_url="memory://")
    assert shop.start("-m", "pymacaron", "worker").wait(60) == 1
    told = "broker_url is memory://, where tasks wait in the memory of the process that sends them: for tests only"
    assert shop.log == f"error: {told}\n"


def test_a_broker_that_is_none_is_told(shop: Any) -> None:
    shop.configure(broker_url="amqp://user:secret@host")
    assert shop.start("-m", "pymacaron", "worker").wait(60) == 1
    assert "pym-config.yaml:3:13: error[config-type]: broker_url names no queue" in shop.log
    assert "secret" not in shop.log
