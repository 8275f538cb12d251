"""
What a caller is told when something goes wrong: the JSON error, and the same as RFC 9457's problem details.

Nothing of an unforeseen exception reaches the caller unless the service is in development. Only builds dicts: the
server sends them. Neighbours: exceptions.py has the errors that know themselves what they say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import uuid4

from pymacaron.exceptions import PyMacaronException, UnhandledServerError, http_code, http_phrase
from pymacaron.exchange.media import acceptance
from pymacaron.schema.violations import Violation, Violations

__all__ = ["completed", "error_body", "http_error", "problem_json", "summary", "wants_problem_json"]

#: How many violations the one-line description names; `errors` has them all
_NAMED = 5

#: The first members of a JSON error, in this order
_FIRST = ("status", "error", "error_id", "error_description", "user_message", "errors")

_PROBLEM_JSON = "application/problem+json"


def error_body(error: BaseException, *, debug: bool = False) -> dict[str, Any]:
    """
    The JSON error for *error*: `status`, `error`, `error_id`, `error_description`; `user_message`, `errors` if any.

    A PyMacaronException says what it says. Violations are INVALID_PARAMETER 400. All else is UNHANDLED_SERVER_ERROR 500
    with a plain sentence; only with *debug* does the description show the exception.
    """
    if isinstance(error, PyMacaronException):
        return completed(error.to_dict())
    if isinstance(error, Violations):
        return completed(
            {
                "status": 400,
                "error": "INVALID_PARAMETER",
                "error_description": summary(error.violations),
                "errors": [violation.as_dict() for violation in error.violations],
            }
        )
    unhandled = UnhandledServerError(f"{type(error).__name__}: {error}".removesuffix(": ") if debug else "")
    if isinstance(known := getattr(error, "error_id", None), str):
        unhandled.error_id = known  # it was reported under this one already
    return completed(unhandled.to_dict())


def http_error(status: int, description: str | None = None, error_id: str | None = None) -> dict[str, Any]:
    """The JSON error of a plain HTTP error: its code is the reason phrase in upper case, NOT_FOUND for 404."""
    fields: dict[str, Any] = {"status": status, "error": http_code(status), "error_description": description}
    if error_id is not None:
        fields["error_id"] = error_id
    return completed(fields)


def completed(fields: Mapping[str, Any]) -> dict[str, Any]:
    """*fields* of an error as a JSON error: in their usual order, with the `error_id` and whatever else is missing."""
    status = fields.get("status")
    if isinstance(status, str) and status.isascii() and status.isdigit():
        status = int(status)
    if isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 999:
        status = 500
    code = fields.get("error") or http_code(status)
    known: dict[str, Any] = {
        "status": status,
        "error": code,
        "error_id": fields.get("error_id") or str(uuid4()),
        "error_description": fields.get("error_description") or str(code).replace("_", " ").capitalize(),
    }
    for name in ("user_message", "errors"):
        if fields.get(name):
            known[name] = fields[name]
    known.update((name, value) for name, value in fields.items() if name not in _FIRST)
    return known


def summary(violations: Iterable[Violation]) -> str:
    """*violations* in one line, for the description of an error: the first few of them, and how many more there are."""
    said = [_said(violation) for violation in violations]
    more = len(said) - _NAMED
    if more > 1:
        said[_NAMED:] = [f"and {more} more"]
    return "; ".join(said)


def _said(violation: Violation) -> str:
    pointer = violation.pointer
    if violation.location in ("path", "query", "header", "cookie", "form") and pointer.count("/") == 1:
        return f"{violation.location} {_unescaped(pointer[1:])}: {violation.detail}"
    return (
        f"{violation.location} {pointer}: {violation.detail}"
        if pointer
        else f"{violation.location}: {violation.detail}"
    )


def _unescaped(token: str) -> str:
    return token.replace("~1", "/").replace("~0", "~") if "~" in token else token


def wants_problem_json(accept: str | None) -> bool:
    """Whether an Accept header names application/problem+json and wants it at least as much as application/json."""
    if accept is None or _PROBLEM_JSON not in accept.lower():
        return False
    wanted = acceptance(accept, _PROBLEM_JSON)
    return wanted > 0 and wanted >= acceptance(accept, "application/json")


def problem_json(error: Mapping[str, Any]) -> dict[str, Any]:
    """
    A JSON error as problem details: `type`, `title`, `status`, `detail`, `instance` (a URN of the error_id), and all
    else that the error says as extension members.

    Source: RFC 9457, section 3; by section 4.2.1 the title is that of the status where the type is about:blank.
    """
    status = error.get("status", 500)
    problem: dict[str, Any] = {"type": "about:blank", "title": http_phrase(status), "status": status}
    if error.get("error_description"):
        problem["detail"] = error["error_description"]
    if error.get("error_id"):
        problem["instance"] = f"urn:uuid:{error['error_id']}"
    taken = {"status", "error_description", *problem}
    problem.update((name, value) for name, value in error.items() if name not in taken)
    return problem
