"""
The service under test, wherever it runs: a `Target`, and whether it answers.

Only the standard library is used, and nothing here starts or stops anything: targets.py does.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from types import MappingProxyType

from pymacaron.testing.ways import way

__all__ = ["Target", "TargetError", "is_well", "status_of", "without_checks"]

#: Seconds that /ping may take to answer
_PING_S = 5.0


class TargetError(Exception):
    """
    The service under test cannot be reached or started: a message for people. `log`: what it wrote, without secrets.
    """

    def __init__(self, message: str, log: str = ""):
        super().__init__(message)
        self.log = log


def _nothing() -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Target:
    """
    A service that answers. `token`: one that it takes, '' where none could be made; `verify`: whether its certificate
    is looked at; `variables`: what tests in another process are given besides those of `environ`, by name (secrets are
    among them); `log()`: the last that it wrote, without secrets, '' where that is not known; `end()`: how one that was
    started has ended, '' while it runs and where it has ended well.
    """

    host: str
    port: int
    scheme: str = "http"
    token: str = field(default="", repr=False)
    verify: bool = True
    variables: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    log: Callable[[], str] = field(default=_nothing, repr=False, compare=False)
    end: Callable[[], str] = field(default=_nothing, repr=False, compare=False)
    behind: Target | None = field(default=None, repr=False, compare=False)

    @property
    def meant(self) -> Target:
        """The service itself, which is *behind* this one where a proxy stands between."""
        return self.behind or self

    @property
    def url(self) -> str:
        """`http://127.0.0.1:8080`, without a slash at its end, and without the scheme's own port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.scheme == "https" else 80
        return f"{self.scheme}://{host}" if self.port == usual else f"{self.scheme}://{host}:{self.port}"

    @property
    def environ(self) -> dict[str, str]:
        """The variables by which tests in another process find it."""
        found = {
            **self.variables,
            "PYM_SERVER_SCHEME": self.scheme,
            "PYM_SERVER_HOST": self.host,
            "PYM_SERVER_PORT": str(self.port),
            "PYM_JWT_TOKEN": self.token,
        }
        return found if self.verify else {**found, "PYM_NO_SSL_CHECK": "1"}


def without_checks() -> ssl.SSLContext:
    """What takes any certificate."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def status_of(target: Target, path: str = "/ping") -> int:
    """The status that *target* answers to a GET of *path*. Raises TargetError where there is no answer."""
    context = None
    if target.scheme == "https":
        context = ssl.create_default_context() if target.verify else without_checks()
    by = ""
    try:
        found = way(f"{target.url}{path}", _PING_S, context)
        by = found.by
        with closing(found.connection) as connection:
            connection.request("GET", found.target, headers={"Accept": "*/*", **found.headers})
            return connection.getresponse().status
    except ssl.SSLCertVerificationError as error:
        mend = "--no-ssl-check tests it all the same"
        raise TargetError(f"the certificate of {target.url} is not trusted: {error.verify_message}. {mend}") from None
    except (OSError, http.client.HTTPException) as error:
        raise TargetError(f"{target.url} does not answer{by}: {_told(error)}") from None


def is_well(target: Target) -> bool:
    """Whether *target* answers /ping with 200."""
    try:
        return status_of(target) == 200
    except TargetError:
        return False


def _told(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"nothing came in {_PING_S:.0f} s"
    if isinstance(error, (socket.gaierror, OSError)) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
