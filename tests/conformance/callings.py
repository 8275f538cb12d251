"""
Arguments for the operations of a description that nobody here wrote: from its examples, else made to fit its schemas.

python-jsonschema is asked about each value, by the translation that shares nothing with ours: what a Calling has is
valid, whoever refuses it. And what a Calling is to httpx2 alone, which knows nothing of us.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import quote

from conformance.messages import Maker
from conformance.translation import Translation
from conformance.voters import PythonJsonschema, Unusable

from pymacaron.exchange import examples, media
from pymacaron.schema.codec import Schemas
from pymacaron.source import Node
from pymacaron.spec.model import NOTHING, Api, MediaType, Operation, Parameter, Response, SecurityScheme
from pymacaron.spec.names import arguments

__all__ = ["Calling", "Callings", "credentials_of", "plain"]

_TRIES = 200
_FILE = ("rex.txt", b"a file", "text/plain")


@dataclass(frozen=True)
class Calling:
    """What a client's method gets: `body` None where there is none. `type`: the media type of the body."""

    body: Any
    kwargs: Mapping[str, Any]
    type: str = ""

    @property
    def args(self) -> tuple[Any, ...]:
        return () if self.body is None else (self.body,)


@dataclass
class Callings:
    """Those of the operations of *api*. The same for the same *seed*."""

    api: Api
    schemas: Schemas
    seed: int = 0

    def __post_init__(self) -> None:
        self._request, self._response = Translation(self.api, "request"), Translation(self.api, "response")

    def of(self, operation: Operation, *, everything: bool) -> Calling | str:
        """With all that the operation takes, or what it demands; or why there is none."""
        random = Random(f"{self.seed} {operation.method} {operation.path} {everything}")
        kwargs = {}
        for keyword, parameter in arguments(operation).items():
            if not (everything or parameter.required):
                continue
            found = self._argument(parameter, random)
            if found is not None:
                kwargs[keyword] = found
            elif parameter.required:
                return f"no value could be made for the parameter {parameter.name}"
        body = operation.body
        if body is None or body.fields or not (everything or body.required) or not body.content:
            return Calling(None, kwargs)
        for name, media_type in sorted(body.content.items(), key=lambda one: "json" not in one[0]):
            value = self._body(operation, media_type, random)
            if value is not None:
                return Calling(value, kwargs, name)
        return "no body could be made" if body.required else Calling(None, kwargs)

    def judged(self, node: Node, value: Any, *, request: bool) -> str:
        """What python-jsonschema has against *value*: '' for nothing."""
        translation = self._request if request else self._response
        reference = translation.reference(node)
        judge = PythonJsonschema()
        judge.take(translation.document)
        try:
            vote = judge.votes(reference, [value])[0]
        except Unusable as error:
            return f"not known: {error}"
        return ", ".join(sorted(vote)) if vote else ""

    def _argument(self, parameter: Parameter, random: Random) -> Any:
        if parameter.location == "form" and _is_file(parameter.schema):
            return _FILE
        node = parameter.schema
        if node is None and parameter.content is not None:
            node = parameter.content.schema
        if node is None:
            return "a"
        fake = Response("200", NOTHING, {parameter.name: parameter}, parameter.node)
        told = examples.headers(fake, self.schemas).values()
        return next((one for one in self._valid(node, told, random) if _is_carried(one, parameter)), None)

    def _body(self, operation: Operation, media_type: MediaType, random: Random) -> Any:
        kind = media.parse(media_type.name)
        if kind is None or media_type.item_schema is not None:
            return None
        is_form = kind.is_form or kind.type == "multipart"
        if not kind.is_json and not is_form and media_type.name != "*/*":
            if kind.is_text and media_type.schema is not None:
                texts = (one for one in self._valid(media_type.schema, ["a text"], random) if isinstance(one, str))
                return next(texts, None)
            return "a text" if kind.is_text else b"bytes"
        if media_type.schema is None:
            return {"a": 1}
        assert operation.body is not None
        told = examples.bodies(Response("200", {media_type.name: media_type}, {}, operation.body.node), self.schemas)
        fitting = (one for one in self._valid(media_type.schema, told, random) if one is not None)
        value = next((one for one in fitting if not is_form or isinstance(one, dict)), None)
        if is_form and isinstance(value, dict):
            files = self.schemas.shapes.properties(media_type.schema)
            return {name: _FILE if name in files and _is_file(files[name]) else one for name, one in value.items()}
        return value

    def _valid(self, node: Node, told: Any, random: Random) -> Iterator[Any]:
        """The values of *told* that fit *node*, then such as are made for it."""
        reference = self._request.reference(node)
        judge = PythonJsonschema()
        judge.take(self._request.document)
        maker = Maker(self._request.document, random)

        def candidates() -> Iterator[Any]:
            with suppress(Exception):  # an example of a kind that nobody can read
                yield from told
            for _ in range(_TRIES):
                yield maker.value(reference)

        for value in candidates():
            try:
                json.dumps(value)
                if judge.votes(reference, [value]) == [None]:
                    yield value
            except (Unusable, TypeError, ValueError):
                continue


def _is_carried(value: Any, parameter: Parameter) -> bool:
    """Whether a URL or a header can carry *value*, and nobody takes it for something else."""
    if isinstance(value, str):
        usual = value.isascii() and value.isprintable() and value == value.strip()
        return usual and value not in ("", ".", "..") and not (parameter.location == "path" and "/" in value)
    if isinstance(value, list):
        return bool(value) and all(not isinstance(one, (list, dict)) and _is_carried(one, parameter) for one in value)
    if isinstance(value, dict):
        return bool(value) and all(
            not isinstance(one, (list, dict)) and _is_carried(one, parameter) for one in value.values()
        )
    return value is not None


def _is_file(node: Node | None) -> bool:
    value = node.value if node is not None else None
    return isinstance(value, dict) and (value.get("type") == "file" or value.get("format") == "binary")


# ---- the same to httpx2


def credentials_of(schemes: Mapping[str, SecurityScheme]) -> dict[str, Any]:
    """What `auth` of a client is told: something for each scheme."""
    found: dict[str, Any] = {}
    for name, scheme in schemes.items():
        if scheme.type == "http" and scheme.scheme == "basic":
            found[name] = {"username": "ada", "password": "countess"}
        elif scheme.type in ("apiKey", "oauth2", "openIdConnect") or scheme.scheme == "bearer":
            found[name] = "a-token"
    return found


def plain(api: Api, operation: Operation, calling: Calling) -> dict[str, Any] | None:
    """
    What httpx2.Client.request() is told to send the same: written here again, from the usual styles alone. None where
    that cannot say it.
    """
    path, query, headers, cookies = operation.path, list[tuple[str, str]](), dict[str, str](), list[str]()
    data: dict[str, Any] = {}
    files: dict[str, Any] = {}
    for keyword, parameter in arguments(operation).items():
        if keyword not in calling.kwargs or parameter.name.lower() == "content-length":
            continue
        value = calling.kwargs[keyword]
        if parameter.location == "form":
            (files if isinstance(value, tuple) else data)[parameter.name] = _form(value)
            continue
        pairs = _pairs(parameter, value)
        if pairs is None:
            return None
        if parameter.location == "query":
            query += pairs
        elif parameter.location == "path":
            path = path.replace(f"{{{parameter.name}}}", pairs[0][1])
        elif parameter.location == "header":
            headers[parameter.name] = _text(value)
        else:
            cookies += [f"{name}={text}" for name, text in pairs]
    for name in next(iter(sorted(operation.security, key=len)), {}):
        scheme = api.security_schemes.get(name)
        if scheme is None:
            continue
        if scheme.type == "apiKey" and scheme.location == "query":
            query.append((quote(scheme.key), "a-token"))
        elif scheme.type == "apiKey" and scheme.location == "cookie":
            cookies.append(f"{scheme.key}=a-token")
        elif scheme.type == "apiKey":
            headers[scheme.key] = "a-token"
        else:
            headers["Authorization"] = "Basic YWRhOmNvdW50ZXNz" if scheme.scheme == "basic" else "Bearer a-token"
    if cookies:
        headers["Cookie"] = "; ".join(cookies)
    text = "&".join(f"{name}={value}" for name, value in query)
    told: dict[str, Any] = {"method": operation.method, "url": f"{path}?{text}" if text else path, "headers": headers}
    body = calling.body
    if data or files:
        told |= {"data": data or None, "files": files or None}
    elif isinstance(body, dict) and "multipart" in calling.type:
        told["files"] = {name: one if isinstance(one, tuple) else (None, _form(one)) for name, one in body.items()}
    elif isinstance(body, dict) and "urlencoded" in calling.type:
        told["data"] = {name: _form(one) for name, one in body.items()}
    elif body is not None:
        kind = "application/json" if calling.type == "*/*" else calling.type
        told["content"] = body if isinstance(body, bytes) or "json" not in kind else json.dumps(body).encode()
        headers["Content-Type"] = kind
    return told


def _form(value: Any) -> Any:
    return value if isinstance(value, (tuple, bytes)) else _text(value) if not isinstance(value, list) else value


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(_text(one) for one in value)
    return value if isinstance(value, str) else json.dumps(value)


def _pairs(parameter: Parameter, value: Any) -> list[tuple[str, str]] | None:
    """Names and values, percent-encoded."""
    name = quote(parameter.name, safe="[]")
    if not isinstance(value, (list, dict)) or parameter.content is not None:
        return [(name, quote(_text(value), safe=""))]
    if isinstance(value, dict):
        if parameter.style == "deepObject":
            return [(f"{name}[{quote(key)}]", quote(_text(one), safe="")) for key, one in value.items()]
        if parameter.style == "form" and parameter.explode:
            return [(quote(key), quote(_text(one), safe="")) for key, one in value.items()]
        return None
    texts = [quote(_text(one), safe="") for one in value]
    if parameter.style == "form" and parameter.explode:
        return [(name, text) for text in texts]
    between = {"form": ",", "simple": ",", "spaceDelimited": "%20", "pipeDelimited": "%7C"}.get(parameter.style)
    return None if between is None else [(name, between.join(texts))]
