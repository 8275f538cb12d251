"""
The way to a URL: straight, or by the proxy that the environment names, which http.client does not look for.

http_proxy, https_proxy and no_proxy are read as urllib does. What is on this machine is always asked straight, since no
proxy is there for a server that was started a moment ago. Only the standard library is used.
"""

from __future__ import annotations

import http.client
import ssl
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

__all__ = ["Way", "way"]


@dataclass(frozen=True, slots=True)
class Way:
    """
    `connection`: not yet open; `target`: what a request asks it for; `headers`: those of a request that the proxy
    wants; `by`: ` by the proxy HOST:PORT`, for messages, '' where it is straight.
    """

    connection: http.client.HTTPConnection
    target: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    by: str = ""


def way(url: str, timeout_s: float, context: ssl.SSLContext | None = None) -> Way:
    """
    That to *url*, http or https; *context*: of https. Raises HTTPException for a proxy that does not speak plain http.
    """
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = parts.hostname or "localhost"
    proxy = _proxy(parts.scheme, host, parts.netloc.rpartition("@")[2])
    if proxy is None:
        return Way(_connection(parts.scheme, host, parts.port, timeout_s, context), path)
    if proxy.scheme != "http":
        raise http.client.InvalidURL(f"{parts.scheme}_proxy begins with {proxy.scheme}://, and only http:// is spoken")
    by = f" by the proxy {proxy.hostname}:{proxy.port or 80}"
    connection = _connection(parts.scheme, proxy.hostname or "", proxy.port or 80, timeout_s, context)
    if parts.scheme == "https":
        connection.set_tunnel(host, parts.port or 443, _login(proxy))
        return Way(connection, path, by=by)
    return Way(connection, f"http://{parts.netloc}{path}", _login(proxy), by)


def _connection(
    scheme: str, host: str, port: int | None, timeout_s: float, context: ssl.SSLContext | None
) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=timeout_s, context=context)
    return http.client.HTTPConnection(host, port, timeout=timeout_s)


def _proxy(scheme: str, host: str, place: str) -> SplitResult | None:
    """*place*: host and port, as the URL has them."""
    said = getproxies()
    found = said.get(scheme) or said.get("all")
    if not found or _is_here(host) or proxy_bypass(place):
        return None
    return urlsplit(found if "://" in found else f"http://{found}")


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _login(proxy: SplitResult) -> dict[str, str]:
    if not proxy.username:
        return {}
    said = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {b64encode(said.encode()).decode()}"}
