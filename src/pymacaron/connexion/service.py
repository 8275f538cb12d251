"""
An API of ours that serves what was added to an App, as Connexion would: by its resolvers, at its base paths.

Neighbour: app.py is what services know of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from json import JSONEncoder
from pathlib import Path
from typing import Any

from flask import Flask, Response, redirect

from pymacaron import config
from pymacaron.api.service import API
from pymacaron.connexion.exceptions import ProblemException
from pymacaron.connexion.handlers import TEXTS, handler
from pymacaron.connexion.resolver import Described, Resolver
from pymacaron.finding import Finding
from pymacaron.pool import LoadedApi
from pymacaron.schema.codec import json_encode
from pymacaron.server.answering import Served
from pymacaron.server.dotted import Problem
from pymacaron.server.guards import Guards
from pymacaron.source import dump_yaml
from pymacaron.spec.model import Api, Operation
from pymacaron.spec.publish import published

__all__ = ["Added", "Service"]


@dataclass(frozen=True)
class Added:
    """What add_api() was told of one description. `base_path` None: its own; `error`: where a function is missing."""

    specification: Path | dict[str, Any]
    base_path: str | None
    arguments: Mapping[str, Any]
    resolver: Resolver
    name: Callable[[str], str]
    context_name: str | None
    error: int | None
    has_ui: bool
    has_document: bool


class Service(API):
    """An API of what was added: dict of an api's name -> what add_api() was told. *encoder* as of a handler."""

    def __init__(self, app: Flask, added: Mapping[str, Added], encoder: Callable[[], type[JSONEncoder]], **more: Any):
        super().__init__(app, formats=TEXTS, **more)
        self._added, self._encoder = added, encoder

    def _base_path(self, api: Api) -> str:
        added = self._added.get(api.name)
        return super()._base_path(api) if added is None or added.base_path is None else added.base_path

    def _served(self, loaded: LoadedApi, guarding: Guards) -> tuple[list[Served], list[Finding]]:
        added = self._added.get(loaded.api.name)
        self._resolver = None if added is None else partial(self._handler, added)
        return super()._served(loaded, guarding)

    def _handler(self, added: Added, operation: Operation) -> Callable[..., Any] | None:
        try:
            function = added.resolver.resolve(Described.of(operation)).function
        except Problem:
            if added.error is None:
                raise
            return _without_function(added.error)
        if function is None:
            return None
        return handler(operation, function, name=added.name, context_name=added.context_name, encoder=self._encoder)

    def show(self) -> None:
        """
        Answer where Connexion has the document of each description, and send to our page from where it has one; not
        where the setting `docs` says that not everybody may see them.
        """
        if config.get_config().docs in ("auth", "off"):
            return
        for name, added in self._added.items():
            api = self._apis[name].api
            base_path, word = self._base_path(api), "swagger" if api.dialect == "2.0" else "openapi"
            if added.has_ui and self.docs is not None:
                page = f"{self.docs.rstrip('/')}/{name}"
                self.app.add_url_rule(f"{base_path}/ui/", f"connexion {name}", partial(redirect, page))
            for ending, text in (("json", json_encode), ("yaml", dump_yaml)) if added.has_document else ():
                view = partial(_document, api, base_path, text, f"application/{ending}")
                self.app.add_url_rule(f"{base_path}/{word}.{ending}", f"connexion {name}.{ending}", view)


def _document(api: Api, base_path: str, text: Callable[[Any], bytes | str], media_type: str) -> Response:
    return Response(text(published(api, base_path)), mimetype=media_type)


def _without_function(status: int) -> Callable[..., Any]:
    def answer(body: Any = None, /, **given: Any) -> Any:
        raise ProblemException(status, "Not Implemented", "The operation has no function")

    return answer
