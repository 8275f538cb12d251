"""Where an api is: the URL that is told, else the servers of its description. No I/O here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from pymacaron.exceptions import ConfigError
from pymacaron.finding import did_you_mean
from pymacaron.source import Node
from pymacaron.spec.model import Api, Operation

__all__ = ["base_url"]

_VARIABLE = re.compile(r"\{([^{}]*)\}")


def base_url(api: Api, operation: Operation, url: str, variables: Mapping[str, str]) -> str:
    """
    What the path of *operation* is put behind: `https://login.example.com/v1`, without a slash at its end.

    *url*: the one that is told; where it has no path, not so much as a slash, that of the description comes behind it.
    Without one it is the first server of the operation, its path or the api, its variables as in *variables* or their
    defaults; of Swagger 2.0 its host and basePath, by https where it may be. Raises ConfigError where none of them
    names a host, and for a variable that no server has.
    """
    if url:
        return url.rstrip("/") if urlsplit(url).path else f"{url}{api.base_path}"
    known = _variables(api) if variables else ()
    for name in variables:
        if name not in known:
            hint = did_you_mean(name, known) or f"There is {', '.join(sorted(known)) or 'none'}"
            raise ConfigError(f"the servers of {api.name} have no variable {name!r}. {hint}")
    found = _of_swagger(api) if api.dialect == "2.0" else _of_servers(api, operation, variables)
    if urlsplit(found).scheme in ("http", "https") and urlsplit(found).hostname:
        return found.rstrip("/")
    fact = f"nobody says where the api {api.name!r} is: its description names no host"
    mend = f"Set it in pym-config.yaml: clients: {{{api.name}: {{url: https://...}}}}, or by .with_options(url=...)"
    raise ConfigError(f"{fact}. {mend}")


def _of_swagger(api: Api) -> str:
    host, schemes = api.root.get("host"), api.root.get("schemes")
    if host is None or not isinstance(host.value, str) or not host.value:
        return ""
    named = schemes.value if schemes is not None and isinstance(schemes.value, list) else ["https"]
    scheme = "https" if "https" in named else "http" if "http" in named else ""
    return f"{scheme}://{host.value}{api.base_path}"


def _of_servers(api: Api, operation: Operation, variables: Mapping[str, str]) -> str:
    for node in _levels(api, operation):
        server = _first(node.get("servers")) if node is not None else None
        if server is not None:
            return _filled(server, variables)
    return ""


def _variables(api: Api) -> set[str]:
    """The variables in the URLs of all servers that the description has; of Swagger 2.0 none."""
    nodes = {id(node): node for operation in api.operations for node in _levels(api, operation) if node is not None}
    lists = [found for node in nodes.values() if (found := node.get("servers")) is not None]
    servers = [one for found in lists if isinstance(found.value, list) for one in found.items()]
    urls = [url.value for one in servers if (url := one.get("url")) is not None]
    return {name for url in urls for name in _VARIABLE.findall(str(url))}


def _levels(api: Api, operation: Operation) -> tuple[Node | None, ...]:
    """What may have servers of *operation*, the nearest first."""
    paths = api.root.get("paths")
    return operation.node, paths.get(operation.path) if paths is not None else None, api.root


def _first(servers: Node | None) -> Node | None:
    if servers is None or not isinstance(servers.value, list):
        return None
    return next((one for one in servers.items() if (url := one.get("url")) is not None and url.value), None)


def _filled(server: Node, variables: Mapping[str, str]) -> str:
    url, declared = server.get("url"), server.get("variables")

    def value(found: re.Match[str]) -> str:
        if found[1] in variables:
            return str(variables[found[1]])
        variable = declared.get(found[1]) if declared is not None else None
        default = variable.get("default") if variable is not None else None
        return str(default.value) if default is not None else found[0]

    return _VARIABLE.sub(value, str(url.value) if url is not None else "")
