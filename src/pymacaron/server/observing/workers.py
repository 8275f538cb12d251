"""
Where the workers of a server keep what they count, so that whichever answers a scrape gives the sum: a folder with
files of each, as prometheus_client has it. Made before there are workers, by gunicorn.py and granian.py.

What a worker counted that has ended is added up in files of nobody, so that the folder does not grow with each.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape, glob
from typing import Any

from pymacaron.config import get_config

__all__ = ["alone", "bury", "bury_dead", "folder", "living", "prepare"]

#: The variable that prometheus_client reads when it is imported
_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_PREFIX = "pymacaron-metrics-"
_SHARED = "/dev/shm"
#: Kinds of files that are added up; those of gauges that live are removed, other gauges stay what they were
_SUMS = ("counter", "histogram", "summary")
_NOBODY = "ended"


def prepare() -> None:
    """Where the setting `metrics` is on: have an empty folder for this process and its workers, gone when it ends."""
    if not get_config().metrics:
        return
    given = os.environ.get(_VARIABLE, "")
    if given and not os.path.basename(given).startswith(_PREFIX):
        os.makedirs(given, exist_ok=True)
        if "GUNICORN_PID" not in os.environ:  # the workers of a gunicorn that this one follows still write there
            for file in glob(os.path.join(escape(given), "*.db")):
                os.remove(file)
        return
    made = tempfile.mkdtemp(prefix=_PREFIX, dir=_SHARED if os.access(_SHARED, os.W_OK) else None)
    os.environ[_VARIABLE] = made
    owner = os.getpid()

    def remove() -> None:
        if os.getpid() == owner:
            shutil.rmtree(made, ignore_errors=True)

    atexit.register(remove)


def folder() -> str | None:
    """The folder; None where there is one process, or each counts for itself."""
    return os.environ.get(_VARIABLE) or None


def living(place: str) -> list[int]:
    """The processes that count in the folder *place*, and have not ended."""
    return [pid for pid in _counting(place) if _lives(pid)]


@contextmanager
def alone(place: str, waits: bool = True) -> Iterator[None]:
    """
    While nobody else reads the files of the folder *place* as a whole, or adds them up. Where somebody does, who does
    not wait gets a BlockingIOError.
    """
    import fcntl  # not on Windows, where there are no such workers

    with open(os.path.join(place, "lock"), "ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if waits else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def bury(pid: int) -> None:
    """
    The worker *pid* has ended. What fails is left for the next scrape; so is all where somebody is at the files, since
    gunicorn's arbiter calls this: it must never wait for a worker that hangs.
    """
    place = folder()
    if place is None or not get_config().metrics or not glob(os.path.join(escape(place), f"*_{pid}.db")):
        return
    with suppress(BlockingIOError), alone(place, waits=False):
        _add_up(place, pid)


def bury_dead(place: str) -> None:
    """Add up the files in *place* of processes that have ended; to be called alone()."""
    for pid in _counting(place):
        if not _lives(pid):
            _add_up(place, pid)


def _counting(place: str) -> list[int]:
    names = (os.path.basename(file)[: -len(".db")] for file in glob(os.path.join(escape(place), "*_*.db")))
    return sorted({int(pid) for name in names if (pid := name.rpartition("_")[2]).isdecimal()})


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _add_up(place: str, pid: int) -> None:
    from prometheus_client import mmap_dict, multiprocess

    kept: Any = mmap_dict.MmapedDict
    mark_ended: Any = multiprocess.mark_process_dead
    mark_ended(pid, place)
    for kind in _SUMS:
        file = os.path.join(place, f"{kind}_{pid}.db")
        if not os.path.exists(file):
            continue
        try:
            values = [(key, value) for key, value, *_ in kept.read_all_values_from_file(file)]
        except (RuntimeError, ValueError, OSError):
            continue  # it was killed while it wrote
        total = kept(os.path.join(place, f"{kind}_{_NOBODY}.db"))
        try:
            for key, value in values:
                total.write_value(key, total.read_value(key)[0] + value, 0.0)
        finally:
            total.close()
        os.remove(file)
