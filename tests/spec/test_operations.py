"""What is wrong with the parameters of an operation together."""

from __future__ import annotations

from pathlib import Path

import pytest

from pymacaron.spec.load import load

CODES = ("duplicate-parameter", "exclusive-parameters", "incomplete")
INFO = "info: {title: Shop, version: 1.0.0}\n"
OK = "responses: {'200': {description: ok}}"
LIMIT = "{name: limit, in: query, schema: {type: integer}}"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def told(head: str, own: str, shared: str = "", more: str = "") -> list[tuple[str, int, str, str]]:
    lines = [f"  /pets:\n    parameters: [{shared}]\n    post:\n      parameters: [{own}]\n      {OK}\n", more]
    Path("shop.yaml").write_text(f"{head}\n{INFO}paths:\n{''.join(lines)}", encoding="utf-8")
    found = [one for one in load("shop.yaml").findings if one.code in CODES]
    return [(one.code, one.line, one.fact, one.mend) for one in found]


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.2.0"])
def test_a_parameter_that_stands_twice_in_a_list_is_an_error(version: str) -> None:
    fact = "parameter 'limit' in query stands twice in one list, so that one of them is lost"
    expected = ("duplicate-parameter", 7, fact, "Remove or rename one of them")
    head = f"openapi: {version}"
    assert told(head, f"{LIMIT}, {LIMIT}") == [expected]
    assert told(head, "", f"{LIMIT}, {LIMIT}") == [("duplicate-parameter", 5, fact, "Remove or rename one of them")]
    component = f"components: {{parameters: {{Limit: {LIMIT}}}}}\n"
    assert told(head, f"{LIMIT}, {{$ref: '#/components/parameters/Limit'}}", more=component) == [expected]


def test_names_of_headers_differ_by_more_than_their_case() -> None:
    header = "{name: %s, in: header, type: string}"
    fact = "parameter 'X-limit' in header stands twice in one list, so that one of them is lost"
    found = told("swagger: '2.0'", f"{header % 'X-Limit'}, {header % 'X-limit'}")
    assert found == [("duplicate-parameter", 7, fact, "Remove or rename one of them")]


def test_an_operation_may_have_a_parameter_of_its_path_again_and_the_same_name_elsewhere() -> None:
    cookie, other = LIMIT.replace("query", "cookie"), LIMIT.replace("limit", "Limit")
    assert told("openapi: 3.1.0", f"{LIMIT}, {cookie}, {other}", LIMIT) == []


BODY = "{name: pet, in: body, schema: {type: string}}"
FIELD = "{name: age, in: formData, type: integer}"
WHOLE = "{name: all, in: querystring, content: {application/x-www-form-urlencoded: {}}}"


@pytest.mark.parametrize(
    ("head", "own", "shared", "fact", "mend"),
    [
        (
            "swagger: '2.0'",
            f"{BODY}, {BODY.replace('pet', 'toy')}",
            "",
            "parameter 'toy' in body cannot stand beside 'pet' in body",
            "Keep one of those in body",
        ),
        (
            "swagger: '2.0'",
            FIELD,
            BODY,
            "parameter 'age' in formData cannot stand beside 'pet' in body",
            "Keep those in body or those in formData",
        ),
        (
            "openapi: 3.2.0",
            f"{LIMIT}, {WHOLE}",
            "",
            "parameter 'limit' in query cannot stand beside 'all' in querystring",
            "Keep those in querystring or those in query",
        ),
        (
            "openapi: 3.2.0",
            f"{WHOLE}, {WHOLE.replace('all', 'more')}",
            "",
            "parameter 'more' in querystring cannot stand beside 'all' in querystring",
            "Keep one of those in querystring",
        ),
    ],
)
def test_parameters_that_exclude_each_other_are_an_error(
    head: str, own: str, shared: str, fact: str, mend: str
) -> None:
    assert told(head, own, shared) == [("exclusive-parameters", 7, fact, mend)]


def test_a_body_beside_other_parameters_is_right() -> None:
    query = "{name: limit, in: query, type: integer}"
    assert told("swagger: '2.0'", f"{BODY}, {query}") == []


FILE = "{name: photo, in: formData, type: file}"


@pytest.mark.parametrize("consumes", ["", "consumes: [application/json]\n"])
def test_a_file_wants_the_media_type_that_sends_it(consumes: str) -> None:
    fact = "a file is sent, and 'consumes' does not name 'multipart/form-data'"
    found = told("swagger: '2.0'", FILE, more=consumes)
    assert found == [("incomplete", 7, fact, "Add 'consumes: [multipart/form-data]'")]


@pytest.mark.parametrize("media_type", ["multipart/form-data", "application/x-www-form-urlencoded"])
def test_a_file_may_be_sent_as_each_form(media_type: str) -> None:
    assert told("swagger: '2.0'", FILE, more=f"consumes: [{media_type}]\n") == []
