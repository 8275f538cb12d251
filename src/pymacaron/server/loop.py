"""
The one event loop of the process, in a thread of its own, on which `async def` handlers run.

It starts with the first such call and lives as long as the process, so that clients and pools that a handler keeps stay
usable from one call to the next. A forked worker makes its own.
"""

from __future__ import annotations

import contextvars
import os
import threading
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

__all__ = ["run"]

_T = TypeVar("_T")


class _Loop:
    """The loop of the process that made it; made anew after a fork."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pid = 0
        self._loop: AbstractEventLoop | None = None

    def get(self) -> AbstractEventLoop:
        loop = self._loop
        if loop is not None and self._pid == os.getpid():
            return loop
        import asyncio

        with self._lock:
            if self._loop is None or self._pid != os.getpid():
                loop = asyncio.new_event_loop()
                threading.Thread(target=loop.run_forever, name="pymacaron-asyncio", daemon=True).start()
                self._loop, self._pid = loop, os.getpid()
            return self._loop

    def after_fork(self) -> None:
        self._lock = threading.Lock()
        self._loop = None


_LOOP = _Loop()
os.register_at_fork(after_in_child=_LOOP.after_fork)


def run(coroutine: Coroutine[Any, Any, _T]) -> _T:
    """
    What *coroutine* returns or raises, run on the process's loop with the context variables of this thread.

    Blocks the calling thread. Called from the loop itself it would wait for itself: RuntimeError.
    """
    import asyncio
    import concurrent.futures

    loop = _LOOP.get()
    done: concurrent.futures.Future[_T] = concurrent.futures.Future()
    context = contextvars.copy_context()
    try:
        running = asyncio.get_running_loop()
    except RuntimeError:
        running = None
    if running is loop:
        coroutine.close()
        raise RuntimeError(
            "an async handler was called from the event loop that would have to run it: await it instead"
        )

    def start() -> None:
        task = loop.create_task(coroutine, context=context)
        task.add_done_callback(finish)

    def finish(task: asyncio.Task[_T]) -> None:
        if task.cancelled():
            done.set_exception(asyncio.CancelledError())
        elif (error := task.exception()) is not None:
            done.set_exception(error)
        else:
            done.set_result(task.result())

    loop.call_soon_threadsafe(start)
    return done.result()
