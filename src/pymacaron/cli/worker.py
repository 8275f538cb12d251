"""`pymacaron worker`: the processes that run a service's tasks, for whichever queue is configured."""

from __future__ import annotations

import logging
import os
import signal
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from pymacaron import dotenv
from pymacaron.cli.entrypoint import found
from pymacaron.cli.terminal import failed
from pymacaron.exceptions import ConfigError
from pymacaron.finding import did_you_mean
from pymacaron.parent import when_gone

if TYPE_CHECKING:
    from pymacaron.tasks.lock import Lock

__all__ = ["worker"]

_EXAMPLES = """\b
Examples:
  pymacaron worker
  pymacaron worker --processes 8
  pymacaron worker --queue mail --queue reports path/to/server.py
"""


@click.command(short_help="Run the tasks that a service has sent.", epilog=_EXAMPLES)
@click.argument("server", metavar="[SERVER.PY]", default="server.py")
@click.option("--processes", type=click.IntRange(1), help="How many tasks run at a time. Default: task_processes.")
@click.option(
    "--queue", "queues", metavar="NAME", multiple=True, help="Which queues, one or more. Default: all of them."
)
@click.option("--server-pid", type=int, hidden=True, help="The server that has started this worker, and ends it.")
@click.option("--lock", type=int, hidden=True, help="Descriptor of the lock that the server has taken for it.")
@click.option("--debug", is_flag=True, hidden=True, help="That server is in development mode.")
def worker(
    server: str, processes: int | None, queues: tuple[str, ...], server_pid: int | None, lock: int | None, debug: bool
) -> None:
    """
    Run the tasks that the service of ./server.py, or of the file or folder that is named, has sent.

    They wait where `broker_url` in pym-config.yaml says. Without one that is a file beside the service, for which there
    is one worker; for Redis and SQS there can be many. With `with_async: true` the service's own server starts one.

    Variables in a file .env beside server.py are set, unless they are set already.

    Ctrl-C or a SIGTERM stops it: what runs may end within `task_stop_s` seconds, and is run again else. A second one
    stops it at once. Exits with 0 when it was stopped, 1 when it cannot work, 2 when it was called wrongly.
    """
    if os.name == "nt":
        raise click.UsageError("This command is for Linux and macOS.")
    path = found(server, "worker")
    os.chdir(os.path.dirname(path))
    try:
        if server_pid is None:
            os.environ.update(dotenv.unset(os.path.dirname(path)))
        else:
            signal.signal(signal.SIGINT, lambda *_: None)  # a Ctrl-C at the terminal is the server's to handle
        if debug:
            import_module("pymacaron.api.development")  # which tells letsgo
        code = _work(path, processes, list(queues), server_pid, lock)
    except ConfigError as error:
        failed(str(error))
    sys.exit(code)


def _work(path: str, processes: int | None, queues: list[str], server: int | None, descriptor: int | None) -> int:
    from pymacaron import config
    from pymacaron.api.launch import LOG_FORMAT
    from pymacaron.api.loading import load
    from pymacaron.tasks import current, registry
    from pymacaron.tasks.lock import Lock, lock_file

    logging.basicConfig(format=LOG_FORMAT, level=logging.INFO)
    if load(path) is None:
        return 1
    settings: Any = config.get_config()
    many = processes if processes is not None else settings.task_processes
    kind = current.kind(settings.broker_url)
    lock = Lock(lock_file(), descriptor)
    for name in set(queues).difference(registry.queues()):
        hint = did_you_mean(name, registry.queues())
        logging.getLogger("pymacaron.tasks").warning("no task waits in a queue %r. %s", name, hint)
    if kind == "memory":
        failed("broker_url is memory://, where tasks wait in the memory of the process that sends them: for tests only")
    if kind == "embedded":
        return _embedded(lock, many, queues, server)
    from pymacaron.tasks.celery.worker import work

    if server is not None:
        lock.sign()
        os.setpgid(0, 0)  # a Ctrl-C at the terminal is the server's to handle
        when_gone(server, lambda: os.kill(os.getpid(), signal.SIGTERM))
    return work(processes=many, queues=queues, stop_s=settings.task_stop_s)


def _embedded(lock: Lock, processes: int, queues: list[str], server: int | None) -> int:
    from pymacaron import config
    from pymacaron.tasks import current
    from pymacaron.tasks.embedded.worker import work

    try:
        is_mine = lock.take()
    except OSError as error:
        failed(
            f"{lock.path}, which the one worker of the service holds, cannot be opened: {error.strerror}. Let the user "
            "that runs this write it, or delete it"
        )
    if not is_mine:
        who = lock.holder()
        other = f"process {who}" if who is not None else "another process"
        failed(f"{other} runs the tasks of this service already, and holds {lock.path}")
    settings: Any = config.get_config()
    return work(
        lock,
        current.embedded_file(),
        processes=processes,
        queues=queues,
        keep_s=settings.task_keep_s,
        stop_s=settings.task_stop_s,
        parent=server,
    )
