"""`API`: the service of one Flask app, from its descriptions to what is mounted."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask import Flask

from pymacaron import check, config, crash, exceptions, loop
from pymacaron.api.served import enforced, is_built_in, own_host, same_paths, unready
from pymacaron.api.webhooks import received
from pymacaron.auth import keys, verified
from pymacaron.client import loading
from pymacaron.client.events import Observer
from pymacaron.client.inside import Inside
from pymacaron.client.options import Options
from pymacaron.finding import Finding, FindingsError, did_you_mean, sorted_findings, text
from pymacaron.pool import ApiPool, LoadedApi
from pymacaron.schema.codec import Schemas
from pymacaron.schema.ownformats import own_formats
from pymacaron.server import binding, builtin, dispatch
from pymacaron.server.added import Added, secure
from pymacaron.server.answering import Served
from pymacaron.server.calls import Hooks
from pymacaron.server.compression import Compression
from pymacaron.server.cors import Cors
from pymacaron.server.crowd import CROWD
from pymacaron.server.direct import passage
from pymacaron.server.docs import publishing
from pymacaron.server.errors import Errors
from pymacaron.server.guards import Guards, guards
from pymacaron.server.health import Health, Paths
from pymacaron.server.logs import AccessLog, write_json
from pymacaron.server.probed import hidden_paths
from pymacaron.server.replies import Checking
from pymacaron.spec.load import load
from pymacaron.spec.model import Api, Operation
from pymacaron.store.tables import table

if TYPE_CHECKING:
    import asyncio

__all__ = ["API", "STARTED"]

log = logging.getLogger("pymacaron")

#: How many warnings a start shows
_WARNINGS = 20


class API:
    """
    Serves descriptions on the Flask app *app*.

    `host`, `port`: where letsgo listens. `debug`: development mode (see docs/serving.md). `formats`: dict of format
    name -> (check, convert, unconvert), see docs/models.md. `timeout`: seconds that clients wait.
    `error_reporter(title, message)` is told of crashes and slow calls. `error_callback(exception)` may answer an
    exception itself, with a Response or an Error model; None goes on. `error_decorator(dict) -> dict` sees every JSON
    error before it is sent. `ping_hook()` runs in /ping. `settings`: what wins over the environment and
    pym-config.yaml. `resolver(operation) -> callable, dotted path or None` finds handlers. `authenticators`: dict of
    security scheme name -> callable(credential, scopes) -> claims. `is_revoked(claims) -> bool` is asked of each
    verified token, on each call. `readiness`: dict of name -> callable, each asked when readiness is; one that raises
    or gives False fails (docs/operating.md).
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
        readiness: Mapping[str, Callable[[], Any]] | None = None,
        is_revoked: Callable[[dict[str, Any]], Any] | None = None,
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
        self._readiness = dict(readiness or {})
        #: What start() has mounted, the operations of the built-in apis too
        self.served: tuple[Served, ...] = ()
        self._apis: dict[str, LoadedApi] = {}
        #: What is told of the calls that clients make
        self._observers: list[Observer] = []
        self._clients = loading.clients_of(timeout, Options(loop=self._home, observers=self._observers))
        #: Where start() has put the pages of the descriptions: "/doc"; None where they are off
        self.docs: str | None = None
        self._docs_path = "doc"
        self._publishes = False
        self._crash = False
        overrides = dict(settings or {})
        if default_user_id is not None:
            overrides.setdefault("default_user_id", default_user_id)
        if debug is not False:
            overrides.setdefault("debug", debug)
        self._configure(overrides)
        log.setLevel(log_level)
        if error_reporter is not None:
            crash.set_error_reporter(error_reporter)
        if is_revoked is not None:
            verified.set_is_revoked(is_revoked)

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

    def load_clients(self, path: str | os.PathLike[str] | None = None, apis: Iterable[str] | None = None) -> API:
        """
        Have ApiPool know the apis named in *apis*, or all, that are described in the folder *path*, as clients: by
        default in `apis` beside pym-config.yaml. What is loaded already stays as it is. See docs/clients.md.

        Raises FindingsError for one that is not there or cannot be read.
        """
        loading.load_clients(path, apis, clients=self._clients, formats=self._formats)
        return self

    def publish_apis(self, path: str = "doc") -> API:
        """Serve the descriptions below `/<path>`, in production too, unless the setting `docs` says otherwise."""
        self._docs_path = path
        self._publishes = True
        return self

    def start(self, serve: str | Sequence[str] = (), webhooks: Mapping[str, str] | None = None) -> API:
        """
        Mount the apis named in *serve* and the built-in ones on the app; what else was loaded is not served.

        *webhooks*: dict of a webhook's name -> the path where this service receives it, `{"newPet": "/hooks/new-pet"}`.
        The api that describes it must be loaded, not served; where several do, the name is `"<api>.<webhook>"`.
        Raises FindingsError with all that is wrong in descriptions, handlers and config; warnings are logged. Listens
        on no port: letsgo does, or gunicorn.
        """
        try:
            return self._start([serve] if isinstance(serve, str) else list(serve), webhooks or {})
        except exceptions.ConfigError:
            findings = [*config.validate(), *keys.faults()]  # all that is missing, not the first that was read
            if any(finding.severity == "error" for finding in findings):
                raise FindingsError(findings) from None
            raise

    def _start(self, names: list[str], webhooks: Mapping[str, str]) -> API:
        if config.folder() not in sys.path:
            sys.path.insert(0, config.folder())
        settings = config.get_config()
        audience = settings.docs or ("public" if self._publishes or config.is_dev() else "off")
        if settings.log_format == "json":
            write_json()
        findings = [
            *config.validate(),
            *keys.faults(),
            *check.old_distributions(),
            *_unguarded(audience),
        ]
        for file in (builtin.PING, *([builtin.CRASH] if self._crash else [])):
            own = self._apis.get(file.stem)
            if own is not None and not is_built_in(own.api):
                fact = f"{file.stem!r} is the name of an api that every service has"
                findings.append(Finding(own.api.root.document.name, 0, 0, "reserved-name", fact, "Rename the file"))
                continue
            self._load(file)
            names.append(file.stem)
        findings += self._unknown(names)
        findings += [finding for loaded in self._apis.values() for finding in loaded.api.findings]
        guarding, found = guards(config.resolved(), self._authenticators, (one.api for one in self._apis.values()))
        findings += found
        if config.resolved().values.get("clients"):
            from pymacaron.client import credentials

            findings += credentials.faults(config.resolved(), (one.api for one in self._apis.values()))
        served: list[Served] = []
        apis = [self._apis[name] for name in dict.fromkeys(names) if name in self._apis]
        for loaded in apis:
            ours, found = self._served(loaded, guarding)
            served += ours
            findings += found
        hooks, found = received(webhooks, self._apis.values(), self._resolver, guarding)
        served += hooks
        findings += [*found, *same_paths(served), *unready(served)]
        findings += hidden_paths(config.resolved(), self._answered(served))
        errors = [finding for finding in findings if finding.severity == "error"]
        if errors:
            raise FindingsError(findings)
        _warn(findings)
        CROWD.warn(extension for one in served for extension in one.bound.operation.extensions)
        self._mount(served, settings)
        self.served = tuple(served)
        for loaded in apis:
            loaded.inside = Inside(self.app, self._base_path(loaded.api), own_host(self.app))
        if audience != "off":
            self._publish(apis, guarded=audience == "auth", compress=settings.compress)
        config.freeze()
        crash.renew()
        STARTED.append(self)
        return self

    def _load(self, file: str | os.PathLike[str], retrieve: Callable[[str], bytes] | None = None) -> None:
        api = load(os.fspath(file), retrieve=retrieve, max_bytes=config.get_config().max_document_bytes)
        loaded = LoadedApi(api, Schemas(api, self._formats), self._clients)
        loaded.schemas.classes.keeper = table
        self._apis[api.name] = loaded
        ApiPool._add(loaded)

    def _configure(self, settings: Mapping[str, Any]) -> None:
        config.load(settings=settings)

    def _home(self) -> asyncio.AbstractEventLoop | None:
        """The event loop that awaited calls belong to: that of handlers, once the service is started."""
        return loop.get() if self in STARTED else None

    def _unknown(self, names: Iterable[str]) -> list[Finding]:
        loaded = ", ".join(sorted(name for name in self._apis if name != "ping")) or "none"
        return [
            Finding("start(serve=...)", 0, 0, "unknown-api", f"no api named {name!r} is loaded (loaded: {loaded})",
                    did_you_mean(name, self._apis))
            for name in names
            if name not in self._apis
        ]  # fmt: skip

    def _served(self, loaded: LoadedApi, guarding: Guards) -> tuple[list[Served], list[Finding]]:
        api = loaded.api
        bounds, findings = binding.bind(api, resolver=None if is_built_in(api) else self._resolver)
        served, found = enforced(loaded, bounds, self._base_path(api), guarding)
        kept = [*check.parents(api, loaded.schemas), *check.tables(api, loaded.schemas)]
        return served, [*findings, *kept, *found]

    def _answered(self, served: Sequence[Served]) -> set[str]:
        """The paths that operations, and views of the app, answer by GET."""
        views = {rule.rule for rule in self.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
        return views | {
            one.base_path + one.bound.operation.path for one in served if one.bound.operation.method == "GET"
        }

    def _base_path(self, api: Api) -> str:
        return "" if config.get_config().ignore_base_path else api.base_path

    def _publish(self, apis: Sequence[LoadedApi], *, guarded: bool, compress: bool) -> None:
        described = [(loaded.api, self._base_path(loaded.api)) for loaded in apis]
        is_problem = config.get_config().error_format == "problem"
        own_errors = is_problem or self._error_decorator is not None or self._error_callback is not None
        self.docs = publishing.publish(
            self.app,
            described,
            self._docs_path,
            guarded=guarded,
            compress=compress,
            own_errors=own_errors,
            tells_where=config.is_dev(),
        )

    def _mount(self, served: list[Served], settings: config.Config) -> None:
        debug = config.is_dev()
        self.app.extensions["pymacaron"] = self
        self.app.debug = self.app.debug or debug
        for limit in ("max_content_length", "max_form_parts", "max_form_memory_size"):
            if getattr(settings, limit) is not None:  # what the app's own config says stands otherwise
                self.app.config[limit.upper()] = getattr(settings, limit)
        errors = Errors(
            self.app,
            debug=debug,
            decorator=self._error_decorator,
            callback=self._error_callback,
            is_problem=settings.error_format == "problem",
        )
        errors.install()
        exceptions.set_reply_maker(errors.reply)
        hooks = Hooks(
            Cors(
                settings.cors,
                credentials=settings.cors_credentials,
                methods=settings.cors_methods,
                expose=settings.cors_expose,
            ),
            Compression(settings.compress, settings.compress_min_bytes),
            Added(secure(settings.security_headers, settings.hsts_max_age)),
            settings.access_log,
            settings.access_log or settings.traces or bool(settings.metrics),
        )
        hooks.install(self.app)
        checking = Checking(settings.response_validation, settings.response_sample)
        mounted = dispatch.mount(self.app, served, errors, checking)
        health = Health(self.app, self._readiness, settings.readiness_timeout)
        probes = Paths(settings.liveness_path, settings.readiness_path, settings.startup_path)
        health.mount(probes)
        if settings.dispatch == "direct":
            passage.install(self.app, mounted, errors, hooks)
        unsaid = frozenset((probes.liveness, probes.readiness, probes.startup))
        if settings.access_log:
            vars(self.app)["wsgi_app"] = AccessLog(self.app, unsaid | {settings.metrics})
        if settings.traces or settings.metrics:
            from pymacaron.server.observing.observers import observe

            observe(self.app, mounted, unsaid)
            from pymacaron.server.observing.calling import calling

            self._observers += calling(str(getattr(settings, "name", "") or self.app.name))
        if settings.healthd_log:
            from pymacaron.server.healthd import HealthdFile, HealthdLog

            vars(self.app)["wsgi_app"] = HealthdLog(self.app, HealthdFile(settings.healthd_log))


def _unguarded(audience: str) -> list[Finding]:
    """A Finding where the docs are for who has a token, and no token can be verified."""
    if audience != "auth" or keys.configured() is not None:
        return []
    mend = "Set jwt_secret, jwt_issuer and jwt_audience in pym-config.yaml, or docs: public or off"
    return [Finding(config.FILE, 0, 0, "unenforced-security", "docs: auth asks for tokens that nothing verifies", mend)]


def _warn(findings: Sequence[Finding]) -> None:
    """Log warnings, those of a large description not all."""
    shown = sorted_findings(findings)[:_WARNINGS]
    if shown:
        more = len(findings) - len(shown)
        log.warning("%s%s", text(shown), f"\nand {more} more: see pymacaron check" if more > 0 else "")


#: Services that were started in this process, the latest last: letsgo listens for the latest
STARTED: list[API] = []
