"""
The address of who calls, also where proxies stand in between. Neighbour: calls.py asks when somebody looks.

Each proxy adds to X-Forwarded-For whom it was called by, at the end; what stands before is the caller's own claim. So
the entry that counts is as far from the end as there are proxies that are trusted, and never the first as such.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

__all__ = ["caller"]


def caller(environ: Mapping[str, Any], proxies: int) -> str | None:
    """
    The address as text, of the request with that WSGI *environ*, behind so many *proxies*.

    It is that of who has connected where there are no proxies, or the header has fewer entries than they would have
    added, or the entry that counts is no address.
    """
    peer: str | None = environ.get("REMOTE_ADDR")
    if not proxies:
        return peer
    entries = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if len(entries) < proxies:
        return peer
    return _address(entries[-proxies].strip()) or peer


def _address(entry: str) -> str | None:
    """The address of *entry*, which may have a port: `192.0.2.1:443`, `[2001:db8::1]:443`."""
    if entry.startswith("["):
        entry = entry[1:].partition("]")[0]
    elif entry.count(":") == 1:
        entry = entry.partition(":")[0]
    try:
        return str(ip_address(entry))
    except ValueError:
        return None
