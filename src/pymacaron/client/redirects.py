"""
Which redirects are followed: those of safe methods, to the same host with all that was sent, to another without.

No I/O here. Source: RFC 9110, section 15.4; what may leak where is what browsers and curl have learned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus, urljoin, urlsplit

from pymacaron.client.policy import SAFE

__all__ = ["Target", "redirected"]

_STATUSES = frozenset((301, 302, 303, 307, 308))
#: All that another host is told
_HARMLESS = frozenset(("accept", "accept-encoding", "accept-language", "user-agent"))
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Target:
    """Where a call goes and with what. `is_own`: to the host that the client is for."""

    method: str
    url: str
    headers: list[tuple[str, str]]
    body: Any
    is_own: bool = True


def redirected(target: Target, status: int, fields: Mapping[str, str], sent: str = "") -> Target | None:
    """
    Where a reply with that *status* and these headers, by lower-case name, sends a call to *target*; None where it is
    not followed: nor is a call of an unsafe method, nor one from https to http. *sent*: the URL as it was sent. What
    credentials have added to its query is left out where the server says it again.
    """
    location = fields.get("location", "")
    if status not in _STATUSES or target.method not in SAFE or not location or target.body is not None:
        return None
    try:
        url = urljoin(target.url, location.strip())
        before, after = urlsplit(target.url), urlsplit(url)
        ports = [part.port or _PORTS.get(part.scheme) for part in (before, after)]
    except ValueError:
        return None
    if after.scheme not in _PORTS or not after.hostname or (before.scheme, after.scheme) == ("https", "http"):
        return None
    if after.username is not None or after.password is not None:
        return None
    added = _pairs(urlsplit(sent).query) - _pairs(before.query) if sent else set()
    query = "&".join(one for one in after.query.split("&") if unquote_plus(one) not in added) if added else after.query
    # The host ends where the path begins: connections are kept by what is before that
    url = after._replace(fragment="", query=query, path=after.path or "/").geturl()
    is_same = before.hostname == after.hostname and (
        (before.scheme == after.scheme and ports[0] == ports[1]) or (ports == [80, 443])
    )
    if is_same:
        return Target(target.method, url, target.headers, None, target.is_own)
    headers = [(name, value) for name, value in target.headers if name.lower() in _HARMLESS]
    return Target(target.method, url, headers, None, is_own=False)


def _pairs(query: str) -> set[str]:
    """`name=value` of each member of *query*, decoded."""
    return {unquote_plus(one) for one in query.split("&") if one}
