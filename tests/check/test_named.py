"""Names in a description that name nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pymacaron.check import unknown_names, unknown_scopes
from pymacaron.spec.load import load


@pytest.fixture(autouse=True)
def folder(files: Any) -> None:
    files({})


def told(text: str, version: str = "3.1.0") -> list[tuple[str, int, str, str]]:
    Path("shop.yaml").write_text(f"openapi: {version}\ninfo: {{title: Shop, version: 1.0.0}}\n{text}", encoding="utf-8")
    found = unknown_names(load("shop.yaml"))
    return sorted((one.code, one.line, one.fact, one.mend) for one in found)


PETS = """\
paths: {}
components:
  schemas:
    Cat: {type: object}
    Pet:
      oneOf: [{$ref: '#/components/schemas/Cat'}]
      discriminator:
        propertyName: kind
"""


def test_a_mapping_to_a_schema_that_is_not_there_is_told() -> None:
    mapping = "{a: Cat, b: Cats, c: '#/components/schemas/Cat', d: '#/components/schemas/Cats', e: dogs.yaml}"
    found = told(f"{PETS}        mapping: {mapping}\n")
    assert [one[:3] for one in found] == [
        ("unknown-schema", 11, "'#/components/schemas/Cats' names nothing: '#/components/schemas' has no 'Cats'"),
        ("unknown-schema", 11, "'dogs.yaml': dogs.yaml: there is no such file"),
        ("unknown-schema", 11, "there is no schema 'Cats'"),
    ]
    assert [found[0][3], found[2][3]] == ["Did you mean 'Cat'?", "Did you mean 'Cat'?"]


def test_a_mapping_may_lead_into_another_file() -> None:
    Path("dogs.yaml").write_text("Dog: {type: object}\n", encoding="utf-8")
    assert told(f"{PETS}        mapping: {{a: 'dogs.yaml#/Dog'}}\n") == []


def test_a_default_mapping_counts_in_3_2() -> None:
    text = f"{PETS}        defaultMapping: Horse\n"
    mend = "Define it under components/schemas"
    assert told(text, "3.2.0") == [("unknown-schema", 11, "there is no schema 'Horse'", mend)]
    assert told(text) == []


def test_a_link_to_an_operation_that_is_not_there_is_told() -> None:
    text = """\
paths:
  /pets:
    get:
      operationId: getPets
      responses:
        "200":
          description: All pets
          links:
            a: {operationId: getPets}
            b: {operationId: getPet}
            c: {operationId: buy}
            d: {operationRef: '#/paths/~1toys/get'}
"""
    mend = "Name an operationId of this description, or write an 'operationRef'"
    assert told(text) == [
        ("unknown-operation", 12, "there is no operation 'getPet'", "Did you mean 'getPets'?"),
        ("unknown-operation", 13, "there is no operation 'buy'", mend),
    ]


OAUTH = """\
paths:
  /pets:
    get: {security: [{oauth: [pets:read, pets:reed]}, {jwt: [admin]}], responses: {'200': {description: ok}}}
components:
  securitySchemes:
    jwt: {type: http, scheme: bearer}
    oauth:
      type: oauth2
      flows:
        clientCredentials: {tokenUrl: https://example.com/t, scopes: {pets:read: r}}
        implicit: {authorizationUrl: https://example.com/a, scopes: {pets:write: w}}
security: [{oauth: [pets:write, owners]}]
"""


def test_a_scope_that_an_oauth2_does_not_declare_is_told() -> None:
    Path("shop.yaml").write_text(f"openapi: 3.1.0\ninfo: {{title: Shop, version: 1.0.0}}\n{OAUTH}", encoding="utf-8")
    found = unknown_scopes(load("shop.yaml"))
    assert [(one.code, one.line, one.fact, one.mend) for one in found] == [
        ("unknown-scope", 14, "'oauth' declares no scope 'owners'", "Declare it under `scopes` of the scheme"),
        ("unknown-scope", 5, "'oauth' declares no scope 'pets:reed'", "Did you mean 'pets:read'?"),
    ]


def test_scopes_of_swagger_2_are_those_of_the_scheme() -> None:
    Path("shop.yaml").write_text(
        "swagger: '2.0'\ninfo: {title: Shop, version: 1.0.0}\npaths: {}\n"
        "securityDefinitions: {oauth: {type: oauth2, flow: implicit, authorizationUrl: https://example.com/a, "
        "scopes: {read: r}}}\nsecurity: [{oauth: [read, reads]}]\n",
        encoding="utf-8",
    )
    assert [one.fact for one in unknown_scopes(load("shop.yaml"))] == ["'oauth' declares no scope 'reads'"]
