"""
The one event loop of the process, in a thread of its own, on which `async def` handlers and tasks run.

It starts with the first such call and lives as long as the process, so that clients and pools that a handler keeps stay
usable from one call to the next. A forked worker makes its own.
"""

from __future__ import annotations

import contextvars
import logging
import os
import threading
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

__all__ = ["StoppedError", "get", "is_failure", "run"]

log = logging.getLogger("pymacaron.server")

_T = TypeVar("_T")


class StoppedError(Exception):
    """A coroutine ended in SystemExit, KeyboardInterrupt or CancelledError (its `__cause__`), not in a result."""


class _Loop:
    """The loop of the process that made it; made anew after a fork."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pid = 0
        self._loop: AbstractEventLoop | None = None
        self._ident: int | None = None
        #: What runs: the loop itself keeps only weak references
        self.tasks: set[Any] = set()

    def get(self) -> AbstractEventLoop:
        loop = self._loop
        if loop is not None and self._pid == os.getpid():
            return loop
        import asyncio

        with self._lock:
            if self._loop is not None and self._pid == os.getpid():
                return self._loop
            self._loop = loop = asyncio.new_event_loop()
            self._pid = os.getpid()
        # Not within the lock, which is the system's where gevent came later: to start a thread is to wait for it
        threading.Thread(target=self._forever, args=(loop,), name="pymacaron-asyncio", daemon=True).start()
        return loop

    def is_here(self) -> bool:
        """Whether the loop runs in this thread, or greenlet; asyncio takes all greenlets for one thread."""
        return self._ident == threading.get_ident()

    def after_fork(self) -> None:
        self._lock = threading.Lock()
        self._loop = None
        self._ident = None
        self.tasks = set()

    def _forever(self, loop: AbstractEventLoop) -> None:
        """Run *loop* for good: a task that exits ends run_forever(), and would end every later call with it."""
        self._ident = threading.get_ident()
        while True:
            try:
                loop.run_forever()
            except (SystemExit, KeyboardInterrupt) as error:
                log.error("a task ended in %s; the loop goes on", type(error).__name__)
            else:
                return


_LOOP = _Loop()
os.register_at_fork(after_in_child=_LOOP.after_fork)


def get() -> AbstractEventLoop:
    """The loop itself; it starts where it does not run yet."""
    return _LOOP.get()


def is_failure(error: BaseException) -> bool:
    """
    Whether what would end a thread or the process comes from the user's code, to be answered as any exception of it.

    It does not where it ends a greenlet, nor in the main thread, where a signal's handler has raised it.
    """
    if type(error).__module__.partition(".")[0] in ("gevent", "greenlet", "eventlet"):
        return False
    in_main_thread = threading.current_thread() is threading.main_thread()
    return not (in_main_thread and isinstance(error, (SystemExit, KeyboardInterrupt)))


def run(coroutine: Coroutine[Any, Any, _T], context: contextvars.Context | None = None) -> _T:
    """
    What *coroutine* returns or raises, run on the process's loop with the context variables of this thread, or in
    *context*. What would end the loop (SystemExit, KeyboardInterrupt) or the thread (CancelledError) comes as a
    StoppedError.

    Blocks the calling thread. Called from the loop itself it would wait for itself: RuntimeError.
    """
    import concurrent.futures

    loop = _LOOP.get()
    done: concurrent.futures.Future[_T] = concurrent.futures.Future()
    if context is None:
        context = contextvars.copy_context()
    tasks = _LOOP.tasks
    if _LOOP.is_here():
        coroutine.close()
        raise RuntimeError(
            "an async handler was called from the event loop that would have to run it: await it instead"
        )

    async def guarded() -> None:
        try:
            result = await coroutine
        except Exception as error:
            done.set_exception(error)
        except BaseException as error:  # it would end the loop, and with it every later call
            stopped = StoppedError(f"the coroutine ended in {type(error).__name__}: {error}".removesuffix(": "))
            stopped.__cause__ = error
            done.set_exception(stopped)
        else:
            done.set_result(result)

    def start() -> None:
        tasks.add(task := loop.create_task(guarded(), context=context))
        task.add_done_callback(tasks.discard)

    loop.call_soon_threadsafe(start)
    return done.result()
