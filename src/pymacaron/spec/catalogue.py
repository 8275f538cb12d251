"""
Every error that the framework itself answers with, and which operations can give it, as far as their description tells.

Neighbours: errors.py says so in the document that is published; server/docs lists it, with the service's own errors.
"""

from __future__ import annotations

from typing import NamedTuple

from pymacaron.spec.model import Operation

__all__ = ["KNOWN", "REQUIRES_AUTH", "Known", "conditions"]

REQUIRES_AUTH = "pymacaron.auth.requires_auth"


class Known(NamedTuple):
    """
    `when`: which of conditions() an operation has that gives it; '': the answer where there is no operation. No
    description tells of `handler`: what a handler does with tables and tasks.
    """

    code: str
    status: int
    meaning: str
    when: str


#: In the order of their statuses
KNOWN = (
    Known("INVALID_PARAMETER", 400, "The request does not fit the description: `errors` lists everything", "input"),
    Known("IDEMPOTENCY_KEY_MISSING", 400, "The operation wants the header Idempotency-Key", "key-required"),
    Known("IDEMPOTENCY_KEY_INVALID", 400, "The header Idempotency-Key is there, and no key", "key"),
    Known("AUTHORIZATION_HEADER_MISSING", 401, "There is no token", "security"),
    Known("TOKEN_EXPIRED", 401, "There is a token, and it has expired", "security"),
    Known("TOKEN_INVALID", 401, "There is a token, and it is no good", "security"),
    Known("UNAUTHORIZED", 401, "Other credentials than a token are missing, or were refused", "security"),
    Known("FORBIDDEN", 403, "The token lacks a scope that the operation wants", "scopes"),
    Known("NOT_FOUND", 404, "There is nothing at this path", ""),
    Known("METHOD_NOT_ALLOWED", 405, "The path does not take this method; the header Allow has those that it does", ""),
    Known("NOT_ACCEPTABLE", 406, "The Accept header wants nothing of what the operation sends", "output"),
    Known("IDEMPOTENCY_KEY_IN_USE", 409, "A request with this Idempotency-Key is being answered", "key"),
    Known("IDEMPOTENCY_REPLY_NOT_KEPT", 409, "The request was carried out before; its reply was not kept", "key"),
    Known("CONDITION_FAILED", 409, "What was to be written is not what its writer took it for", "handler"),
    Known("VERSION_CONFLICT", 409, "Somebody else has written it since it was read: read it again", "handler"),
    Known("CONTENT_TOO_LARGE", 413, "The body, or a part of it, is larger than the service takes", "body"),
    Known("UNSUPPORTED_MEDIA_TYPE", 415, "The body's Content-Type is none that the operation reads", "body"),
    Known("IDEMPOTENCY_KEY_REUSED", 422, "Another request was sent with this Idempotency-Key", "key"),
    Known("TOO_MANY_REQUESTS", 429, "There were too many calls; `Retry-After` says when to ask again", "limit"),
    Known("UNHANDLED_SERVER_ERROR", 500, "A failure that nobody foresaw; it is reported under its `error_id`", "any"),
    Known("SERVER_ERROR", 500, "A failure without a code of its own; it is reported under its `error_id`", "any"),
    Known("NOT_STORABLE", 500, "What was to be kept cannot be kept as it is; it is reported", "handler"),
    Known("TABLE_MISSING", 500, "A table that the operation needs is not there; it is reported", "handler"),
    Known("QUEUE_UNAVAILABLE", 503, "The queue of tasks does not answer; ask again later", "handler"),
    Known("STORE_UNAVAILABLE", 503, "The store of models does not answer; ask again later", "handler"),
    Known("SERVICE_UNAVAILABLE", 503, "A store that the operation needs does not answer; ask again later", "store"),
)


def conditions(operation: Operation) -> frozenset[str]:
    """What of *operation* lets it give errors: the names that `Known.when` has."""
    extensions = operation.extensions
    key = extensions.get("x-idempotency")
    is_decorated = extensions.get("x-decorate-server") == REQUIRES_AUTH
    found = {
        "any": True,
        "input": bool(operation.parameters or operation.body or key),
        "body": operation.body is not None,
        "output": any(response.content for response in operation.responses.values()),
        "security": is_decorated or any(operation.security),
        "scopes": any(scopes for one in operation.security for scopes in one.values()),
        "key": key is not None,
        "key-required": key == "required",
        "limit": "x-rate-limit" in extensions,
        "store": key is not None or "x-rate-limit" in extensions,
    }
    return frozenset(name for name, holds in found.items() if holds)
