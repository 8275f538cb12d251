"""
Every exception that users meet, in one tree. At the bottom of the house: it knows no Flask, no config, no models.

    Exception
    ├── PyMacaronException          an error that is sent to the caller as it is: code, status, description, error_id
    │   ├── InternalServerError     SERVER_ERROR 500
    │   ├── UnhandledServerError    UNHANDLED_SERVER_ERROR 500, what an unforeseen exception becomes
    │   ├── AuthMissingHeaderError  AUTHORIZATION_HEADER_MISSING 401
    │   ├── AuthTokenExpiredError   TOKEN_EXPIRED 401
    │   ├── AuthInvalidTokenError   TOKEN_INVALID 401
    │   ├── HTTPError               a plain HTTP error: HTTPError(404) has the code NOT_FOUND
    │   ├── BackendError            a store or a queue that fails: its text is not for callers. store/, tasks/
    │   └── PyMacaronCoreException
    │       └── ValidationError     INVALID_PARAMETER 400, with the list `errors`
    ├── CallError                   a call of another service that failed: client/errors.py has its tree
    └── AttributeError
        └── ConfigError             a key of the config that is missing, or that may not be set
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from os import urandom
from types import FrameType, MappingProxyType
from typing import Any, ClassVar, NoReturn, TypeVar

__all__ = [
    "AuthInvalidTokenError",
    "AuthMissingHeaderError",
    "AuthTokenExpiredError",
    "BackendError",
    "CallError",
    "ConfigError",
    "HTTPError",
    "InternalServerError",
    "PyMacaronCoreException",
    "PyMacaronException",
    "UnhandledServerError",
    "ValidationError",
    "add_error",
    "defined_at",
    "error_classes",
    "http_code",
    "http_phrase",
    "is_error",
    "quotable",
    "raise_error",
    "set_reply_maker",
    "uuid4_text",
]

Self = TypeVar("Self", bound="PyMacaronException")

#: dict: code -> the class that raise_error makes of it. Filled as classes are defined; the first with a code keeps it.
_CLASSES: dict[str, type[PyMacaronException]] = {}


def _line_of(cls: type) -> int:
    """The line of the module of *cls*, a class that is being made, that makes it; 0 where none does."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_globals.get("__name__") != cls.__module__:
        frame = frame.f_back
    return frame.f_lineno if frame is not None else 0


class PyMacaronException(Exception):
    """
    An error for the caller. Subclasses set `code` (upper case, it never changes) and `status` (HTTP).

    `PyMacaronException("what happened")`: the text is the `error_description`, for developers. An operation may raise
    one or return one. `headers`: dict of HTTP headers that the reply gets.
    """

    code: str = "SERVER_ERROR"
    status: int = 500
    user_message: str | None = None
    headers: Mapping[str, str] | None = None
    #: What `.caught()` was given
    error_caught: Any = None

    #: Whether raise_error() can make one: of its text, status and ids alone
    _is_told: ClassVar[bool] = True
    _description: ClassVar[str] = ""
    _line: ClassVar[int] = 0
    _error_id: str | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        code: object = cls.code
        if not isinstance(code, str):
            fact = f"{cls.__name__}.code is {code!r}, and has to be a text such as 'NO_SUCH_PET'"
            raise TypeError(f"{fact}; a number is its `status`")
        cls._line = _line_of(cls)
        if "code" in cls.__dict__ and cls.code:
            _CLASSES.setdefault(cls.code.upper(), cls)

    def __init__(self, message: str = "", *args: Any):
        super().__init__(message, *args)

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self.args, {**self.__dict__, "_error_id": self.error_id})

    @property
    def error(self) -> str:
        """The code in upper case, as the JSON error has it."""
        return self.code.upper()

    @property
    def error_description(self) -> str:
        """The exception's text; where it has none, what its class says of itself, or its code in words."""
        return str(self) or self._description or self.error.replace("_", " ").capitalize()

    @property
    def error_id(self) -> str:
        """A uuid4 as text, made when it is first looked at; it stays the same when the error travels on."""
        if self._error_id is None:
            self._error_id = uuid4_text()
        return self._error_id

    @error_id.setter
    def error_id(self, value: str) -> None:
        self._error_id = value

    def tell_user(self: Self, message: str) -> Self:
        """Add *message* for the people who use the service, as `user_message`. Returns this exception."""
        self.user_message = message
        return self

    def caught(self: Self, error: Any) -> Self:
        """
        Name *error*, an exception or an Error model, as the cause. Its text is in the report, and is sent to the caller
        as `error_caught` where the status is below 500 or the service in development.

        Returns this exception.
        """
        self.error_caught = error
        if isinstance(error, BaseException) and error is not self:
            self.__cause__ = error
        return self

    def to_dict(self) -> dict[str, Any]:
        """The JSON error: status, error, error_description, error_id; user_message and error_caught where set."""
        fields: dict[str, Any] = {
            "status": self.status,
            "error": self.error,
            "error_description": self.error_description,
            "error_id": self.error_id,
        }
        if self.user_message is not None:
            fields["user_message"] = self.user_message
        if self.error_caught is not None:
            fields["error_caught"] = _as_text(self.error_caught)
        return fields

    def http_reply(self) -> Any:
        """
        This error as a Response, as if the operation had raised it.

        Works where a service was started (`API.start()`) and answers a request; raises RuntimeError elsewhere.
        """
        if _REPLY_MAKER is None:
            raise RuntimeError("http_reply() needs a service that was started: call API(app).start(serve=...) before")
        return _REPLY_MAKER(self)


class InternalServerError(PyMacaronException):
    """500: something is wrong with the service, and somebody has foreseen that it may be."""

    code = "SERVER_ERROR"
    status = 500


class UnhandledServerError(PyMacaronException):
    """What the caller is told of an exception that nobody foresaw: nothing of what it says, but the report's id."""

    code = "UNHANDLED_SERVER_ERROR"
    status = 500
    _description = "The server met an error that it did not foresee; it is reported under this error_id"


class BackendError(PyMacaronException):
    """
    What a service stands on has failed, a store or a queue. Callers are told what its class says of itself, and nothing
    else: its text, with places and names, is for the log and the report.
    """

    status = 500
    _description = "The server met an error in what it stands on; it is reported under this error_id"

    @property
    def error_description(self) -> str:
        """What callers may know."""
        return self._description


class AuthMissingHeaderError(PyMacaronException):
    """Nobody says who calls. The challenge of RFC 6750, section 3, is in `headers`, here and in the two below."""

    code = "AUTHORIZATION_HEADER_MISSING"
    status = 401
    headers = MappingProxyType({"WWW-Authenticate": 'Bearer realm="service"'})


class AuthTokenExpiredError(PyMacaronException):
    """401: there is a token, and it has expired."""

    code = "TOKEN_EXPIRED"
    status = 401
    headers = MappingProxyType({"WWW-Authenticate": 'Bearer error="invalid_token"'})

    def __init__(self, message: str = "", *args: Any):
        super().__init__(message, *args)
        _challenge(self, message)


class AuthInvalidTokenError(PyMacaronException):
    """401: there is a token, and it is no good."""

    code = "TOKEN_INVALID"
    status = 401
    headers = MappingProxyType({"WWW-Authenticate": 'Bearer error="invalid_token"'})

    def __init__(self, message: str = "", *args: Any):
        super().__init__(message, *args)
        _challenge(self, message)


def _challenge(error: PyMacaronException, message: str) -> None:
    """Have the challenge of *error* say *message*, too."""
    if message:
        text = f'Bearer error="invalid_token", error_description="{quotable(message)}"'
        error.headers = {"WWW-Authenticate": text}


def quotable(text: str) -> str:
    """
    *text* as a parameter of a challenge may have it: of ASCII that can be seen, without quotes and backslashes.

    Source: RFC 6750, section 3, `error_description` and `scope`.
    """
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return text
    swapped = str(text).replace('"', "'").replace("\\", "/")
    return "".join(letter if " " <= letter <= "~" else "?" for letter in swapped)


class HTTPError(PyMacaronException):
    """`HTTPError(404, "no such page")`: an error without a code of its own: the reason phrase, NOT_FOUND, is it."""

    def __init__(self, status: int, message: str = "", headers: Mapping[str, str] | None = None):
        super().__init__(message)
        self.status = int(status)
        self.code = http_code(self.status)
        if headers:
            self.headers = dict(headers)


class PyMacaronCoreException(PyMacaronException):
    """The parent of errors in reading a request, known to old services as pymacaron_core's."""


class ValidationError(PyMacaronCoreException):
    """
    A value does not fit the description. `errors`: list of dict with `in`, `pointer`, `code`, `detail`, one for each
    violation; the JSON error carries them where there are any.
    """

    code = "INVALID_PARAMETER"
    status = 400

    def __init__(self, message: str = "", errors: Iterable[Mapping[str, Any]] = ()):
        super().__init__(message)
        self.errors = [dict(error) for error in errors]

    def to_dict(self) -> dict[str, Any]:
        fields = super().to_dict()
        if getattr(self, "errors", None):
            fields["errors"] = self.errors
        return fields


class CallError(Exception):
    """
    A call of another service failed. It is no answer of one's own: where a handler lets it pass, it is reported as what
    nobody foresaw, and the handler's caller is told nothing of it but the status `answered_as`.
    """

    answered_as: ClassVar[int] = 500


class ConfigError(AttributeError):
    """A key of the config is missing or may not be set; the text says how to mend it. Never sent to a caller."""


#: What turns an exception into a Response: the one thing that the server installs here, see set_reply_maker
_REPLY_MAKER: Callable[[PyMacaronException], Any] | None = None


def set_reply_maker(maker: Callable[[Any], Any] | None) -> None:
    """
    Say how `http_reply()` makes a Response, `maker(exception) -> Response`. The server does so as it starts.

    The one registration point of this module: without it the bottom of the house would have to know Flask.
    """
    global _REPLY_MAKER
    _REPLY_MAKER = maker


def add_error(name: str, code: str, status: int) -> type[PyMacaronException]:
    """
    A new subclass of PyMacaronException called *name*, with that *code* and HTTP *status* (400 to 599).

    Raises ValueError if one of them is missing or unfit, or if a class with that code exists, built-in ones included.
    """
    if not isinstance(name, str) or not name.isidentifier():
        raise ValueError(f"add_error: name must be the name of a class, not {name!r}")
    if not isinstance(code, str) or not code:
        raise ValueError(f"add_error: code must be a text such as 'OUT_OF_STOCK', not {code!r}")
    if isinstance(status, bool) or not isinstance(status, int) or not 400 <= status <= 599:
        raise ValueError(f"add_error: status must be an HTTP status from 400 to 599, not {status!r}")
    code = code.upper()
    taken = _CLASSES.get(code)
    if taken is not None:
        raise ValueError(f"add_error: {code!r} is the code of {taken.__module__}.{taken.__qualname__} already")
    # The module of whoever calls, as collections.namedtuple does it, so that the errors can be pickled
    module = sys._getframe(1).f_globals.get("__name__", __name__)
    return type(name, (PyMacaronException,), {"code": code, "status": status, "__module__": module})


def error_classes() -> tuple[type[PyMacaronException], ...]:
    """Every class with a code of its own that is defined by now, one for each code: what raise_error() knows."""
    return tuple(_CLASSES.values())


def defined_at(cls: type[PyMacaronException]) -> str:
    """Where *cls* is defined, or add_error() was called for it: `shop.errors:12`; no line where none is known."""
    return f"{cls.__module__}:{cls._line}" if cls._line else cls.__module__


def uuid4_text() -> str:
    """A new UUID of version 4 as text (RFC 9562, section 5.4), for a third of what uuid.uuid4 takes."""
    text = urandom(16).hex()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{_VARIANTS[text[16]]}{text[17:20]}-{text[20:]}"


#: dict: a hexadecimal digit -> the same with the two highest bits that a UUID has there
_VARIANTS = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def is_error(anything: Any) -> bool:
    """Whether *anything* (a model, a dict, an exception) has `error`, `error_description` and `status`, all set."""
    if isinstance(anything, PyMacaronException):
        return True
    if anything is None or isinstance(anything, (str, bytes, int, float, list, tuple, type)):
        return False
    return all(_field(anything, name) is not None for name in ("error", "error_description", "status"))


def raise_error(error: Any) -> NoReturn:
    """
    Raise what *error* (an Error model, a dict, an exception) says: an instance of the class with its code, where there
    is one that can be made of it, else a PyMacaronException; status, error_id, user_message and error_caught are kept.

    Raises TypeError if *error* is none.
    """
    if isinstance(error, BaseException):
        raise error
    if not is_error(error):
        raise TypeError(
            f"raise_error wants an error (error, error_description and status), not a {type(error).__name__}"
        )
    code = str(_field(error, "error")).upper()
    cls = _CLASSES.get(code, PyMacaronException)
    cls = cls if cls._is_told else PyMacaronException
    # Not cls(...): a user's class may take other arguments
    raised = cls.__new__(cls)
    raised.args = (str(_field(error, "error_description")),)
    raised.code = code
    status = _field(error, "status")
    if isinstance(status, int) and not isinstance(status, bool):
        raised.status = status
    for name in ("error_id", "user_message", "error_caught"):
        value = _field(error, name)
        if value is not None:
            setattr(raised, name, value)
    if isinstance(raised, ValidationError):
        errors = _field(error, "errors")
        raised.errors = list(errors) if isinstance(errors, (list, tuple)) else []
    raise raised


#: Reason phrases of RFC 9110 where Python's versions differ
_PHRASES = {
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}


def http_phrase(status: int) -> str:
    """The reason phrase of an HTTP status, 'Not Found' for 404; 'HTTP 599' for one that has none (RFC 9110)."""
    phrase = _PHRASES.get(status)
    if phrase is None:
        try:
            phrase = HTTPStatus(status).phrase
        except ValueError:
            return f"HTTP {status}"
    return phrase


def http_code(status: int) -> str:
    """The reason phrase of an HTTP status (RFC 9110) in UPPER_SNAKE: NOT_FOUND for 404; HTTP_599 where it has none."""
    phrase = http_phrase(status).replace("'", "").upper()
    return "".join(c if c.isalnum() else "_" for c in phrase)


def _field(thing: Any, name: str) -> Any:
    """The member *name* of a dict, a model (a declared property or an open member), or any object; else None."""
    if isinstance(thing, Mapping):
        return thing.get(name)
    value = getattr(thing, name, None)
    if value is not None:
        return value
    try:
        return thing[name]
    except (TypeError, LookupError, AttributeError):
        return None


def _as_text(error: Any) -> str:
    if isinstance(error, PyMacaronException):
        return f"{error.error}: {error.error_description}"
    if isinstance(error, BaseException):
        return f"{type(error).__name__}: {error}".removesuffix(": ")
    if is_error(error):
        return f"{_field(error, 'error')}: {_field(error, 'error_description')}"
    return str(error)


def _restored(cls: type[PyMacaronException], args: tuple[Any, ...], state: dict[str, Any]) -> PyMacaronException:
    """Of pickle and copy: a user's class may take other arguments than the exception's args."""
    error = cls.__new__(cls)
    error.args = args
    error.__dict__.update(state)
    return error
