"""Every failure is the same JSON error, and problem details for those who ask for them."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from uuid import RFC_4122, UUID

import pytest

from pymacaron import config
from pymacaron.exceptions import HTTPError, PyMacaronException, uuid4_text
from pymacaron.exchange.problem import (
    completed,
    error_body,
    headers,
    http_error,
    problem_json,
    refusal,
    summary,
    wants_problem_json,
)
from pymacaron.schema.codec import json_encode
from pymacaron.schema.violations import Violation, Violations

ID = "17f900c8-b456-4a64-8b2b-83c7d36353f6"


class OutOfStock(PyMacaronException):
    code = "OUT_OF_STOCK"
    status = 409


def stripped(body: dict[str, Any]) -> dict[str, Any]:
    """*body* without its error_id, which must be a uuid4."""
    assert UUID(body["error_id"]).version == 4
    return {name: value for name, value in body.items() if name != "error_id"}


def test_an_exception_of_ours_says_what_it_says():
    error = OutOfStock("no more").tell_user("Sorry")
    error.error_id = ID
    body = error_body(error)
    assert list(body.items()) == [
        ("status", 409),
        ("error", "OUT_OF_STOCK"),
        ("error_description", "no more"),
        ("error_id", ID),
        ("user_message", "Sorry"),
    ]


def test_violations_are_one_invalid_parameter_with_all_of_them():
    error = Violations(
        [
            Violation("query", "/limit", "type", "'abc' is not an integer"),
            Violation("body", "/items/2/quantity", "minimum", "0 is below 1"),
            Violation("body", "", "required", "is missing"),
        ]
    )
    assert stripped(error_body(error)) == {
        "status": 400,
        "error": "INVALID_PARAMETER",
        "error_description": "query limit: 'abc' is not an integer; body /items/2/quantity: 0 is below 1; "
        "body: is missing",
        "errors": [
            {"in": "query", "pointer": "/limit", "code": "type", "detail": "'abc' is not an integer"},
            {"in": "body", "pointer": "/items/2/quantity", "code": "minimum", "detail": "0 is below 1"},
            {"in": "body", "pointer": "", "code": "required", "detail": "is missing"},
        ],
    }


def test_a_refusal_is_the_json_error_with_its_text():
    error = Violations([Violation("body", "/é", "type", "'ü' is not an integer"), Violation("path", "/a", "b", "c")])
    refused = refusal(error)
    assert refused is not None
    assert refused[0] == error_body(error) == json.loads(refused[1])
    assert refused[0]["error_description"] == "body /é: 'ü' is not an integer; path a: c"


def test_what_is_more_than_a_refusal_or_cannot_be_said_as_json_is_none():
    one = Violation("body", "", "type", "'a' is not an integer")
    assert refusal(Violations([])) is None
    assert refusal(Violations([one]).tell_user("Numbers only")) is None
    unsaid = Violations([Violation("body", "/\ud800", "type", "is odd")])
    assert refusal(unsaid) is None
    assert error_body(unsaid)["errors"][0]["pointer"] == "/\N{REPLACEMENT CHARACTER}"


def test_violations_that_a_handler_has_caught_keep_what_it_adds():
    error = Violations([Violation("body", "/0", "type", "'a' is not an integer")]).tell_user("Numbers only")
    body = error_body(error)
    assert (body["user_message"], body["error_id"]) == ("Numbers only", error.error_id)
    assert body["error_description"] == "body /0: 'a' is not an integer"


def test_a_summary_names_the_first_and_counts_the_rest():
    violations = [Violation("header", f"/X~1{number}", "required", "is missing") for number in range(8)]
    names = "; ".join(f"header X/{number}: is missing" for number in range(5))
    assert summary(violations) == f"{names}; and 3 more"
    assert summary(violations[:6]).endswith("header X/5: is missing")


def test_an_unforeseen_exception_says_nothing_of_itself_but_in_development():
    error = RuntimeError("the password is xyzzy")
    assert stripped(error_body(error)) == {
        "status": 500,
        "error": "UNHANDLED_SERVER_ERROR",
        "error_description": "The server met an error that it did not foresee; it is reported under this error_id",
    }
    assert error_body(error, debug=True)["error_description"] == "RuntimeError: the password is xyzzy"


class Fatal(PyMacaronException):
    code = "FATAL"
    status = 500


def test_the_cause_of_a_server_error_is_sent_in_development_only():
    fatal = Fatal("x").caught(ValueError("inner"))
    assert stripped(error_body(fatal)) == {"status": 500, "error": "FATAL", "error_description": "x"}
    assert error_body(fatal, debug=True)["error_caught"] == "ValueError: inner"
    assert error_body(OutOfStock("no more").caught(ValueError("inner")))["error_caught"] == "ValueError: inner"


@pytest.mark.parametrize(
    ("status", "sent"),
    [
        (409, 409),
        ("409", 409),
        (543, 543),
        (HTTPStatus.GONE, 410),
        (600, 500),
        (999, 500),
        (42, 500),
        (101, 500),
        (True, 500),
        (None, 500),
        (409.0, 500),
        ("٤٠٩", 500),
        pytest.param("9" * 5000, 500, id="huge"),
        ([], 500),
        ({}, 500),
    ],
)
def test_a_status_that_no_reply_may_end_in_is_500(status: Any, sent: int):
    error = OutOfStock("no more")
    error.status = status
    assert [
        (body["status"], type(body["status"]))
        for body in (error_body(error), completed({"status": status, "error": "X"}), http_error(status))
    ] == [(sent, int)] * 3
    assert problem_json({"status": status})["status"] == sent


class Unsayable:
    def __str__(self) -> str:
        return "<thing>"


class Failing(Exception):
    def __str__(self) -> str:
        raise ValueError("no")


class FailingError(PyMacaronException):
    code = "FAILING"
    status = 409

    def to_dict(self) -> dict[str, Any]:
        raise ValueError("no")


LOOP: list[Any] = []
LOOP.append(LOOP)


@pytest.mark.parametrize(
    ("field", "value", "sent"),
    [
        ("error_description", Unsayable(), "<thing>"),
        ("error_description", {"a": 1}, "{'a': 1}"),
        ("error_description", Failing(), "<Failing whose str() raises ValueError>"),
        ("error_description", "x \ud800y", "x \ufffdy"),
        ("error_description", "\ud83d\ude00", "\U0001f600"),
        ("user_message", {"a": Unsayable.__name__}, "{'a': 'Unsayable'}"),
        ("user_message", 3, "3"),
        ("user_message", "\udfff", "\ufffd"),
        ("error", "X\ud800", "X\ufffd"),
        ("error", 7, "7"),
        ("error_id", 7, "7"),
        ("errors", [{"in": "body", "detail": "\ud800"}], [{"in": "body", "detail": "\ufffd"}]),
        ("mine", {"a": [Unsayable(), 1, None, True, "b"]}, {"a": ["<thing>", 1, None, True, "b"]}),
        ("mine", {None: Unsayable()}, {"": "<thing>"}),
        ("mine", [datetime(2026, 3, 4, tzinfo=UTC), Unsayable()], ["2026-03-04T00:00:00Z", "<thing>"]),
        ("mine", [float("nan"), Unsayable()], [None, "<thing>"]),
        pytest.param("mine", 10**5000, "<int whose str() raises ValueError>", id="huge"),
        ("mine", {"\ud800": 1}, {"\ufffd": 1}),
    ],
)
def test_whatever_is_in_an_error_it_can_be_sent(field: str, value: Any, sent: Any):
    body = completed({"status": 409, "error": "X", "error_description": "d", "error_id": ID, field: value})
    assert body[field] == sent
    assert json.loads(json_encode(body)) == body


def test_what_contains_itself_is_cut():
    body = completed({"status": 409, "error": "X", "mine": LOOP})
    assert "<list>" in json_encode(body).decode()


def test_an_error_that_cannot_say_what_it_is_is_a_plain_500(caplog: pytest.LogCaptureFixture):
    assert error_body(FailingError())["error"] == "UNHANDLED_SERVER_ERROR"
    assert "FailingError cannot say what it is, it raises ValueError" in caplog.text
    assert error_body(Failing(), debug=True)["error_description"] == "Failing: <Failing whose str() raises ValueError>"
    assert error_body(OutOfStock(Unsayable()).tell_user(Unsayable()))["user_message"] == "<thing>"  # type: ignore[arg-type]


def test_headers_that_would_break_the_reply_are_left_out_and_logged(caplog: pytest.LogCaptureFixture):
    error = HTTPError(
        429,
        headers={
            "Retry-After": 3,  # type: ignore[dict-item]
            "X-Name": "r\u00e4v\tx",
            "X-Lines": "a\r\nX-Evil: hush",
            "X-Snow": "\u2603",
            "X-Nul": "a\0",
            "X Space": "a",
            "X\r\nX-Evil": "a",
            "": "a",
        },
    )
    with caplog.at_level(logging.ERROR):
        assert headers(error) == [("Retry-After", "3"), ("X-Name", "r\u00e4v\tx")]
    assert caplog.messages == [
        f"HTTPError has a header that cannot be sent, {name}"
        for name in ("'X-Lines'", "'X-Snow'", "'X-Nul'", "'X Space'", r"'X\r\nX-Evil'", "''")
    ]
    assert headers(ValueError()) == headers(OutOfStock()) == []


def test_a_description_that_is_no_text_becomes_one():
    assert stripped(http_error(404, {"a": 1})) == {"status": 404, "error": "NOT_FOUND", "error_description": "{'a': 1}"}


@pytest.mark.parametrize(
    ("status", "code", "description"),
    [
        (404, "NOT_FOUND", "Not found"),
        (405, "METHOD_NOT_ALLOWED", "Method not allowed"),
        (413, "CONTENT_TOO_LARGE", "Content too large"),
        (418, "IM_A_TEAPOT", "Im a teapot"),
        (599, "HTTP_599", "Http 599"),
    ],
)
def test_a_plain_http_error_has_its_reason_as_code(status: int, code: str, description: str):
    assert stripped(http_error(status)) == {"status": status, "error": code, "error_description": description}


def test_a_plain_http_error_keeps_its_description_and_id():
    assert http_error(404, "No such page", ID) == {
        "status": 404,
        "error": "NOT_FOUND",
        "error_id": ID,
        "error_description": "No such page",
    }


def test_fields_are_completed_and_the_users_own_are_kept():
    fields = {"colour": "red", "status": "543", "error": "X", "error_description": "d", "user_message": None}
    assert stripped(completed(fields)) == {"status": 543, "error": "X", "error_description": "d", "colour": "red"}
    assert stripped(completed({"status": "many"})) == {
        "status": 500,
        "error": "INTERNAL_SERVER_ERROR",
        "error_description": "Internal server error",
    }


def test_problem_details_have_the_rest_of_the_error_as_extensions():
    error = {
        "status": 422,
        "error": "X",
        "error_id": ID,
        "error_description": "what is so",
        "user_message": "Sorry",
        "type": "mine",
    }
    assert problem_json(error) == {
        "type": "about:blank",
        "title": "Unprocessable Content",
        "status": 422,
        "detail": "what is so",
        "instance": f"urn:uuid:{ID}",
        "error": "X",
        "error_id": ID,
        "user_message": "Sorry",
    }


@pytest.mark.parametrize(
    ("accept", "wants"),
    [
        (None, False),
        ("*/*", False),
        ("application/json", False),
        ("application/problem+json", True),
        ("application/json, application/problem+json", True),
        ("application/json, application/problem+json;q=0.5", False),
        ("application/problem+json;q=0", False),
    ],
)
def test_problem_details_are_for_those_who_name_them(accept: str | None, wants: bool):
    assert wants_problem_json(accept) is wants


def test_a_list_that_was_cut_says_that_there_are_more_than_it_counts() -> None:
    kept = [Violation("body", f"/{number}", "type", "is no text") for number in range(8)]
    cut = Violation("body", "", "more", "has more violations than these 8")
    assert summary(kept).endswith("body /4: is no text; and 3 more")
    assert summary([*kept, cut]).endswith("body /4: is no text; and more than 3 more")


def test_not_even_development_shows_a_secret_of_the_config() -> None:
    config.load(settings={"jwt_secret": "SuperSecretJwtKey-0123456789-abcdefgh"}, environ={})
    try:
        body = error_body(RuntimeError("cannot use SuperSecretJwtKey-0123456789-abcdefgh"), debug=True)
    finally:
        config.reset()
    assert body["error_description"] == "RuntimeError: cannot use ********"


def test_a_reply_is_of_a_bounded_size_whatever_is_wrong():
    violations = [Violation("body", f"/{number}", "type", "x" * 1000) for number in range(900)]
    body = error_body(Violations(violations))
    assert len(json_encode(body)) < 300_000
    assert body["errors"][-1] == {
        "in": "body",
        "pointer": "",
        "code": "more",
        "detail": f"has more violations than these {len(body['errors']) - 1}",
    }
    assert body["error_description"].endswith(f"and more than {len(body['errors']) - 6} more")


def test_an_error_id_is_a_uuid_of_version_4() -> None:
    found = {uuid4_text() for _ in range(1_000)}
    assert len(found) == 1_000
    assert {(str(UUID(text)) == text, UUID(text).version, UUID(text).variant) for text in found} == {
        (True, 4, RFC_4122)
    }
