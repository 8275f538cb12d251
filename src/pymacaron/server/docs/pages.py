"""
The pages as HTML: the index, and the frame of Swagger UI, which files/docs.js fills in the browser.

Every address is relative, so that the pages work below whatever prefix a proxy puts before them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from urllib.parse import quote

from pymacaron.server.docs.catalogue import Entry
from pymacaron.spec.model import Api

__all__ = ["FILES", "errors", "index", "page"]

#: Where our files are, beside the pages
FILES = "swagger-ui"

#: What the pages may load, besides what the header of content.py says of scripts, styles and images: nothing from
#: elsewhere, the video of a description neither; but credentials are asked for where the description says
_POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src * data: blob:"


def index(apis: Iterable[Api], below: str, errors_name: str, versions: Mapping[str, str]) -> bytes:
    """
    The page that lists *apis*. *below*: where their pages are, seen from it. *errors_name*: that of errors() there.
    *versions*: see page().
    """
    rows = "".join(
        f'<li><a href="{_address(below + quote(api.name))}">{escape(api.title or api.name)}</a> '
        f"<span>{escape(api.version)}</span> <small>{_operations(len(api.operations))}</small></li>"
        for api in apis
    )
    body = f'<main class="index"><h1>APIs</h1><ul>{rows}</ul></main>'
    links = f'<a href="{_address(below + errors_name)}">Errors</a>'
    return _html("APIs", links, below, versions, ("docs.css",), ("docs.js",), "", body)


def page(api: Api, home: str, root: str, errors_name: str, versions: Mapping[str, str]) -> bytes:
    """
    The page of *api*. *home*, *root*: the index and the root of the service, seen from it. *errors_name*: that of
    errors(), beside it. *versions*: dict of a file's name -> its version.
    """
    title = f"{api.title or api.name} {api.version}".strip()
    name = _address(quote(api.name))
    links = (
        f'<a href="{escape(home)}">All APIs</a><a href="{_address(errors_name)}">Errors</a>'
        f'<a href="{name}.json">JSON</a><a href="{name}.yaml">YAML</a>'
    )
    body = f'<main id="swagger-ui"><noscript>This page needs JavaScript; {links} do not.</noscript></main>'
    styles, scripts = ("swagger-ui.css", "docs.css"), ("docs.js", "swagger-ui-bundle.js")
    data = f' data-description="{name}.json" data-root="{root}" data-operations="{len(api.operations)}"'
    return _html(title, links, "", versions, styles, scripts, data, body)


def errors(entries: Iterable[Entry], home: str, name: str, versions: Mapping[str, str]) -> bytes:
    """The page that lists errors. *home*, *versions*: see page(). *name*: its own, of which the JSON is beside it."""
    listed = list(entries)
    tables = "".join(
        _table(title, [entry for entry in listed if entry.is_own is is_own])
        for title, is_own in (("Errors of this service", True), ("Errors of every service", False))
    )
    links = f'<a href="{escape(home)}">All APIs</a><a href="{_address(name)}.json">JSON</a>'
    body = f'<main class="index errors"><h1>Errors</h1>{tables}</main>'
    return _html("Errors", links, "", versions, ("docs.css",), ("docs.js",), "", body)


def _table(title: str, entries: Iterable[Entry]) -> str:
    rows = "".join(
        f'<tr><th scope="row"><code>{escape(entry.code)}</code></th><td>{entry.status}</td>'
        f"<td>{escape(entry.description)}{_where(entry)}</td><td>{_given_by(entry)}</td></tr>"
        for entry in entries
    )
    if not rows:
        return ""
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("Code", "Status", "When", "Operations"))
    # What is too wide is scrolled in its place, by keyboard, too
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{title}"><table><caption>{title}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _where(entry: Entry) -> str:
    if entry.where is None:
        return ""
    return f"{' ' if entry.description else ''}<small>{escape(entry.where)}</small>"


def _given_by(entry: Entry) -> str:
    if entry.operations is None:
        return "as their code says"
    if not entry.operations:
        return "none"
    items = "".join(f"<li>{escape(one)}</li>" for one in entry.operations)
    return f"<details><summary>{_operations(len(entry.operations))}</summary><ul>{items}</ul></details>"


def _html(
    title: str,
    links: str,
    below: str,
    versions: Mapping[str, str],
    styles: Iterable[str],
    scripts: Iterable[str],
    data: str,
    body: str,
) -> bytes:
    def address(name: str) -> str:
        return f"{_address(below + FILES)}/{name}?v={versions[name]}"

    sheets = "".join(f'<link rel="stylesheet" href="{address(name)}">' for name in styles)
    # Of the first the page needs its colours before it is drawn; the others wait until it is there
    own, *others = scripts
    loaded = f'<script src="{address(own)}"></script>' + "".join(
        f'<script src="{address(name)}" defer></script>' for name in others
    )
    return (
        f'<!doctype html><html lang="en"{data}><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" type="image/png" href="{address("favicon-32x32.png")}">{sheets}{loaded}</head>'
        f'<body><header class="docs"><nav aria-label="Documents">{links}</nav>'
        f'<button type="button" id="theme" aria-pressed="false">Dark</button></header>{body}</body></html>'
    ).encode()


def _address(path: str) -> str:
    """*path* as a relative address that is not taken for one with a scheme."""
    return path if path.startswith(("/", ".")) else f"./{path}"


def _operations(count: int) -> str:
    return f"{count} operation{'' if count == 1 else 's'}"
