"""The end of a process: everything that waits is sent at the same time."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from pymacaron import ending

WAIT_S = 30


@pytest.fixture(autouse=True)
def _nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending._STATE, "functions", {})
    monkeypatch.setattr(ending._STATE, "is_watched", True)


def test_all_are_called_at_the_same_time() -> None:
    met = threading.Barrier(3)
    done: list[int] = []

    def sender(number: int) -> Callable[[], None]:
        def send() -> None:
            met.wait(WAIT_S)  # nobody passes until all are there
            done.append(number)

        return send

    for number in range(3):
        ending.at_end(sender(number))
    ending.end()
    assert sorted(done) == [0, 1, 2]


def test_one_that_fails_keeps_no_other_back() -> None:
    done: list[str] = []
    for name in ("first", "second"):

        def send(name: str = name) -> None:
            done.append(name)
            raise OSError(name)

        ending.at_end(send)
    ending.end()
    assert sorted(done) == ["first", "second"]


def test_where_no_thread_starts_they_share_one_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    monkeypatch.setattr(threading.Thread, "start", start)
    monkeypatch.setattr(ending, "FLUSH_S", 0.3)
    left: list[float] = []

    def send() -> None:
        left.append(ending.left_s())
        threading.Event().wait(ending.left_s())  # a peer that hangs

    ending.at_end(send)
    ending.at_end(lambda: send())
    ending.end()
    assert 0.0 < left[0] <= 0.3
    assert left[1] == 0.0
    assert ending.left_s() == 0.3


def test_one_that_asks_twice_is_called_once() -> None:
    done: list[str] = []

    def send() -> None:
        done.append("sent")

    ending.at_end(send)
    ending.at_end(send)
    ending.end()
    assert done == ["sent"]


@pytest.mark.parametrize("how", ["os.fork", "multiprocessing"])
def test_a_forked_process_does_at_its_end_what_its_parent_does(how: str) -> None:
    script = f"""\
import multiprocessing, os
from pymacaron import ending
parent = os.getpid()
def told(name):
    return lambda: os.write(1, f"{{'parent' if os.getpid() == parent else 'child'}} {{name}}\\n".encode())
ending.at_end(told("first"))
def work():
    ending.at_end(told("second"))
if {how!r} == "multiprocessing":
    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join()
elif (child := os.fork()) == 0:
    work()
else:
    os.waitpid(child, 0)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=WAIT_S)
    assert (sorted(done.stdout.splitlines()), done.stderr) == (["child first", "child second", "parent first"], "")
