"""Errors: their JSON, their codes, and how they travel between services."""

from __future__ import annotations

import copy
import pickle
import uuid
from typing import Any

import pytest

from pymacaron import exceptions
from pymacaron.exceptions import (
    AuthInvalidTokenError,
    AuthMissingHeaderError,
    AuthTokenExpiredError,
    HTTPError,
    InternalServerError,
    PyMacaronException,
    UnhandledServerError,
    ValidationError,
    add_error,
    http_code,
    is_error,
    raise_error,
)
from pymacaron.exchange.misuse import WrongArguments
from pymacaron.exchange.responses import ResponseMismatch
from pymacaron_core import exceptions as core


class InvalidUserError(PyMacaronException):
    code = "INVALID_USER"
    status = 401


class OtherArguments(PyMacaronException):
    code = "OTHER_ARGUMENTS"
    status = 409

    def __init__(self, user: str, *, reason: str):
        super().__init__(f"{user}: {reason}")
        self.user = user


def test_the_json_error_is_that_of_the_readme():
    error = InvalidUserError("DB entry not found").tell_user("Sorry, we don't know you")
    assert error.to_dict() == {
        "error": "INVALID_USER",
        "error_description": "DB entry not found",
        "error_id": error.error_id,
        "user_message": "Sorry, we don't know you",
        "status": 401,
    }
    assert uuid.UUID(error.error_id).version == 4


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (UnhandledServerError, 500, "UNHANDLED_SERVER_ERROR"),
        (InternalServerError, 500, "SERVER_ERROR"),
        (AuthMissingHeaderError, 401, "AUTHORIZATION_HEADER_MISSING"),
        (AuthTokenExpiredError, 401, "TOKEN_EXPIRED"),
        (AuthInvalidTokenError, 401, "TOKEN_INVALID"),
        (ValidationError, 400, "INVALID_PARAMETER"),
    ],
)
def test_the_built_in_errors(error: type[PyMacaronException], status: int, code: str):
    made = error("wtf!")
    assert (made.status, made.error, made.error_description, str(made)) == (status, code, "wtf!", "wtf!")


def test_an_error_without_a_text_is_described_by_its_code():
    assert InvalidUserError().error_description == "Invalid user"
    assert "error_id" in UnhandledServerError().error_description


@pytest.mark.parametrize(
    ("cause", "text"),
    [
        (KeyError("id"), "KeyError: 'id'"),
        (KeyError(), "KeyError"),
        (InvalidUserError("unknown"), "INVALID_USER: unknown"),
        ({"error": "GONE", "error_description": "it went", "status": 410}, "GONE: it went"),
        ("a text", "a text"),
    ],
)
def test_the_cause_of_an_error_is_sent_as_text(cause: Any, text: str):
    error = PyMacaronException("failed")
    assert error.caught(cause) is error
    assert error.to_dict()["error_caught"] == text


def test_the_cause_of_an_error_is_in_its_trace():
    cause = KeyError("id")
    assert PyMacaronException("failed").caught(cause).__cause__ is cause


def test_a_validation_error_lists_its_violations():
    violation = {"in": "body", "pointer": "/tags/1", "code": "type", "detail": "'blue' is not an integer"}
    assert ValidationError("the body is not valid", [violation]).to_dict()["errors"] == [violation]
    assert "errors" not in ValidationError("wtf!").to_dict()


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (404, "NOT_FOUND"),
        (405, "METHOD_NOT_ALLOWED"),
        (413, "CONTENT_TOO_LARGE"),
        (414, "URI_TOO_LONG"),
        (415, "UNSUPPORTED_MEDIA_TYPE"),
        (416, "RANGE_NOT_SATISFIABLE"),
        (418, "IM_A_TEAPOT"),
        (422, "UNPROCESSABLE_CONTENT"),
        (503, "SERVICE_UNAVAILABLE"),
        (599, "HTTP_599"),
    ],
)
def test_a_plain_http_error_has_its_reason_as_code(status: int, code: str):
    assert http_code(status) == code
    assert (HTTPError(status).error, HTTPError(status).status) == (code, status)


def test_an_http_error_may_have_headers():
    assert HTTPError(405, "no", {"Allow": "GET"}).headers == {"Allow": "GET"}
    assert HTTPError(405).headers is None


@pytest.mark.parametrize(
    ("error", "challenge"),
    [
        (AuthMissingHeaderError(), 'Bearer realm="service"'),
        (AuthTokenExpiredError(), 'Bearer error="invalid_token"'),
        (AuthInvalidTokenError(), 'Bearer error="invalid_token"'),
        (AuthTokenExpiredError("old"), 'Bearer error="invalid_token", error_description="old"'),
        (
            AuthInvalidTokenError('a "b" \\s \r\né'),
            """Bearer error="invalid_token", error_description="a 'b' /s ???\"""",
        ),
    ],
)
def test_a_401_challenges(error: PyMacaronException, challenge: str):
    assert error.headers == {"WWW-Authenticate": challenge}


def test_add_error_makes_a_class():
    cls = add_error(name="OutOfStock", code="OUT_OF_STOCK_1", status=409)
    assert issubclass(cls, PyMacaronException)
    assert (cls.__name__, cls.code, cls.status, cls.__module__) == ("OutOfStock", "OUT_OF_STOCK_1", 409, __name__)


@pytest.mark.parametrize(
    "code", ["TOKEN_EXPIRED", "token_expired", "INVALID_USER", "SERVER_ERROR", "INVALID_PARAMETER"]
)
def test_add_error_refuses_a_code_that_exists(code: str):
    with pytest.raises(ValueError, match=f"add_error: '{code.upper()}' is the code of .* already"):
        add_error(name="Again", code=code, status=400)


@pytest.mark.parametrize(
    "arguments",
    [
        {"name": "", "code": "A_CODE", "status": 400},
        {"name": "not a name", "code": "A_CODE", "status": 400},
        {"name": "Name", "code": "", "status": 400},
        {"name": "Name", "code": None, "status": 400},
        {"name": "Name", "code": "A_CODE", "status": None},
        {"name": "Name", "code": "A_CODE", "status": 200},
        {"name": "Name", "code": "A_CODE", "status": True},
        {"name": "Name", "code": "A_CODE", "status": "400"},
    ],
)
def test_add_error_wants_all_three(arguments: dict[str, Any]):
    with pytest.raises(ValueError, match=r"add_error: "):
        add_error(**arguments)


class Model:
    """As a model: undeclared names raise, unset ones read as None."""

    def __init__(self, **members: Any):
        self._members = {"error": None, "error_description": None, "status": None, **members}

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["_members"][name]
        except KeyError:
            raise AttributeError(name) from None


class OpenModel:
    """A model whose schema declares nothing: its members are items."""

    def __init__(self, **members: Any):
        self._members = members

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def __getitem__(self, name: str) -> Any:
        return self._members[name]


FIELDS = {"error": "GONE", "error_description": "it went", "status": 410}


@pytest.mark.parametrize(
    "thing", [FIELDS, Model(**FIELDS), OpenModel(**FIELDS), PyMacaronException("x"), InvalidUserError()]
)
def test_errors_are_known_as_such(thing: Any):
    assert is_error(thing) is True


@pytest.mark.parametrize(
    "thing",
    [None, "", "error error_description status", b"", 0, 1.5, [], (), {}, {"error": "GONE", "status": 410}, Model(),
     Model(error="X"), OpenModel(), OpenModel(error="X"), ValueError("error"), object(), dict, Model, InvalidUserError,
     {**FIELDS, "status": None}],
)  # fmt: skip
def test_other_things_are_no_errors(thing: Any):
    assert is_error(thing) is False


@pytest.mark.parametrize("make", [dict, Model, OpenModel])
def test_raise_error_raises_the_class_of_the_code_and_keeps_the_id(make: Any):
    model = make(
        error="INVALID_USER", error_description="no such user", status=402, error_id="42", user_message="Who are you?"
    )
    with pytest.raises(InvalidUserError) as caught:
        raise_error(model)
    assert caught.value.to_dict() == {
        "error": "INVALID_USER",
        "error_description": "no such user",
        "status": 402,
        "error_id": "42",
        "user_message": "Who are you?",
    }


def test_raise_error_raises_an_unknown_code_as_it_is():
    with pytest.raises(PyMacaronException) as caught:
        raise_error({"error": "NEVER_HEARD_OF", "error_description": "hm", "status": 418, "error_caught": "more"})
    assert type(caught.value) is PyMacaronException
    assert caught.value.to_dict() == {
        "error": "NEVER_HEARD_OF",
        "error_description": "hm",
        "status": 418,
        "error_id": caught.value.error_id,
        "error_caught": "more",
    }


def test_raise_error_works_for_classes_with_other_arguments():
    with pytest.raises(OtherArguments, match=r"^text$"):
        raise_error({"error": "OTHER_ARGUMENTS", "error_description": "text", "status": 409})


@pytest.mark.parametrize("code", ["RESPONSE_MISMATCH", "WRONG_ARGUMENTS"])
def test_raise_error_raises_what_cannot_be_made_of_a_text_as_it_is(code: str):
    assert {one.code for one in (ResponseMismatch, WrongArguments)} == {"RESPONSE_MISMATCH", "WRONG_ARGUMENTS"}
    with pytest.raises(PyMacaronException, match=r"^text$") as caught:
        raise_error({"error": code, "error_description": "text", "status": 502})
    assert (type(caught.value), caught.value.error, caught.value.status) == (PyMacaronException, code, 502)


def test_raise_error_keeps_violations():
    errors = [{"in": "query", "pointer": "/limit", "code": "minimum", "detail": "0 is below 1"}]
    with pytest.raises(ValidationError) as caught:
        raise_error({"error": "INVALID_PARAMETER", "error_description": "text", "status": 400, "errors": errors})
    assert caught.value.to_dict()["errors"] == errors


def test_raise_error_raises_an_exception_as_it_is():
    error = ValueError("wtf!")
    with pytest.raises(ValueError, match="wtf!") as caught:
        raise_error(error)
    assert caught.value is error


def test_raise_error_wants_an_error():
    with pytest.raises(TypeError, match=r"raise_error wants an error .* not a dict"):
        raise_error({"id": 1})


@pytest.mark.parametrize("again", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])
@pytest.mark.parametrize(
    "error",
    [
        InvalidUserError("unknown").tell_user("Sorry"),
        OtherArguments("bob", reason="busy"),
        HTTPError(404, "no such page"),
        ValidationError("bad", [{"in": "body", "pointer": "", "code": "json", "detail": "is not JSON"}]),
    ],
)
def test_errors_can_be_copied_and_pickled(error: PyMacaronException, again: Any):
    twin = again(error)
    assert (type(twin), twin.to_dict()) == (type(error), error.to_dict())


def test_http_reply_asks_the_server(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(exceptions, "_REPLY_MAKER", None)
    with pytest.raises(RuntimeError, match=r"http_reply\(\) needs a service that was started"):
        InvalidUserError().http_reply()
    exceptions.set_reply_maker(lambda error: (error.status, error.error))
    assert InvalidUserError().http_reply() == (401, "INVALID_USER")


def test_the_names_of_old_services_are_the_same_classes():
    assert core.ValidationError is ValidationError
    assert issubclass(core.ValidationError, core.PyMacaronCoreException)
    assert issubclass(core.PyMacaronCoreException, PyMacaronException)


def test_every_exception_stands_in_the_tree_of_the_docstring():
    classes = [
        name
        for name, value in vars(exceptions).items()
        if isinstance(value, type) and issubclass(value, Exception) and value.__module__ == exceptions.__name__
    ]
    assert [name for name in classes if f"─ {name}" not in (exceptions.__doc__ or "")] == []


def test_the_pool_of_old_services_is_the_same_one():
    from pymacaron.pool import ApiPool
    from pymacaron_core.swagger import ApiPool as Short
    from pymacaron_core.swagger.apipool import ApiPool as Long

    assert Short is Long is ApiPool


def test_a_code_that_is_a_number_is_refused_where_the_class_is_made():
    with pytest.raises(TypeError, match=r"Taken\.code is 409, and has to be a text .* a number is its `status`"):
        type("Taken", (PyMacaronException,), {"code": 409})
