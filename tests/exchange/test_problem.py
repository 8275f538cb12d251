"""Every failure is the same JSON error, and problem details for those who ask for them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from pymacaron.exceptions import PyMacaronException
from pymacaron.exchange.problem import completed, error_body, http_error, problem_json, summary, wants_problem_json
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
        ("error_id", ID),
        ("error_description", "no more"),
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
