"""
A failure, or a slow call -> its report: a dict that JSON can say, with everything that looks like a secret taken out.

Nothing is sent here (see senders.py), and nobody is asked: no name is resolved, no metadata address probed. What users'
objects say of themselves is asked for carefully, since a report must not fail for it.
"""

from __future__ import annotations

import re
import socket
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from math import isfinite
from types import FrameType
from typing import Any

from pymacaron import config, exceptions
from pymacaron.context import Call
from pymacaron.finding import FindingsError
from pymacaron.schema.models import Model, shown
from pymacaron.schema.quoting import SECRET_NAMES

__all__ = [
    "MASK",
    "build",
    "calling_frame",
    "calling_function",
    "caught_text",
    "current_traceback",
    "failure_title",
    "one_line",
    "scrub",
    "scrub_text",
    "scrubbed_traceback",
    "slow_title",
    "utc_now",
    "warning_title",
]

MASK = "********"

_SECRETS = (*SECRET_NAMES, "cookie", "credential")
#: Whose frames are no function of the user's
_FRAMEWORK = ("flask", "werkzeug")
_DEPTH = 8
_MEMBERS = 100
_TEXT = 4_000
_TRACE = 20_000
_TITLE = 400
#: Of a text that is longer, the rest is not looked at
_LONGEST = 200_000

_BEARER = r"(?i)\b(bearer)\s{1,5}[A-Za-z0-9._~+/=-]{16,}"
_JWT = r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"
_IN_URL = r"\b([A-Za-z][A-Za-z0-9+.-]{0,30}://[^\s/?#:@\"']{0,200}:)[^\s/?#\"']{1,200}@"
#: The parameters of a path template
_BRACES = r"\{([^}]*)\}"
_NAMED = (
    r"(?i)((?:password|passwd|\bpwd|passphrase|secret|token|authorization|api_?key|cookie|credential)[\w-]{0,40}"
    r"[\"']?\s{0,5}[=:]\s{0,5})((?:basic|bearer|digest)\s+\S+|\"[^\"\n]*\"|'[^'\n]*'|[^\s,;&)}\]]+)"
)


def failure_title(call: Call, status: int, error: Mapping[str, Any], exception: BaseException | None) -> str:
    """`FATAL BACKEND ERROR <api> <status> <code>: <module.function>(): <message>`."""
    said = _said(exception) if exception is not None else ""
    message = said or str(error.get("error_description") or "")
    start = f"FATAL BACKEND ERROR {_api(call)} {status} {error.get('error') or ''}"
    return _title(start, f"{_function(call)}: {message}")


def slow_title(call: Call, status: int | None, limit_ms: float) -> str:
    """`NON-FATAL BACKEND ERROR <api> <status>: <module.function>() calltime exceeded 1000 millisec!`."""
    start = f"NON-FATAL BACKEND ERROR {_api(call)} {status or ''}"
    return _title(start, f"{_function(call)} calltime exceeded {limit_ms:g} millisec!")


def warning_title(call: Call | None, function: str, title: str, is_fatal: bool) -> str:
    """`NON-FATAL BACKEND ERROR <api> <calling function>(): <title>`, of report_error()."""
    return _title(f"{'FATAL' if is_fatal else 'NON-FATAL'} BACKEND ERROR {_api(call)} {function}()", title)


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
) -> dict[str, Any]:
    """
    The report: keys as in docs/errors.md, values that JSON can say, without secrets.

    *error*: the JSON error that was sent. *caught*: the exception or the Error model behind it. *data*: more members;
    one that a report has already goes into the member `data`.
    """
    error = error or {}
    cause = sys.exception() if caught is None else caught if isinstance(caught, BaseException) else None
    report: dict[str, Any] = {
        "title": title,
        "is_fatal_error": is_fatal,
        "call_id": call.call_id if call is not None else "",
        "call_path": call.call_path if call is not None else "",
        "error_id": error.get("error_id") or _member(caught, "error_id") or "",
        "error_caught": _cause_text(caught, error),
        "trace": _trace(cause),
        "stack": _stack(calling_frame()),
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
            "error_description": error.get("error_description") or "",
            "user_message": error.get("user_message") or "",
        },
        "request": {"params": _params(call)},
        "user": _user(call),
        "server": _server(call),
        "endpoint": {
            "id": call.endpoint_id if call is not None else "",
            "url": _url(call, call.url) if call is not None else "",
            "base_url": _url(call, call.base_url) if call is not None else "",
            "path": _address(call, call.path) if call is not None else "",
            "method": call.method if call is not None else "",
        },
    }
    clashing = {}
    for key, value in (data or {}).items():
        if key in report:
            clashing[key] = value
        else:
            report[key] = value
    if clashing:
        report["data"] = clashing
    # The traces are long and clean, the rest may be anything
    traces = {name: report.pop(name) for name in ("trace", "stack")}
    clean: dict[str, Any] = scrub(report)
    return {**clean, **traces}


def scrub(value: Any, depth: int = _DEPTH) -> Any:
    """
    *value* as something that JSON can say: secrets masked, by the names of their keys, by the schemas of models or by
    their looks, long texts and lists cut, what nests more than *depth* levels left out.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return scrub_text(value)
    if isinstance(value, int):
        return value if value.bit_length() <= 1024 else f"<int of {value.bit_length()} bits>"
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"<{len(value)} bytes>"
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if depth <= 0:
        return f"<{type(value).__name__}>"
    if isinstance(value, Mapping):
        return _scrubbed_map(value, depth)
    if isinstance(value, (list, tuple, set, frozenset)):
        items = [scrub(item, depth - 1) for item, _ in zip(value, range(_MEMBERS), strict=False)]
        return items if len(value) <= _MEMBERS else [*items, f"<{len(value) - _MEMBERS} more>"]
    if isinstance(value, Model):
        plain = shown(value)
    else:
        plain = _asked(getattr(value, "to_json", None)) if not isinstance(value, type) else None
    if isinstance(plain, Mapping):
        return _scrubbed_map(plain, depth)
    return scrub_text(_said(value, repr))


def scrub_text(text: str, longest: int = _TEXT) -> str:
    """*text* with what looks like a secret masked, cut at *longest* characters."""
    cut = len(text) - longest
    text = text[:_LONGEST]
    for secret in config.secret_values():
        text = text.replace(secret, MASK)
    text = re.sub(_BEARER, rf"\1 {MASK}", text)
    text = re.sub(_JWT, MASK, text)
    if "://" in text:
        text = re.sub(_IN_URL, rf"\1{MASK}@", text)
    text = re.sub(_NAMED, rf"\1{MASK}", text)
    return text if len(text) <= longest else f"{text[:longest]}... <{max(cut, 1)} more characters>"


def one_line(text: str, longest: int = 1_000) -> str:
    """
    *text*, of a caller, as it may stand in a log: in one line, secrets masked, at most *longest* characters; what is
    not printable is escaped as in Python, so that it can neither forge a line nor steer a terminal.
    """
    text = scrub_text(_said(text), longest)
    return text if text.isprintable() else "".join(map(_escaped, text))


def scrubbed_traceback(exception: BaseException) -> str:
    """
    The traceback of *exception*, with its causes, as it may stand in a log: secrets masked, what is not printable
    escaped, and every line indented, since a line of an exception's text must not pass for a line of the log.
    """
    lines = _trace(exception).rstrip("\n").split("\n")
    return "\n".join(f"  {''.join(map(_escaped, line))}".rstrip() for line in lines)


def current_traceback() -> str:
    """scrubbed_traceback() of the exception that is handled; '' where there is none."""
    exception = sys.exception()
    return scrubbed_traceback(exception) if exception is not None else ""


def _escaped(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode()


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


def _scrubbed_map(value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
    clean: dict[str, Any] = {}
    for key, member in value.items():
        if len(clean) == _MEMBERS:
            clean["..."] = f"<{len(value) - _MEMBERS} more>"
            break
        name = _said(key)[:200]
        clean[name] = MASK if _is_secret(name) and member not in (None, "") else scrub(member, depth - 1)
    return clean


def _is_secret(name: str) -> bool:
    letters = "".join(character for character in name.lower() if character.isalnum())
    return any(secret in letters for secret in _SECRETS)


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
        params = _asked(params)
    if call is None or not isinstance(params, Mapping):
        return params or {}
    return {name: MASK if name in call.secrets and value is not None else value for name, value in params.items()}


def _url(call: Call, url: str) -> str:
    """*url* of *call* with the values masked of parameters that are secrets, in path and query."""
    from urllib.parse import unquote_plus

    address, mark, query = url.partition("?")
    parts = []
    for part in query.split("&"):
        name, equals, value = part.partition("=")
        plain, value = unquote_plus(name), unquote_plus(value)
        whole = plain.partition("[")[0]
        hidden = _is_secret(plain) or not call.secrets.isdisjoint((plain, whole, f"{whole}="))
        # A value may hold others: filter={"password": ...}
        parts.append(f"{name}={MASK}" if equals and (hidden or scrub_text(value) != value) else part)
    return f"{_address(call, address)}{mark}{'&'.join(parts)}"


def _address(call: Call, address: str) -> str:
    """*address*, which ends in the path of *call*, with the values masked of path parameters that are secrets."""
    names = re.findall(_BRACES, call.path_template)
    if not any(_is_secret(name) or name in call.secrets for name in names):
        return address
    literals = re.split(_BRACES, call.path_template)[::2]
    match = re.search("([^/]*)".join(map(re.escape, literals)) + "$", address)
    if match is None:
        return MASK
    for index in range(len(names), 0, -1):
        if _is_secret(names[index - 1]) or names[index - 1] in call.secrets:
            address = address[: match.start(index)] + MASK + address[match.end(index) :]
    return address


def _title(start: str, rest: str) -> str:
    text = f"{' '.join(start.split())}: {' '.join(scrub_text(rest).split())}"
    text = text if text.isprintable() else "".join(map(_escaped, text))
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
    return _asked(lambda: getattr(thing, name, None))


def caught_text(caught: Any) -> str:
    """An exception or an Error model in a line: `CODE: description`, `ValueError: text`; '' for None."""
    if caught is None:
        return ""
    if isinstance(caught, BaseException) or exceptions.is_error(caught):
        error = _member(caught, "error")
        if error:
            return scrub_text(f"{error}: {_member(caught, 'error_description') or ''}")
        return scrub_text(f"{type(caught).__name__}: {_said(caught)}".removesuffix(": "))
    return scrub_text(_said(caught))


def _cause_text(caught: Any, error: Mapping[str, Any]) -> str:
    """What `.caught()` was given, else *caught* itself."""
    cause = _member(caught, "error_caught") if caught is not None else error.get("error_caught")
    return caught_text(caught if cause is None else cause)


def _trace(exception: BaseException | None) -> str:
    if exception is None:
        return ""
    return _tail("".join(traceback.format_exception(exception)))


def _stack(frame: FrameType | None) -> str:
    return _tail("".join(traceback.format_stack(frame))) if frame is not None else ""


def _tail(text: str) -> str:
    """The end of a trace is what tells most."""
    text = text if len(text) <= _LONGEST else text[-_LONGEST:]
    clean = scrub_text(text, _LONGEST)
    return clean if len(clean) <= _TRACE else f"...\n{clean[-_TRACE:]}"


def _said(thing: Any, by: Any = str) -> str:
    """What *thing* says of itself; objects of users may fail at that."""
    try:
        return str(by(thing))
    except Exception as error:  # where a hook of the user's ends: the report tells it instead
        return f"<{type(thing).__name__} whose {by.__name__}() raises {type(error).__name__}>"


def _asked(function: Any) -> Any:
    """What *function*, of a user's object, gives; a text that names the exception where it raises."""
    if not callable(function):
        return None
    try:
        return function()
    except Exception as error:  # where a hook of the user's ends: the report tells it instead
        return f"<raises {type(error).__name__}>"


def utc_now() -> datetime:
    """Now, as an aware UTC datetime."""
    return datetime.now(UTC)
