"""
A worker: Celery's, whose pool of processes runs our tasks. It says what happens in our log, in lines, and leaves the
signals to us: the first SIGTERM has it finish what it runs, for a while, the next one not.
"""

from __future__ import annotations

import logging
import os
import re
import signal
import threading
from collections.abc import Callable, Sequence
from typing import Any

from billiard.process import current_process
from billiard.util import get_logger as billiard_logger
from celery import Celery, signals
from celery.exceptions import Reject
from celery.worker import WorkController, state
from kombu.entity import Queue as CeleryQueue

from pymacaron import config, ending
from pymacaron.exceptions import ConfigError
from pymacaron.tasks import current, registry
from pymacaron.tasks.celery import child
from pymacaron.tasks.celery.books import Books, Pace
from pymacaron.tasks.celery.envelope import TASK
from pymacaron.tasks.celery.queue import books
from pymacaron.tasks.celery.requests import Request
from pymacaron.tasks.celery.sweeping import Sweeper
from pymacaron.tasks.queues import QueueError, QueueSettingError

__all__ = ["work"]

log = logging.getLogger("pymacaron.tasks")

#: How many processes of a worker look for what is due
_SWEEPING = 2

#: How Celery writes down the URL of a broker with a transport of ours, and who asks it
_TRANSPORT = re.compile(r"pymacaron\.tasks\.celery\.\w+:\w+://(?:[^\s@/]*@)?")

#: dict: logger -> from which level on it is heard. What becomes of a task, and of its process, is said by ours
_LEVELS = {
    "botocore.credentials": logging.WARNING,
    "celery": logging.WARNING,
    "kombu": logging.WARNING,
    "celery.app.trace": logging.CRITICAL,
    "celery.concurrency.asynpool": logging.WARNING,
    "celery.worker": logging.WARNING,
    "celery.worker.consumer.connection": logging.WARNING,
    "celery.worker.consumer.consumer": logging.WARNING,
    "celery.worker.request": logging.CRITICAL,
    "celery.worker.worker": logging.WARNING,
    "kombu.asynchronous.hub": logging.WARNING,
    "kombu.transport.redis": logging.WARNING,
}


def work(*, processes: int, queues: Sequence[str] = (), stop_s: float = 20.0, pace: Pace | None = None) -> int:
    """
    Run the tasks of the service that this process has loaded, in *processes* processes, until it is told to stop: gives
    the code to exit with. *queues*: from which; none: from all that its tasks name. Tasks that run have *stop_s*
    seconds then; what is not done in these is run again by another worker. Call it in the main thread.
    """
    pace, url = pace or Pace(), config.get_config().broker_url
    if current.kind(url) not in ("redis", "sqs"):
        raise ConfigError("Celery's worker takes tasks from a Redis or from SQS, and broker_url names neither")
    own = books(url)
    _look(own)
    names = list(queues) or registry.queues()
    _quieten()
    begin_child = _child_begins(names, pace)
    signals.worker_process_init.connect(begin_child)
    signals.worker_process_shutdown.connect(_child_ends)
    app = _app(own, names, pace)
    controller = WorkController(
        app=app,
        concurrency=processes,
        pool="prefork",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        task_events=False,
        prefetch_multiplier=1,
    )
    stopping = _Stopping(stop_s)
    log.info("a worker of %s processes takes tasks from %s", processes, ", ".join(names))
    try:
        controller.start()
        log.info("the worker has stopped")
    finally:
        stopping.is_over()
        ending.end()
    return int(controller.exitcode or 0)


def _look(own: Books) -> None:
    """Raise ConfigError where nothing can be taken from the broker as it is set up. One that is away is waited for."""
    try:
        own.look()
    except QueueSettingError as error:
        raise ConfigError(str(error)) from None
    except QueueError as error:
        log.warning("%s", error)


def _app(own: Books, names: Sequence[str], pace: Pace) -> Any:
    """The Celery app of this worker, with its one task."""
    app = Celery("pymacaron", broker=own.url, set_as_current=False)
    listed = [own.celery_queue(name) for name in names]
    app.conf.update(
        accept_content=["json"],
        broker_transport=own.transport,
        broker_connection_max_retries=None,
        broker_connection_retry_on_startup=True,
        broker_transport_options=own.celery_options(pace),
        broker_use_ssl=own.tls or False,
        result_backend=None,
        task_create_missing_queues=False,
        task_default_exchange="",
        task_default_queue=listed[0],
        task_queues=[CeleryQueue(name, exchange="", routing_key=name) for name in listed],
        task_serializer="json",
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        worker_pool_start_method="fork",
        worker_redirect_stdouts=False,
    )

    @app.task(  # type: ignore[untyped-decorator]
        name=TASK, bind=True, acks_late=True, reject_on_worker_lost=False, ignore_result=True, Request=_path(Request)
    )
    def run(task: Any, text: str) -> None:
        _leave_stopping_to_parent()
        if not child.handle(task.books(), task.request.id, text.encode(), pace):
            raise Reject(requeue=True)

    run.pace = pace
    run.books = _asked
    return app


def _leave_stopping_to_parent() -> None:
    """
    Have a SIGTERM not end this process of the pool: who stops a service may tell all of its processes, as systemd does,
    and what runs has time to end then. What a task forks hears it as ever.
    """
    own = os.getpid()

    def hear(number: int, frame: object) -> None:
        if os.getpid() != own:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)

    signal.signal(signal.SIGTERM, hear)


def _asked() -> Books:
    """The Books of this process: what a forked one has is its own."""
    found: Any = current.queue()
    return found  # type: ignore[no-any-return]


def _path(of: type) -> str:
    return f"{of.__module__}:{of.__qualname__}"


def _quieten() -> None:
    """Celery sets up no logging; what it says goes to ours, from warnings on, in lines."""
    signals.setup_logging.connect(_nothing)
    for name, level in _LEVELS.items():
        logger = logging.getLogger(name)
        logger.addFilter(_in_a_line)
        logger.setLevel(level)
    billiard_logger().propagate = True
    billiard_logger().setLevel(logging.WARNING)


def _in_a_line(record: logging.LogRecord) -> bool:
    """What Celery says without its line feeds and tracebacks, and of SQS as broker_url names it."""
    record.msg = _TRANSPORT.sub("sqs://", " ".join(record.getMessage().split()))
    record.args, record.exc_info, record.exc_text = (), None, None
    return True


def _nothing(**_: Any) -> None:
    """Stands where Celery would set up logging."""


def _child_begins(names: Sequence[str], pace: Pace) -> Callable[..., None]:
    """
    What a process of the pool does first. The first ones sweep: the parent has no threads, as it forks whenever one of
    them has to be replaced, and what a thread holds at that moment stays locked in the new process for ever.
    """

    def begin(**_: Any) -> None:
        if getattr(current_process(), "index", 0) < _SWEEPING:
            Sweeper(_asked(), names, pace).start()

    return begin


def _child_ends(**_: Any) -> None:
    """What waits to be sent is: reports, spans."""
    ending.end()


class _Stopping:
    """Has the worker stop: at a first signal when what runs is done, *stop_s* seconds later at most; at another now."""

    def __init__(self, stop_s: float):
        self._stop_s = stop_s
        self._timer: threading.Timer | None = None
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)

    def is_over(self) -> None:
        """The worker has stopped."""
        if self._timer is not None:
            self._timer.cancel()

    def _stop(self, *_: object) -> None:
        if state.should_stop is None and self._timer is None:
            state.should_stop = 0
            self._timer = threading.Timer(self._stop_s, self._leave)
            self._timer.daemon = True
            self._timer.start()
        else:
            threading.Thread(target=self._leave, name="pymacaron-worker-stops", daemon=True).start()

    def _leave(self) -> None:
        """End this process and those of its pool, which are killed with it; what they run is given back."""
        running = [request for request in list(state.active_requests) if request.worker_pid]
        for request in running:
            os.kill(request.worker_pid, signal.SIGKILL)
            log.warning("the task %s (%s) is not done, and is run again: the worker stops", request.name, request.id)
            request.give_back(has_died=False)
        ending.end()
        os._exit(0)
