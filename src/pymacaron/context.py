"""
The call that is being answered: who calls, by which call id, and what is known of it so far. One contextvar.

The server opens a Call for every request of the app, custom routes too; a script or a test may open its own:

    with Call(headers={"Authorization": "Bearer ..."}) as call: ...

It knows no Flask. What costs time to make (ids, dates) is made when it is first looked at.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar, Token
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from pymacaron import clocks
from pymacaron.exceptions import uuid4_text
from pymacaron.traces import Trace, trace

__all__ = ["Call", "Headers", "Makes", "current", "deadline", "enter", "leave", "noted"]

_ID_LENGTH = 128
_PATH_LENGTH = 512
#: Of a header that says how many milliseconds are left
_DEADLINE_LENGTH = 12
_SAFE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


class _Get(Protocol):
    """What is asked of `headers`: a lookup by name, in any case."""

    def get(self, name: str, /) -> str | None: ...


class Headers(Mapping[str, str]):
    """HTTP headers by name, in any case, from a plain dict."""

    __slots__ = ("_by_lower",)

    def __init__(self, headers: Mapping[str, str] | None = None):
        self._by_lower = {name.lower(): value for name, value in (headers or {}).items()}

    def __getitem__(self, name: str) -> str:
        return self._by_lower[name.lower()]

    def get(self, name: str, default: Any = None) -> Any:
        """As of any Mapping, at a fifth of its cost."""
        return self._by_lower.get(name.lower(), default)

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_lower)

    def __len__(self) -> int:
        return len(self._by_lower)


_NO_HEADERS = Headers()
_LOOKED_UP = frozenset(("headers", "cookies", "method", "path", "url", "base_url", "remote_addr", "port"))


class Call:
    """
    One call. The server gives `headers`, `cookies`, `method`, `path`, `url` (with the query), `base_url` (without),
    `port` and `remote_addr`; whoever learns more sets it:

    - `claims` (dict) of the user, once something verified them, and `token`, the JWT of ours that they come from;
      `token_of` gives one in its place, a fresh one, where they came without (in a task);
    - `api_name`, `api_version`, `operation_id`, `endpoint_id` ("<api> <METHOD> <path>"), `path_template`,
      `handler_name` ("module.function"), `params`, what the handler was called with (dict, or a callable that gives it,
      secrets too with masked=False; or None),
      `secrets`, the names of parameters whose values no report may show; `example`, which gives what its handler may
      return for the description's example to be sent, alone in a tuple, which is empty where there is none;
    - `slow_ms`: from which time on this call counts as slow, in milliseconds; None is the config's limit;
    - `exception` and `error` (dict): what the call ended in, for its report; `reported`: an exception whose report was
      sent already;
    - `calls`: those to other services that have failed, the last ones, set by the first that does;
    - `scrubbing`: what takes the secrets of this call out of what is told of it, set by the first who asks;
    - `last_look`: what is to look at the reply when all hooks of the app have: it gives that reply, or another.

    `started` is nanoseconds of time.perf_counter_ns, `started_at` an aware UTC datetime. With
    `look_up`, a callable that takes a name, what the server gives is asked of it when it is first read.
    """

    __slots__ = (
        "_call_id",
        "_deadline",
        "_look_up",
        "_sent_on",
        "_token",
        "_trace",
        "api_name",
        "api_version",
        "base_url",
        "calls",
        "claims",
        "cookies",
        "endpoint_id",
        "error",
        "example",
        "exception",
        "handler_name",
        "headers",
        "last_look",
        "method",
        "operation_id",
        "params",
        "path",
        "path_template",
        "port",
        "remote_addr",
        "reported",
        "scrubbing",
        "secrets",
        "slow_ms",
        "started",
        "token",
        "token_of",
        "url",
    )

    def __init__(
        self,
        *,
        headers: _Get | None = None,
        cookies: Mapping[str, str] | None = None,
        method: str = "",
        path: str = "",
        url: str = "",
        base_url: str = "",
        remote_addr: str | None = None,
        port: int | None = None,
        claims: dict[str, Any] | None = None,
        token: str | None = None,
        call_id: str | None = None,
        handler_name: str = "",
        look_up: Callable[[str], Any] | None = None,
    ):
        self._look_up = look_up
        if look_up is None:
            self.headers = _NO_HEADERS if headers is None else Headers(headers) if type(headers) is dict else headers
            self.cookies = {} if cookies is None else cookies
            self.method = method
            self.path = path
            self.url = url
            self.base_url = base_url
            self.remote_addr = remote_addr
            self.port = port
        self.claims = claims
        self.token = token
        self.token_of: Callable[[], str] | None = None
        self.operation_id = ""
        self.api_name = ""
        self.api_version = ""
        self.endpoint_id = ""
        self.path_template = ""
        self.handler_name = handler_name
        self.params: Any = None
        self.example: Callable[[], tuple[Any, ...]] | None = None
        self.secrets: frozenset[str] = frozenset()
        self.slow_ms: float | None = None
        self.error: dict[str, Any] | None = None
        self.exception: BaseException | None = None
        self.reported: BaseException | None = None
        self.last_look: Callable[[Any], Any] | None = None
        self.started = time.perf_counter_ns()
        self._call_id = call_id
        self._deadline: float | bool | None = False
        self._trace: Trace | None = None
        self._token: Token[Call | Makes | None] | None = None

    if TYPE_CHECKING:
        headers: _Get
        cookies: Mapping[str, str]
        method: str
        path: str
        url: str
        base_url: str
        remote_addr: str | None
        port: int | None
        scrubbing: Any
        calls: Any
        _sent_on: tuple[str, list[tuple[str, str]]]
    else:

        def __getattr__(self, name):
            """A slot that was not set yet: what `look_up` says, kept."""
            if self._look_up is None or name not in _LOOKED_UP:
                raise AttributeError(f"a Call has no attribute {name!r}")
            value = self._look_up(name)
            setattr(self, name, value)
            return value

    @property
    def is_looked_at(self) -> bool:
        """Whether something is to be asked or done when it is over that other calls are not asked."""
        return self.last_look is not None or self.slow_ms is not None

    def look_last(self, look: Callable[[Any], Any]) -> None:
        """Have *look* see the reply when all hooks of the app have; what was to look before sees what it gives."""
        before = self.last_look
        self.last_look = look if before is None else lambda reply: before(look(reply))

    @property
    def is_served(self) -> bool:
        """Whether a server waits for the reply; not so in a test's call, in a script or a job."""
        look_up = self._look_up
        return look_up is not None and bool(look_up("is_served"))

    @property
    def call_id(self) -> str:
        """The header PymCallID, where a caller sent one that is fit to be logged, else a uuid4 made at first look."""
        if self._call_id is None:
            self._call_id = _clean(self.headers.get("PymCallID"), _ID_LENGTH) or uuid4_text()
        return self._call_id

    @property
    def deadline(self) -> float | None:
        """
        When nobody waits for the reply any more, by time.monotonic(); None where nobody says. The header PymDeadline
        says in how many milliseconds that is; a script may set it: `call.deadline = time.monotonic() + 2`.
        """
        if self._deadline is False:
            text = (self.headers.get("PymDeadline") or "").strip()
            self._deadline = None
            if text.isascii() and text.isdigit() and len(text) <= _DEADLINE_LENGTH:
                passed_s = (time.perf_counter_ns() - self.started) / 1_000_000_000
                self._deadline = time.monotonic() - passed_s + int(text) / 1000
        return self._deadline

    @deadline.setter
    def deadline(self, value: float | None) -> None:
        self._deadline = value

    @property
    def call_path(self) -> str:
        """The apis that the call came through, this one last, with dots: the header PymCallPath and `api_name`."""
        before = _clean(self.headers.get("PymCallPath"), _PATH_LENGTH)
        return ".".join(part for part in (before, self.api_name) if part)

    @property
    def trace(self) -> Trace:
        """
        The trace of the headers traceparent and tracestate; a new one where there is none, or it is malformed. That of
        the call's span where the server has begun one.
        """
        if self._trace is None:
            begun: Trace | None = self._look_up("trace") if self._look_up is not None else None
            self._trace = begun or trace(self.headers.get("traceparent"), self.headers.get("tracestate"))
        return self._trace

    @property
    def outgoing(self) -> dict[str, str]:
        """The headers that calls to other services get, which belong to this one."""
        return dict(self.sent_on())

    def sent_on(self) -> list[tuple[str, str]]:
        """The same as pairs, which are worked out once for each `api_name`."""
        known: tuple[str, list[tuple[str, str]]] | None = getattr(self, "_sent_on", None)
        if known is None or known[0] != self.api_name:
            trace = self.trace
            told = (
                ("PymCallID", self.call_id),
                ("PymCallPath", self.call_path),
                ("traceparent", trace.traceparent),
                ("tracestate", trace.state),
            )
            known = self._sent_on = self.api_name, [pair for pair in told if pair[1]]
        return known[1]

    @property
    def started_at(self) -> datetime:
        """When the call began: an aware UTC datetime."""
        passed_s = (time.perf_counter_ns() - self.started) / 1_000_000_000
        return datetime.fromtimestamp(clocks.time() - passed_s, UTC)

    def __enter__(self) -> Call:
        if self._token is not None:
            raise RuntimeError("this Call was entered already")
        self._token = enter(self)
        return self

    def __exit__(self, *_: object) -> None:
        token, self._token = self._token, None
        if token is not None:
            leave(token)

    def __repr__(self) -> str:
        return f"<Call {self.method} {self.path} {self.handler_name}>"


class Makes(Protocol):
    """What makes the Call when somebody looks at it: most are never looked at. It notes for it what it ends in."""

    error: dict[str, Any] | None
    exception: BaseException | None

    @property
    def call(self) -> Call: ...


_CURRENT: ContextVar[Call | Makes | None] = ContextVar("pymacaron.call", default=None)


def current() -> Call | None:
    """The call that is being answered; None outside of one."""
    found = _CURRENT.get()
    return found if found is None or isinstance(found, Call) else found.call


def deadline() -> float | None:
    """When nobody waits for the current call any more, by time.monotonic(); None: nobody says, or there is no call."""
    call = current()
    return call.deadline if call is not None else None


def noted() -> Call | Makes | None:
    """Where to note what the current call ended in: its Call, or what will make it."""
    found = _CURRENT.get()
    return found if found is None or isinstance(found, Call) else vars(found).get("call", found)


#: enter(call): make *call*, or what *makes* it, the current one; the Token that it gives goes to leave()
enter = _CURRENT.set
#: leave(token): make the call current that was so before enter()
leave = _CURRENT.reset


def _clean(text: str | None, length: int) -> str | None:
    """*text* from a caller, if it is short and of characters that harm no log; else None."""
    return text if text and len(text) <= length and _SAFE.issuperset(text) else None
