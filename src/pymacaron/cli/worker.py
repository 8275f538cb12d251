"""`pymacaron worker`: the processes that run a service's tasks, for whichever queue is configured."""

from __future__ import annotations

import logging
import os
import signal
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

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
  pymacaron worker --when-live https://api.example.com
"""


@click.command(short_help="Run the tasks that a service has sent.", epilog=_EXAMPLES)
@click.argument("server", metavar="[SERVER.PY]", default="server.py")
@click.option("--processes", type=click.IntRange(1), help="How many tasks run at a time. Default: task_processes.")
@click.option(
    "--queue", "queues", metavar="NAME", multiple=True, help="Which queues, one or more. Default: all of them."
)
@click.option("--when-live", "url", metavar="URL", help="Only while URL/version says this container's own version.")
@click.option("--every", type=click.FloatRange(0.01), default=5.0, help="Seconds between two looks there. Default: 5.")
@click.option("--probe", type=click.IntRange(0, 65535), metavar="PORT", help="Answer 200 there, for a load balancer.")
@click.option("--parent-pid", type=int, hidden=True, help="The process that has started this worker, and ends it.")
@click.option("--server-pid", type=int, hidden=True, help="The server that has started this worker, and ends it.")
@click.option("--lock", type=int, hidden=True, help="Descriptor of the lock that the server has taken for it.")
@click.option("--debug", is_flag=True, hidden=True, help="That server is in development mode.")
def worker(
    server: str,
    processes: int | None,
    queues: tuple[str, ...],
    url: str | None,
    every: float,
    probe: int | None,
    parent_pid: int | None,
    server_pid: int | None,
    lock: int | None,
    debug: bool,
) -> None:
    """
    Run the tasks that the service of ./server.py, or of the file or folder that is named, has sent.

    They wait where `broker_url` in pym-config.yaml says. Without one that is a file beside the service, for which there
    is one worker; for Redis and SQS there can be many. With `with_async: true` the service's own server starts one.

    Of two releases that are there at the same time, --when-live has the workers of one alone take tasks: they start
    when URL/version says their PYM_CONTAINER_VERSION three times in a row, and stop when it says another as often.

    Variables in a file .env beside server.py are set, unless they are set already.

    Ctrl-C or a SIGTERM stops it: what runs may end within `task_stop_s` seconds, and is run again else. A second one
    stops it at once. Exits with 0 when it was stopped, 1 when it cannot work, 2 when it was called wrongly.
    """
    if os.name == "nt":
        raise click.UsageError("This command is for Linux and macOS.")
    if probe is not None and url is None:
        raise click.UsageError("--probe goes with --when-live.")
    path = found(server, "worker")
    if url is not None:
        sys.exit(_when_live(url, every, probe, path, processes, queues))
    if parent_pid is not None:
        when_gone(parent_pid, lambda: os.kill(os.getpid(), signal.SIGTERM))
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


def _when_live(
    url: str, every: float, probe: int | None, path: str, processes: int | None, queues: tuple[str, ...]
) -> int:
    """Run the worker, as a process of its own, while its release is live."""
    from functools import partial

    from pymacaron.tasks import turn
    from pymacaron.utils import get_container_version

    label = get_container_version()
    if not label:
        raise click.UsageError("--when-live compares with PYM_CONTAINER_VERSION, which is not set.")
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise click.BadParameter("no URL such as https://api.example.com.", param_hint="'--when-live'")
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO)
    command = [sys.executable, "-m", "pymacaron", "worker", "--parent-pid", str(os.getpid())]
    command += ["--processes", str(processes)] if processes is not None else []
    command += [word for name in queues for word in ("--queue", name)]
    if probe is not None:
        try:
            turn.probe(probe)
        except OSError as error:
            failed(f"--probe: port {probe} cannot be listened at: {error.strerror}")
    return turn.Turn([*command, path], label, partial(turn.live_label, url), every_s=every).run()


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
