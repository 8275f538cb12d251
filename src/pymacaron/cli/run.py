"""
`pymacaron run`: a service while somebody works on it, or under a server for production.

running/ has what it does; here is how it is asked for, and what is printed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import click

from pymacaron import dotenv
from pymacaron.cli.entrypoint import found
from pymacaron.cli.terminal import Choice, failed
from pymacaron.exceptions import ConfigError

__all__ = ["banner", "run"]

_PORT = 8080
#: How long the process that has tried to load the service may take to end
_END_S = 2.0
_EXAMPLES = """\b
Examples:
  pymacaron run
  pymacaron run --port 8081
  pymacaron run --server gunicorn --host 0.0.0.0 --workers 4
"""


@click.command(short_help="Start the service, and again whenever it changes.", epilog=_EXAMPLES)
@click.argument("server", metavar="[SERVER.PY]", default="server.py")
@click.option(
    "--server",
    "kind",
    type=Choice(["dev", "gunicorn", "granian"]),
    default="dev",
    show_default=True,
    help="What listens: the development server, or one for production.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen: 0.0.0.0 is every address.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help=f"Port to listen on; 0 is a free one. Default: PORT, or server_port of the config, or {_PORT}.",
)
@click.option("--workers", type=click.IntRange(1), help="Processes of gunicorn or granian.")
@click.option("--no-reload", is_flag=True, help="Start nothing again when files change.")
def run(server: str, kind: str, host: str, port: int | None, workers: int | None, no_reload: bool) -> None:
    """
    Start the service of ./server.py, or of the file or folder that is named, for development.

    When code, pym-config.yaml, .env or a description changes, the new version takes over as soon as it is loaded. One
    that cannot be loaded has its findings printed, and the version before keeps serving.

    Variables in a file .env beside server.py are set, unless they are set already.

    Exits with 0 when it is stopped (Ctrl-C, SIGTERM), 1 when the service cannot be started, 2 when it was called
    wrongly.
    """
    if workers is not None and kind == "dev":
        raise click.UsageError("--workers is for --server gunicorn and --server granian.")
    if os.name == "nt":
        raise click.UsageError("This command is for Linux and macOS. Use: python server.py")
    path = found(server, "run")
    folder = os.path.dirname(path)
    os.chdir(folder)
    try:
        variables = dotenv.unset(folder)
        port = _port({**variables, **os.environ}) if port is None else port
    except ConfigError as error:
        failed(str(error))
    if kind == "dev":
        sys.exit(_develop(path, host, port, reload=not no_reload))
    _produce(kind, path, host, port, workers, variables)


def _port(environ: Mapping[str, str]) -> int:
    """The port of the environment or the config. Raises UsageError for one that is none, FindingsError."""
    from pymacaron.config import get_config

    for name in ("PORT", "PYM_SERVER_PORT"):
        value = environ.get(name, "").strip()
        if value:
            if value.isascii() and value.isdecimal() and 1 <= int(value) <= 65535:
                return int(value)
            raise click.UsageError(f"{name} is {value!r}, not a port: a number from 1 to 65535")
    port: int | None = get_config().server_port
    return port or _PORT


def _develop(path: str, host: str, port: int, *, reload: bool) -> int:
    from pymacaron.running.listener import ListenError, address, listen
    from pymacaron.running.supervisor import Supervisor

    try:
        listener = listen(host, port)
    except ListenError as error:
        failed(str(error))
    port = listener.getsockname()[1]
    folder = os.path.dirname(path)

    def tell(loaded: Mapping[str, Any], changed: list[str]) -> None:
        if changed:
            more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
            end = f"(reloaded: {os.path.relpath(changed[0], folder)}{more})"
        else:
            end = "(reloading)" if reload else ""
        _say(banner(loaded, address(host, port), end))

    def variables() -> dict[str, str]:
        return {**dotenv.unset(folder), "PORT": str(port)}

    with listener:
        supervisor = Supervisor(
            path,
            listener,
            reload=reload,
            variables=variables,
            tell=tell,
            say=lambda message: _say(message, err=True),
        )
        return supervisor.run()


def _say(message: str, *, err: bool = False) -> None:
    """Print *message*; where nobody reads it any more, the service goes on."""
    with suppress(OSError):
        click.echo(message, err=err)


def banner(loaded: Mapping[str, Any], url: str, end: str) -> str:
    """`shop 1.0.0  6 operations, all bound  http://127.0.0.1:8080/doc  (reloading)`."""
    count, bound = loaded["operations"], loaded["bound"]
    operations = f"{count} operation{'s' * (count != 1)}, {'all' if bound == count else bound} bound"
    return "  ".join(part for part in (loaded["title"], operations, url + (loaded["docs"] or ""), end) if part)


def _produce(kind: str, path: str, host: str, port: int, workers: int | None, variables: Mapping[str, str]) -> None:
    """Become the server *kind*, once the service was seen to load: what is wrong is told once, not by each worker."""
    from pymacaron.cli.servers import MissingServerError, command
    from pymacaron.running.listener import ListenError, address, listen

    os.environ.update(variables)
    try:
        arguments = command(kind, path, host, port, workers)
        with listen(host, port) as listener:
            if port == 0:
                port = listener.getsockname()[1]
                arguments = command(kind, path, host, port, workers)
    except (ListenError, MissingServerError) as error:
        failed(str(error))
    loaded = _tried(path)
    if loaded is None or not loaded["loaded"]:
        sys.exit(1)
    click.echo(banner(loaded, address(host, port), f"({kind})"))
    sys.stdout.flush()
    os.execv(arguments[0], arguments)


def _tried(path: str) -> dict[str, Any] | None:
    """What the service says of itself when it is loaded, in a process that ends then. Exits with 0 when stopped."""
    import signal

    from pymacaron.running.versions import Version

    version = Version(path, None)
    loaded = None
    known = {number: signal.signal(number, signal.default_int_handler) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        version.load({})
        while loaded is None and not version.is_over:
            loaded = version.said()
    except KeyboardInterrupt:
        sys.exit(0)
    finally:
        version.close(_END_S)
        for number, handler in known.items():
            signal.signal(number, handler)
    return loaded
