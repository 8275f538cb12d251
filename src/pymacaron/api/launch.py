"""`letsgo`, the end of every server.py: what it is asked for, where it listens, and how a start that fails ends."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any

from pymacaron import config, ending
from pymacaron.api import workers
from pymacaron.api.service import API, STARTED
from pymacaron.exceptions import ConfigError
from pymacaron.finding import FindingsError, text

__all__ = ["DEVELOPMENT", "LOG_FORMAT", "letsgo"]

#: The module that imports a server.py for `pymacaron run`; it is loaded by nothing else
DEVELOPMENT = "pymacaron.api.development"

_HTTP = 80
LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def letsgo(name: str, callback: Callable[..., Any], argv: Sequence[str] | None = None) -> None:
    """
    The end of every server.py: `letsgo(__name__, callback=start)`.

    From the command line (`python server.py`) it reads --port, --debug/--no-debug and --env, calls
    `callback(port, debug)` and listens until it is stopped. Imported, by gunicorn or by a test, it only calls the
    callback, so that the app in server.py is ready. A user's mistake ends in a message and exit code 1, never in a
    traceback; wrong options in exit code 2.
    """
    if name != "__main__":
        _imported(callback)
        return
    options = _options(argv)
    if options.env:
        os.environ["PYM_ENV"] = options.env
    debug = options.debug if options.debug is not None else os.environ.get("PYM_ENV") == "dev"
    logging.basicConfig(format=LOG_FORMAT, level=logging.INFO)
    try:
        config.require_file(_folder_of(callback))
        port = options.port if options.port is not None else _port()
        callback(port if port is not None else _HTTP, debug)
        if not STARTED:
            sys.exit("nothing was started: the callback given to letsgo must call API(...).start(serve=...)")
        _listen(STARTED[-1], port, _file_of(callback))
    except (FindingsError, ConfigError) as error:
        print(_told(error), file=sys.stderr)
        sys.exit(1)


def _imported(callback: Callable[..., Any]) -> None:
    is_development = DEVELOPMENT in sys.modules
    if is_development or "gunicorn.arbiter" in sys.modules:
        logging.basicConfig(format=LOG_FORMAT, level=logging.INFO)  # does nothing where the service has done it
    try:
        config.require_file(_folder_of(callback))
        callback(_port() or _HTTP, is_development or os.environ.get("PYM_ENV") == "dev")
        file = _file_of(callback)
        if STARTED and file is not None:
            workers.start_under_server(file)
    except (FindingsError, ConfigError) as error:
        if "gunicorn.arbiter" not in sys.modules and not workers.is_granian():
            if sys.excepthook is sys.__excepthook__:
                sys.excepthook = _tell  # where nobody catches it, the process ends with it
            raise
        print(_told(error), file=sys.stderr, flush=True)
        sys.exit(4)  # gunicorn's Arbiter.APP_LOAD_ERROR: stop, instead of trying again for ever


def _told(error: Exception) -> str:
    """What to say of *error*: a key that is missing is told with all else that is wrong in the config."""
    if isinstance(error, ConfigError):
        found = [one for one in config.validate() if one.severity == "error"]
        return text(found) if found else f"error: {error}"
    return str(error)


def _tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """As Python tells of an exception that nobody has caught; of a user's mistake without a traceback."""
    if isinstance(error, (FindingsError, ConfigError)):
        print(_told(error), file=sys.stderr, flush=True)
    else:
        sys.__excepthook__(kind, error, trace)


def _folder_of(callback: Callable[..., Any]) -> str | None:
    """The folder of the server.py that *callback* stands in."""
    file = _file_of(callback)
    return os.path.dirname(file) if file else None


def _file_of(callback: Callable[..., Any]) -> str | None:
    """The server.py that *callback* stands in."""
    file = getattr(callback, "__globals__", {}).get("__file__")
    return os.path.abspath(file) if file else None


def _port() -> int | None:
    """The port of the environment or the config; None where neither says one. Exits with 2 if it is none."""
    value = os.environ.get("PORT", "").strip() or config.get_config().server_port
    try:
        return None if value is None else _port_number(str(value))
    except ValueError:
        print(f"error: PORT is {value!r}, not a port: a number from 1 to 65535", file=sys.stderr)
        sys.exit(2)


def _port_number(text: str) -> int:
    """Raises ValueError if *text* is no TCP port."""
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= 65535):
        raise ValueError(text)
    return int(text)


_port_number.__name__ = "port"  # what argparse calls it


def _options(argv: Sequence[str] | None) -> Any:
    import argparse

    parser = argparse.ArgumentParser(description="Serve this service's apis.")
    parser.add_argument("--port", type=_port_number, help="port to listen on (default: $PORT, $PYM_SERVER_PORT, 80)")
    parser.add_argument("--debug", action=argparse.BooleanOptionalAction, default=None, help="development mode")
    parser.add_argument("--env", help="name of the environment, as PYM_ENV: dev, staging, ...")
    return parser.parse_args(argv)


def _listen(api: API, port: int | None, file: str | None) -> None:
    """
    Werkzeug's server, a thread per request, for development: production runs gunicorn. *port* None: the api's;
    *file*: the server.py.
    """
    from werkzeug.serving import make_server

    from pymacaron.running.listener import ListenError, listen

    port = api.port if port is None else port
    host = "127.0.0.1" if api.host == "localhost" else api.host
    try:
        listener = listen(host, port)
    except ListenError as error:
        sys.exit(f"error: {error}")
    with listener, make_server(host, port, api.app, threaded=True, fd=listener.fileno()) as server:
        told = _interrupting()
        with suppress(KeyboardInterrupt):
            if file is not None:
                workers.start(file)
            print(f"Listening on http://{host}:{port} (Ctrl-C stops it)", file=sys.stderr, flush=True)
            server.serve_forever()  # returns when it is interrupted
    ending.end()
    if told:
        os.kill(os.getpid(), signal.SIGTERM)  # its end is that of the signal, whatever the service's threads do


def _interrupting() -> list[int]:
    """
    Have a SIGTERM end what the main thread does as a Ctrl-C would, unless the service handles it itself; a second one
    ends the process at once. The list that it gives has the signal when it has come.
    """
    told: list[int] = []

    def interrupt(number: int, frame: Any) -> None:
        signal.signal(number, signal.SIG_DFL)
        told.append(number)
        raise KeyboardInterrupt

    in_main = threading.current_thread() is threading.main_thread()
    if in_main and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        signal.signal(signal.SIGTERM, interrupt)
    return told
