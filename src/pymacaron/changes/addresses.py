"""
Where an api is served: base path and servers. Swagger 2.0's host, basePath and schemes are what `servers` are later.
"""

from __future__ import annotations

from collections.abc import Iterator

from pymacaron.changes.change import Change
from pymacaron.changes.notes import Notes
from pymacaron.source import Node
from pymacaron.spec.model import Api

__all__ = ["addresses"]


def addresses(notes: Notes, old: Api, new: Api) -> Iterator[Change]:
    """What of it has changed."""
    if old.base_path != new.base_path and not _is_moved(old, new):
        fact = f"the base path is {new.base_path or '/'!r}, was {old.base_path or '/'!r}"
        before, after = _place(old), _place(new)
        yield notes.change("breaking", "base-path-changed", fact, "calls to the old one fail", before, after)
    before_urls, after_urls = _servers(old), _servers(new)
    for url, node in before_urls.items():
        if url not in after_urls:
            fact = f"server {url!r} is not named any more"
            why = "who calls it there needs it as long as it is served"
            yield notes.change("risky", "server-removed", fact, why, node, None)
    for url, node in after_urls.items():
        if url not in before_urls and before_urls:
            yield notes.change("compatible", "server-added", f"server {url!r} is named", "", None, node)


def _is_moved(old: Api, new: Api) -> bool:
    """Whether the base path moved into the paths, or out of them."""
    before = {f"{old.base_path}{one.path}" for one in old.operations}
    after = {f"{new.base_path}{one.path}" for one in new.operations}
    return not before.isdisjoint(after)


def _place(api: Api) -> Node:
    return api.root.get("servers") or api.root.get("basePath") or api.root


def _servers(api: Api) -> dict[str, Node]:
    """dict: host, with its scheme where one is told -> where it is named. Those without a host say nothing of it."""
    root = api.root
    if api.dialect == "2.0":
        host = root.get("host")
        if host is None or not isinstance(host.value, str):
            return {}
        schemes = root.get("schemes")
        names = schemes.value if schemes is not None and isinstance(schemes.value, list) else []
        return {f"{name}://{host.value}": host for name in names if isinstance(name, str)} or {f"//{host.value}": host}
    found: dict[str, Node] = {}
    servers = root.get("servers")
    for server in servers.items() if servers is not None else []:
        url = server.get("url")
        if url is None or not isinstance(url.value, str):
            continue
        text = url.value
        variables = server.get("variables")
        for name, variable in variables.members() if variables is not None else []:
            default = variable.get("default")
            text = text.replace(f"{{{name}}}", str(default.value)) if default is not None else text
        scheme, mark, rest = text.partition("//")
        if mark:
            found.setdefault(f"{scheme}//{rest.partition('/')[0]}", url)
    return found
