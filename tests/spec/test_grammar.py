"""What is wrong with the structure of a description: the walk of grammar.py by the table in objects.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pymacaron.finding import Finding
from pymacaron.source import Node, parse, read
from pymacaron.spec.grammar import examine, objects
from pymacaron.spec.model import Dialect
from pymacaron.spec.objects import CLOSED, OBJECTS
from pymacaron.spec.references import References

HEADS = {
    "2.0": "swagger: '2.0'\ninfo: {title: Shop, version: 1.0.0}\n",
    "3.0": "openapi: 3.0.3\ninfo: {title: Shop, version: 1.0.0}\n",
    "3.1": "openapi: 3.1.0\ninfo: {title: Shop, version: 1.0.0}\n",
    "3.2": "openapi: 3.2.0\ninfo: {title: Shop, version: 1.0.0}\n",
}


def findings(text: str, dialect: Dialect = "3.1") -> list[Finding]:
    document = parse((HEADS[dialect] + text).encode(), "/shop.yaml", "shop.yaml")
    return examine(Node(document.value, document), dialect, References(document))


def told(text: str, dialect: Dialect = "3.1") -> list[tuple[str, str, str]]:
    return sorted((one.code, one.fact, one.mend) for one in findings(text, dialect))


def codes(text: str, dialect: Dialect = "3.1") -> list[str]:
    return sorted(one.code for one in findings(text, dialect))


def operation(text: str) -> str:
    """A description whose one operation has *text*, indented by six blanks, besides its responses."""
    return f"paths:\n  /pets:\n    get:\n      responses: {{'200': {{description: All pets}}}}\n{text}"


def schema(text: str) -> str:
    return f"paths: {{}}\ncomponents:\n  schemas:\n    Pet: {text}\n"


def test_a_good_description_has_no_findings() -> None:
    text = """\
paths:
  /pets/{id}:
    x-owner: us
    get:
      operationId: getPet
      tags: [pets]
      parameters:
        - {name: id, in: path, required: true, schema: {type: integer, minimum: 1}}
        - {name: verbose, in: query, schema: {type: [boolean, 'null']}, example: true}
      responses:
        "200":
          description: One pet
          headers: {X-Count: {schema: {type: integer}}}
          content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}
        4XX: {description: None}
      security: [{key: []}, {}]
      x-internal: {anything: [1, 2]}
components:
  schemas:
    Pet:
      type: object
      properties:
        $ref: {type: string}
        x-tag: {type: string}
        parent: {$ref: '#/components/schemas/Pet', description: Its mother}
      additionalProperties: false
      keyword-of-our-own: 1
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
"""
    assert findings(text) == []


@pytest.mark.parametrize(
    ("dialect", "text", "expected"),
    [
        ("3.1", "servers: {url: /v1}\npaths: {}\n", "'servers' is a map, where a list of servers belongs"),
        ("3.1", "paths: []\n", "'paths' is a list, where a map belongs"),
        ("3.1", "paths: {/pets: []}\n", "'/pets' is a list, where a path belongs"),
        ("3.1", operation("      deprecated: 'yes'\n"), "'deprecated' is a string, 'yes', where true or false belongs"),
        ("3.1", operation("      operationId: 5\n"), "'operationId' is a number, 5, where a string belongs"),
        (
            "3.1",
            operation("      parameters: [limit]\n"),
            "item 1 of 'parameters' is a string, 'limit', where a parameter belongs",
        ),
        (
            "3.1",
            operation("      security: {key: []}\n"),
            "'security' is a map, where a list of security requirements belongs",
        ),
        ("3.1", schema("null"), "'Pet' is empty, where a schema belongs"),
        ("3.1", schema("{properties: [name]}"), "'properties' is a list, where a map of schemas belongs"),
        ("3.1", schema("{required: [1]}"), "item 1 of 'required' is a number, 1, where a string belongs"),
        ("3.0", "paths: {}\ncomponents: {schemas: {Pet: true}}\n", "'Pet' is true, where a schema belongs"),
        ("2.0", "paths: {}\ndefinitions: [Pet]\n", "'definitions' is a list, where a map of schemas belongs"),
        (
            "3.1",
            operation("      requestBody: {$ref: 5}\n"),
            "'$ref' is a number, 5, where a reference such as '#/components/schemas/Pet' belongs",
        ),
    ],
)
def test_a_value_of_the_wrong_type_is_an_error(dialect: Dialect, text: str, expected: str) -> None:
    assert [(one.code, one.fact) for one in findings(text, dialect)] == [("wrong-type", expected)]


@pytest.mark.parametrize(
    ("dialect", "text", "expected"),
    [
        ("3.1", schema("{maxLength: '20'}"), ("ignored-keyword", "Write 20 without quotes")),
        ("3.1", schema("{required: true}"), ("ignored-keyword", "Begin each item of the list with '- '")),
        ("3.1", schema("{exclusiveMinimum: true}"), ("ignored-keyword", "")),
        ("3.0", schema("{exclusiveMinimum: 3}"), ("ignored-keyword", "")),
        ("3.0", schema("{items: string}"), ("ignored-keyword", "")),
        ("3.1", schema("{description: 5}"), ("not-text", 'Put it in quotes: "5"')),
        ("3.1", operation("      tags: [2026]\n"), ("not-text", 'Put it in quotes: "2026"')),
        ("3.1", operation("      summary: true\n"), ("not-text", 'Put it in quotes: "true"')),
        ("3.1", operation("      parameters:\n"), ("empty-field", "Remove the line, or write a value behind it")),
    ],
)
def test_what_a_service_can_live_with_is_a_warning(dialect: Dialect, text: str, expected: tuple[str, str]) -> None:
    assert [(one.code, one.mend) for one in findings(text, dialect)] == [expected]


@pytest.mark.parametrize(
    ("dialect", "text", "expected"),
    [
        ("3.1", schema("{$schema: 'http://json-schema.org/draft-04/schema#'}"), []),
        ("3.2", schema("{$schema: 'https://spec.openapis.org/oas/3.2/dialect/2025-09-17'}"), []),
        ("3.1", schema("{$ref: 'https://json-schema.org/draft/2020-12/schema'}"), []),
        ("3.1", schema("{properties: {$schema: {type: string}}}"), []),
        ("3.2", schema("{$schema: our-own}"), ["unknown-dialect"]),
        ("3.1", "jsonSchemaDialect: https://example.com/own\npaths: {}", ["unknown-dialect"]),
    ],
)
def test_a_dialect_that_is_not_known_is_a_warning(dialect: Dialect, text: str, expected: list[str]) -> None:
    assert codes(text, dialect) == expected


@pytest.mark.parametrize(
    ("keyword", "value", "wanted"),
    [
        *((f"{limit}{of}", "-1", "0 or more") for limit in ("min", "max") for of in ("Length", "Items", "Properties")),
        ("minContains", "-1", "0 or more"),
        ("maxLength", "-1.0", "0 or more"),
        ("multipleOf", "0", "more than 0"),
        ("multipleOf", "-0.5", "more than 0"),
    ],
)
def test_a_limit_that_limits_nothing_is_a_warning(keyword: str, value: str, wanted: str) -> None:
    expected = ("ignored-keyword", f"{keyword!r} is {value}, where {wanted} belongs", "Correct it, or remove the line")
    assert told(schema(f"{{{keyword}: {value}}}")) == [expected]
    if keyword in ("minLength", "maxItems", "multipleOf"):
        assert told(parameter(f"{{name: a, in: query, type: string, {keyword}: {value}}}"), "2.0") == [expected]


def test_a_whole_number_may_be_written_with_a_point() -> None:
    assert findings(schema("{maxLength: 20.0, minimum: 1}")) == []


def test_a_misspelt_key_is_an_error_that_names_the_right_one() -> None:
    text = "paths: {/pets: {get: {reponses: {'200': {description: All}}}}}\n"
    assert told(text, "3.0") == [("unknown-key", "'reponses' is no field of an operation", "Did you mean 'responses'?")]


@pytest.mark.parametrize("key", ["operationid", "paramters", "parametesr", "depreciated", "securty"])
def test_one_letter_makes_a_key_a_misspelt_one(key: str) -> None:
    assert codes(operation(f"      {key}: x\n")) == ["unknown-key"]


@pytest.mark.parametrize("key", ["tag", "operation", "deprecation"])
def test_a_key_that_is_less_near_is_a_warning_that_asks(key: str) -> None:
    (found,) = findings(operation(f"      {key}: x\n"))
    assert (found.code, found.mend[:12]) == ("unexpected-key", "Did you mean")


@pytest.mark.parametrize(
    ("key", "meant"),
    [("gett", "get"), ("gte", "get"), ("GET", "get"), ("ptu", "put"), ("pots", "post"), ("delet", "delete")],
)
def test_a_misspelt_method_is_an_error(key: str, meant: str) -> None:
    text = f"paths: {{/pets: {{{key}: {{responses: {{'200': {{description: All}}}}}}}}}}\n"
    assert told(text) == [("unknown-key", f"{key!r} is no field of a path", f"Did you mean {meant!r}?")]


def test_a_misspelt_method_is_an_error_also_beside_the_right_one() -> None:
    text = operation("    gett: {responses: {'200': {description: All}}}\n")
    assert told(text) == [
        ("unknown-key", "'gett' is no field of a path", "Remove it, or begin its name with 'x-'"),
    ]


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("x-decorate-sever", "x-decorate-server"),
        ("x-decorator-server", "x-decorate-server"),
        ("x_decorate_server", "x-decorate-server"),
        ("X-Decorate-Server", "x-decorate-server"),
        ("x-bind-sever", "x-bind-server"),
        ("x-no-bind-sever", "x-no-bind-server"),
        ("x-decorate-requst", "x-decorate-request"),
        ("x-bind-clent", "x-bind-client"),
        ("x-openapi-router-controler", "x-openapi-router-controller"),
    ],
)
def test_what_is_nearly_an_extension_of_ours_is_an_error(key: str, meant: str) -> None:
    fact = f"{key!r} has no effect"
    assert told(operation(f"      {key}: a.b\n")) == [("unknown-key", fact, f"Did you mean {meant!r}?")]
    elsewhere = f"Did you mean {meant!r}? It belongs into an operation"
    assert told(operation(f"    {key}: a.b\n")) == [("unknown-key", fact, elsewhere)]


@pytest.mark.parametrize(("key", "meant"), [("x-prent", "x-parent"), ("x-persit", "x-persist")])
def test_so_it_is_in_a_schema(key: str, meant: str) -> None:
    assert told(schema(f"{{{key}: a.B}}")) == [("unknown-key", f"{key!r} has no effect", f"Did you mean {meant!r}?")]


def test_x_nullable_is_one_of_swagger_2_only() -> None:
    expected = ("unknown-key", "'x-nulable' has no effect", "Did you mean 'x-nullable'?")
    assert told("paths: {}\ndefinitions: {Pet: {x-nulable: true}}\n", "2.0") == [expected]
    assert told(parameter("{name: a, in: query, type: string, x-nulable: true}"), "2.0") == [expected]
    assert findings(schema("{x-nulable: true}"), "3.0") == []


@pytest.mark.parametrize("key", ["x-bind-server", "x-no-bind-server", "x-decorate-server", "x-bind-client"])
def test_an_extension_of_ours_is_of_no_use_outside_of_an_operation(key: str) -> None:
    expected = ("misplaced-field", f"{key!r} has no effect in a path", "Write it in the operation that is meant")
    assert told(operation(f"    {key}: a.b\n")) == [expected]
    assert codes(schema(f"{{{key}: a.b}}")) == ["misplaced-field"]
    assert codes(f"paths: {{}}\n{key}: a.b\n") == ["misplaced-field"]


def response(text: str) -> str:
    """A description whose one response has *text*."""
    return f"paths: {{/pets: {{get: {{responses: {{'200': {{description: All pets, {text}}}}}}}}}}}\n"


def test_the_schema_of_an_item_is_a_schema() -> None:
    of_3, of_2 = "content: {application/jsonl: {%s}}", "%s"
    for text, dialect in ((of_3, "3.0"), (of_3, "3.1"), (of_3, "3.2"), (of_2, "2.0")):
        assert findings(response(text % "x-item-schema: {type: object}"), dialect) == []  # type: ignore[arg-type]
        wrong = response(text % "x-item-schema: {minLength: x}")
        assert codes(wrong, dialect) == ["ignored-keyword"]  # type: ignore[arg-type]
        misspelt = response(text % "x-itm-schema: {}")
        meant = ("unknown-key", "'x-itm-schema' has no effect", "Did you mean 'x-item-schema'?")
        assert told(misspelt, dialect) == [meant]  # type: ignore[arg-type]


def test_the_schema_of_an_item_is_of_no_use_elsewhere() -> None:
    fact, mend = "'x-item-schema' has no effect in a response", "Write it in the media type that is meant"
    assert told(response("x-item-schema: {}")) == [("misplaced-field", fact, mend)]
    assert codes(schema("{x-item-schema: {}}")) == ["misplaced-field"]


def test_extensions_of_others_are_welcome() -> None:
    keys = "x-parents, x-persistent, x-isnullable, x-swagger-router-controller, x-controller, x-server, x-decoration"
    text = ", ".join(f"{key}: a" for key in keys.split(", "))
    assert findings(operation("".join(f"      {key}: a\n" for key in keys.split(", ")))) == []
    assert findings(schema(f"{{{text}}}")) == []
    assert findings("paths: {}\ndefinitions: {Pet: {%s}}\n" % text, "2.0") == []  # noqa: UP031
    assert findings(operation("    x-openapi-router-controller: shop.api\n")) == []
    assert findings(schema("{properties: {x-bind-server: {}, x-prent: {}}}")) == []


def test_a_key_that_nothing_is_near_is_a_warning() -> None:
    assert told(operation("      owner: us\n")) == [
        ("unexpected-key", "'owner' is no field of an operation", "Remove it, or begin its name with 'x-'")
    ]


@pytest.mark.parametrize("dialect", ["3.1", "3.2"])
@pytest.mark.parametrize("text", ["overlays: {}\npaths: {}\n", "components: {things: {}}\n"])
def test_from_3_1_on_an_unknown_part_of_the_whole_is_an_error(dialect: Dialect, text: str) -> None:
    assert codes(text, dialect) == ["unknown-key"]
    assert codes("license: MIT\npaths: {}\n", "3.0") == ["unexpected-key"]


def test_a_misspelt_keyword_of_a_schema_is_a_warning() -> None:
    assert told(schema("{type: object, propertes: {}}")) == [
        ("unknown-keyword", "'propertes' is no field of a schema", "Did you mean 'properties'?")
    ]


def test_keywords_of_ones_own_are_welcome_in_schemas() -> None:
    assert findings(schema("{widget: {}, unit: cm}")) == []
    assert findings(schema("{unit: cm}"), "3.0") == []


@pytest.mark.parametrize(
    ("dialect", "text", "mend"),
    [
        ("3.1", schema("{nullable: true}"), "Write 'null' as one of its types, as in 'type: [string, 'null']'"),
        ("3.0", schema("{const: 5}"), "It belongs to OpenAPI 3.1, OpenAPI 3.2; remove it, or begin its name with 'x-'"),
        (
            "2.0",
            "paths: {}\ncomponents: {}\n",
            "Swagger 2.0 has 'definitions', 'parameters', 'responses' and 'securityDefinitions'",
        ),
        ("3.0", "paths: {}\ndefinitions: {}\n", "Move them to components/schemas"),
        (
            "3.0",
            "paths: {}\nwebhooks: {}\n",
            "It belongs to OpenAPI 3.1, OpenAPI 3.2; remove it, or begin its name with 'x-'",
        ),
        ("3.1", operation("      consumes: [text/csv]\n"), "Write the media type under 'requestBody/content'"),
    ],
)
def test_a_field_of_another_version_says_how_this_one_writes_it(dialect: Dialect, text: str, mend: str) -> None:
    assert [(one.code, one.mend) for one in findings(text, dialect)] == [("other-version", mend)]


@pytest.mark.parametrize(
    ("dialect", "text", "expected"),
    [
        ("2.0", "", "the description needs 'paths'"),
        ("3.0", "components: {}\n", "the description needs 'paths'"),
        ("3.1", "", "the description needs 'paths', 'components' or 'webhooks'"),
        ("3.1", operation("      parameters: [{in: query, schema: {}}]\n"), "a parameter needs 'name'"),
        ("2.0", operation("      parameters: [{name: pet, in: body}]\n"), "a body parameter needs 'schema'"),
        ("3.1", "paths: {}\nservers: [{description: Here}]\n", "a server needs 'url'"),
        (
            "3.1",
            "paths: {}\ncomponents: {securitySchemes: {key: {type: apiKey, in: query}}}\n",
            "a security scheme of type 'apiKey' needs 'name'",
        ),
    ],
)
def test_what_nothing_can_be_done_without_is_an_error(dialect: Dialect, text: str, expected: str) -> None:
    assert [(one.code, one.fact) for one in findings(text, dialect)] == [("missing-field", expected)]


def test_a_field_that_is_misspelt_is_not_missed_too() -> None:
    document = parse(b"openapi: 3.0.3\ninfo: {titel: Shop, version: 1.0.0}\npaths: {}\n", "/shop.yaml", "shop.yaml")
    found = examine(Node(document.value, document), "3.0", References(document))
    assert [(one.code, one.mend) for one in found] == [("unknown-key", "Did you mean 'title'?")]


@pytest.mark.parametrize(
    ("dialect", "text", "expected"),
    [
        ("3.0", "paths: {/pets: {get: {}}}\n", "an operation needs 'responses'"),
        ("3.0", "paths: {/pets: {get: {responses: {'200': {}}}}}\n", "a response needs 'description'"),
        ("2.0", operation("      parameters: [{name: ids, in: query, type: array}]\n"), "an array needs 'items'"),
    ],
)
def test_what_only_the_specification_asks_for_is_a_warning(dialect: Dialect, text: str, expected: str) -> None:
    assert [(one.code, one.fact) for one in findings(text, dialect)] == [("incomplete", expected)]


def parameter(text: str) -> str:
    return operation(f"      parameters: [{text}]\n")


@pytest.mark.parametrize(
    ("dialect", "text", "expected"),
    [
        (
            "3.1",
            "{name: a, in: qeury, schema: {}}",
            ("wrong-value", "'qeury' is no place of a parameter", "Did you mean 'query'?"),
        ),
        (
            "3.1",
            "{name: a, in: querystring, schema: {}}",
            (
                "wrong-value",
                "'querystring' is no place of a parameter",
                "Write one of 'query', 'header', 'path', 'cookie'",
            ),
        ),
        (
            "3.1",
            "{name: a, in: body, schema: {}}",
            ("wrong-value", "'body' is no place of a parameter", "Write one of 'query', 'header', 'path', 'cookie'"),
        ),
        (
            "3.1",
            "{name: a, in: path, schema: {}}",
            ("optional-path-parameter", "parameter 'a' is in the path, so it must be required", "Add 'required: true'"),
        ),
        (
            "3.1",
            "{name: a, in: query}",
            ("no-schema", "a parameter needs 'schema' or 'content'", "Add 'schema:' with its schema"),
        ),
        (
            "2.0",
            "{name: a, in: query}",
            ("no-schema", "parameter 'a' needs 'type'", "Add the type, as in 'type: string'"),
        ),
        ("2.0", "{name: a, in: query, type: strng}", ("wrong-value", "'strng' is no type", "Did you mean 'string'?")),
        (
            "2.0",
            "{name: a, in: query, type: object}",
            (
                "unknown-type",
                "'object' is no type",
                "Write one of 'string', 'number', 'integer', 'boolean', 'array', 'file'",
            ),
        ),
        (
            "2.0",
            "{name: a, in: query, type: array, items: {type: string}, collectionFormat: cvs}",
            ("wrong-value", "'cvs' is no collectionFormat", "Write one of 'csv', 'ssv', 'tsv', 'pipes', 'multi'"),
        ),
        (
            "3.1",
            "{name: a, in: query, schema: {}, content: {text/csv: {}}}",
            ("exclusive-fields", "'schema' and 'content' cannot stand together", "Keep one of them"),
        ),
        (
            "3.1",
            "{name: a, in: query, schema: {}, example: 1, examples: {}}",
            ("exclusive-fields", "'example' and 'examples' cannot stand together", "Keep 'example' or 'examples'"),
        ),
        (
            "3.0",
            "{name: a, in: query, schema: {}, example: 1, examples: {}}",
            ("needless-key", "'example' and 'examples' cannot stand together", "Keep 'example' or 'examples'"),
        ),
        (
            "3.1",
            "{name: a, in: header, schema: {}, allowReserved: false}",
            ("misplaced-field", "'allowReserved' has no meaning in a header parameter", "Remove it"),
        ),
        (
            "3.0",
            "{name: a, in: header, schema: {}, allowReserved: false}",
            ("needless-key", "'allowReserved' has no meaning in a header parameter", "Remove it"),
        ),
        (
            "3.1",
            "{name: a, in: cookie, schema: {}, style: cookie}",
            ("wrong-value", "'cookie' is no style of a cookie parameter", "Write 'form'"),
        ),
        (
            "3.0",
            "{name: a, in: query, content: {}}",
            (
                "needless-key",
                "the 'content' of a parameter has 0 media types, where one belongs",
                "Keep the one that is sent",
            ),
        ),
    ],
)
def test_a_parameter_is_told_what_does_not_go_together(
    dialect: Dialect, text: str, expected: tuple[str, str, str]
) -> None:
    assert told(parameter(text), dialect) == [expected]


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        ("3.2", "{name: a, in: cookie, schema: {}, style: cookie}"),
        ("3.2", "{name: a, in: querystring, content: {application/json: {schema: {}}}}"),
        ("3.2", "{name: a, in: path, required: true, schema: {}, allowReserved: true}"),
        ("3.1", "{name: a, in: query, schema: {}, style: deepObject, allowReserved: true}"),
        ("2.0", "{name: a, in: formData, type: file}"),
    ],
)
def test_a_parameter_may_be_what_its_version_allows(dialect: Dialect, text: str) -> None:
    assert findings(parameter(text), dialect) == []


@pytest.mark.parametrize(
    ("dialect", "name", "mend"),
    [
        ("3.1", "null", None),
        ("3.0", "null", "Write 'nullable: true' beside the type"),
        ("2.0", "null", "Write 'x-nullable: true'"),
        ("3.0", "int", "Write 'integer'"),
        ("3.0", "datetime", "Write 'string'"),
        ("3.0", "any", "Write one of 'string', 'number', 'integer', 'boolean', 'array', 'object'"),
    ],
)
def test_a_type_of_another_format_is_a_warning(dialect: Dialect, name: str, mend: str | None) -> None:
    text = (
        f"paths: {{}}\ndefinitions: {{Pet: {{type: '{name}'}}}}\n"
        if dialect == "2.0"
        else schema(f"{{type: '{name}'}}")
    )
    expected = [] if mend is None else [("unknown-type", f"{name!r} is no type", mend)]
    assert told(text, dialect) == expected


def test_a_misspelt_type_is_an_error_in_a_list_too() -> None:
    assert told(schema("{type: [objct, 'null']}")) == [("wrong-value", "'objct' is no type", "Did you mean 'object'?")]


@pytest.mark.parametrize(
    ("status", "mend"),
    [
        ("2xx", "Did you mean '2XX'?"),
        ("defualt", "Did you mean 'default'?"),
        ("OK", "Write a status such as '200', or 'default'"),
        ("600", "Write a status such as '200', or 'default'"),
    ],
)
def test_a_response_has_a_status(status: str, mend: str) -> None:
    text = f"paths: {{/pets: {{get: {{responses: {{{status}: {{description: All}}}}}}}}}}\n"
    assert told(text) == [("unknown-status", f"{status!r} is no status of a response", mend)]


def test_a_security_requirement_names_a_scheme() -> None:
    text = operation("      security: [{bearer: []}, {apiKeys: []}]\n")
    text += "components: {securitySchemes: {apiKey: {type: apiKey, name: key, in: query}}}\n"
    assert told(text) == [
        ("unknown-security-scheme", "there is no security scheme 'apiKeys'", "Did you mean 'apiKey'?"),
        (
            "unknown-security-scheme",
            "there is no security scheme 'bearer'",
            "Describe it under components/securitySchemes",
        ),
    ]
    assert findings(operation("      security: [{'#/components/securitySchemes/key': []}]\n"), "3.2") == []


def test_a_server_variable_lists_what_it_can_be() -> None:
    text = "paths: {}\nservers: [{url: 'https://{host}', variables: {host: {enum: [], default: a}}}]\n"
    assert codes(text) == ["wrong-value"]


def test_a_dangling_reference_is_told_once_for_each_kind_of_place(tmp_path: Path) -> None:
    text = operation(
        "      parameters: [{$ref: '#/components/parameters/limt'}, {$ref: '#/components/parameters/limt'}]\n"
    )
    text += "components: {parameters: {limit: {name: limit, in: query, schema: {}}}}\n"
    assert told(text) == [
        (
            "dangling-ref",
            "'#/components/parameters/limt' names nothing: '#/components/parameters' has no 'limt'",
            "Did you mean 'limit'?",
        )
    ]


def test_a_reference_to_the_network_is_a_warning() -> None:
    assert codes(schema("{$ref: 'https://example.com/pet.json'}")) == ["remote-ref"]


def test_what_is_referred_to_must_be_of_the_kind_that_belongs_there() -> None:
    text = operation("      parameters: [{$ref: '#/components/schemas/Limit'}]\n")
    text += "components: {schemas: {Limit: {type: integer}}}\n"
    assert codes(text) == ["missing-field", "missing-field", "other-version"]


def test_files_that_are_referred_to_are_looked_at(tmp_path: Path) -> None:
    (tmp_path / "pets.yaml").write_text("Pet:\n  type: object\n  propertys: {}\nToy: {$ref: '#/Toys'}\n")
    (tmp_path / "shop.yaml").write_text(
        HEADS["3.1"] + schema("{allOf: [{$ref: 'pets.yaml#/Pet'}, {$ref: 'pets.yaml#/Toy'}]}")
    )
    document = read(str(tmp_path / "shop.yaml"))
    found = examine(Node(document.value, document), "3.1", References(document))
    assert sorted((Path(one.file).name, one.line, one.column, one.code) for one in found) == [
        ("pets.yaml", 3, 3, "unknown-keyword"),
        ("pets.yaml", 4, 13, "dangling-ref"),
    ]


@pytest.mark.parametrize("dialect", ["3.0", "3.1"])
@pytest.mark.parametrize(
    ("schemas", "circling"),
    [
        ("{Loop: {$ref: '#/components/schemas/Loop'}}", ["Loop"]),
        ("{A: {$ref: '#/components/schemas/B'}, B: {$ref: '#/components/schemas/A'}}", ["A", "B"]),
        ("{A: {$ref: 'shop.yaml#/components/schemas/B'}, B: {$ref: '#/components/schemas/A'}}", ["A", "B"]),
        ("{A: &a {$ref: '#/components/schemas/B'}, B: *a}", ["A"]),
        ("{A: {$ref: '#/components/schemas/B'}, B: {$ref: '#/components/schemas/C'}, C: {}}", []),
        ("{A: {items: {$ref: '#/components/schemas/A'}}}", []),
    ],
)
def test_references_that_lead_to_each_other_only_are_told_where_they_do(
    dialect: Dialect, schemas: str, circling: list[str]
) -> None:
    text = operation(
        "      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/SHOWN'}}}}\n"
    )
    text = text.replace("SHOWN", schemas[1:].partition(":")[0]) + f"components:\n  schemas: {schemas}\n"
    found = findings(text, dialect)
    assert [(one.code, "leads in a circle, to itself" in one.fact) for one in found] == [("dangling-ref", True)] * len(
        circling
    )
    assert {one.line for one in found} <= {9}


@pytest.mark.parametrize("ref", ["", "#", "shop.yaml", "shop.yaml#"])
def test_a_reference_to_a_whole_description_is_an_error(ref: str) -> None:
    assert told(schema(f"{{properties: {{toy: {{$ref: '{ref}'}}}}}}")) == [
        (
            "dangling-ref",
            f"{ref!r} names a whole description, where a schema belongs",
            "Name a part of it, as in '#/components/schemas/Pet'",
        )
    ]


def test_a_file_that_is_a_schema_may_name_itself(tmp_path: Path) -> None:
    (tmp_path / "tree.yaml").write_text("type: object\nproperties: {left: {$ref: '#'}, right: {$ref: ''}}\n")
    (tmp_path / "shop.yaml").write_text(HEADS["3.1"] + schema("{$ref: tree.yaml}"))
    document = read(str(tmp_path / "shop.yaml"))
    assert examine(Node(document.value, document), "3.1", References(document)) == []


def test_siblings_of_a_reference_count_where_they_apply() -> None:
    text = schema("{$ref: '#/components/schemas/Toy', maxLength: x}\n    Toy: {}")
    assert codes(text, "3.1") == ["ignored-keyword"]
    assert codes(text, "3.0") == []


def test_a_schema_that_refers_to_itself_comes_to_an_end() -> None:
    assert findings(schema("{properties: {parent: {$ref: '#/components/schemas/Pet'}}}")) == []


def test_nesting_of_any_depth_is_looked_at() -> None:
    inner: Any = {"type": "strng"}
    for _ in range(5000):
        inner = {"items": inner}
    document = parse(b"openapi: 3.1.0", "/shop.yaml", "shop.yaml")
    value = {"openapi": "3.1.0", "info": {"title": "a", "version": "1"}, "components": {"schemas": {"Pet": inner}}}
    found = examine(Node(value, document), "3.1", References(document))
    assert [one.code for one in found] == ["wrong-value"]


def test_a_finding_points_at_the_key_that_is_wrong_and_at_the_value_that_is() -> None:
    text = operation("      owner: us\n      deprecated: 1\n")
    assert sorted((one.line, one.column, one.width, one.code) for one in findings(text)) == [
        (7, 7, 5, "unexpected-key"),
        (8, 19, 1, "wrong-type"),
    ]


def test_objects_gives_every_object_of_a_kind_once() -> None:
    text = schema("{properties: {toys: {items: {$ref: '#/components/schemas/Toy'}}}}\n    Toy: {}")
    document = parse((HEADS["3.0"] + text).encode(), "/shop.yaml", "shop.yaml")
    met = objects(Node(document.value, document), "3.0", References(document), ["Schema"])
    base = ("components", "schemas")
    assert sorted(node.pointer for node in met["Schema"]) == [
        (*base, "Pet"),
        (*base, "Pet", "properties", "toys"),
        (*base, "Toy"),
    ]


def test_the_table_names_only_kinds_that_there_are() -> None:
    scalars = {"string", "text", "boolean", "integer", "number", "any"}
    named = set()
    for rows in OBJECTS.values():
        for field, row in rows.items():
            for one in [row] if isinstance(row, str) else row:
                if field:
                    named |= {kind.strip("[]{}") for kind in one.split()[0].split("|")}
    assert named - scalars <= set(OBJECTS)
    assert {name for names in CLOSED.values() for name in names} <= set(OBJECTS)


@pytest.mark.parametrize("draft", ["draft-04", "draft-06", "draft-07"])
def test_what_a_draft_has_is_right_where_a_schema_is_written_by_it(draft: str) -> None:
    uri = f"http://json-schema.org/{draft}/schema#"
    tuples = (
        "items: [{type: string}, {}], additionalItems: {type: string}, definitions: {A: {}}, dependencies: {a: [b]}"
    )
    assert told(schema(f"{{$schema: '{uri}', {tuples}}}")) == []
    assert told(f"jsonSchemaDialect: {uri}\n" + schema(f"{{properties: {{a: {{{tuples}}}}}}}")) == []


def test_schemas_of_draft_4_have_its_id_and_exclusive_limits() -> None:
    said = "minimum: 1, exclusiveMinimum: true, maximum: 9, exclusiveMaximum: false"
    assert told(schema(f"{{$schema: 'http://json-schema.org/draft-04/schema#', id: 'urn:pet', {said}}}")) == []
    draft_7 = f"{{$schema: 'http://json-schema.org/draft-07/schema#', {said}}}"
    assert codes(schema(draft_7)) == ["ignored-keyword", "ignored-keyword"]


@pytest.mark.parametrize(
    ("dialect", "title", "mend"),
    [
        ("3.0", "OpenAPI 3.0", "Write it as 'anyOf' in one schema"),
        ("3.1", "OpenAPI 3.1", "Write 'prefixItems'"),
        ("3.2", "OpenAPI 3.2", "Write 'prefixItems'"),
    ],
)
def test_a_tuple_in_items_is_a_warning_where_the_version_has_none(dialect: Dialect, title: str, mend: str) -> None:
    fact = f"'items' is a list, where {title} has one schema; it counts as the schemas of one item each"
    found = findings(schema("{items: [{type: string}, {type: integer}]}"), dialect)
    assert [(one.code, one.severity, one.fact, one.mend) for one in found] == [("other-version", "warning", fact, mend)]


def test_the_schemas_of_a_tuple_are_looked_at() -> None:
    said = "items: [{type: strin}, 1], additionalItems: {type: intege}"
    assert told(schema(f"{{$schema: 'http://json-schema.org/draft-07/schema#', {said}}}")) == [
        ("wrong-type", "item 2 of 'items' is a number, 1, where a schema belongs", ""),
        ("wrong-value", "'intege' is no type", "Did you mean 'integer'?"),
        ("wrong-value", "'strin' is no type", "Did you mean 'string'?"),
    ]


@pytest.mark.parametrize("dialect", ["2.0", "3.0", "3.1", "3.2"])
def test_a_field_of_a_path_item_that_its_reference_names_too_is_told(dialect: Dialect) -> None:
    answer = "{responses: {'200': {description: A pet}}}"
    text = f"paths:\n  /a: {{$ref: '#/paths/~1b', get: {answer}, post: {answer}, x-a: 1}}\n"
    text += f"  /b: {{get: {answer}, x-a: 1}}\n"
    fact = "'get' stands here and in the path item that '#/paths/~1b' names; this one counts"
    assert told(text, dialect) == [("needless-key", fact, "Keep one of them")]
