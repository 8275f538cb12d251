"""
A gunicorn config module: `gunicorn --config python:pymacaron.gunicorn server:app`.

Threads, because a service waits more than it computes; as many workers as the CPU quota allows. What the command line
says wins over what stands here. gunicorn reads it before it loads the service: of the framework it needs only config.
At a SIGTERM readiness fails first, while calls are answered as before; gunicorn ends `shutdown_delay` seconds later.
"""

from __future__ import annotations

import math
import os
import signal
import sys
import traceback
from contextlib import suppress
from typing import Any

from pymacaron import ending
from pymacaron.config import get_config, validate
from pymacaron.exceptions import ConfigError
from pymacaron.finding import FindingsError, text
from pymacaron.server.backlog import TAKING_S, refuse_others
from pymacaron.server.crowd import CROWD
from pymacaron.server.observing import workers as counting
from pymacaron.server.stopping import STOPPING

# The names below are gunicorn's own settings: https://docs.gunicorn.org, "Settings".


def _number(name: str) -> int | None:
    value = os.environ.get(name, "").strip()
    return int(value) if value.isdecimal() and int(value) > 0 else None


def _read(path: str) -> str:
    try:
        with open(path, encoding="ascii") as file:
            return file.read().strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _quota() -> float | None:
    """CPUs that the control group allows (cgroup v2, then v1), None where it sets no limit."""
    limit, _, period = _read("/sys/fs/cgroup/cpu.max").partition(" ")
    if not limit:
        limit = _read("/sys/fs/cgroup/cpu/cpu.cfs_quota_us")
        period = _read("/sys/fs/cgroup/cpu/cpu.cfs_period_us")
    if limit.isdecimal() and period.isdecimal() and int(period) > 0:
        return int(limit) / int(period)
    return None


def _cpus() -> int:
    quota = _quota()
    here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(here, math.ceil(quota)) if quota is not None else here)


def _config(key: str) -> Any:
    try:
        value = getattr(get_config(), key)
    except FindingsError as error:
        print(error, file=sys.stderr, flush=True)
        sys.exit(1)
    except ConfigError as error:
        print(text(one for one in validate() if one.severity == "error") or error, file=sys.stderr, flush=True)
        sys.exit(1)
    return value


def _port() -> int:
    value = os.environ.get("PORT", "").strip()
    if value and not (value.isascii() and value.isdecimal() and 1 <= int(value) <= 65535):
        print(f"error: PORT is {value!r}, not a port: a number from 1 to 65535", file=sys.stderr, flush=True)
        sys.exit(2)
    return int(value) if value else int(_config("server_port") or 80)


bind = f"0.0.0.0:{_port()}"
worker_class = "gthread"
workers = _number("WEB_CONCURRENCY") or _config("worker_count") or 2 * _cpus() + 1
threads = 4
timeout = 30  # seconds
#: Seconds in which readiness fails and calls are answered as before; gunicorn knows no such setting
shutdown_delay: float = _config("shutdown_delay")
#: Seconds for calls under way, and for what is sent at the end: with those above less than the 30 that a container gets
#: between SIGTERM and SIGKILL
graceful_timeout = max(8, 25 - math.ceil(shutdown_delay))
keepalive = 75  # seconds: more than the 60 that load balancers keep a connection idle
max_requests = 10000
max_requests_jitter = 1000
preload_app = False
limit_request_line = 8190  # bytes, the most there is: objects and arrays in a query are long
control_socket_disable = True  # it wants a home that can be written


if "gunicorn.arbiter" in sys.modules:  # else somebody only reads what stands here
    counting.prepare()


def on_starting(server: Any) -> None:
    """
    Load the service once before any worker does, in a child: a service that cannot start says so once, and gunicorn
    ends with 1, instead of every worker saying it.
    """
    child = os.fork()
    if child == 0:
        code = 1
        CROWD.workers = server.cfg.workers
        try:
            server.app.wsgi()
            code = 0
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else 1
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(1)


def when_ready(server: Any) -> None:
    """Have the first SIGTERM tell the workers, and have gunicorn hear of it later; a second one ends it at once."""
    hear: Any = signal.getsignal(signal.SIGTERM)
    is_closing = False

    def end(number: int, frame: Any) -> None:
        """Have nobody else connect, and gunicorn hear of it when the workers have taken who had connected."""
        nonlocal is_closing
        if is_closing or not _refuse_others(server):
            hear(number, frame)
            return
        is_closing = True
        signal.signal(signal.SIGALRM, lambda *_: hear(number, None))
        signal.setitimer(signal.ITIMER_REAL, TAKING_S)

    def stop(number: int, frame: Any) -> None:
        if not STOPPING.is_begun:
            STOPPING.is_begun = True
            for pid in list(server.WORKERS):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGURG)
            if shutdown_delay:
                signal.signal(signal.SIGALRM, lambda *_: end(number, None))
                signal.setitimer(signal.ITIMER_REAL, shutdown_delay)
                return
        end(number, frame)

    signal.signal(signal.SIGTERM, stop)


def _refuse_others(server: Any) -> bool:
    """Have nobody else connect; not where another process goes on with the sockets: a new gunicorn, or their giver."""
    is_shared = server.systemd or server.reexec_pid or server.master_pid
    if is_shared or any(isinstance(address, int) for address in server.cfg.address):
        return False
    return refuse_others(listener.sock for listener in server.LISTENERS)


def post_fork(server: Any, worker: Any) -> None:
    """Until *worker* has its own handlers it has those of its parent, which would lose a SIGTERM."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # A process that has no handler of this signal ignores it
    signal.signal(signal.SIGURG, lambda *_: _drain(worker))
    if STOPPING.is_begun:
        _drain(worker)


def _drain(worker: Any) -> None:
    """Have readiness say no, and every reply from now on say Connection: close."""
    STOPPING.is_begun = True
    known = worker.cfg.pre_request

    def pre_request(worker: Any, request: Any) -> None:
        known(worker, request)
        request.should_close = lambda: True

    worker.cfg.set("pre_request", pre_request)


def post_worker_init(worker: Any) -> None:
    """Say nothing of a stream that was cut: why was logged or reported, and where it was raised helps nobody."""
    from pymacaron.server.streaming import CutError

    worker.log.error_log.addFilter(lambda record: not (record.exc_info and isinstance(record.exc_info[1], CutError)))


def worker_exit(server: Any, worker: Any) -> None:
    """Send what *worker* still has to report, and its spans, in five seconds at most."""
    ending.end()
    metrics = sys.modules.get("pymacaron.server.observing.metrics")
    if metrics is not None:
        with suppress(Exception):  # where the process ends
            metrics.publish()


def child_exit(server: Any, worker: Any) -> None:
    """Add what *worker* has counted to what others have that ended before."""
    with suppress(OSError, ImportError):
        counting.bury(worker.pid)


if os.path.isdir("/dev/shm"):
    worker_tmp_dir = "/dev/shm"  # the heartbeat file never waits for a disk
