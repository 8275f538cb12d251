"""Operations as they are mounted: bound to handlers, with what enforces their security, each at a path of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask import Flask

from pymacaron import config
from pymacaron.auth import schemes
from pymacaron.finding import Finding
from pymacaron.pool import LoadedApi
from pymacaron.server import binding, builtin, infofunctions
from pymacaron.server.answering import Served
from pymacaron.server.guards import Guards
from pymacaron.server.routes import rule, shape
from pymacaron.spec.model import Api

__all__ = ["WEBHOOKS", "enforced", "is_built_in", "own_host", "same_paths", "unready"]

#: Where findings about webhooks point
WEBHOOKS = "start(webhooks=...)"


def enforced(
    loaded: LoadedApi,
    bounds: Iterable[binding.Bound],
    base_path: str,
    guards: Guards,
) -> tuple[list[Served], list[Finding]]:
    """*bounds* of an api with what enforces their security, and where nothing does."""
    api = loaded.api
    served: list[Served] = []
    findings: list[Finding] = []
    bounds = list(bounds)
    authenticators = guards.of(api.name)
    if authenticators is not None:
        own, findings = infofunctions.described(api, (bound.operation for bound in bounds), authenticators)
        authenticators = {**own, **authenticators}
    for bound in bounds:
        enforce = None
        if authenticators is not None:
            findings += schemes.unenforced(bound.operation, api.security_schemes, authenticators)
            enforce = schemes.enforcer(bound.operation, api.security_schemes, authenticators)
        served.append(Served(api, base_path, bound, loaded.schemas, enforce))
    return served, findings


def same_paths(served: Sequence[Served]) -> list[Finding]:
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
            findings.append(Finding(WEBHOOKS, 0, 0, "webhook-path", fact, "Mount the webhook at a path of its own"))
        elif owner is not one.api and not is_built_in(one.api):
            findings.append(operation.node.finding("same-path", fact, "Change one of the base paths", key=True))
    return findings


def unready(served: Sequence[Served]) -> list[Finding]:
    """What operations with a limit or an Idempotency-Key need, and metrics and traces, and is not installed."""
    said = {name for one in served for name in one.bound.operation.extensions}
    findings = []
    if "x-rate-limit" in said:
        from pymacaron.server.limits import counting

        findings += counting.unready()
    if "x-idempotency" in said:
        from pymacaron.server.idempotency import stores

        findings += stores.unready()
    if config.get_config().metrics or config.get_config().traces:
        from pymacaron.server.observing import observers

        findings += observers.unready()
    return list(dict.fromkeys(findings))


def is_built_in(api: Api) -> bool:
    """Whether *api* is one that every service has: /ping, or /crash."""
    return api.root.document.uri in (str(builtin.PING), str(builtin.CRASH))


def own_host(app: Flask) -> str:
    """What *app* is called by a call that is made in its own process: a host that it answers to."""
    trusted = app.config.get("TRUSTED_HOSTS") or ()
    named = app.config.get("SERVER_NAME") or next(iter(trusted), "") or "localhost"
    return str(named).lstrip(".")
