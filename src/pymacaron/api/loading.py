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
from collections.abc import Iterator
from typing import Any

from pymacaron.api.served import is_built_in
from pymacaron.api.service import API, STARTED
from pymacaron.exceptions import ConfigError
from pymacaron.finding import FindingsError
from pymacaron.server.dotted import not_importable
from pymacaron.server.routes import routes

__all__ = ["Parent", "about", "load", "main", "operations"]


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
        wrong = error.code if isinstance(error.code, str) else ""
    except Exception as error:  # code of the user's ends here, and it is reported
        wrong = FindingsError([not_importable(name, server, error)])
    if str(wrong):
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
    `bound` of them; `docs`, the path of the docs page, or None; `documents`, the files that were read, and `folders`.
    """
    apis = {id(one.api): one.api for one in api.served if not is_built_in(one.api) and not one.is_webhook}.values()
    bound = sum(not one.is_webhook and not is_built_in(one.api) for one in api.served)
    loaded = [one.api for one in api._apis.values() if not is_built_in(one.api)]
    return {
        "loaded": True,
        "title": ", ".join(f"{one.name} {one.version}" for one in apis) or api.app.name,
        "operations": sum(len(one.operations) for one in apis),
        "bound": bound,
        "docs": api.docs,
        "documents": sorted({uri for one in loaded for uri in one.references.documents if os.path.isabs(uri)}),
        "folders": sorted({os.path.dirname(one.root.document.uri) for one in loaded}),
    }


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
    for order, value in parent.orders():
        if order == "load":
            os.environ.update(value)
            api = load(sys.argv[1])
            parent.say({"loaded": False} if api is None else about(api))
        break
