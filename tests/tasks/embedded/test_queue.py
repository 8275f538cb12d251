"""The file that tasks wait in: what is kept, who may see it, and what becomes of it when it is no more what it was."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pymacaron.tasks.embedded.books import KILLED, LATE, Books
from pymacaron.tasks.embedded.database import Database
from pymacaron.tasks.embedded.queue import EmbeddedQueue
from pymacaron.tasks.message import Message
from pymacaron.tasks.queues import Dead, Outcome, QueueError
from pymacaron.tasks.running import Ended

FORKING = """
import os, sys, threading
from pymacaron.tasks.embedded.queue import EmbeddedQueue
from pymacaron.tasks.message import Message

queue = EmbeddedQueue(sys.argv[1])

def send(name):
    for number in range(50):
        queue.send(Message(f"{name}-{number}", "t", "m", b"[[],{}]"))

thread = threading.Thread(target=send, args=("thread",))
thread.start()
children = []
for number in range(10):
    pid = os.fork()
    if pid == 0:
        send(f"child-{number}")
        os._exit(0)
    children.append(pid)
thread.join()
assert [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children] == [0] * 10
send("after")
"""


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "tasks.sqlite3")


def message(task_id: str, due: float = 0, unique: str | None = None, unique_for: float = 0) -> Message:
    return Message(task_id, "shop.mark", "shop", b"[[],{}]", due=due, unique=unique, unique_for=unique_for)


def taken(books: Books, pid: int = 1) -> str | None:
    found = books.turn(pid, None)
    return found.message.id if found is not None else None


def count(path: str, table: str = "tasks") -> int:
    connection = sqlite3.connect(path)
    try:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    finally:
        connection.close()


def test_only_the_user_may_read_what_waits(path: str) -> None:
    queue = EmbeddedQueue(path)
    queue.send(message("a"))
    kept = [one.name for one in Path(path).parent.iterdir() if stat.S_IMODE(one.stat().st_mode) & 0o77]
    assert kept == []


def test_what_is_due_for_longest_is_taken_first(path: str) -> None:
    clock = Clock()
    queue, books = EmbeddedQueue(path, clock), Books(Database(path), clock=clock)
    for task_id, due in (("late", 1002), ("b", 999), ("a", 999), ("first", 5)):
        queue.send(message(task_id, due))
    assert [taken(books) for _ in range(4)] == ["first", "b", "a", None]
    assert not books.may_be_due()
    clock.now = 1002
    assert books.may_be_due()
    assert taken(books) == "late"


def test_who_waits_sees_that_another_has_written(path: str) -> None:
    queue, books = EmbeddedQueue(path), Books(Database(path))
    assert taken(books) is None
    assert not books.may_be_due()
    queue.send(message("a"))
    assert books.may_be_due()
    assert taken(books) == "a"


def test_a_task_is_booked_and_the_next_one_taken_at_once(path: str) -> None:
    queue, books = EmbeddedQueue(path), Books(Database(path))
    first = message("a")
    queue.send(first)
    queue.send(message("b"))
    assert queue.outcome("a") == Outcome("waiting")
    assert taken(books) == "a"
    assert queue.outcome("a") == Outcome("running")
    following = books.turn(1, (first, Ended("succeeded", b"1")))
    assert following is not None
    assert following.message.id == "b"
    assert queue.outcome("a") == Outcome("succeeded", b"1")


def test_what_a_process_books_that_was_taken_for_dead_counts_no_more(path: str) -> None:
    queue, books = EmbeddedQueue(path), Books(Database(path))
    first = message("a")
    queue.send(first)
    assert taken(books, 1) == "a"
    assert books.put_back() == 1
    books.turn(1, (first, Ended("succeeded", b"1")), takes=False)
    assert queue.outcome("a") == Outcome("waiting")
    assert taken(books, 2) == "a"


def test_a_task_is_broken_off_after_five_deaths_but_not_for_being_stopped(path: str) -> None:
    queue, books = EmbeddedQueue(path), Books(Database(path))
    queue.send(message("a"))
    seen = []
    for _ in range(6):
        found = books.turn(1, None)
        assert found is not None
        seen.append(found.broken)
        books.put_back(1, counts=False)
        books.turn(1, None)
        books.put_back(1)
    assert seen == [None] * 5 + [KILLED]


def test_a_task_whose_process_was_killed_for_being_late_is_broken_off(path: str) -> None:
    queue, books = EmbeddedQueue(path), Books(Database(path))
    first = message("a")
    queue.send(first)
    books.turn(7, None)
    assert books.put_back(8) == 0
    assert books.put_back(7, late=True) == 1
    found = books.turn(9, None)
    assert found is not None
    assert found.broken == LATE
    again = first.again(0)
    following = books.turn(9, (first, Ended("again", error="late", message=again)))
    assert following is not None
    assert (following.message, following.broken) == (again, None)
    assert queue.outcome("a") == Outcome("running", error="late", failures=1)


def test_of_unique_tasks_one_waits_or_runs_or_has_just_succeeded(path: str) -> None:
    clock = Clock()
    queue, books = EmbeddedQueue(path, clock), Books(Database(path), clock=clock)
    first = message("a", unique="k", unique_for=10)
    assert [queue.send(first), queue.send(message("b", unique="k")), queue.send(message("c", unique="l"))] == [
        "a",
        "a",
        "c",
    ]
    assert taken(books) == "a"
    assert queue.send(message("d", unique="k")) == "a"
    books.turn(1, (first, Ended("succeeded")), takes=False)
    clock.now += 9
    assert queue.send(message("e", unique="k")) == "a"
    clock.now += 2
    second = message("f", unique="k", unique_for=10)
    assert queue.send(second) == "f"
    assert taken(books) == "c"
    assert taken(books) == "f"
    books.turn(1, (second, Ended("failed", error="oh")), takes=False)
    assert queue.send(message("g", unique="k")) == "g"


def test_what_has_failed_for_good_is_kept_until_it_is_retried_or_dropped(path: str) -> None:
    clock = Clock()
    queue, books = EmbeddedQueue(path, clock), Books(Database(path), clock=clock)
    sent = [message("a", unique="k"), message("b")]
    for one in sent:
        queue.send(one)
        books.turn(1, None)
        books.turn(1, (one, Ended("failed", error="oh")), takes=False)
    clock.now += 1_000_000
    books.tidy(60)
    assert queue.dead() == [Dead(sent[0], "oh", 1000.0), Dead(sent[1], "oh", 1000.0)]
    assert queue.retry("a")
    assert not queue.retry("a")
    assert queue.send(message("c", unique="k")) == "a"
    assert taken(books) == "a"
    assert queue.drop("b")
    assert not queue.drop("b")
    assert queue.outcome("b") == Outcome("failed", error="oh", failures=1)
    books.tidy(60)
    assert [queue.outcome(one).state for one in ("a", "b")] == ["running", "unknown"]
    assert queue.dead() == []


def test_what_has_ended_is_forgotten_after_a_while(path: str) -> None:
    clock = Clock()
    queue, books = EmbeddedQueue(path, clock), Books(Database(path), clock=clock)
    first = message("a", unique="k", unique_for=5)
    queue.send(first)
    books.turn(1, None)
    books.turn(1, (first, Ended("succeeded")), takes=False)
    clock.now += 60
    books.tidy(60)
    assert (queue.outcome("a").state, count(path), count(path, "held")) == ("succeeded", 1, 0)
    clock.now += 1
    books.tidy(60)
    assert (queue.outcome("a").state, count(path)) == ("unknown", 0)


def test_a_message_that_cannot_be_read_is_dead_and_stands_in_nobodys_way(path: str) -> None:
    queue, books = EmbeddedQueue(path), Books(Database(path))
    queue.send(message("a", unique="k"))
    queue.send(message("b"))
    with Database(path).writing() as to:
        to.execute("UPDATE tasks SET text = ? WHERE id = 'a'", (b'{"version": 99}',))
    assert taken(books) == "b"
    (dead,) = queue.dead()
    assert (dead.message.id, dead.message.task) == ("a", "shop.mark")
    assert (
        dead.error == "its message cannot be read: it is of version 99, and this one reads 1 at most: update the worker"
    )
    assert queue.send(message("c", unique="k")) == "c"
    assert queue.retry("a")
    assert queue.outcome("a").state == "waiting"


def test_a_file_that_was_deleted_is_made_again(path: str) -> None:
    queue = EmbeddedQueue(path)
    queue.send(message("a"))
    for one in Path(path).parent.iterdir():
        one.unlink()
    queue.send(message("b"))
    assert [queue.outcome(one).state for one in ("a", "b")] == ["unknown", "waiting"]


def test_a_file_of_a_later_version_is_refused(path: str) -> None:
    EmbeddedQueue(path).send(message("a"))
    Database(path).reading(lambda to: to.execute("PRAGMA user_version = 2"))
    told = f"the file of tasks {path} cannot be used: a later version of pymacaron has written it (2; this one knows 1)"
    with pytest.raises(QueueError) as caught:
        EmbeddedQueue(path).send(message("b"))
    assert str(caught.value) == told
    assert caught.value.status == 503


def test_a_file_that_is_none_is_refused(path: str) -> None:
    Path(path).write_text("no database, but a text that is long enough to be looked at" * 20)
    with pytest.raises(QueueError) as caught:
        EmbeddedQueue(path).send(message("a"))
    mend = "Move it away: what lies there was made by something else, or name a queue: broker_url"
    assert str(caught.value) == f"the file of tasks {path} cannot be used: file is not a database. {mend}"


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    path = tmp_path / "gone" / "tasks.sqlite3"
    with pytest.raises(QueueError) as caught:
        EmbeddedQueue(str(path)).send(message("a"))
    mend = "Make its folder, or name a queue: broker_url"
    assert str(caught.value) == f"the file of tasks {path} cannot be used: No such file or directory. {mend}"


def test_threads_send_at_the_same_time(path: str) -> None:
    queue = EmbeddedQueue(path)
    start = threading.Barrier(8)

    def send(name: int) -> None:
        start.wait()
        for number in range(25):
            queue.send(message(f"{name}-{number}"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, range(8)))
    assert count(path) == 200


def test_of_a_unique_task_that_many_processes_send_one_is_kept(path: str) -> None:
    code = (
        "import sys; from pymacaron.tasks.embedded.queue import EmbeddedQueue; "
        "from pymacaron.tasks.message import Message; "
        "print(EmbeddedQueue(sys.argv[1]).send(Message(sys.argv[2], 't', 'm', b'[[],{}]', unique='k')))"
    )
    senders = [
        subprocess.Popen([sys.executable, "-c", code, path, str(number)], stdout=subprocess.PIPE, text=True)
        for number in range(6)
    ]
    assert len({sender.communicate()[0] for sender in senders}) == 1
    assert count(path) == 1


def test_processes_that_are_forked_while_others_send_lose_nothing(path: str) -> None:
    subprocess.run([sys.executable, "-W", "ignore", "-c", FORKING, path], check=True)
    assert count(path) == 12 * 50
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
