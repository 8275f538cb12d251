"""
A service put together: descriptions loaded, handlers bound, everything mounted on the user's Flask app.

The only place that knows all rooms. `API` mounts, `letsgo` starts what `python server.py` starts.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import Flask

from pymacaron import check, config, crash, exceptions
from pymacaron.auth import schemes
from pymacaron.finding import Finding, FindingsError, did_you_mean, sorted_findings, text
from pymacaron.pool import ApiPool, LoadedApi
from pymacaron.schema.codec import Schemas
from pymacaron.schema.ownformats import own_formats
from pymacaron.server import binding, builtin, calls, dispatch, docs
from pymacaron.server.compression import compression
from pymacaron.server.cors import cors
from pymacaron.server.errors import Errors
from pymacaron.server.replies import Checking
from pymacaron.server.routes import rule, shape
from pymacaron.spec.load import load
from pymacaron.spec.model import Api, Operation

__all__ = ["API", "letsgo"]

log = logging.getLogger("pymacaron")

#: How many warnings a start shows
_WARNINGS = 20

#: Where findings about webhooks point
_WEBHOOKS = "start(webhooks=...)"

_HTTP = 80
_LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class API:
    """
    Serves descriptions on the Flask app *app*.

    `host`, `port`: where letsgo listens. `debug`: development mode (see docs/serving.md). `formats`: dict of format
    name -> (check, convert, unconvert), see docs/models.md. `timeout`: seconds that clients wait.
    `error_reporter(title, message)` is told of crashes and slow calls. `error_callback(exception)` may answer an
    exception itself, with a Response or an Error model; None goes on. `error_decorator(dict) -> dict` sees every JSON
    error before it is sent. `ping_hook()` runs in /ping. `settings`: what wins over the environment and
    pym-config.yaml. `resolver(operation) -> callable, dotted path or None` finds handlers. `authenticators`: dict of
    security scheme name -> callable(credential, scopes) -> claims.
    """

    def __init__(
        self,
        app: Flask,
        host: str = "localhost",
        port: int = 80,
        debug: bool = False,
        log_level: int = logging.INFO,
        formats: Mapping[str, Any] | None = None,
        timeout: float = 20,
        error_reporter: Callable[[str, str], Any] | None = None,
        default_user_id: str | None = None,
        error_callback: Callable[[Exception], Any] | None = None,
        error_decorator: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
        ping_hook: Callable[[], Any] | None = None,
        *,
        settings: Mapping[str, Any] | None = None,
        resolver: Callable[[Operation], Callable[..., Any] | str | None] | None = None,
        authenticators: Mapping[str, Callable[..., Any]] | None = None,
    ):
        self.app = app
        self.host = host
        self.port = port
        self.debug = debug
        self.timeout = timeout
        self.ping_hook = ping_hook
        self._formats = own_formats(formats)
        self._error_callback = error_callback
        self._error_decorator = error_decorator
        self._resolver = resolver
        self._authenticators = dict(authenticators or {})
        self._apis: dict[str, LoadedApi] = {}
        self._docs_path = "doc"
        self._crash = False
        overrides = dict(settings or {})
        if default_user_id is not None:
            overrides.setdefault("default_user_id", default_user_id)
        if debug is not False:
            overrides.setdefault("debug", debug)
        config.load(settings=overrides)
        log.setLevel(log_level)
        if error_reporter is not None:
            crash.set_error_reporter(error_reporter)

    def load_apis(
        self,
        path: str | os.PathLike[str],
        ignore: Iterable[str] = (),
        include_crash_api: bool = False,
        *,
        retrieve: Callable[[str], bytes] | None = None,
    ) -> API:
        """
        Load every description below the folder *path*: each `*.yaml`, `*.yml` and `*.json` is an api, named after its
        file. *path* may be a single file, too.

        *ignore*: names to leave out. *include_crash_api*: also the operations under /crash that fail on purpose.
        *retrieve(url)* gives what a `$ref` to the network names; without it nothing is fetched from there.
        Raises FindingsError if a file cannot be read; what is wrong in it is said by start().
        """
        for file in [path] if os.path.isfile(path) else check.descriptions(path, ignore):
            self._load(file, retrieve)
        self._crash = self._crash or include_crash_api
        return self

    def publish_apis(self, path: str = "doc") -> API:
        """Serve the descriptions below `/<path>` instead of `/doc`."""
        self._docs_path = path
        return self

    def start(self, serve: str | Sequence[str] = (), webhooks: Mapping[str, str] | None = None) -> API:
        """
        Mount the apis named in *serve* and the built-in ones on the app; what else was loaded is not served.

        *webhooks*: dict of a webhook's name -> the path where this service receives it, `{"newPet": "/hooks/new-pet"}`.
        The api that describes it must be loaded, not served; where several do, the name is `"<api>.<webhook>"`.
        Raises FindingsError with all that is wrong in descriptions, handlers and config; warnings are logged. Listens
        on no port: letsgo does, or gunicorn.
        """
        names = [serve] if isinstance(serve, str) else list(serve)
        if config.folder() not in sys.path:
            sys.path.insert(0, config.folder())
        settings = config.get_config()
        findings = [*config.validate(), *check.old_distributions()]
        for file in (builtin.PING, *([builtin.CRASH] if self._crash else [])):
            own = self._apis.get(file.stem)
            if own is not None and not _is_built_in(own.api):
                fact = f"{file.stem!r} is the name of an api that every service has"
                findings.append(Finding(own.api.root.document.name, 0, 0, "reserved-name", fact, "Rename the file"))
                continue
            self._load(file)
            names.append(file.stem)
        findings += self._unknown(names)
        findings += [finding for loaded in self._apis.values() for finding in loaded.api.findings]
        served: list[dispatch.Served] = []
        apis = [self._apis[name] for name in dict.fromkeys(names) if name in self._apis]
        for loaded in apis:
            ours, found = self._served(loaded)
            served += ours
            findings += found
        hooks, found = self._webhooks(webhooks or {})
        served += hooks
        findings += [*found, *_same_paths(served)]
        errors = [finding for finding in findings if finding.severity == "error"]
        if errors:
            raise FindingsError(findings)
        _warn(findings)
        self._mount(served, settings)
        if settings.docs:
            docs.publish(self.app, [(loaded.api, self._base_path(loaded.api)) for loaded in apis], self._docs_path)
        config.freeze()
        _STARTED.append(self)
        return self

    def _load(self, file: str | os.PathLike[str], retrieve: Callable[[str], bytes] | None = None) -> None:
        api = load(os.fspath(file), retrieve=retrieve, max_bytes=config.get_config().max_document_bytes)
        loaded = LoadedApi(api, Schemas(api, self._formats))
        self._apis[api.name] = loaded
        ApiPool._add(loaded)

    def _unknown(self, names: Iterable[str]) -> list[Finding]:
        loaded = ", ".join(sorted(name for name in self._apis if name != "ping")) or "none"
        return [
            Finding("start(serve=...)", 0, 0, "unknown-api", f"no api named {name!r} is loaded (loaded: {loaded})",
                    did_you_mean(name, self._apis))
            for name in names
            if name not in self._apis
        ]  # fmt: skip

    def _served(self, loaded: LoadedApi) -> tuple[list[dispatch.Served], list[Finding]]:
        api = loaded.api
        bounds, findings = binding.bind(api, resolver=None if _is_built_in(api) else self._resolver)
        served, found = self._enforced(loaded, bounds, self._base_path(api))
        return served, [*findings, *check.parents(api, loaded.schemas), *found]

    def _webhooks(self, wanted: Mapping[str, str]) -> tuple[list[dispatch.Served], list[Finding]]:
        """What receives the webhooks *wanted*, name -> path."""
        by_name: dict[str, list[LoadedApi]] = {}
        for loaded in self._apis.values():
            for name in dict.fromkeys(operation.path for operation in loaded.api.webhooks):
                by_name.setdefault(name, []).append(loaded)
                by_name.setdefault(f"{loaded.name}.{name}", [loaded])
        served: list[dispatch.Served] = []
        findings: list[Finding] = []
        for name, path in wanted.items():
            describing = by_name.get(name, [])
            if len(describing) != 1:
                findings.append(_unknown_webhook(name, describing, by_name))
                continue
            if not isinstance(path, str) or not path.startswith("/"):
                fact = f"webhook {name!r} is mounted at {path!r}, which is no path"
                findings.append(Finding(_WEBHOOKS, 0, 0, "webhook-path", fact, "Write one such as '/hooks/new-pet'"))
                continue
            [loaded] = describing
            own = name if any(one.path == name for one in loaded.api.webhooks) else name.removeprefix(f"{loaded.name}.")
            operations = [replace(one, path=path) for one in loaded.api.webhooks if one.path == own]
            findings += [problem for one in operations for problem in _misplaced(name, one)]
            bounds, found = binding.bind(loaded.api, resolver=self._resolver, operations=operations)
            mounted, more = self._enforced(loaded, bounds, "")
            served += [replace(one, is_webhook=True) for one in mounted]
            findings += [*found, *more, *check.parents(loaded.api, loaded.schemas)]
        return served, findings

    def _enforced(
        self, loaded: LoadedApi, bounds: Iterable[binding.Bound], base_path: str
    ) -> tuple[list[dispatch.Served], list[Finding]]:
        """*bounds* of an api with what enforces their security, and where nothing does."""
        api = loaded.api
        served: list[dispatch.Served] = []
        findings: list[Finding] = []
        for bound in bounds:
            operation = bound.operation
            findings += schemes.unenforced(operation, api.security_schemes, self._authenticators)
            enforce = schemes.enforcer(operation, api.security_schemes, self._authenticators)
            served.append(dispatch.Served(api, base_path, bound, loaded.schemas, enforce))
        return served, findings

    def _base_path(self, api: Api) -> str:
        return "" if config.get_config().ignore_base_path else api.base_path

    def _mount(self, served: list[dispatch.Served], settings: config.Config) -> None:
        debug = config.is_dev()
        self.app.extensions["pymacaron"] = self
        self.app.debug = self.app.debug or debug
        for limit in ("max_content_length", "max_form_parts", "max_form_memory_size"):
            if getattr(settings, limit) is not None:  # what the app's own config says stands otherwise
                self.app.config[limit.upper()] = getattr(settings, limit)
        errors = Errors(self.app, debug=debug, decorator=self._error_decorator, callback=self._error_callback)
        errors.install()
        exceptions.set_reply_maker(errors.reply)
        finishers = [cors(settings.cors), compression(settings.compress, settings.compress_min_bytes)]
        calls.install(self.app, [finish for finish in finishers if finish is not None])
        checking = Checking(settings.response_validation, settings.response_sample)
        dispatch.mount(self.app, served, errors, checking)


def _is_built_in(api: Api) -> bool:
    return api.root.document.uri in (str(builtin.PING), str(builtin.CRASH))


def _same_paths(served: Sequence[dispatch.Served]) -> list[Finding]:
    """
    A warning for every operation that another api answers already; spec/load.py tells those of one api. An error for a
    webhook whose path is taken: nobody would notice that it is never received.
    """
    first: dict[tuple[str, str], Api] = {}
    findings = []
    for one in served:
        operation = one.bound.operation
        key = (operation.method, shape(rule(one.base_path + operation.path).text))
        taken = key in first
        owner = first.setdefault(key, one.api)
        fact = f"{operation.method} {one.base_path}{operation.path} is answered by the api {owner.name!r} already"
        if taken and one.is_webhook:
            findings.append(Finding(_WEBHOOKS, 0, 0, "webhook-path", fact, "Mount the webhook at a path of its own"))
        elif owner is not one.api and not _is_built_in(one.api):
            findings.append(operation.node.finding("same-path", fact, "Change one of the base paths", key=True))
    return findings


def _unknown_webhook(name: str, describing: Sequence[LoadedApi], names: Mapping[str, Any]) -> Finding:
    """*describing*: the apis that have a webhook of that name: none, or several; *names*: all webhooks there are."""
    if describing:
        fact = f"webhook {name!r} is described by the apis {' and '.join(repr(one.name) for one in describing)}"
        mend = f"Write {' or '.join(repr(f'{one.name}.{name}') for one in describing)}"
    else:
        known = sorted(name for name, apis in names.items() if not any(name.startswith(f"{one.name}.") for one in apis))
        fact = f"no api that is loaded has a webhook {name!r} (there are: {', '.join(known[:8]) or 'none'})"
        mend = did_you_mean(name, names)
    return Finding(_WEBHOOKS, 0, 0, "unknown-webhook", fact, mend)


def _misplaced(name: str, operation: Operation) -> Iterator[Finding]:
    """Where the path that the webhook *name* is mounted at and its path parameters are not the same."""
    mounted = dict.fromkeys(rule(operation.path).names)
    described = dict.fromkeys(one.name for one in operation.parameters if one.location == "path")
    at = f"webhook {name!r} is mounted at {operation.path!r}"
    for one in mounted.keys() - described.keys():
        fact = f"{at}, and its {operation.method} has no path parameter {one!r}"
        yield Finding(_WEBHOOKS, 0, 0, "webhook-path", fact, f"Mount it at a path without {{{one}}}, or describe that")
    for one in described.keys() - mounted.keys():
        fact = f"{at}, which has no place for the path parameter {one!r} of its {operation.method}"
        yield Finding(_WEBHOOKS, 0, 0, "webhook-path", fact, f"Write {{{one}}} into the path")


def _warn(findings: Sequence[Finding]) -> None:
    """Log warnings, those of a large description not all."""
    shown = sorted_findings(findings)[:_WARNINGS]
    if shown:
        more = len(findings) - len(shown)
        log.warning("%s%s", text(shown), f"\nand {more} more: see pymacaron check" if more > 0 else "")


#: Services that were started in this process, the latest last: letsgo listens for the latest
_STARTED: list[API] = []


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
    logging.basicConfig(format=_LOG_FORMAT, level=logging.INFO)
    try:
        config.require_file(_folder_of(callback))
        port = options.port if options.port is not None else _port()
        callback(port if port is not None else _HTTP, debug)
        if not _STARTED:
            sys.exit("nothing was started: the callback given to letsgo must call API(...).start(serve=...)")
        _listen(_STARTED[-1], port)
    except FindingsError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except exceptions.ConfigError as error:
        sys.exit(f"error: {error}")


def _imported(callback: Callable[..., Any]) -> None:
    if "gunicorn.arbiter" in sys.modules:
        logging.basicConfig(format=_LOG_FORMAT, level=logging.INFO)  # does nothing where the service has done it
    try:
        config.require_file(_folder_of(callback))
        callback(_port() or _HTTP, os.environ.get("PYM_ENV") == "dev")
    except FindingsError as error:
        if "gunicorn.arbiter" not in sys.modules:
            raise
        print(error, file=sys.stderr, flush=True)
        sys.exit(4)  # gunicorn's Arbiter.APP_LOAD_ERROR: stop, instead of trying again for ever


def _folder_of(callback: Callable[..., Any]) -> str | None:
    """The folder of the server.py that *callback* stands in."""
    file = getattr(callback, "__globals__", {}).get("__file__")
    return os.path.dirname(os.path.abspath(file)) if file else None


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


def _listen(api: API, port: int | None) -> None:
    """Werkzeug's server, a thread per request, for development: production runs gunicorn. *port* None: the api's."""
    import socket

    from werkzeug.serving import make_server

    port = api.port if port is None else port
    host = "127.0.0.1" if api.host == "localhost" else api.host
    try:
        listener = socket.create_server((host, port))
    except OSError as error:
        fact = os.strerror(error.errno) if error.errno else str(error)
        sys.exit(f"error: cannot listen on {host}:{port}: {fact}. {_port_mend(error.errno, port)}")
    with listener, make_server(host, port, api.app, threaded=True, fd=listener.fileno()) as server:
        try:
            print(f"Listening on http://{host}:{port} (Ctrl-C stops it)", file=sys.stderr, flush=True)
            server.serve_forever()  # returns when it is interrupted
        except KeyboardInterrupt:
            return


def _port_mend(number: int | None, port: int) -> str:
    import errno

    if number == errno.EADDRINUSE:
        return f"Stop the program that listens there, or choose another port: --port {port + 1}"
    if number == errno.EACCES:
        return "Ports below 1024 need special rights: choose another with --port 8080"
    return "Choose another host or port: --port 8080"
