"""
What `pymacaron routes` knows of each operation: a Row, from a service that was started or from descriptions alone.

What an operation says goes before what the settings say: the limit of a handler under @report_slow,
x-response-validation of the operation, and so on.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pymacaron import check, config
from pymacaron.auth import requires_auth
from pymacaron.crash import report_slow
from pymacaron.finding import Finding, FindingsError
from pymacaron.server import binding, dotted
from pymacaron.server.guards import wanted
from pymacaron.source import read
from pymacaron.spec.load import load
from pymacaron.spec.model import Operation, Response

if TYPE_CHECKING:
    from pathlib import Path

    from pymacaron.api import API

__all__ = ["Row", "described", "started"]

#: dict: limit as --json has it -> the setting, and what holds where that is not set
_SETTINGS: Mapping[str, tuple[str, Any]] = {
    "slow_ms": ("report_call_exceeding_ms", None),
    "body_bytes": ("max_content_length", None),
    "form_parts": ("max_form_parts", 1000),
    "form_bytes": ("max_form_memory_size", 500_000),
    "item_bytes": ("max_item_bytes", None),
    "response_validation": ("response_validation", None),
    "response_sample": ("response_sample", None),
}
_VALIDATIONS = {True: "strict", False: "off"}


@dataclass(frozen=True, slots=True)
class Row:
    """
    An operation as it is listed. `handler`: `module.function`; `file`, `line`: where that is; None: it is not known.

    `security`: the alternatives, each a dict of scheme -> scopes; `enforced`: whether the settings have them enforced.
    `requires_auth`: whether the handler is decorated so. `produces`: the media types of success. `limits`: dict of what
    holds for it, those of `own` said by itself. `extensions`: its `x-` members.
    """

    api: str
    method: str
    path: str
    id: str
    handler: str | None
    file: str | None
    line: int | None
    security: tuple[Mapping[str, tuple[str, ...]], ...]
    requires_auth: bool
    enforced: bool
    consumes: tuple[str, ...]
    produces: tuple[str, ...]
    limits: Mapping[str, Any]
    own: frozenset[str]
    is_webhook: bool
    deprecated: bool
    extensions: Mapping[str, Any]


def started(api: API) -> tuple[list[Row], list[Finding]]:
    """What the service *api* answers, without what every service does; and what reading its descriptions found."""
    from pymacaron.api.served import is_built_in

    settings = config.get_config()
    limits = {name: getattr(settings, setting) for name, (setting, _) in _SETTINGS.items()}
    for name in ("body_bytes", "form_parts", "form_bytes"):
        limits[name] = api.app.config.get(_SETTINGS[name][0].upper())
    served = [one for one in api.served if not is_built_in(one.api)]
    rows = [
        _row(
            one.api.name,
            one.base_path,
            one.bound.operation,
            one.bound,
            limits,
            wanted(settings.security, one.api.name),
            one.is_webhook,
        )
        for one in served
    ]
    apis = {id(one.api): one.api for one in served}.values()
    return rows, [finding for one in apis for finding in one.findings]


def described(files: Iterable[Path], each: Callable[[str], None]) -> tuple[list[Row], list[Finding]]:
    """
    What the descriptions in *files* have, but what they say is not served; and everything that is wrong with them and
    the handlers that they name. *each* is told of a file before it is read. Imports handlers.
    """
    rows: list[Row] = []
    findings: list[Finding] = []
    for file in files:
        each(os.fspath(file))
        config_file = check.config_beside(file)
        values = _values(config_file)
        try:
            api = load(file, max_bytes=values["max_document_bytes"])
        except FindingsError as error:
            findings += error.findings
            continue
        bounds, found = check.bound(api, config_file)
        findings += [*api.findings, *found]
        known = {id(one.operation): one for one in bounds}
        base_path = "" if values.get("ignore_base_path") else api.base_path
        limits = {name: values.get(setting, default) for name, (setting, default) in _SETTINGS.items()}
        limits |= {name: default for name, (_, default) in _SETTINGS.items() if limits[name] is None}
        guarded = wanted(values.get("security", True), api.name)
        for operation in filter(binding.is_served, api.operations):
            bound = known.get(id(operation))
            rows.append(_row(api.name, base_path, operation, bound, limits, guarded, False))
    return rows, findings


def _values(config_file: str | None) -> dict[str, Any]:
    """The settings of *config_file*; the defaults where there is none, or it cannot be read: `check` tells that."""
    try:
        document = read(config_file) if config_file is not None else None
    except FindingsError:
        document = None
    values = config.resolve(document, {}, os.environ).values
    return {"max_document_bytes": check.MAX_BYTES, **values}


def _row(
    api: str,
    base_path: str,
    operation: Operation,
    bound: binding.Bound | None,
    settings: Mapping[str, Any],
    guarded: Mapping[str, Any] | None,
    is_webhook: bool,
) -> Row:
    """*guarded*: what the settings say of its api's security schemes; None: nothing of it is enforced."""
    handler = bound.handler if bound is not None else None
    file, _, line = dotted.line_of(handler).rpartition(":") if handler is not None else ("", "", "")
    limits, own = _limits(operation, handler, settings)
    return Row(
        api=api,
        method=operation.method,
        path=base_path + operation.path,
        id=operation.id,
        handler=_name(operation, handler),
        file=file or None,
        line=int(line) if file else None,
        security=tuple(
            {name: scopes for name, scopes in one.items() if (guarded or {}).get(name) is not False}
            for one in operation.security
        ),
        requires_auth=bool(bound and bound.before) or (handler is not None and _is_authenticated(handler)),
        enforced=guarded is not None,
        consumes=tuple(operation.body.content) if operation.body is not None else (),
        produces=_produced(operation),
        limits=limits,
        own=own,
        is_webhook=is_webhook,
        deprecated=operation.deprecated,
        extensions=operation.extensions,
    )


def _name(operation: Operation, handler: Callable[..., Any] | None) -> str | None:
    """What the description names, where that is the *handler*; else what the handler says of itself."""
    named = binding.path_of(operation)
    if handler is None or (named is not None and named.rpartition(".")[2] == getattr(handler, "__name__", "")):
        return named
    module, name = getattr(handler, "__module__", None), getattr(handler, "__qualname__", None)
    return f"{module}.{name}" if module and name else named or type(handler).__qualname__


def _produced(operation: Operation) -> tuple[str, ...]:
    """The media types of its success, whatever the status; those of `default` where there is no other."""
    responses = operation.responses
    success = [one for status, one in responses.items() if status[:1] in ("1", "2", "3")]
    if not success and "default" in responses:
        success = [responses["default"]]
    return tuple(dict.fromkeys(name for one in success for name in _types(one)))


def _types(response: Response) -> Iterable[str]:
    return response.content if response.produces is None else response.produces


def _limits(
    operation: Operation, handler: Callable[..., Any] | None, settings: Mapping[str, Any]
) -> tuple[dict[str, Any], frozenset[str]]:
    """What limits *operation*, and which of that it says itself. None where something has no limit, or is not there."""
    content = operation.body.content if operation.body is not None else {}
    is_form = any(name.strip().lower().startswith("multipart/") for name in content)
    limits = dict(settings)
    if not content:
        limits["body_bytes"] = None
    if not is_form:
        limits["form_parts"] = limits["form_bytes"] = None
    if not any(media.item_schema is not None for media in content.values()):
        limits["item_bytes"] = None
    own: dict[str, Any] = {}
    slow = _slow_ms(handler) if handler is not None else None
    if slow is not None:
        own["slow_ms"] = slow
    said = operation.extensions.get("x-response-validation")
    if isinstance(said, (str, bool)):
        own["response_validation"] = _VALIDATIONS.get(said, said) if isinstance(said, bool) else said
    share = operation.extensions.get("x-response-sample")
    if isinstance(share, (int, float)) and not isinstance(share, bool):
        own["response_sample"] = share
    return limits | own, frozenset(own)


def _layers(handler: Any) -> Iterator[Any]:
    """*handler*, and what its decorators were put around, as functools.wraps tells it."""
    seen: set[int] = set()
    while handler is not None and id(handler) not in seen:
        seen.add(id(handler))
        yield handler
        handler = getattr(handler, "__wrapped__", None)


def _made_by(decorator: Any, function: Any) -> bool:
    """Whether *function* is what *decorator*, or one that it gives, puts around others."""
    code = getattr(function, "__code__", None)
    if code is None or code.co_filename != decorator.__code__.co_filename:
        return False
    return bool(code.co_qualname.startswith(f"{decorator.__qualname__}.<locals>."))


def _is_authenticated(handler: Any) -> bool:
    return any(_made_by(requires_auth, one) for one in _layers(handler))


def _slow_ms(handler: Any) -> float | None:
    """The milliseconds that @report_slow(max_ms=...) on *handler* says: the innermost counts, which is entered last."""
    found = [one for one in _layers(handler) if _made_by(report_slow, one)]
    limit = inspect.getclosurevars(found[-1]).nonlocals.get("max_ms") if found else None
    return limit if isinstance(limit, (int, float)) else None
