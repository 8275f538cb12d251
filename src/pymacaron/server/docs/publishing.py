"""
The published descriptions: `/doc/<api>` for people, `/doc/<api>.json` and `/doc/<api>.yaml` for programs, an index,
and the errors, `/doc/errors` and `/doc/errors.json`.

Nothing is made before the first request for it, and nothing on the pages comes from another host. Neighbours: pages.py
writes them, admission.py says who may see them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask

from pymacaron.schema.codec import json_encode
from pymacaron.server.docs import pages
from pymacaron.server.docs.admission import admit
from pymacaron.server.docs.catalogue import Entry, as_json, catalogue
from pymacaron.server.docs.content import Content, Made
from pymacaron.server.rules import add
from pymacaron.source import dump_yaml
from pymacaron.spec.errors import with_errors
from pymacaron.spec.model import Api
from pymacaron.spec.publish import published

__all__ = ["publish"]

_HERE = Path(__file__).parent / "files"

#: dict: file -> its media type
_FILES: Mapping[str, str] = {
    "docs.css": "text/css",
    "docs.js": "text/javascript",
    "favicon-32x32.png": "image/png",
    "oauth2-redirect.html": "text/html",
    "oauth2-redirect.js": "text/javascript",
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
}


def publish(
    app: Flask,
    apis: Iterable[tuple[Api, str]],
    path: str = "doc",
    *,
    guarded: bool = False,
    compress: bool = True,
    own_errors: bool = False,
    tells_where: bool = False,
) -> str:
    """
    Register the pages of *apis*, pairs of an api and the base path it is served under, below `/<path>`.

    *guarded*: only for who has a token. *compress*: for callers that take it. *own_errors*: the service says errors
    in a form of its own. *tells_where*: where the classes of errors are defined. Gives the path of the index.
    """
    stripped = path.strip("/")
    prefix = f"/{stripped}" if stripped else ""
    listed = list(apis)
    taken = {known.rule for known in app.url_map.iter_rules()}
    guard = admit if guarded else None

    def put(rule: str, make: Callable[[], Made], mimetype: str) -> Content:
        content = Content(make, mimetype, guard)
        if rule not in taken:
            taken.add(rule)
            add(app, rule, "GET", content)
        return content

    def text(rule: str, make: Callable[[], bytes], mimetype: str) -> None:
        put(rule, lambda: Made.of(make(), compress), mimetype)

    files = {
        name: put(f"{prefix}/{pages.FILES}/{name}", _file(name, compress), mimetype)
        for name, mimetype in _FILES.items()
    }

    @cache
    def versions() -> Mapping[str, str]:
        return {name: content.made.tag for name, content in files.items()}

    # Guarded, the index is at `/doc/`, where Flask sends who asks for `/doc`: see admission.py
    at_slash = guarded or not stripped
    below = "./" if at_slash else f"{stripped.rpartition('/')[2]}/"
    home = "./" if at_slash else f"../{stripped.rpartition('/')[2]}"
    root = "../" * prefix.count("/") or "./"
    taken_names = {api.name for api, _ in listed}
    names = ("errors", *(f"errors-{number}" for number in range(2, len(listed) + 3)))
    errors_name = next(name for name in names if name not in taken_names)

    def entries() -> list[Entry]:
        return catalogue(listed, tells_where=tells_where)

    for api, base_path in listed:
        base = f"{prefix}/{api.name}"
        text(base, _page(api, home, root, errors_name, versions), "text/html")
        text(f"{base}.json", _json(api, base_path, own_errors), "application/json")
        text(f"{base}.yaml", _yaml(api, base_path, own_errors), "application/yaml")
    base = f"{prefix}/{errors_name}"
    text(base, lambda: pages.errors(entries(), home, errors_name, versions()), "text/html")
    text(f"{base}.json", lambda: json_encode(as_json(entries())), "application/json")
    place = f"{prefix}/" if at_slash else prefix
    text(place, lambda: pages.index([api for api, _ in listed], below, errors_name, versions()), "text/html")
    return place


def _file(name: str, compress: bool) -> Callable[[], Made]:
    """How the file *name* is read: of ours, or of Swagger UI, some of which are there packed."""

    def make() -> Made:
        own, other = _HERE / name, _HERE / "swagger-ui" / name
        packed = other.with_name(f"{name}.gz")
        if packed.exists():
            return Made.of_packed(packed.read_bytes(), compress)
        return Made.of((own if own.exists() else other).read_bytes(), compress and not name.endswith(".png"))

    return make


def _page(
    api: Api, home: str, root: str, errors_name: str, versions: Callable[[], Mapping[str, str]]
) -> Callable[[], bytes]:
    return lambda: pages.page(api, home, root, errors_name, versions())


def _document(api: Api, base_path: str, own_errors: bool) -> dict[str, Any]:
    return with_errors(api, published(api, base_path), own_form=own_errors)


def _json(api: Api, base_path: str, own_errors: bool) -> Callable[[], bytes]:
    return lambda: json_encode(_document(api, base_path, own_errors))


def _yaml(api: Api, base_path: str, own_errors: bool) -> Callable[[], bytes]:
    return lambda: dump_yaml(_document(api, base_path, own_errors)).encode()
