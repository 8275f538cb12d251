"""
The published descriptions: `/doc/<api>` for people, `/doc/<api>.json` and `/doc/<api>.yaml` for programs.

A document is made at the first request for it and kept. Nothing on the page comes from another host.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable
from html import escape

from flask import Flask, Response, request

from pymacaron.schema.codec import json_encode
from pymacaron.server.rules import add
from pymacaron.source import dump_yaml
from pymacaron.spec.model import Api
from pymacaron.spec.publish import published

__all__ = ["publish"]

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
    "table{border-collapse:collapse;width:100%}td{padding:.3rem .6rem;border-top:1px solid #8884;vertical-align:top}"
    "code{font-size:.95em}"
)


class _Document:
    """One text, made when first asked for, with its ETag."""

    def __init__(self, make: Callable[[], bytes], mimetype: str):
        self._make = make
        self._mimetype = mimetype
        self._lock = threading.Lock()
        self._made: tuple[bytes, str] | None = None

    def __call__(self) -> Response:
        if self._made is None:
            with self._lock:
                if self._made is None:
                    text = self._make()
                    self._made = text, hashlib.sha256(text).hexdigest()[:32]
        text, etag = self._made
        response = Response(text, mimetype=self._mimetype)
        response.set_etag(etag)
        response.cache_control.no_cache = True
        response.make_conditional(request)
        return response


def publish(app: Flask, apis: Iterable[tuple[Api, str]], path: str = "doc") -> None:
    """Register the documents of *apis*, pairs of an api and the base path it is served under, below `/<path>`."""
    prefix = "/" + path.strip("/")
    listed = list(apis)
    taken = {known.rule for known in app.url_map.iter_rules()}
    for api, base_path in listed:
        base = f"{prefix}/{api.name}"
        _add(app, taken, base, _Document(_page(api, base_path, base), "text/html"))
        _add(app, taken, f"{base}.json", _Document(_json(api, base_path), "application/json"))
        _add(app, taken, f"{base}.yaml", _Document(_yaml(api, base_path), "application/yaml"))
    _add(app, taken, prefix, _Document(_index([api for api, _ in listed], prefix), "text/html"))


def _add(app: Flask, taken: set[str], rule: str, document: _Document) -> None:
    if rule not in taken:
        taken.add(rule)
        add(app, rule, "GET", document)


def _json(api: Api, base_path: str) -> Callable[[], bytes]:
    return lambda: json_encode(published(api, base_path))


def _yaml(api: Api, base_path: str) -> Callable[[], bytes]:
    return lambda: dump_yaml(published(api, base_path)).encode()


def _index(apis: list[Api], prefix: str) -> Callable[[], bytes]:
    links = "".join(
        f'<tr><td><a href="{escape(prefix)}/{escape(api.name)}">{escape(api.title or api.name)}</a></td>'
        f"<td>{escape(api.version)}</td></tr>"
        for api in apis
    )
    return lambda: _html("APIs", f"<table>{links}</table>")


def _page(api: Api, base_path: str, base: str) -> Callable[[], bytes]:
    def make() -> bytes:
        rows = "".join(
            f"<tr><td><code>{escape(operation.method)}</code></td>"
            f"<td><code>{escape(base_path + operation.path)}</code></td>"
            f"<td>{escape(_summary(operation.node.value))}</td></tr>"
            for operation in api.operations
        )
        title = f"{api.title or api.name} {api.version}"
        links = f'<p><a href="{escape(base)}.json">JSON</a> <a href="{escape(base)}.yaml">YAML</a></p>'
        return _html(title, f"{links}<table>{rows}</table>")

    return make


def _summary(operation: object) -> str:
    summary = operation.get("summary") if isinstance(operation, dict) else ""
    return summary if isinstance(summary, str) else ""


def _html(title: str, body: str) -> bytes:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><h1>{escape(title)}</h1>{body}</body></html>"
    ).encode()
