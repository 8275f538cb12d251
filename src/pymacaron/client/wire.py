"""
What sync.py and aio.py share of httpx2: its requests, what its exceptions mean, its connections' settings.

Transports are used, not httpx2's clients: no cookie is kept between calls, no redirect followed, nobody's netrc read.
Compressed replies are decoded by httpx2. Imported when the first call goes over a socket.
"""

from __future__ import annotations

import ssl
import urllib.request
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import httpx2

from pymacaron.client.attempts import Pairs, Send
from pymacaron.client.errors import (
    BadReply,
    ConnectFailed,
    ConnectionLost,
    DeadlineExceeded,
    TimedOut,
    TransportError,
    too_large,
)
from pymacaron.client.options import Network
from pymacaron.exceptions import ConfigError

__all__ = [
    "FAILURES",
    "KEPT_S",
    "ONE",
    "check_end",
    "context",
    "failure",
    "has_more",
    "length",
    "limits",
    "pairs",
    "parser",
    "proxy",
    "request",
    "too_large",
]

#: What sending may raise
FAILURES = (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, UnicodeError)
#: How long a connection that nobody uses is kept, in seconds
KEPT_S = 5.0
#: Of a transport that is a single connection
ONE = httpx2.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=KEPT_S)
#: In the text of a RemoteProtocolError: the connection ended, rather than that nonsense came
_ENDED = ("disconnected", "peer closed", "connection closed", "closed connection")


def request(send: Send, body: Any) -> httpx2.Request:
    """What httpx2 sends for *send*, with its *body* as it takes one. Headers beyond ASCII are UTF-8."""
    extensions = {"timeout": send.timeouts}
    headers: Any = send.headers
    if not all(value.isascii() for _, value in headers):
        headers = [(name.encode(), value.encode()) for name, value in headers]
    return httpx2.Request(send.method, send.url, headers=headers, content=body, extensions=extensions)


def pairs(response: httpx2.Response) -> Pairs:
    """The headers of *response* as they came. Source: RFC 9110, section 5.5, for the characters."""
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers.raw]


def length(response: httpx2.Response) -> int:
    """The bytes that *response* says it has; 0 where it does not."""
    text = response.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0


def parser(response: httpx2.Response) -> Any:
    """
    What finds replies in the bytes of the connection that *response* comes over. httpx2 has no name for it: where a
    version keeps it elsewhere, it is None.
    """
    found: Any = response.stream
    for name in ("_httpcore_stream", "_stream", "_connection", "_h11_state"):
        found = getattr(found, name, None)
    return found


def has_more(response: httpx2.Response | None) -> bool:
    """Whether bytes have come behind *response*: on the connection's next call they would be its reply."""
    if response is None:
        return False
    found = parser(response)
    if found is not None and found.trailing_data[0]:
        return True
    return _is_unread(response.extensions.get("network_stream"))


def _is_unread(stream: Any) -> bool:
    """
    Whether *stream*, one of a loop, holds bytes that its socket has no more: they came together with those that were
    read, and wait to be decrypted, or are beyond what httpx2 reads at once.
    """
    found = getattr(stream, "_stream", None)
    while found is not None:
        opened, sealed = getattr(found, "_ssl_object", None), getattr(found, "_read_bio", None)
        if (opened is not None and opened.pending()) or (sealed is not None and sealed.pending):
            return True
        if getattr(getattr(found, "_protocol", None), "read_queue", None):
            return True
        found = getattr(found, "transport_stream", None)
    return False


def check_end(response: httpx2.Response, send: Send | None = None) -> None:
    """Raises BadReply where the bytes of *response* have ended, and what compresses them has not."""
    decoder: Any = response.__dict__.get("_decoder")
    for one in getattr(decoder, "children", (decoder,)):
        inner = getattr(getattr(one, "decompressor", None), "decompressor", None)
        if inner is not None and getattr(inner, "eof", True) is False and response.num_bytes_downloaded:
            cut = BadReply("the reply ends before what compresses it does")
            if send is not None and send.told is not None:
                send.told(cut)
            raise cut


def failure(error: Exception, send: Send, clock: Callable[[], float], proxied: str | None = None) -> TransportError:
    """What *error* means for the call that *send* is of; *proxied*: the URL of the proxy that it goes by."""
    said = str(error) or type(error).__name__
    if isinstance(error, httpx2.TimeoutException):
        # The waits that are left are no longer than a few milliseconds, which the clock may not have seen
        if send.deadline is not None and clock() >= send.deadline - 0.005:
            return DeadlineExceeded("the time that the call has is over")
        what = {"ConnectTimeout": "no connection", "PoolTimeout": "no free connection", "WriteTimeout": "not sent"}
        kind = what.get(type(error).__name__, "no answer")
        key = {"no connection": "connect", "no free connection": "pool", "not sent": "write"}.get(kind, "read")
        return TimedOut(f"{kind} within {send.timeouts[key]:.3g} s")
    if isinstance(error, (httpx2.ConnectError, httpx2.ProxyError)):
        # After a redirect another than that of the call
        host = urlsplit(proxied or send.url).netloc.rpartition("@")[2]
        return ConnectFailed(f"no connection to {'the proxy ' if proxied else ''}{host}: {said}")
    if isinstance(error, httpx2.NetworkError):
        return ConnectionLost(f"the connection was lost: {said}")
    if isinstance(error, httpx2.RemoteProtocolError):
        if any(word in said.lower() for word in _ENDED):
            return ConnectionLost(f"the connection ended before the reply did: {said}")
        return BadReply(f"what came is no HTTP: {said}")
    if isinstance(error, httpx2.DecodingError):
        return BadReply(f"the reply does not decompress: {said}")
    return TransportError(f"it cannot be sent: {said}")


def limits(network: Network) -> httpx2.Limits:
    most = network.max_connections
    return httpx2.Limits(max_connections=most, max_keepalive_connections=most, keepalive_expiry=KEPT_S)


@lru_cache(maxsize=64)
def context(ca_file: str | None, is_verified: bool = True) -> ssl.SSLContext:
    """
    What certificates are verified by: those of *ca_file*, else those that the machine trusts (SSL_CERT_FILE and
    SSL_CERT_DIR are looked at). Making one takes 20 ms: all connections share it. *is_verified* False: any is taken.
    """
    if not is_verified:
        found = ssl.create_default_context()
        found.check_hostname, found.verify_mode = False, ssl.CERT_NONE
        return found
    if ca_file is None:
        return httpx2.create_ssl_context()
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:  # one of ssl's, too, which names no file
        fact = f"the ca_file {ca_file} cannot be used: {error.strerror or error}"
        raise ConfigError(f"{fact}. Name a PEM file of certificates") from None


def proxy(origin: str, network: Network) -> str | None:
    """The URL of the proxy for *origin*: that of the config, else that of HTTP_PROXY, HTTPS_PROXY and NO_PROXY."""
    if network.proxy is not None:
        return network.proxy or None
    parts = urlsplit(origin)
    found = urllib.request.getproxies()
    url = found.get(parts.scheme) or found.get("all")
    if not url or urllib.request.proxy_bypass(parts.netloc.rpartition("@")[2]):
        return None
    return url if "://" in url else f"http://{url}"
