"""
What keeps the URL of a Redis, or a broker_url, from being used, so that it is said at start: what the client makes of
such a URL fails when it is first asked, or is another database or another host. Nothing of it is in what is said.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

__all__ = ["ENCODE", "OPTIONS", "SCHEMES", "broker_fault", "fault"]

#: How the URL of a Redis begins
SCHEMES = ("redis://", "rediss://", "unix://")
#: What to do about a URL that has a fault
ENCODE = (
    "Write redis://:PASSWORD@host:6379/0; in a password write %2F for /, %23 for #, %3F for ?, %40 for @ and %25 for %"
)


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _is_seconds(text: str) -> bool:
    try:
        return float(text) > 0 and isfinite(float(text))
    except ValueError:
        return False


def _is_some(text: str) -> bool:
    return bool(text)


#: dict: name of what a URL may say behind its `?` -> the schemes that know it, and whether a value can be used
OPTIONS: dict[str, tuple[frozenset[str], Callable[[str], bool]]] = {
    name: (frozenset(schemes), fits)
    for schemes, fits, names in (
        (("redis", "rediss", "unix"), _is_whole, "db health_check_interval max_connections socket_read_size"),
        (("redis", "rediss", "unix"), _is_seconds, "socket_timeout socket_connect_timeout"),
        (("redis", "rediss", "unix"), ("2", "3").__contains__, "protocol"),
        (("redis", "rediss", "unix"), _is_some, "client_name username password retry_on_timeout"),
        (("redis", "rediss"), _is_some, "socket_keepalive"),
        (("rediss",), ("none", "optional", "required").__contains__, "ssl_cert_reqs"),
        (("rediss",), _is_whole, "ssl_min_version"),
        (
            ("rediss",),
            _is_some,
            "ssl_check_hostname ssl_ca_certs ssl_ca_path ssl_ca_data ssl_certfile ssl_keyfile ssl_password ssl_ciphers",
        ),
    )
    for name in names.split()
}


def fault(url: str, *, by_celery: bool = False) -> str | None:
    """
    Why *url*, which begins with one of SCHEMES, cannot be used; None where it can, as far as its text tells.
    *by_celery*: it may be as Celery's documents have it, which write CERT_NONE where redis-py has none.
    """
    try:
        url.encode()
        parts = urlsplit(url)
    except ValueError:
        return "it is no URL"
    if parts.fragment or url.endswith("#"):
        return "it has a #"
    return (_path if parts.scheme == "unix" else _address)(parts) or _option(parts, by_celery)


def broker_fault(url: str) -> tuple[str, str] | None:
    """
    Why no tasks can wait at *url*, a broker_url, and what to do about it; None where they can, as far as its text
    tells. Everybody who asks a queue has it checked by this: the service, its worker, `tasks`, `tables`, `check`.
    """
    if not url or url == "memory://":
        return None
    if url.startswith(("redis://", "rediss://")):
        wrong = fault(url, by_celery=True)
        return None if wrong is None else (f"broker_url is the URL of a Redis that cannot be used: {wrong}", ENCODE)
    if url.startswith("sqs://"):
        fact = "broker_url begins with sqs://, and what follows is no host and port"
        mend = "Write sqs://; who asks is said by aws_access_key_id and aws_secret_access_key, and where by aws_region"
        return None if _is_place(url) else (fact, mend)
    mend = "Write redis://host:6379/0, rediss://..., sqs:// or memory://; without it there is a file for them"
    return "broker_url names no queue", mend


def _is_place(url: str) -> bool:
    """Whether nothing stands behind the `://` of *url*, or a host and a port, with a key before them or without."""
    try:
        parts = urlsplit(url)
        return parts.port != 0 and not parts.path.strip("/") and not parts.query and url.isprintable()
    except ValueError:
        return False


def _path(parts: SplitResult) -> str | None:
    if parts.netloc and not parts.netloc.endswith("@"):
        return "it has a host; a socket is a path: unix:///run/redis.sock"
    return None if parts.path.strip("/") else "it has no path"


def _address(parts: SplitResult) -> str | None:
    try:
        port = parts.port
    except ValueError:
        return "its port is no number from 1 to 65535"
    if port == 0:
        return "its port is no number from 1 to 65535"
    host = unquote(parts.hostname or "")
    try:
        host.encode("idna")
    except UnicodeError:
        return "its host is none"
    if not host:
        return "it has no host"
    if not host.isprintable() or " " in host:
        return "its host is none"
    database = unquote(parts.path).strip("/")
    return "its database, behind the host, is no number" if database and not _is_whole(database) else None


def _option(parts: SplitResult, by_celery: bool) -> str | None:
    try:
        given = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        return "what stands behind its ? is no option=value"
    for name, value in given:
        schemes, fits = OPTIONS.get(name, (frozenset[str](), _is_some))
        if parts.scheme not in schemes:
            return "what stands behind its ? is no option of a Redis"
        if name == "ssl_cert_reqs" and by_celery and value.startswith("CERT_"):
            value = value.removeprefix("CERT_").lower()
        if not fits(value):
            if name == "ssl_cert_reqs":
                return "the value of its option ssl_cert_reqs is none of required, optional and none"
            return f"the value of its option {name} cannot be used"
    return None
