"""Rules for single objects that the table of objects cannot say; those of the structure stand in test_grammar.py."""

from __future__ import annotations

import pytest

from pymacaron.source import Node, parse
from pymacaron.spec.grammar import examine
from pymacaron.spec.model import Dialect
from pymacaron.spec.references import References

INFO = "info: {title: Shop, version: 1.0.0}\n"
HEADS: dict[Dialect, str] = {
    "2.0": f"swagger: '2.0'\n{INFO}",
    "3.0": f"openapi: 3.0.3\n{INFO}",
    "3.1": f"openapi: 3.1.0\n{INFO}",
}


def told(text: str, dialect: Dialect = "3.1") -> list[tuple[str, str, str]]:
    document = parse((HEADS[dialect] + text).encode(), "/shop.yaml", "shop.yaml")
    found = examine(Node(document.value, document), dialect, References(document))
    return [(one.code, one.fact, one.mend) for one in found]


def parameter(text: str) -> str:
    return f"paths: {{/a: {{post: {{parameters: [{{name: p, {text}}}], responses: {{'200': {{description: x}}}}}}}}}}\n"


@pytest.mark.parametrize(
    ("text", "fact", "mend"),
    [
        ("basePath: v1", "basePath 'v1' does not begin with a slash", "Write it as '/v1'"),
        (
            "host: https://shop.example.com",
            "host 'https://shop.example.com' is more than a host and its port",
            "Write the rest as 'schemes' and 'basePath'",
        ),
        ("schemes: [ftp]", "'ftp' is no scheme of an api", "Write one of 'https', 'http', 'wss', 'ws'"),
        ("schemes: [HTTP]", "'HTTP' is no scheme of an api", "Did you mean 'http'?"),
    ],
)
def test_the_address_of_swagger_2_is_a_host_a_path_and_schemes(text: str, fact: str, mend: str) -> None:
    assert told(f"{text}\npaths: {{}}\n", "2.0") == [("server-address", fact, mend)]


def test_an_address_may_have_a_port_and_be_left_empty() -> None:
    assert told("host: localhost:80\nbasePath: ''\nschemes: [https, wss]\npaths: {}\n", "2.0") == []


def test_a_server_has_the_variables_of_its_url() -> None:
    url = "url: 'https://{host}/{versoin}/{host}', variables: {version: {default: v1}}"
    assert told(f"servers: [{{{url}}}]\npaths: {{}}\n") == [
        ("unknown-variable", "there is no server variable 'host'", "Describe it under 'variables', with a default"),
        ("unknown-variable", "there is no server variable 'versoin'", "Did you mean 'version'?"),
    ]
    assert told("servers: [{url: '/{v}', variables: {v: {default: v1}, w: {default: a}}}]\npaths: {}\n") == []


def test_a_name_stands_once_in_a_path() -> None:
    fact = "{id} stands 2 times in '/a/{id}/{b}/{id}', and has one value"
    found = told("paths: {'/a/{id}/{b}/{id}': {}, '/a/{id}/{b}': {}}\n")
    assert found == [("path-parameter-twice", fact, "Give each place a name of its own")]


@pytest.mark.parametrize("responses", ["{}", "{x-note: none}"])
def test_responses_have_one_response(responses: str) -> None:
    found = told(f"paths: {{/a: {{get: {{responses: {responses}}}}}}}\n")
    assert found == [("incomplete", "'responses' has no response", "Add at least the one for success")]


def test_an_array_of_3_0_has_items() -> None:
    text = "paths: {}\ncomponents: {schemas: {Pets: {type: array}}}\n"
    mend = "Add what it holds, as in 'items: {type: string}'"
    assert told(text, "3.0") == [("incomplete", "an array needs 'items'", mend)]
    assert told(text) == []


@pytest.mark.parametrize("place", ["query", "header"])
def test_only_a_form_sends_a_file(place: str) -> None:
    fact = f"parameter 'p' is a file, which only a form can send, and it is in {place}"
    found = told(parameter(f"in: {place}, type: file"), "2.0")
    assert found == [("wrong-value", fact, "Write 'in: formData', or another type")]
    assert told(parameter("in: formData, type: file"), "2.0") == []


@pytest.mark.parametrize("place", ["path, required: true", "header"])
def test_only_queries_and_forms_repeat_a_name(place: str) -> None:
    many = "type: array, items: {type: string}, collectionFormat: multi"
    fact = f"'multi' is no collectionFormat of a {place.partition(',')[0]} parameter"
    found = told(parameter(f"in: {place}, {many}"), "2.0")
    assert found == [("wrong-value", fact, "Write one of 'csv', 'ssv', 'tsv', 'pipes'")]
    assert [told(parameter(f"in: {where}, {many}"), "2.0") for where in ("query", "formData")] == [[], []]


def test_a_misspelt_scheme_of_http_is_told_and_one_that_nobody_knows_is_welcome() -> None:
    def schemes(name: str) -> str:
        return f"paths: {{}}\ncomponents: {{securitySchemes: {{a: {{type: http, scheme: {name}}}}}}}\n"

    assert told(schemes("Bsic")) == [
        ("unknown-security-type", "'Bsic' is no authentication scheme of HTTP that is known", "Did you mean 'basic'?")
    ]
    for known in ("Basic", "BEARER", "digest", "x-ours"):
        assert told(schemes(known)) == []
