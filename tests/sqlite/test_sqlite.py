"""An SQLite file: who may write when, who is interrupted, and what a fork and the loss of the file do."""

from __future__ import annotations

import dis
import gc
import os
import sqlite3
import sys
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from pymacaron import sqlite
from pymacaron.sqlite import MovedFileError, SQLiteFile


def made(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE IF NOT EXISTS t (a)")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.sqlite3"


@pytest.fixture
def file(path: Path) -> Iterator[SQLiteFile]:
    one = SQLiteFile(path, busy_s=5, prepare=made)
    yield one
    one.close()


def write(file: SQLiteFile, value: int) -> None:
    with file.writing() as connection:
        connection.execute("INSERT INTO t VALUES (?)", (value,))


def values(file: SQLiteFile) -> list[int]:
    return [value for (value,) in file.reading(lambda connection: connection.execute("SELECT a FROM t").fetchall())]


def test_what_is_written_is_on_the_disk(file: SQLiteFile) -> None:
    asked = ("journal_mode", "synchronous")
    told = file.reading(lambda connection: [connection.execute(f"PRAGMA {one}").fetchone()[0] for one in asked])
    assert told == ["wal", 2]


def test_who_waits_too_long_for_others_is_told_and_goes_on_later(path: Path) -> None:
    ours = SQLiteFile(path, busy_s=0.05, prepare=made)
    write(ours, 1)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.OperationalError, match="database is locked") as refused:
        write(ours, 2)
    assert sqlite.is_busy(refused.value)
    assert values(ours) == [1]
    other.execute("COMMIT")
    other.close()
    write(ours, 3)
    assert values(ours) == [1, 3]
    ours.close()


def test_a_write_that_raises_is_taken_back(file: SQLiteFile) -> None:
    def fail() -> None:
        with file.writing() as connection:
            connection.execute("INSERT INTO t VALUES (1)")
            raise KeyError("a")

    with pytest.raises(KeyError):
        fail()
    assert values(file) == []


def test_a_connection_that_sqlite_fails_with_is_closed(file: SQLiteFile) -> None:
    used: list[sqlite3.Connection] = []

    def fail(connection: sqlite3.Connection) -> None:
        used.append(connection)
        connection.execute("INSERT INTO missing VALUES (1)")

    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        file.reading(fail)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        used[0].execute("SELECT 1")
    write(file, 1)
    assert values(file) == [1]


def test_threads_write_each_in_its_turn(file: SQLiteFile) -> None:
    def writes(first: int) -> None:
        for value in range(first, first + 50):
            write(file, value)

    threads = [threading.Thread(target=writes, args=(first,)) for first in range(0, 400, 50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(values(file)) == list(range(400))


def test_a_fork_waits_for_those_who_write_and_its_child_opens_the_file_itself(file: SQLiteFile) -> None:
    is_writing, may_end = threading.Event(), threading.Event()

    def writes() -> None:
        with file.writing() as connection:
            is_writing.set()
            may_end.wait(30)
            connection.execute("INSERT INTO t VALUES (1)")

    thread = threading.Thread(target=writes)
    thread.start()
    assert is_writing.wait(30)
    threading.Timer(0.05, may_end.set).start()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            write(file, 2)
            code = 0 if values(file) == [1, 2] else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    thread.join()
    write(file, 3)
    assert values(file) == [1, 2, 3]


class Interrupted(Exception):
    """As the time limit of a task, which is raised wherever a signal is heard."""


#: Behind these Python looks for signals, and where a function begins
HEARD_BEHIND = {"CALL", "CALL_FUNCTION_EX", "CALL_KW", "JUMP_BACKWARD"}


def interrupted(act: Any, at: int) -> bool:
    """Whether *act* was interrupted, at the place *at* of those in sqlite.py where signals are heard."""
    passed, before = count(), dict[FrameType, str]()

    def trace(frame: FrameType, event: str, _: object) -> Any:
        if frame.f_code.co_filename != sqlite.__file__:
            return None
        frame.f_trace_opcodes = True
        is_heard = event == "call"
        if event == "opcode":
            is_heard = before.get(frame) in HEARD_BEHIND
            before[frame] = dis.opname[frame.f_code.co_code[frame.f_lasti]]
        if is_heard and next(passed) == at:
            raise Interrupted
        return trace

    outer = sys.gettrace()
    sys.settrace(trace)
    try:
        act()
    except Interrupted:
        return True
    finally:
        sys.settrace(outer)
    return False


def test_whoever_is_interrupted_anywhere_holds_nobody_up(file: SQLiteFile) -> None:
    def others() -> None:
        write(file, 2)
        file.before_fork()  # which would wait for whoever has not given back
        file.after_fork()

    gc.disable()
    try:
        for at in count():
            was_interrupted = interrupted(lambda: write(file, 1), at)
            thread = threading.Thread(target=others, daemon=True)
            thread.start()
            thread.join(30)
            assert not thread.is_alive(), f"held up by who was interrupted at the place {at}"
            if not was_interrupted:
                break
    finally:
        gc.enable()
    assert at > 25
    told = values(file)
    assert (told.count(2), told.count(1) >= 1) == (at + 1, True)


def test_a_file_that_was_deleted_is_not_written(file: SQLiteFile, path: Path) -> None:
    write(file, 1)
    path.unlink()
    for _ in range(2):
        with pytest.raises(MovedFileError, match=r"^it was deleted or replaced while it was in use$"):
            write(file, 2)
    assert values(file) == [1]  # by a connection that is open; no other one is opened
    file.before_fork()
    file.after_fork()
    with pytest.raises(MovedFileError):
        values(file)
    assert not path.exists()
    file.close()
    write(file, 3)
    assert values(file) == [3]


def test_a_file_that_was_replaced_is_not_written(file: SQLiteFile, path: Path) -> None:
    write(file, 1)
    other = path.with_name("other")
    path.rename(other)
    path.write_bytes(b"")
    with pytest.raises(MovedFileError):
        write(file, 2)
    assert path.read_bytes() == b""
    other.rename(path)  # back again
    write(file, 3)
    assert values(file) == [1, 3]


def test_a_file_that_was_deleted_is_made_again_where_that_is_asked_for(path: Path) -> None:
    file = SQLiteFile(path, busy_s=5, prepare=made, reopens=True)
    write(file, 1)
    with file.writing() as held:  # in use meanwhile
        held.execute("INSERT INTO t VALUES (2)")
        for one in path.parent.iterdir():
            one.unlink()
        assert values(file) == []
    write(file, 3)
    assert values(file) == [3]
    file.close()
