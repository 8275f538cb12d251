"""
The process that has started this one, and that is to be survived by nobody: a thread waits for its end.

Linux can send a signal instead (prctl(2), PR_SET_PDEATHSIG). It does so for every thread of a parent that is killed, as
each hands its children to the next: one signal, or many. That serves who is to be killed, not who is to be told once.
"""

from __future__ import annotations

import os
import select
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

__all__ = ["when_gone"]

#: Seconds between two looks, where no descriptor tells of the end of a process
_LOOK_S = 0.5


def when_gone(parent: int, end: Callable[[], object]) -> None:
    """Call *end* when the process *parent*, which has started this one, is gone: in a thread, or now where it is."""
    if os.getppid() != parent:
        end()
        return
    threading.Thread(target=_watch, args=(parent, end), name="pymacaron-parent", daemon=True).start()


def _watch(parent: int, end: Callable[[], object]) -> None:
    descriptor: int | None = None
    if sys.platform == "linux":
        with suppress(AttributeError, OSError):  # an old one, or one that does not let us
            descriptor = os.pidfd_open(parent)
    if descriptor is not None:
        waiting = select.poll()
        waiting.register(descriptor, select.POLLIN)
        while os.getppid() == parent:  # else it may be the number of another process by now
            waiting.poll()
        os.close(descriptor)
    while os.getppid() == parent:
        time.sleep(_LOOK_S)
    end()
