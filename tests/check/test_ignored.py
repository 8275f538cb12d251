"""What a description says to no effect."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pymacaron.check import ignored
from pymacaron.schema.codec import Schemas
from pymacaron.spec.load import load

INFO = "info: {title: Shop, version: 1.0.0}\n"
HEADS = {
    "2.0": f"swagger: '2.0'\n{INFO}paths: {{}}\ndefinitions:\n",
    "3.0": f"openapi: 3.0.3\n{INFO}paths: {{}}\ncomponents:\n  schemas:\n",
    "3.1": f"openapi: 3.1.0\n{INFO}paths: {{}}\ncomponents:\n  schemas:\n",
}


def told(text: str) -> list[tuple[str, str, str]]:
    Path("shop.yaml").write_text(text, encoding="utf-8")
    api = load("shop.yaml")
    return [(one.code, one.fact, one.mend) for one in ignored(api, Schemas(api))]


def of_schemas(dialect: str, *lines: str) -> list[tuple[str, str, str]]:
    return told(HEADS[dialect] + "".join(f"    {line}\n" for line in lines))


def of_operation(text: str, version: str = "3.1.0") -> list[tuple[str, str, str]]:
    responses = "responses: {'200': {description: All pets}}"
    return told(f"openapi: {version}\n{INFO}paths: {{/pets: {{post: {{{text}, {responses}}}}}}}\n")


@pytest.fixture(autouse=True)
def folder(files: Any) -> None:
    files({})


def test_what_stands_beside_a_reference_is_ignored_before_3_1() -> None:
    ref, size = "$ref: '#/components/schemas/Size'", "Size: {type: string}"
    lines = [f"Pet: {{properties: {{size: {{{ref}, default: a, nullable: true, readOnly: true}}}}}}", size]
    mend = "Write the reference as 'allOf: [{$ref: ...}]'"
    fact = "'default', 'nullable' and 'readOnly' beside '$ref' are ignored in OpenAPI 3.0"
    assert of_schemas("3.0", *lines) == [("ignored-keyword", fact, mend)]
    assert of_schemas("3.1", *lines) == []
    fact = "'default' and 'readOnly' beside '$ref' are ignored in Swagger 2.0"
    lines = [
        "Pet: {properties: {size: {$ref: '#/definitions/Size', default: a, readOnly: true, x-nullable: true}}}",
        size,
    ]
    assert of_schemas("2.0", *lines) == [("ignored-keyword", fact, mend)]
    fact, mend = "'nullable' beside '$ref' is ignored in OpenAPI 3.0", "Write it beside the type of what is referred to"
    assert of_schemas("3.0", f"Pet: {{items: {{{ref}, nullable: true}}}}", size) == [("ignored-keyword", fact, mend)]


@pytest.mark.parametrize("beside", ["description: Its size", "type: string", "type: object", "x-own: 1", "default: M"])
def test_beside_a_reference_may_stand_what_changes_nothing(beside: str) -> None:
    lines = [f"Pet: {{items: {{$ref: '#/components/schemas/Size', {beside}}}}}", "Size: {type: string, default: M}"]
    assert of_schemas("3.0", *lines) == []


@pytest.mark.parametrize(
    ("schema", "fact"),
    [
        ("{nullable: true, allOf: [{$ref: '#/components/schemas/Size'}]}", " without a type beside it"),
        ("{nullable: true, oneOf: [{type: string}, {type: integer}]}", " without a type beside it"),
        ("{type: string, nullable: true, allOf: [{maxLength: 3, type: string}]}", ""),
        ("{type: string, nullable: true, enum: [a]}", ", since 'enum' does not list null"),
    ],
)
def test_nullable_that_allows_no_null_is_told_in_3_0(schema: str, fact: str) -> None:
    fact = f"'nullable' has no effect{fact or ', since another schema that applies here refuses null'}"
    mend = "Add null to 'enum'" if "enum" in fact else "Write it beside the type in each schema that applies here"
    lines = [f"Pet: {schema}", "Size: {type: string}"]
    assert of_schemas("3.0", *lines) == [("ignored-keyword", fact, mend)]
    assert of_schemas("3.1", *lines) == []


@pytest.mark.parametrize(
    "schema",
    [
        "{type: string, nullable: true}",
        "{nullable: true, description: Anything}",
        "{nullable: false, allOf: [{type: string}]}",
        "{type: string, nullable: true, enum: [a, null]}",
        "{nullable: true, anyOf: [{type: string, nullable: true}, {type: integer}]}",
    ],
)
def test_nullable_that_allows_null_is_right(schema: str) -> None:
    assert of_schemas("3.0", f"Pet: {schema}") == []


@pytest.mark.parametrize(
    ("name", "mend"),
    [
        ("Accept", "Write the media types under 'content' of the responses"),
        ("content-type", "Write the media types under 'content' of the request body"),
        ("Authorization", "Describe it under components/securitySchemes, and ask for that with 'security'"),
    ],
)
def test_headers_that_openapi_3_ignores_are_told(name: str, mend: str) -> None:
    fact = f"OpenAPI 3 has a header parameter {name!r} ignored, so no handler gets it"
    text = f"parameters: [{{name: {name}, in: header, schema: {{}}}}, {{name: {name}, in: query, schema: {{}}}}]"
    assert of_operation(text) == [("ignored-parameter", fact, mend)]


def test_headers_of_swagger_2_are_parameters_whatever_their_name() -> None:
    parameters = "parameters: [{name: Authorization, in: header, type: string}]"
    text = f"paths: {{/pets: {{get: {{{parameters}, responses: {{'200': {{description: All pets}}}}}}}}}}\n"
    assert told(f"swagger: '2.0'\n{INFO}{text}") == []


@pytest.mark.parametrize(
    ("style", "schema", "fact"),
    [
        ("deepObject", "{type: string}", "for objects, and this is a string"),
        ("deepObject", "{type: array, items: {}}", "for objects, and this is an array"),
        ("spaceDelimited", "{type: integer}", "for arrays and objects, and this is a number or an integer"),
        ("pipeDelimited", "{enum: [a]}", "for arrays and objects, and this is a string"),
    ],
)
def test_a_style_that_cannot_write_the_type_is_told(style: str, schema: str, fact: str) -> None:
    found = of_operation(f"parameters: [{{name: p, in: query, style: {style}, schema: {schema}}}]")
    if "integer" in fact:
        fact = fact.replace("a number or an integer", "an integer")
    assert found == [("unfit-style", f"style {style!r} is {fact}", "Remove it, or correct the schema")]


@pytest.mark.parametrize(
    ("style", "schema"),
    [
        ("deepObject", "{type: object}"),
        ("deepObject", "{}"),
        ("deepObject", "{oneOf: [{type: string}, {type: object}]}"),
        ("pipeDelimited", "{type: [array, 'null']}"),
        ("form", "{type: string}"),
    ],
)
def test_a_style_that_may_write_the_type_is_right(style: str, schema: str) -> None:
    assert of_operation(f"parameters: [{{name: p, in: query, style: {style}, schema: {schema}}}]") == []


def test_the_encoding_of_a_property_that_is_not_declared_is_told() -> None:
    schema = "schema: {type: object, properties: {photo: {}}}"
    content = (
        f"{{multipart/form-data: {{{schema}, encoding: {{foto: {{contentType: a/b}}, photos: {{}}, photo: {{}}}}}}}}"
    )
    fact = "%r is no property of the schema, so its encoding is ignored"
    assert of_operation(f"requestBody: {{content: {content}}}") == [
        ("unknown-property", fact % "foto", "Declare it in the schema, or remove it"),
        ("unknown-property", fact % "photos", "Did you mean 'photo'?"),
    ]


@pytest.mark.parametrize(
    "schema",
    [
        "{type: object}",
        "{type: object, properties: {photo: {}}, patternProperties: {'^f': {}}}",
        "{anyOf: [{properties: {photo: {}}}, {properties: {foto: {}}}]}",
        "{type: object, properties: {photo: {}}, dependentSchemas: {photo: {properties: {foto: {}}}}}",
    ],
)
def test_an_encoding_may_be_of_what_the_schema_says_elsewhere(schema: str) -> None:
    content = f"{{multipart/form-data: {{schema: {schema}, encoding: {{foto: {{contentType: a/b}}}}}}}}"
    assert of_operation(f"requestBody: {{content: {content}}}") == []
