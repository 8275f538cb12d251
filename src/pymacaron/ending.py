"""
What is sent when a process ends: reports, spans, each by a function of its own, all at the same time.

Workers that multiprocessing has made run no atexit, and those of gunicorn ask for it before. Imports nothing of ours:
gunicorn.py is read before the service.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

__all__ = ["FLUSH_S", "at_end", "end", "left_s"]

#: Seconds that all of them may take together
FLUSH_S = 5.0
#: Seconds that they have then to say what they could not send
_SAY_S = 1.0


class _State:
    """What this process does at its end; a forked one does it too, and is to be watched itself."""

    def __init__(self) -> None:
        self.functions: dict[Callable[[], None], None] = {}
        self.is_watched = False
        #: By when all are to be done, in seconds of the monotonic clock; None until the end
        self.deadline: float | None = None

    def after_fork(self) -> None:
        self.is_watched = False
        self.deadline = None


_STATE = _State()
os.register_at_fork(after_in_child=_STATE.after_fork)


def at_end(function: Callable[[], None]) -> None:
    """Call *function* when this process ends. It takes left_s() at most, and may be called again, for nothing then."""
    _STATE.functions[function] = None
    if _STATE.is_watched:
        return
    _STATE.is_watched = True
    util, process = sys.modules.get("multiprocessing.util"), sys.modules.get("multiprocessing.process")
    if util is not None and process is not None and process.parent_process() is not None:
        util.Finalize(None, end, exitpriority=100)
    else:
        atexit.unregister(end)
        atexit.register(end)


def left_s() -> float:
    """Seconds that one who is called at the end may take: what the others have left of FLUSH_S, 0 at least."""
    return FLUSH_S if _STATE.deadline is None else max(0.0, _STATE.deadline - time.monotonic())


def end() -> None:
    """
    The process ends: call them all at the same time, and wait for them. Raises nothing. Where no thread starts any
    more, such as in the atexit of CPython 3.12, they are called one after the other, with one deadline for all.
    """
    _STATE.deadline = time.monotonic() + FLUSH_S
    threads = []
    here = list(_STATE.functions)
    for function in here[1:]:
        thread = threading.Thread(target=_call, args=(function,), name="pymacaron-end", daemon=True)
        with suppress(RuntimeError):  # too late for another thread: one after the other
            thread.start()
            threads.append(thread)
            here.remove(function)
    for function in here:
        _call(function)
    for thread in threads:
        thread.join(left_s() + _SAY_S)
    _STATE.deadline = None


def _call(function: Callable[[], None]) -> None:
    with suppress(Exception):  # where the process ends
        function()
