"""One operation of a small description, and calls of it without a server."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from pymacaron.exchange.files import Part, Upload
from pymacaron.exchange.inbound import Inbound
from pymacaron.exchange.multipart import Head, Headers
from pymacaron.exchange.outbound import Outbound
from pymacaron.exchange.request import Arriving, Parts
from pymacaron.schema.codec import Schemas
from pymacaron.schema.violations import Violations
from pymacaron.spec.load import load
from pymacaron.spec.model import Api


class Called:
    """An operation under test: `inbound`, `outbound`, and `call(...)` -> the arguments, or the violations as tuples."""

    def __init__(self, api: Api, **options: Any):
        self.api = api
        self.schemas = Schemas(api)
        self.operation = api.operations[0]
        self.inbound = Inbound(self.operation, self.schemas, **options)
        self.outbound = Outbound(self.operation, self.schemas)

    def arguments(
        self,
        query: str = "",
        *,
        path: dict[str, str] | None = None,
        raw_path: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        cookies: dict[str, str] | None = None,
        body: bytes = b"",
        content_type: str | None = None,
        fields: list[tuple[str, Any]] | None = None,
        files: list[tuple[str, Any]] | None = None,
        arriving: Arriving | None = None,
    ) -> tuple[list[Any], dict[str, Any]]:
        sent = {name.lower(): value for name, value in (headers or {}).items()}
        if cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        return self.inbound.arguments(
            Parts(
                path=path or {name: unquote(text) for name, text in (raw_path or {}).items()},
                raw_path=raw_path,
                query=query,
                header=lambda name: sent.get(name.lower()),
                content_type=content_type,
                read=lambda: body,
                form=lambda in_memory: [_part(*sent, in_memory) for sent in [*(fields or []), *(files or [])]],
                arriving=lambda: arriving,
            )
        )

    def plain(self, *args: Any, **parts: Any) -> dict[str, Any]:
        """The keyword arguments of a call as JSON has them, whatever models are in them."""
        return {name: _plain(value) for name, value in self.arguments(*args, **parts)[1].items()}

    def wrong(self, *args: Any, **parts: Any) -> list[tuple[str, str, str, str]]:
        """What is wrong with a call: (location, pointer, code, detail) each."""
        with pytest.raises(Violations) as caught:
            self.arguments(*args, **parts)
        return [(one.location, one.pointer, one.code, one.detail) for one in caught.value.violations]


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return value.to_json() if hasattr(value, "to_json") else value


def _part(name: str | None, content: str | bytes | Upload, in_memory: Callable[[Head], bool]) -> Part:
    """A part as the server gives it: a field of that text, or a file, kept where the operation asks for it."""
    if not isinstance(content, Upload):
        head = Head(name, None, Headers())
        data = content.encode() if isinstance(content, str) else content
        return Part(head, data if in_memory(head) else Upload(data, mimetype="text/plain"))
    types = {"Content-Type": content.content_type} if content.content_type else {}
    head = Head(name, content.filename, Headers({**types, **content.headers}))
    return Part(head, content.stream.getvalue() if in_memory(head) else content)  # type: ignore[attr-defined]


Make = Callable[..., Called]


@pytest.fixture
def operation(tmp_path: Path) -> Make:
    """make(operation, path='/it', method='post', version='3.1.0', schemas={}, **Inbound's options) -> Called."""

    def make(
        operation: dict[str, Any],
        path: str = "/it",
        method: str = "post",
        version: str = "3.1.0",
        schemas: dict[str, Any] | None = None,
        **options: Any,
    ) -> Called:
        operation = {"responses": {"200": {"description": "ok"}}, **operation}
        document: dict[str, Any] = {"info": {"title": "It", "version": "1"}, "paths": {path: {method: operation}}}
        if version == "2.0":
            document |= {"swagger": "2.0", "definitions": schemas or {}}
        else:
            document |= {"openapi": version, "components": {"schemas": schemas or {}}}
        file = tmp_path / "it.json"
        file.write_text(json.dumps(document))
        api = load(file)
        assert [finding for finding in api.findings if finding.severity == "error"] == []
        return Called(api, **options)

    return make


@pytest.fixture
def taking(operation: Make) -> Make:
    """make(schema, *media types, required=True, **operation's arguments) -> Called, of an operation with that body."""

    def make(schema: Any, *types: str, required: bool = True, **more: Any) -> Called:
        content = {name: {"schema": schema} for name in types or ("application/json",)}
        return operation({"requestBody": {"required": required, "content": content}}, **more)

    return make


@pytest.fixture
def parameter(operation: Make) -> Callable[..., Called]:
    """make(schema, location='query', version='3.1.0', **fields) -> Called, of an operation with one parameter `p`."""

    def make(schema: Any, location: str = "query", version: str = "3.1.0", **fields: Any) -> Called:
        declared = {"name": "p", "in": location, **({"required": True} if location == "path" else {}), **fields}
        declared |= schema if version == "2.0" else {"schema": schema}
        path = "/it/{p}" if location == "path" else "/it"
        return operation({"parameters": [declared]}, path, "get", version)

    return make
