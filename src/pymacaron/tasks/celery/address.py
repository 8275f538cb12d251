"""
The URL of a Redis, as redis-py takes it -> what Celery is told of it. The two do not read such a URL alike: of options
behind its `?` kombu (5.7) knows those of TLS alone, and where there are none of these it verifies no certificate.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit

from redis import SSLConnection
from redis.connection import parse_url

__all__ = ["Address"]

#: What it may say of a connection, which Celery is told as it stands there
_OPTIONS = ("socket_connect_timeout", "socket_keepalive", "health_check_interval", "client_name", "retry_on_timeout")


class Address:
    """
    The Redis at *url*, redis:// or rediss://, of which config.broker_fault() finds nothing wrong.

    `where`: its host and port, for messages; `arguments`: what a client of redis-py is made with.
    """

    def __init__(self, url: str):
        parts = urlsplit(url)
        self.where = f"{parts.hostname}:{parts.port or 6379}"
        self.arguments: dict[str, Any] = parse_url(url)  # type: ignore[no-untyped-call]
        asked = self.arguments.get("ssl_cert_reqs")
        if asked is not None:  # Celery's documents have CERT_NONE, redis-py's none
            self.arguments["ssl_cert_reqs"] = asked.removeprefix("CERT_").lower()

    @property
    def url(self) -> str:
        """The same place, written so that kombu finds nothing else in it: without any option, and all of it quoted."""
        known = self.arguments
        scheme = "redis" if self.tls is None else "rediss"
        who = ":".join(quote(str(known.get(name) or ""), safe="") for name in ("username", "password"))
        host = quote(str(known.get("host", "127.0.0.1")), safe=":")
        host = f"[{host}]" if ":" in host else host
        return f"{scheme}://{f'{who}@' if who != ':' else ''}{host}:{known.get('port', 6379)}/{known.get('db', 0)}"

    @property
    def tls(self) -> dict[str, Any] | None:
        """What Celery calls `broker_use_ssl`; None: there is no TLS."""
        if self.arguments.get("connection_class") is not SSLConnection:
            return None
        given = {name: value for name, value in self.arguments.items() if name.startswith("ssl_")}
        return {"ssl_cert_reqs": "required", **given}

    @property
    def options(self) -> dict[str, Any]:
        """What kombu calls options of its transport."""
        return {name: self.arguments[name] for name in _OPTIONS if name in self.arguments}
