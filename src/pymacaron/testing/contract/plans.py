"""
A description, the Target and the options -> a Plan: all that driver.py needs to know, as JSON.

The document is ours, bundled from the files, with the replies of errors that every operation of ours can give; it is
not asked of the server, which may not tell. All operations stay in it, since a method that is not declared is tried,
too: those that are not to be called are named in `skipped`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from pymacaron import auth
from pymacaron.api.served import is_built_in
from pymacaron.exceptions import ConfigError, PyMacaronException
from pymacaron.server.binding import is_served
from pymacaron.server.guards import wanted
from pymacaron.spec.errors import with_errors
from pymacaron.spec.model import Api, Operation, SecurityScheme
from pymacaron.spec.objects import METHODS
from pymacaron.spec.publish import published
from pymacaron.spec.quotas import quotas
from pymacaron.testing.contract.credentials import credentials, variable
from pymacaron.testing.contract.hiding import Secrets
from pymacaron.testing.contract.options import Options
from pymacaron.testing.reached import Target

__all__ = ["Plan", "Service", "label", "plan"]

_VARIABLE = re.compile(r"\{[^{}/]*\}")
_SAFE = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Service:
    """
    What is known of the service whatever api is tested: `apis`, all that it serves; `settings` of its config; `environ`
    has credentials; `is_safe`: whether only what is safe is called.
    """

    apis: Sequence[Api]
    target: Target
    options: Options
    settings: Mapping[str, Any]
    environ: Mapping[str, str] = field(repr=False)
    is_safe: bool

    def base_path(self, api: Api) -> str:
        """Where it mounts *api*."""
        return "" if self.settings.get("ignore_base_path") else api.base_path


@dataclass(frozen=True)
class Plan:
    """`said`: as JSON; `called`: the operations that are; `secrets`: what is not told; `notes`: lines."""

    api: Api
    said: Mapping[str, Any] = field(repr=False)
    called: Sequence[Operation]
    secrets: Secrets = field(repr=False)
    notes: Sequence[str]


def label(operation: Operation) -> str:
    """What schemathesis calls it: `GET /pets/{id}`, below the base path."""
    return f"{operation.method} {operation.path}"


def plan(service: Service, api: Api, seed: int, run: str) -> Plan:
    """What is done with *api*. *run*: a text of this run alone, for keys that may be used once."""
    options = service.options
    notes: list[str] = []
    called = [one for one in api.operations if _is_called(one, service, notes)]
    if is_built_in(api) and not service.target.token:  # not every service knows tokens
        called = [one for one in called if "x-decorate-server" not in one.extensions]
    base_path = service.base_path(api)
    document = with_errors(api, published(api, base_path, server_url=service.target.url), own_form=True)
    document = json.loads(json.dumps(document))
    guarded = wanted(service.settings.get("security", True), api.name)
    schemes = _simplified(document, api, guarded)
    asked = _asked(document, {label(one) for one in called})
    others = {name: one for name, one in (guarded or {}).items() if one is not False}
    token = _token(service, called)
    known, missing = credentials(schemes, asked, options.credentials, service.environ, token, others)
    notes += [_unknown(name, asked[name], api) for name in missing]
    limited = {label(one): one for one in called if "x-rate-limit" in one.extensions}
    said = {
        "document": document,
        "url": service.target.url + base_path,
        "verify": service.target.verify,
        "seed": seed,
        "run": run,
        "examples": options.budget.examples,
        "once": options.budget.once,
        "skipped": [label(one) for one in api.operations if one not in called],
        "allowed": _marked(api) if service.is_safe else None,
        "credentials": {name: dict(one.configured) for name, one in known.items()},
        "paths": list(_paths(service)),
        "limited": list(limited),
        "fewer": {name: min(options.budget.examples, _quota(one)) for name, one in limited.items()},
        "keyed": [label(one) for one in called if "x-idempotency" in one.extensions],
    }
    secrets = {service.target.token: "$PYM_JWT_TOKEN"} if service.target.token else {}
    secrets |= {secret: shown for one in known.values() for secret, shown in one.secrets.items()}
    carriers = {"Authorization", *(one.key for one in schemes.values() if one.type == "apiKey" and one.key)}
    return Plan(api, said, called, Secrets(secrets, carriers), notes)


def _is_called(operation: Operation, service: Service, notes: list[str]) -> bool:
    chosen = service.options.operations
    name = label(operation)
    if chosen and operation.id not in chosen and name not in chosen:
        return False
    if not is_served(operation):
        return False
    if operation.extensions.get("x-test") == "skip":
        notes.append(f"{name} is not called: x-test says skip")
        return False
    if service.is_safe and operation.method not in _SAFE and operation.extensions.get("x-test") != "safe":
        notes.append(f"{name} is not called: it may change something, and only what is safe is tried")
        return False
    return True


def _token(service: Service, called: Sequence[Operation]) -> str:
    """
    One of the same user as the Target's, with the scopes and roles that operations ask for; the Target's own where it
    was given, or the config cannot make one.
    """
    token = service.target.token
    wanted = sorted({text for one in called for each in one.security for scopes in each.values() for text in scopes})
    if not token or token == service.environ.get("PYM_JWT_TOKEN") or not wanted:
        return token
    try:
        user = auth.load_auth_token(token, load=False)["sub"]
        return auth.generate_token(user, data={"scope": " ".join(wanted), "roles": wanted})
    except (ConfigError, PyMacaronException):
        return token


def _marked(api: Api) -> list[str]:
    return [label(one) for one in api.operations if one.extensions.get("x-test") == "safe"]


def _quota(operation: Operation) -> int:
    try:
        return min(one.amount for one in quotas(operation.extensions["x-rate-limit"]))
    except ValueError:
        return 1


def _paths(service: Service) -> Iterable[dict[str, Any]]:
    """Of each path of the service: a pattern of the paths that it means, and which methods have it."""
    found: dict[tuple[str, int], tuple[set[str], set[str]]] = {}
    for api in service.apis:
        for operation in api.operations:
            path = service.base_path(api) + operation.path.partition("#")[0].partition("?")[0]
            pattern = "[^/]*".join(re.escape(quote(piece, safe="/:@!$&'()*+,;=~%")) for piece in _VARIABLE.split(path))
            key = pattern, len(_VARIABLE.findall(path))
            declared, others = found.setdefault(key, (set(), set()))
            (declared if is_served(operation) else others).add(operation.method)
    for (pattern, variables), (declared, others) in found.items():
        yield {"pattern": pattern, "variables": variables, "declared": sorted(declared), "others": sorted(others)}


def _simplified(document: dict[str, Any], api: Api, guarded: Mapping[str, Any] | None) -> dict[str, SecurityScheme]:
    """
    The security schemes of *document*, which is changed: tokens of any origin become bearer tokens, which is what is
    sent, and what the settings leave to others is not asked for.
    """
    is_20 = api.dialect == "2.0"
    holder = document if is_20 else document.get("components", {})
    written = holder.get("securityDefinitions" if is_20 else "securitySchemes", {})
    bearer = (
        {"type": "apiKey", "in": "header", "name": "Authorization"} if is_20 else {"type": "http", "scheme": "bearer"}
    )
    schemes = dict(api.security_schemes)
    for name in written if isinstance(written, dict) else ():
        if name not in schemes:  # what @requires_auth asks for
            schemes[name] = SecurityScheme(name, "http", "", "", "bearer", api.root)
        if schemes[name].type in ("oauth2", "openIdConnect"):
            written[name] = bearer
    for holder in [document, *(operation for _, operation in _operations(document))]:
        if isinstance(holder.get("security"), list):
            holder["security"] = _kept(holder["security"], guarded)
    return schemes


def _kept(security: list[Any], guarded: Mapping[str, Any] | None) -> list[Any]:
    if guarded is None:
        return []
    kept = [
        {name: scopes for name, scopes in one.items() if guarded.get(name) is not False}
        for one in security
        if isinstance(one, dict)
    ]
    return [] if kept and not any(kept) else kept


def _operations(document: Mapping[str, Any]) -> Iterable[tuple[str, dict[str, Any]]]:
    """(`GET /pets`, the operation) of every one that stands in *document*."""
    for path, item in (document.get("paths") or {}).items():
        for method, operation in item.items() if isinstance(item, dict) else ():
            if method in METHODS and isinstance(operation, dict):
                yield f"{method.upper()} {path}", operation


def _asked(document: Mapping[str, Any], labels: set[str]) -> dict[str, list[str]]:
    """dict: security scheme -> the operations that take it, of *labels*."""
    found: dict[str, list[str]] = {}
    for name, operation in _operations(document):
        for requirement in operation.get("security", document.get("security") or []) if name in labels else ():
            for scheme in requirement:
                found.setdefault(scheme, []).append(name)
    return found


def _unknown(scheme: str, operations: Sequence[str], api: Api) -> str:
    more = f" and {len(operations) - 1} more" if len(operations) > 1 else ""
    fact = f"{api.root.document.name}: {operations[0]}{more} are called without the security scheme {scheme!r}"
    if not more:
        fact = fact.replace(" are called", " is called")
    if api.security_schemes.get(scheme) is not None and api.security_schemes[scheme].type == "mutualTLS":
        return f"{fact}, which no header answers"
    return f"{fact}: nobody says what to show. Set {variable(scheme)}, or give --credential {scheme}=VALUE"
