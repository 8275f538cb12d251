"""
A unittest case that calls a running server and asserts what it answers: the black-box tests below `testaccept/`.

It knows HTTP and JSON and nothing of the service: no import of its code, no description, no Flask. Only the standard
library is used, so that a container with a service and its tests needs nothing more. `pymacaron.test` adds the
assertions about built-in endpoints.
"""

from __future__ import annotations

import http.client
import json
import os
import ssl
import unittest
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from pymacaron.testing.ways import way

__all__ = ["PyMacaronTestCase", "Reply"]

_REDIRECTS = (301, 302, 303, 307, 308)
_MAX_REDIRECTS = 5
_BODY_SHOWN = 1000
#: what may stand in a path and query as it is: reserved and unreserved characters, and the percent of what is quoted
_SAFE = "/?&=%:@!$'()*+,;~-._[]"


@dataclass(frozen=True)
class Reply:
    """What a server answered; `headers` by lower-case name, the last one where a name is repeated; `body` in bytes."""

    method: str
    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """Content-Type without its parameters, lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def text(self) -> str:
        """The body by the charset of its Content-Type, else UTF-8; what is not text becomes U+FFFD."""
        for parameter in self.headers.get("content-type", "").split(";")[1:]:
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "charset":
                return self.body.decode(value.strip(" \"'"), "replace")
        return self.body.decode("utf-8", "replace")

    def told(self, fact: str) -> str:
        """A failure: the call, what is wrong with it, and the body, cut after 1000 characters."""
        body = self.text
        if len(body) > _BODY_SHOWN:
            body = f"{body[:_BODY_SHOWN]}... ({len(body)} characters)"
        kind = self.media_type or "without a type"
        return f"{self.method} {self.url}: {fact}\nThe reply was {self.status} {kind}:\n{body}"


class PyMacaronTestCase(unittest.TestCase):
    """
    Calls go to PYM_SERVER_HOST (localhost) and PYM_SERVER_PORT (80), by https where the port is 443 or
    PYM_SERVER_SCHEME says so. Certificates are looked at unless PYM_NO_SSL_CHECK is 1.

    `self.host`, `self.port` and `self.token` (PYM_JWT_TOKEN, else '') may be changed after setUp(). A path is given
    with or without its first slash and may have a query. `data` is sent as JSON: a dict, list, or model; text and
    bytes are sent as they are. `auth` is the whole value of the Authorization header. A redirect is followed unless
    the status expected is one. Every assertion returns what it looked at, and fails with the call and the reply.
    """

    host: str
    port: int | str
    token: str
    #: seconds that a server may take to answer
    timeout_s: float = 30.0

    def setUp(self) -> None:
        super().setUp()
        self.host = os.environ.get("PYM_SERVER_HOST") or "localhost"
        self.port = int(os.environ.get("PYM_SERVER_PORT") or 80)
        self.token = os.environ.get("PYM_JWT_TOKEN") or ""

    # any method

    def assertCallReturnJson(
        self,
        method: str,
        path: str,
        data: Any = None,
        auth: str | None = None,
        status: int = 200,
        verify_ssl: bool = True,
    ) -> Any:
        """The reply has *status* and is JSON. Gives the JSON value."""
        return self._json(self._call(method, path, data, auth, status, verify_ssl))

    def assertCallReturnDict(
        self,
        method: str,
        path: str,
        kv: Mapping[str, Any],
        data: Any = None,
        auth: str | None = None,
        status: int = 200,
        verify_ssl: bool = True,
    ) -> dict[str, Any]:
        """The reply is a JSON object with every key of *kv* at that value; it may have more. Gives all of it."""
        reply = self._call(method, path, data, auth, status, verify_ssl)
        found = self._object(reply)
        for key, value in kv.items():
            if key not in found:
                self.fail(reply.told(f"no {key!r} in it, which should be {value!r}"))
            if found[key] != value:
                self.fail(reply.told(f"{key!r} is {found[key]!r}, not {value!r}"))
        return found

    def assertCallReturnOk(
        self, method: str, path: str, data: Any = None, auth: str | None = None, verify_ssl: bool = True
    ) -> dict[str, Any]:
        """The reply is 200 and `{}`."""
        reply = self._call(method, path, data, auth, 200, verify_ssl)
        found = self._object(reply)
        if found:
            self.fail(reply.told("the body is not {}"))
        return found

    def assertCallReturnError(
        self,
        method: str,
        path: str,
        status: int,
        error: str,
        data: Any = None,
        auth: str | None = None,
        verify_ssl: bool = True,
    ) -> dict[str, Any]:
        """The reply is the JSON error with *status*, in its body too, and the code *error*. Gives the error."""
        reply = self._call(method, path, data, auth, status, verify_ssl)
        found = self._object(reply)
        missing = [key for key in ("status", "error", "error_description") if key not in found]
        if missing:
            self.fail(reply.told(f"no JSON error: it has no {', '.join(missing)}"))
        if found["error"] != error:
            self.fail(reply.told(f"the error is {found['error']!r}, not {error!r}"))
        if found["status"] != status:
            self.fail(reply.told(f"the status in the body is {found['status']!r}, not {status}"))
        return found

    def assertCallReturnHtml(
        self,
        method: str,
        path: str,
        data: Any = None,
        auth: str | None = None,
        status: int = 200,
        verify_ssl: bool = True,
    ) -> str:
        """The reply has *status* and is text/html. Gives the text."""
        return self._text(self._call(method, path, data, auth, status, verify_ssl), "text/html")

    def assertCallReturnText(
        self,
        method: str,
        path: str,
        data: Any = None,
        auth: str | None = None,
        status: int = 200,
        verify_ssl: bool = True,
    ) -> str:
        """The reply has *status* and is text/plain. Gives the text."""
        return self._text(self._call(method, path, data, auth, status, verify_ssl), "text/plain")

    def assertCallReturnRedirect(
        self,
        method: str,
        path: str,
        data: Any = None,
        auth: str | None = None,
        status: int = 302,
        verify_ssl: bool = True,
    ) -> str:
        """The reply has *status* and says where to go, which is not followed. Gives the Location as it was sent."""
        reply = self._call(method, path, data, auth, status, verify_ssl)
        if "location" not in reply.headers:
            self.fail(reply.told("a redirect without a Location"))
        return reply.headers["location"]

    # GET

    def assertGetReturnJson(
        self, path: str, status: int = 200, auth: str | None = None, verify_ssl: bool = True
    ) -> Any:
        """See assertCallReturnJson."""
        return self.assertCallReturnJson("GET", path, None, auth, status, verify_ssl)

    def assertGetReturnDict(
        self, path: str, kv: Mapping[str, Any], status: int = 200, auth: str | None = None, verify_ssl: bool = True
    ) -> dict[str, Any]:
        """See assertCallReturnDict."""
        return self.assertCallReturnDict("GET", path, kv, None, auth, status, verify_ssl)

    def assertGetReturnOk(self, path: str, auth: str | None = None, verify_ssl: bool = True) -> dict[str, Any]:
        """See assertCallReturnOk."""
        return self.assertCallReturnOk("GET", path, None, auth, verify_ssl)

    def assertGetReturnError(
        self, path: str, status: int, error: str, auth: str | None = None, verify_ssl: bool = True
    ) -> dict[str, Any]:
        """See assertCallReturnError."""
        return self.assertCallReturnError("GET", path, status, error, None, auth, verify_ssl)

    # POST and DELETE

    def assertPostReturnJson(
        self, path: str, data: Any, status: int = 200, auth: str | None = None, verify_ssl: bool = True
    ) -> Any:
        """See assertCallReturnJson."""
        return self.assertCallReturnJson("POST", path, data, auth, status, verify_ssl)

    def assertPostReturnDict(
        self,
        path: str,
        data: Any,
        kv: Mapping[str, Any],
        status: int = 200,
        auth: str | None = None,
        verify_ssl: bool = True,
    ) -> dict[str, Any]:
        """See assertCallReturnDict."""
        return self.assertCallReturnDict("POST", path, kv, data, auth, status, verify_ssl)

    def assertPostReturnOk(
        self, path: str, data: Any, auth: str | None = None, verify_ssl: bool = True
    ) -> dict[str, Any]:
        """See assertCallReturnOk."""
        return self.assertCallReturnOk("POST", path, data, auth, verify_ssl)

    def assertPostReturnError(
        self, path: str, data: Any, status: int, error: str, auth: str | None = None, verify_ssl: bool = True
    ) -> dict[str, Any]:
        """See assertCallReturnError."""
        return self.assertCallReturnError("POST", path, status, error, data, auth, verify_ssl)

    def assertDeleteReturnJson(
        self, path: str, status: int = 200, auth: str | None = None, verify_ssl: bool = True
    ) -> Any:
        """See assertCallReturnJson."""
        return self.assertCallReturnJson("DELETE", path, None, auth, status, verify_ssl)

    # what a reply is

    def _json(self, reply: Reply) -> Any:
        if reply.media_type != "application/json" and not reply.media_type.endswith("+json"):
            self.fail(reply.told("the reply is not JSON"))
        try:
            return json.loads(reply.body)
        except ValueError as error:
            self.fail(reply.told(f"the reply is no valid JSON: {error}"))

    def _object(self, reply: Reply) -> dict[str, Any]:
        found = self._json(reply)
        if not isinstance(found, dict):
            self.fail(reply.told("the reply is no JSON object"))
        return found

    def _text(self, reply: Reply, media_type: str) -> str:
        if reply.media_type != media_type:
            self.fail(reply.told(f"the reply is not {media_type}"))
        return reply.text

    # calling

    def _call(self, method: str, path: str, data: Any, auth: str | None, status: int, verify_ssl: bool) -> Reply:
        """The reply, redirects followed where *status* is none; fails the test unless it has *status*."""
        scheme = self._scheme()
        host = f"[{self.host}]" if ":" in self.host else self.host
        url = f"{scheme}://{host}:{self.port}/{quote(path.removeprefix('/'), safe=_SAFE)}"
        headers = {"Accept": "*/*"}
        body = None
        if data is not None:
            body, headers["Content-Type"] = _encoded(data)
        if auth is not None:
            headers["Authorization"] = auth
        method = method.upper()
        reply = self._send(method, url, headers, body, verify_ssl)
        for _ in range(_MAX_REDIRECTS):
            if reply.status not in _REDIRECTS or status in _REDIRECTS or "location" not in reply.headers:
                break
            target = urljoin(url, reply.headers["location"])
            if urlsplit(target).netloc != urlsplit(url).netloc:
                headers.pop("Authorization", None)
            if reply.status not in (307, 308) and method != "HEAD":
                method, body = "GET", None
                headers.pop("Content-Type", None)
            url = target
            reply = self._send(method, url, headers, body, verify_ssl)
        if reply.status != status:
            self.fail(reply.told(f"the status is {reply.status}, not {status}"))
        return reply

    def _scheme(self) -> str:
        """Of the environment, for the server that it names: a test may have set another."""
        named = os.environ.get("PYM_SERVER_SCHEME") or ""
        if named and str(self.port) == os.environ.get("PYM_SERVER_PORT"):
            return named
        return "https" if int(self.port) == 443 else "http"

    def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, verify_ssl: bool) -> Reply:
        """One call on a connection of its own; fails the test where there is no answer."""
        by = ""
        try:
            found = way(url, self.timeout_s, _context(verify_ssl) if url.startswith("https:") else None)
            by = found.by
            with closing(found.connection) as connection:
                connection.request(method, found.target, body, {**headers, **found.headers})
                response = connection.getresponse()
                content = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.fail(f"{method} {url}: no answer{by}: {type(error).__name__}: {error}. Is the server running there?")
        names = {name.lower(): value for name, value in response.getheaders()}
        return Reply(method, url, response.status, names, content)


def _context(verify_ssl: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not verify_ssl or os.environ.get("PYM_NO_SSL_CHECK") == "1":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _encoded(data: Any) -> tuple[bytes, str]:
    """Body and Content-Type."""
    if isinstance(data, bytes):
        return data, "application/octet-stream"
    if isinstance(data, str):
        return data.encode(), "text/plain; charset=utf-8"
    if hasattr(data, "to_json"):
        data = data.to_json()
    return json.dumps(data).encode(), "application/json"
