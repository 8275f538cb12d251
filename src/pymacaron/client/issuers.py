"""
One token from one issuer: what is asked of its token endpoint, and what its answer means.

https only, but for this machine; no redirects; bounded in time and size. It blocks: tokens.py has a thread do it.
Nothing that it says shows a secret. Source: RFC 6749, sections 2.3.1, 4.4, 5 and 6; OpenID Connect Discovery 1.0.
"""

from __future__ import annotations

import base64
import random
import re
import time
from dataclasses import dataclass, field
from math import isfinite
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

from pymacaron.auth.algorithms import KeyFault
from pymacaron.auth.fetching import is_safe, object_of
from pymacaron.client import connections
from pymacaron.client.attempts import Received, Send
from pymacaron.client.errors import ConnectFailed, ConnectionLost, TimedOut, TransportError
from pymacaron.client.options import Network
from pymacaron.client.policy import retry_after
from pymacaron.config import MASK

__all__ = ["Fault", "Grant", "Issued", "asked"]

#: Seconds for all of it, and for each wait
_LIMIT_S = 10.0
_WAIT_S = 5.0
_TRIES = 3
_MOST_BYTES = 200_000
_AGAIN = (ConnectFailed, ConnectionLost, TimedOut)
#: What an Authorization header can say behind "Bearer": RFC 6750 has less, and issuers keep to it less
_TOKEN = re.compile(r"[\x21-\x7e]{1,20000}")
#: Source: RFC 6749, section 5.2
_CODE = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]{1,80}")


@dataclass(frozen=True, slots=True)
class Grant:
    """
    What a token is asked for by: client credentials, or a `refresh_token`. `token_url`, or the URL of a document that
    names it as `discovery`. `scope`: words; `in_body`: where the client's secret is sent, else in a header.
    """

    token_url: str
    discovery: str
    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    scope: str = ""
    audience: str = ""
    in_body: bool = False

    @property
    def issuer(self) -> str:
        """Where the token comes from, for people: without a query."""
        return _shown(self.token_url or self.discovery)


@dataclass(frozen=True, slots=True)
class Issued:
    """A token, for so many seconds; None: nobody says. `refresh_token`: '' where the old one stays."""

    token: str = field(repr=False)
    expires_in_s: float | None
    refresh_token: str = field(repr=False)
    endpoint: str


class Fault(Exception):
    """There is no token: `fact`, without a secret. `is_passing`: the next try may find one."""

    def __init__(self, fact: str, status: int = 503, *, is_passing: bool = False, retry_after_s: float = 0.0):
        super().__init__(fact)
        self.fact = fact
        self.status = status
        self.is_passing = is_passing
        self.retry_after_s = retry_after_s


def asked(grant: Grant, network: Network, refresh_token: str = "", endpoint: str = "") -> Issued:
    """
    A token, after 10 seconds at the latest, but for what names take to be resolved. *refresh_token*, *endpoint*: those
    that are known since the first one. Tries again what may pass. Raises Fault.
    """
    until = time.monotonic() + _LIMIT_S
    for number in range(1, _TRIES + 1):
        try:
            url = endpoint or grant.token_url or _discovered(grant, network, until)
            return _issued(grant, url, network, refresh_token or grant.refresh_token, until)
        except Fault as fault:
            wait = max(fault.retry_after_s, random.random() * 0.1 * 2**number)
            if not fault.is_passing or number == _TRIES or time.monotonic() + wait > until - _WAIT_S / 2:
                raise
            time.sleep(wait)
    raise AssertionError("the last try returns or raises")


def _discovered(grant: Grant, network: Network, until: float) -> str:
    """The token endpoint that the issuer's document names."""
    received = _sent(Send("GET", grant.discovery, _headers(), None, {}, until), grant.discovery, network)
    if received.status != 200:
        raise _unfit(grant.discovery, f"it answered {received.status}, where its document belongs", received)
    url = _object(received, grant.discovery).get("token_endpoint")
    if not isinstance(url, str) or not is_safe(url):
        raise _unfit(grant.discovery, "its document names no token_endpoint that is an https URL")
    return url


def _issued(grant: Grant, url: str, network: Network, refresh_token: str, until: float) -> Issued:
    body, headers = _request(grant, refresh_token)
    received = _sent(Send("POST", url, headers, body, {}, until), url, network)
    if received.status != 200:
        raise _refusal(received, url, (grant.client_secret, refresh_token))
    found = _object(received, url)
    token, kind, later = found.get("access_token"), found.get("token_type"), found.get("refresh_token")
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise _unfit(url, "its answer has no access_token that can be sent")
    if kind is not None and (not isinstance(kind, str) or kind.lower() != "bearer"):
        raise _unfit(url, "the token that it gave is none of type Bearer")
    kept = later if refresh_token and isinstance(later, str) else ""
    return Issued(token, _seconds(found.get("expires_in")), kept, url)


def _request(grant: Grant, refresh_token: str) -> tuple[bytes, list[tuple[str, str]]]:
    fields = {"grant_type": "refresh_token" if refresh_token else "client_credentials"}
    if refresh_token:
        fields["refresh_token"] = refresh_token
    fields |= {name: value for name, value in (("scope", grant.scope), ("audience", grant.audience)) if value}
    headers = [*_headers(), ("Content-Type", "application/x-www-form-urlencoded")]
    if grant.client_secret and not grant.in_body:
        pair = f"{quote_plus(grant.client_id)}:{quote_plus(grant.client_secret)}"
        headers.append(("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}"))
    else:
        fields["client_id"] = grant.client_id
        fields |= {"client_secret": grant.client_secret} if grant.client_secret else {}
    return urlencode(fields).encode(), headers


def _headers() -> list[tuple[str, str]]:
    """Of a connection of its own: one that waited for an hour is lost, and nobody knows then what was carried out."""
    more = ("Accept-Encoding", "identity"), ("User-Agent", "pymacaron"), ("Connection", "close")
    return [("Accept", "application/json"), *more]


def _sent(send: Send, url: str, network: Network) -> Received:
    if not is_safe(url):
        raise _unfit(url, "tokens come by https only")
    left = max(0.001, (send.deadline or 0.0) - time.monotonic())
    send.timeouts = dict.fromkeys(("connect", "read", "write", "pool"), min(_WAIT_S, left))
    send.most = _MOST_BYTES
    try:
        return connections.blocking(url, network).send(send, time.monotonic)
    except TransportError as error:
        fact = f"no token from {_shown(url)}: {error.error_description}"
        raise Fault(fact, error.status, is_passing=isinstance(error, _AGAIN)) from None


def _refusal(received: Received, url: str, secrets: tuple[str, ...]) -> Fault:
    """What an answer means that is no success, in the issuer's words where they are fit to be shown."""
    status = received.status
    if 300 <= status < 400:
        return _unfit(url, f"it answered {status}: tokens are not asked for elsewhere")
    try:
        found = object_of(received.body)
    except KeyFault:
        found = {}
    said = [str(status)]
    for name in ("error", "error_description"):
        text = found.get(name)
        if isinstance(text, str) and _CODE.match(text):
            said.append(_without(text, secrets)[:200])
    return _unfit(url, f"it answered {': '.join(said)}", received)


def _without(text: str, secrets: tuple[str, ...]) -> str:
    for secret in secrets:
        for form in (secret, quote_plus(secret)) if secret else ():
            text = text.replace(form, MASK)
    return "".join(character if character.isprintable() else " " for character in text)


def _unfit(url: str, fact: str, received: Received | None = None) -> Fault:
    status = received.status if received is not None else 0
    wait = retry_after(received.fields.get("retry-after"), time.time()) if received is not None else None
    is_passing = status == 429 or status >= 500
    text = f"no token from {_shown(url)}: {fact}"
    return Fault(text, 503 if is_passing else 502, is_passing=is_passing, retry_after_s=wait or 0.0)


def _object(received: Received, url: str) -> dict[str, Any]:
    try:
        return object_of(received.body)
    except KeyFault as fault:
        raise _unfit(url, f"of its answer, {fault}") from None


def _seconds(value: Any) -> float | None:
    """How long a token is good; some issuers say it as a text."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:12])
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return min(max(0.0, float(min(value, 1e12))), 1e12) if not isinstance(value, float) or isfinite(value) else None


def _shown(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
