"""
What `ApiPool.<api>.call.<operation>` raises when a call ends in anything but a success.

    ClientError
    ├── HTTPStatusError             the service answered, and not with a success
    │   ├── Redirected              3xx that is not followed
    │   ├── BadRequest 400          and so on: STATUSES has them all
    │   └── ServerError             5xx
    │       └── ServiceUnavailable 503
    └── TransportError              there is no answer
        ├── ConnectFailed           nobody listens, the name is unknown, TLS fails
        ├── CredentialsFailed       nobody gives the token that the call needs: it was not sent
        ├── ConnectionLost          it was reset, or ended within the reply
        ├── BadReply                what came is no HTTP, too large, or does not decompress
        │   └── ResponseMismatch    it does not fit the description, or cannot be read by it
        └── TimedOut                nothing came for so long
            └── DeadlineExceeded    the call as a whole had no time left

Each looks like an error to is_error(): `error`, `error_description` and `status`. None is a PyMacaronException: an
error of another service is not an answer of one's own, unless a handler makes it one with raise_error(error.model).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymacaron.exceptions import CallError, http_code, http_phrase, uuid4_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pymacaron.schema.violations import Violation

__all__ = [
    "STATUSES",
    "BadReply",
    "BadRequest",
    "ClientError",
    "Conflict",
    "ConnectFailed",
    "ConnectionLost",
    "ContentTooLarge",
    "CredentialsFailed",
    "DeadlineExceeded",
    "Forbidden",
    "GatewayTimeout",
    "Gone",
    "HTTPStatusError",
    "MethodNotAllowed",
    "NotFound",
    "PreconditionFailed",
    "Redirected",
    "RequestFailed",
    "ResponseMismatch",
    "ServerError",
    "ServiceUnavailable",
    "TimedOut",
    "TooManyRequests",
    "TransportError",
    "Unauthorized",
    "UnprocessableContent",
    "UnsupportedMediaType",
    "UpstreamError",
    "broken_off",
    "status_error",
    "too_large",
]


class ClientError(CallError):
    """
    A call that failed. `api`, `operation`: their names. `method`, `url`: without what may be secret in it. `attempts`:
    how often it was sent. `call_id`: that of the call that it belongs to. `status`: of the reply; of a TransportError
    one that says as much. `headers` of the reply: dict of lower-case name -> value. `body` of the reply, decoded.
    `model`: the error that the reply says it is, as `.client` returns it; None where there is no reply.
    """

    code = "CLIENT_ERROR"
    status: int = 502

    def __init__(
        self,
        description: str,
        *,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        model: Any = None,
    ):
        super().__init__(description)
        self.error_description = description
        if status is not None:
            self.status = status
        self.headers: Mapping[str, str] = headers if headers is not None else {}
        self.body = body
        self.model = model
        self.api = self.operation = self.method = self.url = self.call_id = ""
        self.attempts = 0
        self._error_id: str | None = None

    @property
    def error(self) -> str:
        """Its code, in upper case: the one of the reply, where it has one."""
        return str(_member(self.model, "error") or self.code)

    @property
    def error_id(self) -> str:
        """The id that the service has reported it by; else one that is made at the first look."""
        if self._error_id is None:
            self._error_id = str(_member(self.model, "error_id") or uuid4_text())
        return self._error_id

    @error_id.setter
    def error_id(self, value: str) -> None:
        self._error_id = value

    @property
    def user_message(self) -> str | None:
        said = _member(self.model, "user_message")
        return said if isinstance(said, str) else None

    def to_dict(self) -> dict[str, Any]:
        """As a JSON error has it: status, error, error_description, error_id."""
        return {
            "status": self.status,
            "error": self.error,
            "error_description": self.error_description,
            "error_id": self.error_id,
        }

    def __str__(self) -> str:
        where = f"{self.api}.{self.operation} ({self.method} {self.url}): " if self.operation else ""
        tried = f" (sent {self.attempts} times)" if self.attempts > 1 else ""
        return f"{where}{self.error_description}{tried}"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self.args, dict(self.__dict__))


class HTTPStatusError(ClientError):
    """The service answered with `status`, which is no success."""

    code = "HTTP_ERROR"

    @property
    def error(self) -> str:
        return str(_member(self.model, "error") or http_code(self.status))


class Redirected(HTTPStatusError):
    """3xx: `headers["location"]` says where to; it was not followed, since that is not safe."""


class RequestFailed(HTTPStatusError):
    """4xx."""


class BadRequest(RequestFailed):
    """400"""


class Unauthorized(RequestFailed):
    """401"""


class Forbidden(RequestFailed):
    """403"""


class NotFound(RequestFailed):
    """404"""


class MethodNotAllowed(RequestFailed):
    """405"""


class Conflict(RequestFailed):
    """409"""


class Gone(RequestFailed):
    """410"""


class PreconditionFailed(RequestFailed):
    """412"""


class ContentTooLarge(RequestFailed):
    """413"""


class UnsupportedMediaType(RequestFailed):
    """415"""


class UnprocessableContent(RequestFailed):
    """422"""


class TooManyRequests(RequestFailed):
    """429"""


class ServerError(HTTPStatusError):
    """5xx."""


class UpstreamError(ServerError):
    """502"""


class ServiceUnavailable(ServerError):
    """503"""


class GatewayTimeout(ServerError):
    """504"""


class TransportError(ClientError):
    """There is no answer, or none that can be read."""

    code = "TRANSPORT_ERROR"


class ConnectFailed(TransportError):
    """There is no connection: nothing was sent."""

    code = "CONNECT_FAILED"
    status = 503


class CredentialsFailed(TransportError):
    """
    The call was not sent: who issues the token that it needs gives none. `status`: 503 where it does not answer, 502
    where it refuses or answers what is no token. Neither the token nor what it is asked for by is in the text.
    """

    code = "CREDENTIALS_FAILED"
    status = 503


class ConnectionLost(TransportError):
    """The connection ended before the reply did; whether the service has carried out the call, nobody knows."""

    code = "CONNECTION_LOST"


class BadReply(TransportError):
    """What came is no reply that can be read."""

    code = "BAD_REPLY"
    answered_as = 502


class ResponseMismatch(BadReply):
    """
    The reply does not fit the description, and the client is strict, or it cannot be read by it. `where`: the operation
    and the status, `GET /pets: 200`; `errors`: list of dict with `in`, `pointer`, `code`, `detail`. `status` is 502:
    what came may have been a 200.
    """

    code = "RESPONSE_MISMATCH"

    def __init__(self, violations: Sequence[Violation], where: str = ""):
        told = "; ".join(str(one) for one in violations)
        super().__init__(f"the reply does not fit: {told}" if told else "the reply does not fit")
        self.where = where
        self.errors = [one.as_dict() for one in violations]


class TimedOut(TransportError):
    """Nothing came, or left, for as long as it may take."""

    code = "TIMED_OUT"
    status = 504


class DeadlineExceeded(TimedOut):
    """The time that the call has, or that the caller has given it, is over."""

    code = "DEADLINE_EXCEEDED"


#: dict: status -> the class of its error
STATUSES: dict[int, type[HTTPStatusError]] = {
    400: BadRequest,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    405: MethodNotAllowed,
    409: Conflict,
    410: Gone,
    412: PreconditionFailed,
    413: ContentTooLarge,
    415: UnsupportedMediaType,
    422: UnprocessableContent,
    429: TooManyRequests,
    502: UpstreamError,
    503: ServiceUnavailable,
    504: GatewayTimeout,
}
#: dict: the first digit of a status -> the class of errors that have none of their own
_FAMILIES: dict[int, type[HTTPStatusError]] = {3: Redirected, 4: RequestFailed, 5: ServerError}


def status_error(status: int, headers: Mapping[str, str], body: Any, model: Any) -> HTTPStatusError:
    """The exception of a reply with that *status*; *body* is decoded, *model* the error that it says."""
    kind = STATUSES.get(status) or _FAMILIES.get(status // 100, HTTPStatusError)
    said = _member(model, "error_description")
    text = said if isinstance(said, str) and said else http_phrase(status)
    return kind(f"{status} {text}", status=status, headers=headers, body=body, model=model)


def too_large(most: int) -> BadReply:
    """A reply of more than *most* bytes."""
    return BadReply(f"the reply has more than {most} bytes (clients: max_reply_bytes)")


def broken_off() -> ConnectionLost:
    """What there is to read of a reply behind a read that has failed, or was cancelled."""
    return ConnectionLost("the rest of the reply is lost: a read of it has failed, or was cancelled")


def _member(model: Any, name: str) -> Any:
    return model.get(name) if isinstance(model, dict) else getattr(model, name, None)


def _restored(cls: type[ClientError], args: tuple[Any, ...], state: dict[str, Any]) -> ClientError:
    error = cls.__new__(cls)
    error.args = args
    error.__dict__.update(state)
    return error
