"""
What a failure of each kind is called, what it says of an operation, and what mends it.

The driver tells the kind by the name of a class: those of schemathesis, and of checks.py. A kind that is not known here
is told in its own words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from pymacaron.spec.model import Operation

__all__ = ["CODES", "told"]

#: dict: code of a breach -> what it means. The codes never change their meaning.
CODES = {
    "created-not-found": "What was created is not there",
    "foreign-object": "One caller gets what belongs to another",
    "ignored-auth": "A call without credentials, or with bad ones, passes",
    "invalid-accepted": "A request that does not fit the description is accepted",
    "missing-header": "A reply lacks a header that is required",
    "missing-header-accepted": "A request without a required header is accepted",
    "missing-media-type": "A reply with a body has no Content-Type",
    "missing-required": "A body lacks a property that is required",
    "no-answer": "An operation does not answer",
    "other": "Anything else that a check of schemathesis says",
    "server-error": "The service fails: a status of 500 or above",
    "still-there": "What was deleted is still there",
    "undeclared-media-type": "A body of a media type that is not declared",
    "undeclared-method": "A method that is not declared is not refused with 405",
    "undeclared-status": "A status that is not declared",
    "undeclared-value": "A value that the enum or const of its schema does not have",
    "unfit-body": "A body that does not fit its schema otherwise",
    "unfit-header": "A header of a reply that does not fit its schema",
    "unreadable-body": "A body that cannot be read as its media type",
    "valid-refused": "A request that fits the description is refused",
    "wrong-allow": "The header Allow names other methods than the descriptions",
    "wrong-type": "A value of another type than its schema says",
}

_Words = tuple[str, str, str]
_BY_KEYWORD = {
    "type": ("wrong-type", "Send what the schema says, or say here what is sent"),
    "required": ("missing-required", "Send it always, or take it out of 'required'"),
    "enum": ("undeclared-value", "Add the value to the schema, or do not send it"),
    "const": ("undeclared-value", "Add the value to the schema, or do not send it"),
}
_UNFIT = ("unfit-body", "Send what the schema says, or say here what is sent")


def told(operation: Operation | None, said: Mapping[str, Any]) -> _Words:
    """Code, fact and mend of what the driver *said*."""
    find = _KINDS.get(said["type"])
    if find is None:
        text = " ".join(f"{said['title']}: {said['message']}".split())
        return "other", f"{said['operation']}: {text[:300]}", ""
    return find(operation, said)


def _answers(said: Mapping[str, Any]) -> str:
    """`GET /pets/{id} answers 418`; with the method that was sent, where it is another."""
    name = said["operation"]
    method, _, path = name.partition(" ")
    name = name if said["method"] in ("", method) else f"{said['method']} {path}"
    return f"{name} answers {said['status']}"


def _listed(names: Any) -> str:
    return ", ".join(str(name) for name in names)


def _server_error(operation: Operation | None, said: Mapping[str, Any]) -> _Words:
    mend = "The service's log and its reports tell of it: the handler must answer what it is sent, if only with 400"
    return "server-error", f"{_answers(said)}: the service has failed", mend


def _undeclared_status(operation: Operation | None, said: Mapping[str, Any]) -> _Words:
    known = _listed(operation.responses) if operation is not None else ""
    mend = "Declare it, or answer one that is"
    return "undeclared-status", f"{_answers(said)}, and declares {known}", mend


def _undeclared_type(operation: Operation | None, said: Mapping[str, Any]) -> _Words:
    known = _listed(said["details"].get("defined_content_types", []))
    fact = f"{_answers(said)} with {said['details'].get('content_type', said['media_type'])!r}, and declares {known}"
    return "undeclared-media-type", fact, "Declare it under 'content', or send what is declared"


def _no_type(operation: Operation | None, said: Mapping[str, Any]) -> _Words:
    return "missing-media-type", f"{_answers(said)} without a Content-Type", "Send one that is declared"


def _unreadable(operation: Operation | None, said: Mapping[str, Any]) -> _Words:
    kind = said["media_type"] or "its media type"
    return "unreadable-body", f"{_answers(said)} with a body that is no {kind}", "Send what the Content-Type says"


def _missing_headers(operation: Operation | None, said: Mapping[str, Any]) -> _Words:
    names = _listed(said["details"].get("missing_headers", []))
    return "missing-header", f"{_answers(said)} without {names}, which is required", "Send it, or take 'required' away"


def _schema(operation: Operation | None, said: Mapping[str, Any]) -> _Words:
    details = said["details"]
    reason = details.get("reason") or said["title"]
    if "header" in said["title"].lower():
        return "unfit-header", f"{_answers(said)} with a header of which {reason}", _UNFIT[1]
    path = details.get("schema_path") or [""]
    code, mend = _BY_KEYWORD.get(str(path[-1]), _UNFIT)
    at = "".join(f"/{one}" for one in details.get("instance_path", []))
    return code, f"{_answers(said)}: body{' ' if at else ''}{at}: {reason}", mend


def _discriminator(operation: Operation | None, said: Mapping[str, Any]) -> _Words:
    return "undeclared-value", f"{_answers(said)} with a discriminator that means no schema", _BY_KEYWORD["enum"][1]


def _accepted(operation: Operation | None, said: Mapping[str, Any]) -> _Words:
    lines = said["message"].partition("Invalid component: ")[2].split("\n")
    why = f": {' '.join(lines).strip()}" if lines[0] else ""
    mend = "Refuse it with 400, or describe what is taken"
    return "invalid-accepted", f"{_answers(said)} to what does not fit the description{why}", mend


def _refused(operation: Operation | None, said: Mapping[str, Any]) -> _Words:
    mend = "Take what the description allows, or say there what is not taken"
    return "valid-refused", f"{_answers(said)} to a request that fits the description", mend


def _header_accepted(operation: Operation | None, said: Mapping[str, Any]) -> _Words:
    name = said["details"].get("header_name", "a header")
    return "missing-header-accepted", f"{_answers(said)} without {name}, which is required", "Refuse it with 400"


def _undeclared_method(operation: Operation | None, said: Mapping[str, Any]) -> _Words:
    method, path = said["details"].get("method") or said["method"], said["operation"].partition(" ")[2]
    if said["details"].get("failure_reason") == "missing_allow_header":
        return "wrong-allow", f"{method} {path} answers 405 without Allow", "Send the methods that there are: RFC 9110"
    fact = f"{method} {path} answers {said['status']}, and no description has this method"
    return "undeclared-method", fact, "Answer 405, or describe it"


def _allow(operation: Operation | None, said: Mapping[str, Any]) -> _Words:
    missing, undeclared = said["details"].get("missing"), said["details"].get("undeclared")
    wrong = [f"lacks {_listed(missing)}"] if missing else []
    wrong += [f"has {_listed(undeclared)}, which no description has"] if undeclared else []
    mend = "Name the methods that are described, or describe the others"
    return "wrong-allow", f"{_answers(said)} with an Allow that {' and '.join(wrong)}", mend


def _still_there(operation: Operation | None, said: Mapping[str, Any]) -> _Words:
    freed = said["operation"]
    used = said["details"].get("used") or f"GET {freed.partition(' ')[2]}"
    fact = f"{used} answers {said['status']} for what {freed} has deleted"
    return "still-there", fact, f"Answer {HTTPStatus.NOT_FOUND.value}, or 410, for what is gone"


def _not_there(operation: Operation | None, said: Mapping[str, Any]) -> _Words:
    details = said["details"]
    fact = f"{details.get('not_available_with')} answers 404 for what {details.get('created_with')} has just created"
    return "created-not-found", fact, "Let what was created be read at once, or answer 202"


def _auth(operation: Operation | None, said: Mapping[str, Any]) -> _Words:
    how = "with bad credentials" if _is_bad(said) else "without credentials"
    mend = "Answer 401 or 403: bind the operation's security, or take it out of the description"
    return "ignored-auth", f"{_answers(said)} to a call {how}", mend


def _is_bad(said: Mapping[str, Any]) -> bool:
    return said["details"].get("scenario") in ("invalid_auth", "generated_auth")


def _foreign(operation: Operation | None, said: Mapping[str, Any]) -> _Words:
    return "foreign-object", f"{_answers(said)} with what another caller has made", "Look whose it is"


def _silent(operation: Operation | None, said: Mapping[str, Any]) -> _Words:
    text = " ".join(said["message"].split())[:200].rstrip(".")
    return "no-answer", f"{said['operation']} does not answer: {text}", "The service's log may tell why"


#: dict: kind of failure -> its words
_KINDS: Mapping[str, Callable[[Operation | None, Mapping[str, Any]], _Words]] = {
    "AcceptedNegativeData": _accepted,
    "ContentDeserializationError": _unreadable,
    "ContentTypeServerError": _server_error,
    "DiscriminatorMismatch": _discriminator,
    "EnsureResourceAvailability": _not_there,
    "IgnoredAuth": _auth,
    "JsonSchemaError": _schema,
    "MalformedJson": _unreadable,
    "MalformedMediaType": _undeclared_type,
    "MissingContentType": _no_type,
    "MissingHeaderNotRejected": _header_accepted,
    "MissingHeaders": _missing_headers,
    "NoAnswer": _silent,
    "ObjectLevelAuthorizationViolation": _foreign,
    "RejectedPositiveData": _refused,
    "ServerError": _server_error,
    "StillThere": _still_there,
    "UndefinedContentType": _undeclared_type,
    "UndefinedStatusCode": _undeclared_status,
    "UnsupportedMethodResponse": _undeclared_method,
    "UseAfterFree": _still_there,
    "WrongAllow": _allow,
}
