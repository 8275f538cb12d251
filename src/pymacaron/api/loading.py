"""
The service of a server.py, loaded for the parent that `pymacaron run` is: what it is, or what is wrong with it.

`main` loads it, says so and ends, for servers that load it themselves and would tell findings as tracebacks. Its
neighbour development.py goes on to serve. running/versions.py has what is said.
"""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from pymacaron import config
from pymacaron.api.served import is_built_in
from pymacaron.api.service import API, STARTED
from pymacaron.exceptions import ConfigError
from pymacaron.finding import FindingsError
from pymacaron.server.dotted import not_importable
from pymacaron.server.routes import routes

__all__ = ["Parent", "about", "load", "main", "operations"]

#: How long the process of `main` may take to end by itself
_END_S = 1.0
#: The names of the folders that packages are installed in
_INSTALLED = frozenset(("dist-packages", "site-packages"))


class Parent:
    """The other end of the socket that *descriptor* is."""

    def __init__(self, descriptor: int):
        self._socket = socket.socket(fileno=descriptor)
        self._socket.set_inheritable(False)
        self._lines = self._socket.makefile("rb")

    def orders(self) -> Iterator[tuple[str, Any]]:
        """What it tells, as it comes: ("load", variables) and ("stop", seconds); ends when there is no parent more."""
        try:
            for line in self._lines:
                yield from json.loads(line).items()
        except OSError:
            return

    def say(self, message: dict[str, Any]) -> None:
        """May raise OSError."""
        self._socket.sendall(json.dumps(message).encode() + b"\n")


def load(server: str) -> API | None:
    """
    The service that *server*, the path of a server.py, starts when it is imported, from its folder. None if it cannot
    be: what is wrong was printed.
    """
    name = os.path.splitext(os.path.basename(server))[0]
    folder = os.path.dirname(os.path.abspath(server))
    sys.path[:] = [folder, *(path for path in sys.path if path not in ("", folder))]
    wrong: object = (
        "error: nothing was started: server.py must end in letsgo(__name__, callback=...), and the callback call "
        "API(...).start(serve=...)"
    )
    try:
        _import(name, server)
        if STARTED:
            return STARTED[-1]
    except FindingsError as error:
        wrong = error
    except ConfigError as error:
        wrong = f"error: {error}"
    except SystemExit as error:
        said = error.code
        wrong = said if isinstance(said, str) else f"error: {os.path.basename(server)} ended itself: sys.exit({said})"
    except Exception as error:  # code of the user's ends here, and it is reported
        wrong = FindingsError([not_importable(name, server, error)])
    print(wrong, file=sys.stderr, flush=True)
    return None


def _import(name: str, file: str) -> None:
    """As `import name` does, whatever else has that name."""
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)


def about(api: API) -> dict[str, Any]:
    """
    What a parent is told of *api*: `title`, the names and versions of its apis; `operations` in their descriptions, and
    `bound` of them; `docs`, the path of the docs page, or None; `files`, what it was made of; `folders`, where its
    descriptions stand.
    """
    apis = {id(one.api): one.api for one in api.served if not is_built_in(one.api) and not one.is_webhook}.values()
    bound = sum(not one.is_webhook and not is_built_in(one.api) for one in api.served)
    loaded = [one.api for one in api._apis.values() if not is_built_in(one.api)]
    documents = {uri for one in loaded for uri in one.references.documents if os.path.isabs(uri)}
    config_file = config.find_file()
    return {
        "loaded": True,
        "title": ", ".join(f"{one.name} {one.version}" for one in apis) or api.app.name,
        "operations": sum(len(one.operations) for one in apis),
        "bound": bound,
        "docs": api.docs,
        "files": sorted({*documents, *_modules(), *([config_file] if config_file is not None else [])}),
        "folders": sorted({os.path.dirname(one.root.document.uri) for one in loaded}),
    }


def _modules() -> Iterator[str]:
    """The Python files that were imported, wherever they are, but not those of Python and of installed packages."""
    python = os.path.dirname(os.__file__) + os.sep
    for module in list(sys.modules.values()):
        file = vars(module).get("__file__") if isinstance(module, ModuleType) else None
        if not isinstance(file, str) or not file.endswith(".py") or file.startswith(python):
            continue
        if not _INSTALLED.intersection(file.split(os.sep)):
            yield os.path.abspath(file)


def operations(api: API) -> dict[str, str]:
    """dict: endpoint of a rule that operations answer -> the operationId of the first of them."""
    found = routes(
        [
            (one.bound.operation.method, one.base_path + one.bound.operation.path, one.bound.operation)
            for one in api.served
        ]
    )
    return {f"{route.method} {route.rule.text}": route.targets[-1].what.id for route in found}


def main() -> None:
    """Load the server.py that the command line names when the parent says so, and tell it what it is."""
    parent = Parent(int(sys.argv[2]))
    orders = parent.orders()
    nothing: tuple[str, Any] = ("stop", None)
    order, value = next(orders, nothing)
    if order != "load":
        return
    threading.Thread(target=_end, args=(orders,), daemon=True).start()
    os.environ.update(value)
    api = load(sys.argv[1])
    if api is not None and not _has_app(sys.argv[1]):
        api = None
    parent.say({"loaded": False} if api is None else about(api))


def _end(orders: Iterator[Any]) -> None:
    """End this process soon after its parent has gone or has heard enough, whatever the service is at."""
    for _ in orders:
        continue
    time.sleep(_END_S)
    os._exit(0)


def _has_app(server: str) -> bool:
    """Whether *server* has the name by which servers for production find the app; says so where it has not."""
    file = os.path.basename(server)
    if hasattr(sys.modules[os.path.splitext(file)[0]], "app"):
        return True
    fact = f"error: {file} has no 'app', which servers for production look for"
    print(f"{fact}. Write: app = Flask(__name__)", file=sys.stderr, flush=True)
    return False
