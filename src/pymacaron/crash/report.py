"""
A failure, or a slow call -> its report: a dict that JSON can say, with everything that looks like a secret taken out.

Nothing is sent here (see senders.py), and nobody is asked: no name is resolved, no metadata address probed.
scrubbing.py takes secrets out, sent.py knows those that the call was sent.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import Any

from pymacaron import clocks, config, context, exceptions
from pymacaron.context import Call
from pymacaron.crash.scrubbing import MASK, Budget, Scrubbing, asked, escaped, said
from pymacaron.crash.sent import is_secret_parameter, path_secrets, scrubbing_of
from pymacaron.crash.traced import stack, trace
from pymacaron.finding import FindingsError

__all__ = [
    "build",
    "calling_frame",
    "calling_function",
    "caught_text",
    "current_traceback",
    "failure_title",
    "one_line",
    "scrubbed_traceback",
    "slow_title",
    "utc_now",
    "warning_title",
]

#: Whose frames are no function of the user's
_FRAMEWORK = ("flask", "werkzeug")
_TITLE = 400
#: Of what stands in a query, more than this is masked
_QUERY = 10_000


def failure_title(
    call: Call, status: int, error: Mapping[str, Any], exception: BaseException | None, scrubbing: Scrubbing
) -> str:
    """`FATAL BACKEND ERROR <api> <status> <code>: <module.function>(): <message>`."""
    message = said(exception) or type(exception).__name__ if exception is not None else ""
    message = message or str(error.get("error_description") or "")
    start = f"FATAL BACKEND ERROR {_api(call)} {status} {scrubbing.ours().text(str(error.get('error') or ''))}"
    return _title(start, f"{_function(call)}: {_withheld(message, scrubbing)}", scrubbing)


def slow_title(call: Call, status: int | None, limit_ms: float, scrubbing: Scrubbing) -> str:
    """`NON-FATAL BACKEND ERROR <api> <status>: <module.function>() calltime exceeded 1000 millisec!`."""
    start = f"NON-FATAL BACKEND ERROR {_api(call)} {status or ''}"
    return _title(start, f"{_function(call)} calltime exceeded {limit_ms:g} millisec!", scrubbing)


def warning_title(call: Call | None, function: str, title: str, is_fatal: bool, scrubbing: Scrubbing) -> str:
    """`NON-FATAL BACKEND ERROR <api> <calling function>(): <title>`, of report_error()."""
    start = f"{'FATAL' if is_fatal else 'NON-FATAL'} BACKEND ERROR {_api(call)} {function}()"
    return _title(start, _withheld(title, scrubbing), scrubbing)


def build(
    title: str,
    *,
    call: Call | None,
    is_fatal: bool,
    now: datetime,
    elapsed_us: int = 0,
    status: int | None = None,
    error: Mapping[str, Any] | None = None,
    caught: Any = None,
    data: Mapping[str, Any] | None = None,
    scrubbing: Scrubbing | None = None,
) -> dict[str, Any]:
    """
    The report: keys as in docs/errors.md, values that JSON can say, without secrets.

    *error*: the JSON error that was sent. *caught*: the exception or the Error model behind it. *data*: more members;
    one that a report has already goes into the member `data`. *scrubbing*: what takes out the secrets of *call*, where
    it was made already: *title* went through it.
    """
    error = error or {}
    scrubbing = scrubbing or scrubbing_of(call)
    cause = sys.exception() if caught is None else caught if isinstance(caught, BaseException) else None
    report: dict[str, Any] = {
        "title": title,
        "is_fatal_error": is_fatal,
        "call_id": call.call_id if call is not None else "",
        "call_path": call.call_path if call is not None else "",
        "error_id": error.get("error_id") or _member(caught, "error_id") or "",
        "error_caught": _cause_text(caught, error, scrubbing),
        "trace": trace(cause, scrubbing),
        "stack": stack(calling_frame(), scrubbing),
        "time": {
            "start": (now - timedelta(microseconds=elapsed_us)).isoformat(),
            "end": now.isoformat(),
            "microsecs": elapsed_us,
        },
        "response": {
            "type": "" if status is None else "Error" if error or status >= 400 else "Response",
            "status": "" if status is None else str(status),
            "is_error": int(bool(error) or (status is not None and status >= 400)),
            "error_code": error.get("error") or "",
            "error_description": _withheld(error.get("error_description") or "", scrubbing),
            "user_message": _withheld(error.get("user_message") or "", scrubbing),
        },
        "request": {},
        "user": _user(call),
        "server": _server(call),
        "endpoint": {
            "id": call.endpoint_id if call is not None else "",
            "url": _url(call, call.url, scrubbing) if call is not None else "",
            "base_url": _url(call, call.base_url, scrubbing) if call is not None else "",
            "path": _address(call, call.path) if call is not None else "",
            "method": call.method if call is not None else "",
        },
    }
    calls = getattr(call, "calls", None)
    if calls:
        report["calls"] = list(calls)
    more = {key: value for key, value in (data or {}).items() if key not in report}
    clashing = {key: value for key, value in (data or {}).items() if key in report}
    if clashing:
        more["data"] = clashing
    # These are long, or clean already; the rest may be anything
    done = {name: report.pop(name) for name in ("title", "trace", "stack")}
    clean: dict[str, Any] = scrubbing.ours().value(report)
    # What a service tells, and a caller sends, is of any size
    budget = Budget()
    told = scrubbing.ours().value({name: _withheld(value, scrubbing) for name, value in more.items()}, budget=budget)
    params = _params(call)
    is_told = scrubbing.knows_all or isinstance(params, str)  # that they cannot be had
    clean["request"]["params"] = scrubbing.ours().value(params, budget=budget) if is_told else MASK
    return {"title": done["title"], **clean, **told, **done}


def _withheld(value: Any, scrubbing: Scrubbing) -> Any:
    """*value*, in which may stand what a caller has sent; a mask where nobody knows what of that is secret."""
    return value if scrubbing.knows_all or value is None or value == "" else MASK


def one_line(text: str, longest: int = 1_000) -> str:
    """
    *text*, of a caller, as it may stand in a log: in one line, secrets masked, at most *longest* characters; what is
    not printable is escaped as in Python, so that it can neither forge a line nor steer a terminal.
    """
    return escaped(Scrubbing().text(said(text), longest))


def scrubbed_traceback(exception: BaseException) -> str:
    """
    The traceback of *exception*, with its causes, as it may stand in a log: secrets masked, what is not printable
    escaped, and every line indented, since a line of an exception's text must not pass for a line of the log.
    """
    lines = trace(exception, scrubbing_of(context.current())).rstrip("\n").split("\n")
    return "\n".join(f"  {escaped(line)}".rstrip() for line in lines)


def current_traceback() -> str:
    """scrubbed_traceback() of the exception that is handled; '' where there is none."""
    exception = sys.exception()
    return scrubbed_traceback(exception) if exception is not None else ""


def calling_frame() -> FrameType | None:
    """The frame that called into pymacaron."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _package(frame) == "pymacaron":
        frame = frame.f_back
    return frame


def calling_function(call: Call | None) -> str:
    """The name of the function that called into pymacaron; in *call*, where that is Flask, the name of its handler."""
    frame = calling_frame()
    if call is not None and call.handler_name and (frame is None or _package(frame) in _FRAMEWORK):
        return call.handler_name.rpartition(".")[2]
    return frame.f_code.co_name if frame is not None else "?"


def _package(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


def _user(call: Call | None) -> dict[str, Any]:
    if call is None:
        return {"id": "", "is_auth": 0, "ip": "", "forwarded_ip": "", "user_agent": ""}
    claims = call.claims or {}
    user = {
        "id": str(claims.get("sub", "")),
        "is_auth": int(call.claims is not None),
        "ip": call.remote_addr or "",
        "forwarded_ip": call.headers.get("X-Forwarded-For") or "",
        "user_agent": call.headers.get("User-Agent") or "",
    }
    return user | {name: claims[name] for name in ("name", "email", "language") if name in claims}


def _server(call: Call | None) -> dict[str, Any]:
    return {
        # Not socket.getfqdn(), which asks the network
        "fqdn": socket.gethostname(),
        "port": _port(call) if call is not None else "",
        "api_name": call.api_name if call is not None else "",
        "api_version": call.api_version if call is not None else "",
    }


def _port(call: Call) -> int | str:
    if call.port is not None or not call.base_url:
        return call.port if call.port is not None else ""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(call.base_url)
        return parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return ""


def _params(call: Call | None) -> Any:
    """What the handler was called with, without the parameters that are secrets."""
    params = call.params if call is not None else None
    if callable(params):
        params = asked(params)
    if call is None or not isinstance(params, Mapping):
        return params or {}
    return {name: MASK if name in call.secrets and value is not None else value for name, value in params.items()}


def _url(call: Call, url: str, scrubbing: Scrubbing) -> str:
    """*url* of *call* with the values masked of parameters that are secrets, in path and query."""
    from urllib.parse import unquote_plus

    address, mark, query = url.partition("?")
    parts = []
    for part in query.split("&"):
        name, equals, value = part.partition("=")
        plain, value = unquote_plus(name), unquote_plus(value)
        # A value may hold others: filter={"password": ...}
        hidden = is_secret_parameter(call, plain) or scrubbing.text(value, _QUERY) != value
        parts.append(f"{name}={MASK}" if equals and hidden else part)
    return f"{_address(call, address)}{mark}{'&'.join(parts)}"


def _address(call: Call, address: str) -> str:
    """*address*, which ends in the path of *call*, with the values masked of path parameters that are secrets."""
    spans = path_secrets(call, address)
    if spans is None:
        return MASK
    for start, end in spans:
        address = address[:start] + MASK + address[end:]
    return address


def _title(start: str, rest: str, scrubbing: Scrubbing) -> str:
    text = escaped(f"{' '.join(start.split())}: {' '.join(scrubbing.ours().text(rest).split())}")
    return text if len(text) <= _TITLE else f"{text[:_TITLE]}..."


def _api(call: Call | None) -> str:
    if call is not None and call.api_name:
        return call.api_name
    try:
        return str(getattr(config.get_config(), "name", ""))
    except FindingsError:
        return ""


def _function(call: Call) -> str:
    return f"{call.handler_name}()" if call.handler_name else f"{call.method} {call.path}".strip() or "?"


def _member(thing: Any, name: str) -> Any:
    if isinstance(thing, Mapping):
        return thing.get(name)
    return asked(lambda: getattr(thing, name, None))


def caught_text(caught: Any) -> str:
    """An exception or an Error model in a line: `CODE: description`, `ValueError: text`; '' for None. Not scrubbed."""
    if caught is None:
        return ""
    if isinstance(caught, BaseException) or exceptions.is_error(caught):
        error = _member(caught, "error")
        if error:
            text = said(caught) if isinstance(caught, exceptions.BackendError) else ""
            return f"{error}: {text or _member(caught, 'error_description') or ''}"
        return f"{type(caught).__name__}: {said(caught)}".removesuffix(": ")
    return said(caught)


def _cause_text(caught: Any, error: Mapping[str, Any], scrubbing: Scrubbing) -> str:
    """What `.caught()` was given, else *caught* itself."""
    cause = _member(caught, "error_caught") if caught is not None else error.get("error_caught")
    return scrubbing.text(caught_text(caught if cause is None else cause))


def utc_now() -> datetime:
    """Now, as an aware UTC datetime."""
    return datetime.fromtimestamp(clocks.time(), UTC)
