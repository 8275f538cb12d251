"""
Calls of an api that this process serves: no socket, and the whole way of a request all the same.

The WSGI application is called as a server would call it, in contextvars of its own: nothing of the request that is
being answered is there. It stays in the thread of its caller; one that is awaited is threaded.py's. Neighbours:
driving.py calls this, api/ makes it, wsgi.py has what an application reads and answers.
"""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Protocol
from urllib.parse import unquote_to_bytes

from pymacaron import context, crash
from pymacaron.client.attempts import DEADLINE, Pairs, Received, Send
from pymacaron.client.errors import ClientError, broken_off
from pymacaron.client.wsgi import Input, Reply, Wsgi, of_caller

__all__ = ["App", "Inside", "given", "is_served", "streamed"]

log = logging.getLogger("pymacaron.client")

#: Methods whose requests say that they have no body
_BODIES = frozenset(("POST", "PUT", "PATCH"))
#: dict: a header, as it is written -> its key in an environ; None: it is not told, so that no reply is compressed
_KEYS: dict[str, str | None] = {
    "Content-Type": "CONTENT_TYPE",
    "Content-Length": "CONTENT_LENGTH",
    "Accept-Encoding": None,
    "accept-encoding": None,
}
_MOST_KEYS = 500
_DEADLINE = f"HTTP_{DEADLINE.upper()}"
#: What gunicorn says of a request that its application has failed in
_FAILED = b"<html><head><title>Internal Server Error</title></head><body><h1>Internal Server Error</h1></body></html>"


class App(Protocol):
    """What has a WSGI application: a Flask app."""

    @property
    def wsgi_app(self) -> Wsgi: ...


class Inside:
    """
    An api behind *base_path* of *app*, whose `wsgi_app` may be replaced at any time, which is called *host*. `base` is
    its URL.
    """

    def __init__(self, app: App, base_path: str, host: str = "localhost"):
        self._app = app
        self._origin = f"http://{host}"
        self._length = len(self._origin)
        self.base = self._origin + base_path
        name, _, port = host.partition(":")
        self._template: dict[str, Any] = {
            "SCRIPT_NAME": "",
            "SERVER_NAME": name,
            "SERVER_PORT": port or "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": host,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "pymacaron.inside": True,
        }

    def has(self, url: str) -> bool:
        """Whether *url* is here; a redirect may lead elsewhere."""
        return url.startswith(self._origin) and url[self._length : self._length + 1] in ("/", "?", "")

    # ---- the two forms of a call

    def send(
        self, send: Send, begun: dict[str, Any] | None = None, own: int = 0, served: bool | None = None
    ) -> Received:
        """
        Raises TransportError. Whatever its deadline is, what was begun is not stopped.

        *begun*: the environ() of the headers behind the first *own* ones, but for PymDeadline, the last; *served*: see
        is_served(), where it is known.
        """
        body = send.body
        if body is not None and body.__class__ is not bytes:
            body = given(body)
        reply = self.reply(send, body, is_served() if served is None else served, begun, own)
        if send.stream is not None and 200 <= reply.status < 300:
            made = streamed(send, reply, _Chunks(reply, send))
            if made is not None:
                return Received(reply.status, reply.headers, streamed=made)
        parts = reply.parts
        if parts.__class__ is not list or len(parts) != 1 or not reply.is_plain or len(parts[0]) > send.most:
            return Received(reply.status, reply.headers, reply.whole(send.most))
        return Received(reply.status, reply.headers, parts[0])

    async def asend(self, send: Send, clock: Callable[[], float]) -> Received:
        """As send(), awaited: no longer than until its deadline."""
        from pymacaron.client import threaded

        return await threaded.sent(self.reply, send, clock)

    # ---- the request and its reply

    def reply(self, send: Send, body: Any, is_served: bool, begun: dict[str, Any] | None = None, own: int = 0) -> Reply:
        """What the application answers; nothing of its body is read yet."""
        if begun is None:
            environ = self.environ(send.headers)
        else:
            environ = begun.copy()
            _add(environ, send.headers[:own])
            environ[_DEADLINE] = send.headers[-1][1]
        method = environ["REQUEST_METHOD"] = send.method
        path, _, environ["QUERY_STRING"] = send.url[self._length :].partition("?")
        if "%" in path:
            environ["RAW_URI"] = path
            path = unquote_to_bytes(path).decode("latin-1")
        environ["PATH_INFO"] = path
        if is_served:  # see Call.is_served
            environ["SERVER_SOFTWARE"] = "pymacaron"
        if body is not None:
            _add_body(environ, body)
        else:
            environ["wsgi.input"] = io.BytesIO()
            if method in _BODIES:
                environ["CONTENT_LENGTH"] = "0"
        reply = Reply()
        try:
            reply.parts = reply.run(self._app.wsgi_app, environ, reply.start)
            if not reply.status:
                reply.begin()
        except Exception as error:  # where a server would end the request
            return _failed(reply, error, method)
        return reply

    def environ(self, headers: Pairs) -> dict[str, Any]:
        """What the environs of requests with these *headers* begin with."""
        made = self._template.copy()
        _add(made, headers)
        return made


class _Chunks:
    """The bytes of a reply as they come, made in the thread that asks for them. The request ends with them."""

    def __init__(self, reply: Reply, send: Send):
        self._reply = reply
        self._send = send
        self._pieces: Any = reply.read()
        self._is_cut = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            if self._is_cut:  # nobody is to take what came before for all there is
                raise broken_off()
            return next(self._pieces)  # type: ignore[no-any-return]
        except StopIteration:
            raise
        except BaseException as error:
            self._is_cut = True
            if isinstance(error, ClientError) and self._send.told is not None:
                self._send.told(error)
            raise

    def close(self) -> None:
        self._pieces.close()
        self._reply.end()

    def __del__(self) -> None:
        with suppress(ValueError):  # it is being read
            self.close()


def given(body: Any) -> Any:
    """*body*: None, bytes, or pieces that are made in the contextvars of the caller."""
    return body if body is None or body.__class__ is bytes else of_caller(iter(body))


def streamed(send: Send, reply: Reply, chunks: Any) -> Any:
    """What is made of a reply that is read while it comes; None of one that is to be read whole."""
    assert send.stream is not None
    try:
        return send.stream(reply.status, reply.headers, chunks)
    except BaseException:
        reply.end()
        raise


def is_served() -> bool:
    """Whether the call that this one belongs to is a server's."""
    call = context.current()
    return call is not None and call.is_served


def _add(environ: dict[str, Any], headers: Pairs) -> None:
    """Give *environ* those *headers*."""
    for name, value in headers:
        key = _KEYS[name] if name in _KEYS else _key(name)
        if key in environ and key != "HTTP_HOST":
            value = f"{environ[key]}, {value}"
        if key is not None:
            environ[key] = value if value.isascii() else value.encode().decode("latin-1")


def _add_body(environ: dict[str, Any], body: Any) -> None:
    """Give *environ* the *body*: bytes, or an iterator of them."""
    if body.__class__ is bytes:
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        return
    environ["wsgi.input"] = io.BufferedReader(Input(body))
    environ["wsgi.input_terminated"] = True
    if "CONTENT_LENGTH" not in environ:
        environ["HTTP_TRANSFER_ENCODING"] = "chunked"


def _failed(reply: Reply, error: Exception, method: str) -> Reply:
    """What a server answers for an application that has raised *error*; *reply* is ended."""
    reply.end()
    log.error("a call in this process was not answered: %s\n%s", method, crash.scrubbed_traceback(error))
    failed = Reply()
    failed.start("500 Internal Server Error", [("Content-Type", "text/html")])
    failed.parts = [_FAILED]
    return failed


def _key(name: str) -> str:
    """The key of the header *name* in an environ."""
    key = name.upper().replace("-", "_")
    key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
    if len(_KEYS) < _MOST_KEYS:
        _KEYS[name] = key
    return key
