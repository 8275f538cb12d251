"""
What a caller is told when something goes wrong: the JSON error, and the same as RFC 9457's problem details.

Nothing of an unforeseen exception reaches the caller unless the service is in development. Only builds dicts: the
server sends them. Neighbours: exceptions.py has the errors that know themselves what they say.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any, TypeGuard

from pymacaron import config
from pymacaron.exceptions import (
    CallError,
    HTTPError,
    PyMacaronException,
    UnhandledServerError,
    http_code,
    http_phrase,
    uuid4_text,
)
from pymacaron.exchange.media import acceptance
from pymacaron.schema.violations import MORE, Violation, Violations, sendable
from pymacaron.schema.wire import json_encode, plain

__all__ = [
    "completed",
    "error_body",
    "headers",
    "http_error",
    "is_foreseen",
    "problem_json",
    "refusal",
    "summary",
    "wants_problem_json",
]

log = logging.getLogger("pymacaron.exchange")

#: How many violations the one-line description names; `errors` has them all
_NAMED = 5

#: The first members of a JSON error, in this order
_FIRST = ("status", "error", "error_description", "error_id", "user_message", "errors")

#: What an error knows that says what is wrong with a call, where nobody has added to it, and what all of them say
_USUAL = frozenset(("violations", "_error_id"))
_STATUS, _CODE = Violations.status, Violations.code

#: Where the parts of a call are that have names of their own
_PARAMETERS = frozenset(("path", "query", "header", "cookie", "form"))

#: Levels of an error's own members that are sent where something in them is not JSON
_DEPTH = 20

#: What is said of a fault of another service
_OF_ANOTHER = "A service that this one has called gave a reply that cannot be used; it is reported under this error_id"

_PROBLEM_JSON = "application/problem+json"


def error_body(error: BaseException, *, debug: bool = False) -> dict[str, Any]:
    """
    The JSON error for *error*: `status`, `error`, `error_description`, `error_id`; `user_message`, `errors` if any.

    A PyMacaronException says what it says; its `error_caught`, of a status of 500 or above, only with *debug*.
    Violations are INVALID_PARAMETER 400. All else is UNHANDLED_SERVER_ERROR 500 with a plain sentence, or the 502 of
    another service's fault; only with *debug* does the description show the exception.
    """
    if not is_foreseen(error):
        return completed(_unforeseen(error, debug))
    if isinstance(error, Violations):
        refused = refusal(error)
        if refused is not None:
            return refused[0]
        told = sendable(error.violations)
        return completed(
            {**_told(error), "error_description": summary(told), "errors": [violation.as_dict() for violation in told]}
        )
    body = completed(_told(error))
    if body["status"] >= 500 and not debug:
        body.pop("error_caught", None)
    return body


def is_foreseen(error: BaseException) -> TypeGuard[PyMacaronException]:
    """
    Whether *error* is for the caller. What a service did wrong when it called another, and what it got from there, are
    Violations, too, and are not.
    """
    return isinstance(error, PyMacaronException) and not (isinstance(error, Violations) and error.status >= 500)


def _unforeseen(error: BaseException, debug: bool) -> dict[str, Any]:
    said = f"{type(error).__name__}: {_text(error)}".removesuffix(": ") if debug else ""
    for secret in config.secret_values() if said else ():
        said = said.replace(secret, config.MASK)
    status = error.status if isinstance(error, Violations) else 500
    if isinstance(error, CallError):
        status = error.answered_as
    unhandled = UnhandledServerError(said) if status == 500 else HTTPError(status, said or _OF_ANOTHER)
    if isinstance(known := getattr(error, "error_id", None), str):
        unhandled.error_id = known  # it was reported under this one already
    return unhandled.to_dict()


def http_error(status: int, description: Any = None, error_id: str | None = None) -> dict[str, Any]:
    """The JSON error of a plain HTTP error: its code is the reason phrase in upper case, NOT_FOUND for 404."""
    status = _status(status)
    fields: dict[str, Any] = {"status": status, "error": http_code(status), "error_description": description}
    if error_id is not None:
        fields["error_id"] = error_id
    return completed(fields)


def completed(fields: Mapping[str, Any]) -> dict[str, Any]:
    """
    *fields* of an error as a JSON error: in their usual order, with the `error_id` and whatever else is missing.

    It can always be sent: a status that no reply may have is 500, what should be a text is one, what JSON cannot say
    is said as text.
    """
    status = _status(fields.get("status"))
    code = _text(fields.get("error")) or http_code(status)
    known: dict[str, Any] = {
        "status": status,
        "error": code,
        "error_description": _text(fields.get("error_description")) or code.replace("_", " ").capitalize(),
        "error_id": _text(fields.get("error_id")) or uuid4_text(),
    }
    if user_message := _text(fields.get("user_message")):
        known["user_message"] = user_message
    if errors := fields.get("errors"):
        known["errors"] = errors
    known.update((name, value) for name, value in fields.items() if name not in _FIRST)
    if not _is_sayable(known):
        known = {_text(name): _sayable(value, _DEPTH) for name, value in known.items()}
    return known


def refusal(error: Violations) -> tuple[dict[str, Any], bytes] | None:
    """
    The JSON error for *error*, and its text; None where more is in it than what is wrong with a call, or something that
    JSON has no text for: `error_body` has that.
    """
    if not error.violations or error.__class__ is not Violations or not error.__dict__.keys() <= _USUAL:
        return None
    told = sendable(error.violations)
    listed = [
        {"in": location, "pointer": pointer, "code": code, "detail": detail} for location, pointer, code, detail in told
    ]
    body = {
        "status": _STATUS,
        "error": _CODE,
        "error_description": summary(told),
        "error_id": error.error_id,
        "errors": listed,
    }
    try:
        return body, json_encode(body)
    except (ValueError, TypeError):
        return None


def headers(error: BaseException) -> list[tuple[str, str]]:
    """
    The `headers` of *error*, of a PyMacaronException, that can be sent: one that would break the reply, by a line
    break or characters that headers cannot have, is left out and logged (RFC 9110, section 5).
    """
    given = getattr(error, "headers", None) if isinstance(error, PyMacaronException) else None
    kept = []
    for name, value in given.items() if isinstance(given, Mapping) else ():
        text = _text(value)
        if isinstance(name, str) and _TOKEN.issuperset(name) and name and _is_field_value(text):
            kept.append((name, text))
        else:
            log.error("%s has a header that cannot be sent, %.100a", type(error).__name__, name)
    return kept


#: What the name of a header may have (RFC 9110, section 5.6.2)
_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")


def _is_field_value(text: str) -> bool:
    return all(character == "\t" or (" " <= character <= "\xff" and character != "\x7f") for character in text)


def _told(error: PyMacaronException) -> Mapping[str, Any]:
    """What *error* says of itself; a class of the user's may fail at that."""
    try:
        return dict(error.to_dict())
    except Exception as failure:  # where a hook of the user's ends
        names = type(error).__name__, type(failure).__name__
        log.error("%s cannot say what it is, it raises %s: the caller gets a plain 500", *names)
        return UnhandledServerError().to_dict()


def _status(status: Any) -> int:
    """*status* if it is one that a reply may end in; 1xx would keep the caller waiting (RFC 9110, section 15.2)."""
    if isinstance(status, str) and len(status) == 3 and status.isascii() and status.isdigit():
        status = int(status)
    if isinstance(status, bool) or not isinstance(status, int) or not 200 <= status <= 599:
        return 500
    return int(status)


def _text(value: Any) -> str:
    """*value* as a text that can be encoded, '' for None; objects of users may fail at that."""
    if value is None:
        return ""
    try:
        text = str(value)
    except Exception as error:  # where a hook of the user's ends: the text tells it instead
        text = f"<{type(value).__name__} whose str() raises {type(error).__name__}>"
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _is_sayable(fields: Mapping[str, Any]) -> bool:
    """Whether *fields* can be sent as JSON."""
    try:
        json_encode(fields)
    except (ValueError, TypeError):
        return False
    return True


def _sayable(value: Any, depth: int) -> Any:
    """*value* as far as JSON can say it; the rest of it as text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        return int(value) if value.bit_length() <= 1024 else _text(value)
    if isinstance(value, float):
        return value if isfinite(value) else None
    if depth and isinstance(value, Mapping):
        return {_text(name): _sayable(member, depth - 1) for name, member in value.items()}
    if depth and isinstance(value, (list, tuple, set, frozenset)):
        return [_sayable(item, depth - 1) for item in value]
    if isinstance(value, (Mapping, list, tuple, set, frozenset)):
        return f"<{type(value).__name__}>"
    try:
        return plain(value)
    except (ValueError, TypeError):
        return _text(value)


def summary(violations: Iterable[Violation]) -> str:
    """*violations* in one line, for the description of an error: the first few of them, and how many more there are."""
    listed = list(violations)
    cut = bool(listed) and listed[-1].code == MORE
    more = len(listed) - _NAMED - cut
    if not cut and more <= 1:
        return "; ".join([_said(violation) for violation in listed])
    said = [_said(violation) for violation in listed[: _NAMED + 1]]
    said[_NAMED:] = [f"and more than {more} more" if cut else f"and {more} more"]
    return "; ".join(said)


def _said(violation: Violation) -> str:
    location, pointer, _, detail = violation
    if location == "body" and pointer:
        return f"body {pointer}: {detail}"
    if location in _PARAMETERS and pointer.count("/") == 1:
        return f"{location} {_unescaped(pointer[1:])}: {detail}"
    return f"{location} {pointer}: {detail}" if pointer else f"{location}: {detail}"


def _unescaped(token: str) -> str:
    return token.replace("~1", "/").replace("~0", "~") if "~" in token else token


def wants_problem_json(accept: str | None, usually: bool = False) -> bool:
    """
    Whether an Accept header names application/problem+json and wants it at least as much as application/json; where it
    names neither, *usually*.
    """
    if accept is None or _PROBLEM_JSON not in accept.lower():
        return usually and (accept is None or "application/json" not in accept.lower())
    wanted = acceptance(accept, _PROBLEM_JSON)
    return wanted > 0 and wanted >= acceptance(accept, "application/json")


def problem_json(error: Mapping[str, Any]) -> dict[str, Any]:
    """
    A JSON error as problem details: `type`, `title`, `status`, `detail`, `instance` (a URN of the error_id), and all
    else that the error says as extension members.

    Source: RFC 9457, section 3; by section 4.2.1 the title is that of the status where the type is about:blank.
    """
    status = _status(error.get("status"))
    problem: dict[str, Any] = {"type": "about:blank", "title": http_phrase(status), "status": status}
    if error.get("error_description"):
        problem["detail"] = error["error_description"]
    if error.get("error_id"):
        problem["instance"] = f"urn:uuid:{error['error_id']}"
    taken = {"status", "error_description", *problem}
    problem.update((name, value) for name, value in error.items() if name not in taken)
    return problem
