"""
One JSON document from the network: what an issuer publishes about its keys.

Only http and https, no redirects, bounded in time and size; https only, but for addresses of this machine. `urllib`
is loaded when something is fetched.
"""

from __future__ import annotations

import json
import re
import time
from typing import Any
from urllib.parse import urlsplit

from pymacaron.auth.algorithms import KeyFault

__all__ = ["TIMEOUT_S", "fetched", "is_safe", "object_of"]

TIMEOUT_S = 5.0
_MOST_BYTES = 1_000_000
_HERE = frozenset(("localhost", "127.0.0.1", "::1"))


def is_safe(url: str) -> bool:
    """Whether keys may come from *url*: nobody between us and there can change them."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if "@" in parts.netloc or not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE)


def fetched(url: str, timeout_s: float = TIMEOUT_S) -> tuple[dict[str, Any], float | None]:
    """
    The JSON object at *url*, and for how many seconds the server says that it is good.

    Raises KeyFault, after *timeout_s* seconds at the latest where nothing comes, or the body does not end.
    """
    if not is_safe(url):
        raise KeyFault("keys are fetched by https only")
    from http.client import HTTPException
    from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

    class Straight(HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            return None

    request = Request(url, headers={"Accept": "application/json"})
    # To an address of this machine no proxy that the environment names leads: it could change what comes in clear text
    proxies = [ProxyHandler({})] if urlsplit(url).scheme == "http" else []
    deadline = time.monotonic() + timeout_s
    try:
        with build_opener(Straight, *proxies).open(request, timeout=timeout_s) as response:
            content = b""
            while part := response.read1(65_536):
                content += part
                if len(content) > _MOST_BYTES:
                    raise KeyFault(f"more than {_MOST_BYTES} bytes came")
                if time.monotonic() > deadline:
                    raise KeyFault(f"the answer took more than {timeout_s:g} seconds")
            said = response.headers.get("Cache-Control") or ""
    except (OSError, HTTPException, ValueError) as error:
        if isinstance(error, KeyFault):
            raise
        # The text of an HTTPError, a URLError or a timeout: nothing that the other side says
        raise KeyFault(f"{type(error).__name__}: {str(error)[:120]}") from None
    match = re.search(r"(?:^|[\s,])max-age=([0-9]{1,9})\b", said, re.IGNORECASE)
    return object_of(content), float(match[1]) if match else None


def object_of(content: bytes) -> dict[str, Any]:
    """The JSON object in *content*. Raises KeyFault."""
    try:
        value = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        raise KeyFault("it is no JSON") from None
    if not isinstance(value, dict):
        raise KeyFault("it is not a JSON object")
    return value
