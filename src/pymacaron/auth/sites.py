"""
Credentials in cookies: a browser adds them by itself, also where the page of another site has it call.

A credential in a cookie counts for no such call that may change something. Others who call send none of these headers,
or what they like: they have no browser of somebody else's at hand. Of two cookies of one name, another host of the
domain may have set either.
Source: W3C, "Fetch Metadata Request Headers"; RFC 6265, section 8.6; RFC 6454, section 7; OWASP, "Cross-Site Request
Forgery Prevention".
"""

from __future__ import annotations

from urllib.parse import urlsplit

from pymacaron import config
from pymacaron.context import Call

__all__ = ["REFUSAL", "is_foreign", "times"]

REFUSAL = "a cookie does not count where a page of another site calls"

#: Methods that change nothing. Source: RFC 9110, section 9.2.1
_SAFE = frozenset(("GET", "HEAD", "OPTIONS", "TRACE", "QUERY"))


def times(call: Call, name: str) -> int:
    """How often the Cookie header of *call* has the cookie *name*."""
    sent = call.headers.get("Cookie") or ""
    return sum(pair.partition("=")[0].strip() == name for pair in sent.split(";"))


def is_foreign(call: Call) -> bool:
    """
    Whether a page of another site has a browser make *call*, one that may change something; not where the setting
    `cors` names its origin. Where a browser does not say whose page it is, another origin is another site.
    """
    if call.method in _SAFE:
        return False
    site, origin = call.headers.get("Sec-Fetch-Site"), call.headers.get("Origin")
    if site is not None:
        is_other = site.strip().lower() == "cross-site"
    else:
        is_other = origin is not None and not _is_at(origin, call.headers.get("Host"))
    return is_other and not _is_named(origin)


def _is_at(origin: str, host: str | None) -> bool:
    try:
        return host is not None and urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:
        return False


def _is_named(origin: str | None) -> bool:
    named = config.resolved().values["cors"]
    return not isinstance(named, bool) and origin in named
