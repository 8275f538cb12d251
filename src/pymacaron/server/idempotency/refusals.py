"""What a caller is told who sends no Idempotency-Key, or one that cannot be taken."""

from __future__ import annotations

from types import MappingProxyType

from pymacaron.exceptions import PyMacaronException

__all__ = ["HEADER", "KeyInUseError", "KeyInvalidError", "KeyMissingError", "KeyReusedError", "ReplyNotKeptError"]

HEADER = "Idempotency-Key"


class KeyInvalidError(PyMacaronException):
    """The header is there, and no key."""

    code = "IDEMPOTENCY_KEY_INVALID"
    status = 400


class KeyMissingError(PyMacaronException):
    code = "IDEMPOTENCY_KEY_MISSING"
    status = 400
    _description = f"This operation wants the header {HEADER}: a text of your own, a new one for each new request"


class KeyInUseError(PyMacaronException):
    code = "IDEMPOTENCY_KEY_IN_USE"
    status = 409
    _description = f"A request with this {HEADER} is being answered; ask again later"
    headers = MappingProxyType({"Retry-After": "1"})


class KeyReusedError(PyMacaronException):
    code = "IDEMPOTENCY_KEY_REUSED"
    status = 422
    _description = f"Another request was sent with this {HEADER}: its path, query or body differs"


class ReplyNotKeptError(PyMacaronException):
    code = "IDEMPOTENCY_REPLY_NOT_KEPT"
    status = 409
    _description = (
        f"The request with this {HEADER} was carried out; its reply was not kept, since it was a stream or too large"
    )
