"""
granian, as `pymacaron run --server granian` starts it: `python -m pymacaron.granian [OPTIONS] server:app`.

The options are granian's own. At a SIGTERM readiness fails first, while calls are answered as before; granian ends
`shutdown_delay` seconds later. A worker hears of its end once, and ends also when nobody is left to tell it. This file
has a name that granian's own import does not meet: it is never imported bare.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from pymacaron.config import get_config
from pymacaron.parent import when_gone
from pymacaron.server.backlog import TAKING_S, listening, refuse_others
from pymacaron.server.crowd import CROWD
from pymacaron.server.observing import workers
from pymacaron.server.stopping import STOPPING

__all__ = ["closing", "main"]

#: In the extensions of an app whose replies say Connection: close
_CLOSING = "pymacaron.closing"
#: granian's variable, and ours: how many seconds a worker that is to end has for it
_KILL_TIMEOUT = "GRANIAN_WORKERS_KILL_TIMEOUT"
#: What wakes a worker's main thread, which has a handler of it that does nothing, and how long after another signal
_WAKE, _WAKE_S = signal.SIGCONT, 0.05
#: Seconds between two looks for the socket of a worker that begins
_SOON_S = 0.005


def main() -> None:
    """Become granian, with the options of the command line."""
    from granian import Granian
    from granian.cli import entrypoint

    workers.prepare()
    # Without one, a worker whose handler hangs never ends
    os.environ.setdefault(_KILL_TIMEOUT, str(max(8, 25 - math.ceil(get_config().shutdown_delay))))
    _tell_once()
    _tell_forks()
    server_class: Any = Granian
    become: Any = entrypoint
    serve = server_class.serve

    def prepared(server: Any, *args: Any, **options: Any) -> Any:
        os.environ[_KILL_TIMEOUT] = str(server.workers_kill_timeout)  # of which options may say something else
        CROWD.workers = server.workers
        CROWD.one_speaks()
        server.on_startup(_take_over)  # granian has its handlers then, and no workers yet
        return serve(server, *args, **options)

    server_class.serve = prepared
    become()


def _tell_forks() -> None:
    """Have each process that is forked know whether it is a worker, or one that a worker has begun."""
    main = forking = os.getpid()

    def forked() -> None:
        nonlocal forking
        is_worker, forking = forking == main, os.getpid()
        _begin_worker(main if is_worker else 0)

    os.register_at_fork(after_in_child=forked)


def _take_over() -> None:
    """Have the first SIGTERM tell the workers, and have granian hear of it later; a second one ends it at once."""
    delay_s: float = get_config().shutdown_delay
    hear: Any = signal.getsignal(signal.SIGTERM)
    is_closing = False

    def end(number: int, frame: Any) -> None:
        """Have nobody else connect to workers that are told of the end, and granian hear of it a moment later."""
        nonlocal is_closing
        if is_closing or not STOPPING.is_begun:
            hear(number, frame)
            return
        is_closing = True
        _tell_workers(signal.SIGWINCH)
        signal.signal(signal.SIGALRM, lambda *_: hear(number, None))
        signal.setitimer(signal.ITIMER_REAL, TAKING_S)

    def stop(number: int, frame: Any) -> None:
        # Without a delay the workers are not told: a worker that gets both signals at once loses that of granian's
        if delay_s and not STOPPING.is_begun:
            # First of all: a second signal may come in the midst of this, and what it sets is to last
            signal.signal(signal.SIGALRM, lambda *_: end(number, None))
            signal.setitimer(signal.ITIMER_REAL, delay_s)
            STOPPING.is_begun = True
            _tell_workers(signal.SIGURG)
            return
        end(number, frame)

    signal.signal(signal.SIGTERM, stop)


def _tell_workers(number: int) -> None:
    for worker in multiprocessing.active_children():
        with suppress(ProcessLookupError):
            os.kill(worker.pid or 0, number)


def _begin_worker(main: int) -> None:
    """
    A worker has the handlers of its parent until it has its own: a SIGTERM while it starts would be lost. A parent that
    was killed, also before this, leaves it nothing to do. *main*: that parent; 0 in a process that a worker has begun.
    """
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # A process that has no handler of these signals ignores them
    signal.signal(signal.SIGURG, lambda *_: _drain())
    signal.signal(signal.SIGWINCH, lambda *_: _close())
    if main:
        _hear_at_once()
        _end_with(main)
    else:
        signal.set_wakeup_fd(-1)


def _hear_at_once() -> None:
    """
    Have the main thread of this process, which waits for its end, hear of each signal. One that comes as it begins to
    wait is noted, and looked at when another one wakes it: a thread that learns of each signal sends that one.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.signal(_WAKE, lambda *_: None)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    main = threading.main_thread().ident or 0

    def wake() -> None:
        while numbers := os.read(reading, 256):
            if any(number != _WAKE for number in numbers):
                time.sleep(_WAKE_S)
                signal.pthread_kill(main, _WAKE)

    threading.Thread(target=wake, name="pymacaron-wakes", daemon=True).start()


def _end_with(parent: int) -> None:
    """Have this process end when its *parent* is gone, as at a SIGTERM; and where that takes too long, at once."""

    def end() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(float(os.environ.get(_KILL_TIMEOUT, 25)))
        os.kill(os.getpid(), signal.SIGKILL)

    when_gone(parent, end)


def _tell_once() -> None:
    """
    Have granian hear once that a worker is to end, though a process manager may tell it as well as its parent. The
    second time it waits for its own end, and has the lock of the interpreter, which that and calls under way need.
    """
    from granian import _signals

    # granian has no argument for it. Where a version does this elsewhere, such a worker is killed when its time is over
    set_signals: Any = getattr(_signals, "set_main_signals", None)

    def set_once(hear: Any, *others: Any) -> None:
        first = iter([hear])

        def heard(number: int, frame: Any) -> None:
            for told in first:
                told(number, frame)

        set_signals(heard, *others)

    if set_signals is not None:
        _signals.set_main_signals = set_once


def _drain() -> None:
    """Have readiness say no, and every reply from now on say Connection: close."""
    STOPPING.is_begun = True
    service = sys.modules.get("pymacaron.api.service")
    for api in service.STARTED if service is not None else ():
        if not api.app.extensions.get(_CLOSING):  # two signals may come, and two apis may be of one app
            api.app.extensions[_CLOSING] = True
            api.app.wsgi_app = closing(api.app.wsgi_app)


def _close() -> None:
    """
    Have nobody else connect; a terminal sends the signal, too, whenever its size changes. A worker that begins may have
    no socket yet: that takes none, once it is there.
    """
    if STOPPING.is_begun and not refuse_others(listening()):
        threading.Thread(target=_refuse_soon, name="pymacaron-closes", daemon=True).start()


def _refuse_soon() -> None:
    while not refuse_others(listening()):
        time.sleep(_SOON_S)


def closing(answer: Callable[..., Any]) -> Callable[..., Any]:
    """The WSGI application *answer*, whose replies say Connection: close; granian does as they say."""

    def closed(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            return start_response(status, [*headers, ("Connection", "close")], exc_info)

        return answer(environ, start)

    return closed


if __name__ == "__mp_main__":  # a worker that was spawned, not forked
    _tell_once()
    _begin_worker(os.getppid())
elif __name__ == "__main__":
    main()
