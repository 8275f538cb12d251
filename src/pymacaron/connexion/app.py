"""
`App`, the class that a service of Connexion begins with: descriptions are added to it, and a Flask app comes out.

An API of ours serves them all, put together when somebody first asks for the Flask app behind: add_api() before `.app`,
`.test_client()` or `.run()`. The options are those of Connexion 2's FlaskApp, and those of 3's that mean the same.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from json import JSONEncoder
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask

from pymacaron import config
from pymacaron.connexion.encoding import FlaskJSONEncoder
from pymacaron.connexion.names import pythonic, sanitized
from pymacaron.connexion.resolver import Resolver
from pymacaron.connexion.service import Added, Service

__all__ = ["App", "AsyncApp", "FlaskApp"]

_PORT = 5000
_LATE = (
    "add_api() after the Flask app was looked at, by .app, .test_client() or a call: it is served already. "
    "Write add_api() before"
)


@dataclass
class _Wanted:
    """What the descriptions together want of the settings."""

    responses: bool = False
    strict: bool = False
    added: list[Added] = field(default_factory=list)


class FlaskApp:
    """
    *specification_dir*: where descriptions lie, below the folder of *import_name*. *arguments*: what stands for
    `{{ name }}` in descriptions. *options*: `swagger_ui` and `serve_spec`, both on. add_api() may be given them, too.
    """

    def __init__(
        self,
        import_name: str,
        *,
        port: int | None = None,
        host: str | None = None,
        debug: bool | None = None,
        specification_dir: str | os.PathLike[str] = "",
        server: Any = None,
        server_args: Mapping[str, Any] | None = None,
        arguments: Mapping[str, Any] | None = None,
        resolver: Any = None,
        options: Any = None,
        swagger_ui_options: Any = None,
        **defaults: Any,
    ):
        self.import_name, self.port, self.host, self.debug = import_name, port, host, debug
        self._flask = Flask(import_name, **(server_args or {}))
        self.specification_dir = Path(self._flask.root_path) / specification_dir
        self._arguments, self._resolver = dict(arguments or {}), resolver
        self._options = {**_options(options), **_options(swagger_ui_options)}
        self._defaults = defaults
        self._wanted = _Wanted()
        self._api: Service | None = None

    @property
    def app(self) -> Flask:
        """The Flask app, which serves what was added. Raises FindingsError with all that is wrong with that."""
        self._start()
        return self._flask

    def add_api(
        self,
        specification: str | os.PathLike[str] | dict[str, Any],
        *,
        base_path: str | None = None,
        arguments: Mapping[str, Any] | None = None,
        resolver: Any = None,
        resolver_error: int | None = None,
        pythonic_params: bool | None = None,
        strict_validation: bool | None = None,
        validate_responses: bool | None = None,
        pass_context_arg_name: str | None = None,
        options: Any = None,
        swagger_ui_options: Any = None,
        **others: Any,
    ) -> None:
        """
        Serve *specification*, a file below `specification_dir` or a dict. *resolver_error*: the status with which
        operations without a function are answered. *strict_validation* and *validate_responses* hold for all that are
        added. Raises TypeError for options that only Connexion has.
        """
        if self._api is not None:
            raise RuntimeError(_LATE)
        _demand_known({**self._defaults, **others})
        chosen = resolver if resolver is not None else self._resolver
        ui = {**self._options, **_options(options), **_options(swagger_ui_options)}
        self._wanted.strict |= bool(self._or_default("strict_validation", strict_validation))
        self._wanted.responses |= bool(self._or_default("validate_responses", validate_responses))
        self._wanted.added.append(
            Added(
                specification if isinstance(specification, dict) else self.specification_dir / specification,
                base_path.rstrip("/") if base_path is not None else None,
                {**self._arguments, **(arguments or {})},
                chosen if isinstance(chosen, Resolver) else Resolver(chosen),
                pythonic if self._or_default("pythonic_params", pythonic_params) else sanitized,
                self._or_default("pass_context_arg_name", pass_context_arg_name),
                self._or_default("resolver_error", resolver_error),
                bool(ui.get("swagger_ui", True)),
                bool(ui.get("serve_spec", True)),
            )
        )

    def _or_default(self, name: str, value: Any) -> Any:
        return value if value is not None else self._defaults.get(name)

    def add_error_handler(self, code_or_exception: Any, function: Callable[..., Any]) -> None:
        """As Flask's register_error_handler."""
        self._flask.register_error_handler(code_or_exception, function)

    def add_url_rule(self, rule: str, endpoint: str | None = None, view_func: Any = None, **options: Any) -> None:
        """As Flask's."""
        self._flask.add_url_rule(rule, endpoint, view_func, **options)

    def route(self, rule: str, **options: Any) -> Callable[..., Any]:
        """As Flask's."""
        return self._flask.route(rule, **options)

    def test_client(self, **options: Any) -> Any:
        """Flask's test client."""
        return self.app.test_client(**options)

    def run(self, port: int | None = None, host: str | None = None, debug: bool | None = None, **others: Any) -> None:
        """Listen, for development: production runs gunicorn with the Flask app. *others*: what Flask's run() takes."""
        kept = {name: value for name, value in others.items() if name != "server"}
        debug = self.debug if debug is None else debug
        self.app.run(host or self.host or "127.0.0.1", port or self.port or _PORT, debug, **kept)

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        return self.app(environ, start_response)

    # ---- putting it together

    def _start(self) -> None:
        if self._api is not None or not self._wanted.added:
            return
        with ExitStack() as stack:
            files = {_file(one, stack): one for one in self._wanted.added}
            added = {file.stem: one for file, one in files.items()}
            if len(added) < len(files):
                raise RuntimeError("two descriptions have the same name: an api is named after its file. Rename one")
            settings = self._settings()
            self._api = Service(self._flask, added, self._encoder, debug=bool(self.debug), settings=settings)
            for file in files:
                self._api.load_apis(file)
            if any(one.has_ui for one in added.values()):
                self._api.publish_apis()
            self._api.start(serve=list(added))
            self._api.show()

    def _settings(self) -> dict[str, Any]:
        """What Connexion does unasked, where neither pym-config.yaml nor the environment says otherwise."""
        usual = {
            "cors": False,
            "error_format": "problem",
            "response_validation": "strict" if self._wanted.responses else "off",
            "unknown_parameters": "refuse" if self._wanted.strict else "ignore",
        }
        config.load()
        given = config.resolved().places
        return {name: value for name, value in usual.items() if name not in given}

    def _encoder(self) -> type[JSONEncoder]:
        """What the service has put on the Flask app, as those of Connexion 2 do."""
        return getattr(self._flask, "json_encoder", FlaskJSONEncoder)


App = AsyncApp = FlaskApp


def _file(added: Added, stack: ExitStack) -> Path:
    """The file of what was added; one that is made, for as long as *stack* is open, where there is none as it is."""
    specification = added.specification
    if isinstance(specification, Path) and not added.arguments:
        return specification
    folder = Path(stack.enter_context(TemporaryDirectory()))
    if isinstance(specification, dict):
        made, text = folder / "openapi.json", json.dumps(specification)
    else:
        from jinja2 import Template

        made, text = folder / specification.name, Template(specification.read_text("utf-8")).render(**added.arguments)
    made.write_text(text, "utf-8")
    return made


def _options(given: Any) -> dict[str, Any]:
    """Options of the pages as a dict: what SwaggerUIOptions of Connexion 3 has are attributes."""
    return dict(given) if isinstance(given, Mapping) else dict(vars(given)) if given is not None else {}


_KNOWN = {
    *("pass_context_arg_name", "pythonic_params", "resolver_error", "strict_validation", "validate_responses"),
    *("extra_files", "skip_error_handlers"),
}


def _demand_known(given: Mapping[str, Any]) -> None:
    unknown = [name for name, value in given.items() if name not in _KNOWN and value]
    if unknown:
        mend = "docs/migrate-from-connexion.md says what is there instead"
        raise TypeError(f"{', '.join(map(repr, sorted(unknown)))}: an option of Connexion's that is not here; {mend}")
