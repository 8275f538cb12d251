"""
A service that stands in for those that descriptions are of: each operation has a handler that it is given, whatever the
description says of code, and no config has a say.

What routes calls, reads and refuses them, and writes replies, is that of every service. Neighbour: service.py.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from flask import Flask

from pymacaron import config
from pymacaron.api.served import enforced, is_built_in
from pymacaron.api.service import API
from pymacaron.finding import Finding
from pymacaron.pool import ApiPool, LoadedApi
from pymacaron.schema.codec import Schemas
from pymacaron.server import binding
from pymacaron.server.answering import Served
from pymacaron.server.guards import Guards
from pymacaron.spec.load import load
from pymacaron.spec.model import Operation, SecurityScheme

__all__ = ["StandIn"]

#: What operations say of code, and of what only the service itself has
_OURS = frozenset(
    (
        *("x-bind-server", "x-no-bind-server", "x-decorate-server"),
        *("x-openapi-router-controller", "x-swagger-router-controller"),
        *("x-idempotency", "x-rate-limit", "x-response-validation", "x-response-sample"),
    )
)

#: `answer(loaded, operation) -> handler`
Answer = Callable[[LoadedApi, Operation], Callable[..., Any]]
#: `accepts(scheme, credential)`: whether a credential is good; the scheme is None where it is not declared
Accepts = Callable[[SecurityScheme | None, Any], bool]


class StandIn(API):
    """
    *answer* gives the handler of each operation. *accepts* is asked about every credential; None: security is not
    enforced. *error_callback* as of an API. What is wrong with the descriptions stands in `findings`: it keeps nothing
    from being served but the part that it is about.
    """

    def __init__(
        self,
        answer: Answer,
        accepts: Accepts | None,
        *,
        error_callback: Callable[[Exception], Any] | None = None,
        settings: Mapping[str, Any] | None = None,
    ):
        own = {"response_validation": "off", **({} if accepts is not None else {"security": False}), **(settings or {})}
        super().__init__(Flask("pymacaron.mock"), settings=own, error_callback=error_callback)
        self.findings: list[Finding] = []
        self._answer = answer
        self._accepts = accepts

    def serve(self) -> StandIn:
        """Mount everything that was loaded."""
        names = [name for name, one in self._apis.items() if not is_built_in(one.api)]
        if self._accepts is not None:
            self._authenticators = {name: self._authenticator(name) for name in self._schemes()}
        self.publish_apis()
        self.start(names)
        return self

    @property
    def apis(self) -> list[LoadedApi]:
        """Those that are served, without the built-in ones."""
        return [one for one in self._apis.values() if not is_built_in(one.api)]

    def _configure(self, settings: Mapping[str, Any]) -> None:
        config.load(settings=settings, alone=True)

    def _load(self, file: str | os.PathLike[str], retrieve: Callable[[str], bytes] | None = None) -> None:
        api = load(os.fspath(file), retrieve=retrieve, name=self._free(file))
        if is_built_in(api):
            return super()._load(file, retrieve)
        self.findings += api.findings
        api = replace(api, operations=tuple(map(_bare, api.operations)), webhooks=(), findings=())
        loaded = LoadedApi(api, Schemas(api, self._formats), self._clients)
        self._apis[api.name] = loaded
        ApiPool._add(loaded)
        return None

    def _free(self, file: str | os.PathLike[str]) -> str:
        """What the description in *file* is called: descriptions of one name are numbered."""
        stem = os.path.splitext(os.path.basename(file))[0]
        names = [stem, *(f"{stem}-{number}" for number in range(2, len(self._apis) + 3))]
        return next(name for name in names if name not in self._apis and name != "ping")

    def _served(self, loaded: LoadedApi, guarding: Guards) -> tuple[list[Served], list[Finding]]:
        if is_built_in(loaded.api):
            return super()._served(loaded, guarding)
        bounds, findings = binding.bind(loaded.api, resolver=lambda operation: self._answer(loaded, operation))
        served, found = enforced(loaded, bounds, self._base_path(loaded.api), guarding)
        return served, [*findings, *found]

    def _schemes(self) -> set[str]:
        """Those that any operation asks for."""
        operations = [one for loaded in self.apis for one in loaded.api.operations]
        return {name for operation in operations for requirement in operation.security for name in requirement}

    def _authenticator(self, name: str) -> Callable[[Any, tuple[str, ...]], bool | None]:
        declared = [one.api.security_schemes[name] for one in self.apis if name in one.api.security_schemes]
        scheme = declared[0] if declared else None

        def accept(credential: Any, scopes: tuple[str, ...]) -> bool | None:
            return True if self._accepts is not None and self._accepts(scheme, credential) else None

        return accept


def _bare(operation: Operation) -> Operation:
    """*operation* without what it says of code."""
    if _OURS.isdisjoint(operation.extensions):
        return operation
    kept = {name: value for name, value in operation.extensions.items() if name not in _OURS}
    value = {name: value for name, value in operation.node.value.items() if name not in _OURS}
    return replace(operation, extensions=kept, node=operation.node._replace(value=value))
