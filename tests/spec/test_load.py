"""A description in a file becomes one record, whatever version it is written in."""

from pathlib import Path
from textwrap import dedent

import pytest

from pymacaron.finding import FindingsError
from pymacaron.spec.load import load
from pymacaron.spec.model import Api, Operation, Parameter

HEAD = "info: {title: Shop, version: '1.2'}\n"


def api(folder: Path, text: str, head: str = "openapi: 3.1.0\n") -> Api:
    path = folder / "shop.yaml"
    path.write_text(head + HEAD + dedent(text))
    return load(path)


def only(folder: Path, text: str, head: str = "openapi: 3.1.0\n") -> Operation:
    (operation,) = api(folder, text, head).operations
    return operation


def brief(parameter: Parameter) -> tuple[object, ...]:
    schema = parameter.schema.value if parameter.schema is not None else None
    return parameter.name, parameter.location, parameter.required, parameter.style, parameter.explode, schema


SWAGGER = 'swagger: "2.0"\n'


# versions


@pytest.mark.parametrize(
    ("head", "dialect"),
    [
        ('swagger: "2.0"', "2.0"),
        ("swagger: 2.0", "2.0"),
        ("swagger: 2", "2.0"),
        ("openapi: 3.0.4", "3.0"),
        ("openapi: 3.1.1", "3.1"),
        ("openapi: 3.1", "3.1"),
        ("openapi: 3.2.0", "3.2"),
    ],
)
def test_the_version_is_told(tmp_path, head, dialect):
    found = api(tmp_path, "paths: {}", f"{head}\n")
    assert (found.dialect, found.name, found.title, found.version) == (dialect, "shop", "Shop", "1.2")
    assert (found.operations, found.webhooks, found.base_path) == ((), (), "")


def test_a_name_may_be_given(tmp_path):
    (tmp_path / "shop.v2.json").write_text('{"openapi": "3.1.0", "info": {"title": "", "version": "1"}, "paths": {}}')
    assert load(tmp_path / "shop.v2.json").name == "shop.v2"
    assert load(str(tmp_path / "shop.v2.json"), name="pets").name == "pets"


@pytest.mark.parametrize(
    ("text", "code", "place", "mend"),
    [
        ("- a\n", "not-a-description", (1, 1), "Begin with openapi: 3.1.0"),
        ("just text", "not-a-description", (1, 1), "Begin with openapi: 3.1.0"),
        ("[]", "not-a-description", (1, 1), "Begin with openapi: 3.1.0"),
        ("a: 1", "missing-version", (1, 1), "Begin with openapi: 3.1.0"),
        ("info: 1\nopenAPI: 3.0.0", "missing-version", (2, 1), "Did you mean 'openapi'?"),
        ("openapi: 4.0.0", "unknown-version", (1, 10), "Swagger 2.0 and OpenAPI 3.0, 3.1 and 3.2 are read here"),
        ("swagger: '1.2'", "unknown-version", (1, 10), "Swagger 2.0 and OpenAPI 3.0, 3.1 and 3.2 are read here"),
        ("openapi: {a: 1}", "unknown-version", (1, 10), "Swagger 2.0 and OpenAPI 3.0, 3.1 and 3.2 are read here"),
        ("openapi: 3.10.0", "unknown-version", (1, 10), "Swagger 2.0 and OpenAPI 3.0, 3.1 and 3.2 are read here"),
    ],
)
def test_what_is_no_description_is_refused(tmp_path, text, code, place, mend):
    (tmp_path / "shop.yaml").write_text(text)
    with pytest.raises(FindingsError) as caught:
        load(tmp_path / "shop.yaml")
    (finding,) = caught.value.findings
    assert (finding.code, (finding.line, finding.column), finding.mend) == (code, place, mend)


def test_what_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(FindingsError) as caught:
        load(tmp_path / "shop.yaml")
    assert [finding.code for finding in caught.value.findings] == ["missing-file"]
    (tmp_path / "shop.yaml").write_text("openapi: 3.1.0\npaths: {}\n")
    with pytest.raises(FindingsError) as caught:
        load(tmp_path / "shop.yaml", max_bytes=20)
    assert [finding.code for finding in caught.value.findings] == ["too-large"]


def test_a_key_that_stands_twice_is_a_finding_of_the_api(tmp_path):
    found = api(tmp_path, "paths: {}\npaths: {}\n")
    assert [(finding.line, finding.code) for finding in found.findings] == [(4, "duplicate-key")]


# base paths


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("/v1", "/v1"),
        ("/v1/", "/v1"),
        ("v1", "/v1"),
        ("/", ""),
        ("''", ""),
        ("/a/b", "/a/b"),
        ("3", ""),
        ("null", ""),
    ],
)
def test_base_path_of_swagger_2(tmp_path, written, expected):
    assert api(tmp_path, f"basePath: {written}\npaths: {{}}\n", SWAGGER).base_path == expected


@pytest.mark.parametrize(
    ("servers", "expected"),
    [
        ("[{url: 'https://example.com/v1/'}, {url: 'https://example.com/v2'}]", "/v1"),
        ("[{url: 'https://example.com'}]", ""),
        ("[{url: /v1}]", "/v1"),
        ("[{url: v1}]", "/v1"),
        ("[{url: ./v1}]", "/v1"),
        ("[{url: '../v1/'}]", "/v1"),
        ("[{url: '/'}]", ""),
        ("[{url: //example.com/v1}]", "/v1"),
        ("[{url: 'localhost:8080/v1'}]", "/v1"),
        ("[{url: 'https://example.com/v1?a=/b#/c'}]", "/v1"),
        ("[{url: 'https://{host}/{base}/v{n}', variables: {base: {default: /api}, n: {default: 2}}}]", "/api/v2"),
        ("[{url: '{scheme}://{host}:{port}/v1'}]", "/v1"),
        ("[{url: 'https://[::1/v1'}]", "/v1"),
        ("[{url: 3}, null, {url: /v2}]", "/v2"),
        ("{url: /v1}", ""),
        ("[]", ""),
    ],
)
def test_base_path_of_openapi_3(tmp_path, servers, expected):
    assert api(tmp_path, f"servers: {servers}\npaths: {{}}\n").base_path == expected


# paths and operations


def test_operations_are_read_in_their_order(tmp_path):
    found = api(
        tmp_path,
        """
        x-handlers: {a: 1}
        paths:
          x-note: {get: {operationId: no}}
          /pets/{id}:
            summary: pets
            post: {operationId: shop.api.add, deprecated: true, x-bind-server: shop.api.add_pet, x-null: null}
            get: {}
            x-get: {}
            servers: []
          /b-c: {trace: {}, head: {}, query: {}}
        """,
    )
    assert [(o.method, o.path, o.id, o.named, o.deprecated) for o in found.operations] == [
        ("POST", "/pets/{id}", "shop.api.add", True, True),
        ("GET", "/pets/{id}", "get_pets_id", False, False),
        ("TRACE", "/b-c", "trace_b_c", False, False),
        ("HEAD", "/b-c", "head_b_c", False, False),
    ]
    assert found.operations[0].extensions == {"x-bind-server": "shop.api.add_pet", "x-null": None}
    assert found.operations[0].node.pointer == ("paths", "/pets/{id}", "post")


def test_trace_is_no_method_of_swagger_2(tmp_path):
    found = api(tmp_path, "paths: {/a: {get: {}, trace: {}, patch: {}, query: {}}}", SWAGGER)
    assert [operation.method for operation in found.operations] == ["GET", "PATCH"]


def test_openapi_3_2_has_query_and_methods_of_any_name(tmp_path):
    text = "paths: {/a: {query: {}, additionalOperations: {COPY: {}, purge: {}, GET: {}, x: 1}, get: {operationId: a}}}"
    found = api(tmp_path, text, "openapi: 3.2.0\n")
    assert [(operation.method, operation.id) for operation in found.operations] == [
        ("QUERY", "query_a"),
        ("GET", "a"),
        ("COPY", "copy_a"),
        ("PURGE", "purge_a"),
    ]
    assert [operation.method for operation in api(tmp_path, text).operations] == ["GET"]


def test_a_path_item_may_be_a_reference_with_fields_beside_it(tmp_path):
    (tmp_path / "pets.yaml").write_text(
        "item:\n  get: {operationId: theirs}\n  put: {operationId: put}\n"
        "  parameters: [{name: a, in: query, schema: {type: string}}]\n"
    )
    found = api(
        tmp_path,
        """
        paths:
          /pets: {$ref: 'pets.yaml#/item', get: {operationId: ours}}
          /gone: {$ref: 'pets.yaml#/gone', get: {operationId: still}}
          /circle: {$ref: '#/paths/~1circle', get: {operationId: round}}
        """,
    )
    assert [(o.method, o.path, o.id, [p.name for p in o.parameters]) for o in found.operations] == [
        ("GET", "/pets", "ours", ["a"]),
        ("PUT", "/pets", "put", ["a"]),
        ("GET", "/gone", "still", []),
        ("GET", "/circle", "round", []),
    ]
    assert found.operations[1].node.document.uri == str(tmp_path / "pets.yaml")


def test_webhooks_are_not_served(tmp_path):
    found = api(
        tmp_path,
        """
        webhooks:
          petSold: {post: {operationId: sold, requestBody: {content: {application/json: {schema: true}}}}}
          x-other: {post: {}}
        """,
    )
    assert found.operations == ()
    assert [(operation.method, operation.path, operation.id) for operation in found.webhooks] == [
        ("POST", "petSold", "sold")
    ]
    assert found.webhooks[0].body.content["application/json"].schema.value is True
    assert api(tmp_path, "paths: {}\nwebhooks: {a: {post: {}}}", "openapi: 3.0.0\n").webhooks == ()


# parameters


def test_parameters_of_an_operation_override_those_of_its_path(tmp_path):
    found = only(
        tmp_path,
        """
        paths:
          /pets/{id}:
            parameters:
              - {name: id, in: path, required: true, schema: {type: string}}
              - {name: limit, in: query, schema: {type: string}}
              - {name: X-Trace, in: header, schema: {type: string}}
              - $ref: '#/components/parameters/Page'
            get:
              parameters:
                - {name: limit, in: query, schema: {type: integer}}
                - {name: limit, in: header, schema: {type: boolean}}
                - {name: x-trace, in: header, schema: {type: number}}
        components:
          parameters:
            Page: {name: page, in: query, schema: {type: object}}
        """,
    )
    assert [(p.name, p.location, p.schema.value["type"]) for p in found.parameters] == [
        ("id", "path", "string"),
        ("limit", "query", "integer"),
        ("x-trace", "header", "number"),
        ("page", "query", "object"),
        ("limit", "header", "boolean"),
    ]
    assert found.parameters[3].node.pointer == ("components", "parameters", "Page")
    assert found.parameters[3].schema.pointer == ("components", "parameters", "Page", "schema")


def test_styles_have_the_defaults_of_their_place(tmp_path):
    found = only(
        tmp_path,
        """
        paths:
          /pets/{a}/{b}:
            get:
              parameters:
                - {name: a, in: path, schema: {type: string}}
                - {name: b, in: path, required: true, style: label, explode: true, schema: {type: string}}
                - {name: c, in: query, schema: {type: array}}
                - {name: d, in: query, required: true, style: spaceDelimited, schema: {type: array}}
                - {name: e, in: query, explode: false, allowReserved: true, allowEmptyValue: true, schema: {}}
                - {name: f, in: query, style: deepObject, schema: true}
                - {name: g, in: header, schema: {type: string}}
                - {name: h, in: cookie, schema: {type: string}}
        """,
    )
    assert [brief(parameter) for parameter in found.parameters] == [
        ("a", "path", True, "simple", False, {"type": "string"}),
        ("b", "path", True, "label", True, {"type": "string"}),
        ("c", "query", False, "form", True, {"type": "array"}),
        ("d", "query", True, "spaceDelimited", False, {"type": "array"}),
        ("e", "query", False, "form", False, {}),
        ("f", "query", False, "deepObject", False, True),
        ("g", "header", False, "simple", False, {"type": "string"}),
        ("h", "cookie", False, "form", True, {"type": "string"}),
    ]
    assert [(p.allow_empty, p.allow_reserved) for p in found.parameters] == [(False, False)] * 4 + [
        (True, True),
        *[(False, False)] * 3,
    ]


def test_a_parameter_may_have_content(tmp_path):
    (found,) = only(
        tmp_path,
        """
        paths:
          /pets:
            get:
              parameters:
                - {name: a, in: query, content: {application/json: {schema: {type: object}}}}
        """,
    ).parameters
    assert (found.schema, found.content.name, found.content.schema.value) == (
        None,
        "application/json",
        {"type": "object"},
    )


def test_querystring_and_cookie_style_belong_to_openapi_3_2(tmp_path):
    text = """
        paths:
          /pets:
            get:
              parameters:
                - {name: q, in: querystring, content: {application/x-www-form-urlencoded: {schema: {}}}}
                - {name: c, in: cookie, style: cookie, schema: {type: string}}
        """
    found = only(tmp_path, text, "openapi: 3.2.0\n").parameters
    assert [(p.name, p.location, p.style, p.explode, p.content is not None) for p in found] == [
        ("q", "querystring", "", False, True),
        ("c", "cookie", "cookie", True, False),
    ]
    assert [p.name for p in only(tmp_path, text).parameters] == ["c"]


def test_headers_that_are_described_elsewhere_are_no_parameters_of_openapi_3(tmp_path):
    text = """
        paths:
          /pets:
            get:
              parameters:
                - {name: Authorization, in: header, schema: {type: string}, type: string}
                - {name: accept, in: header, schema: {type: string}, type: string}
                - {name: X-A, in: header, schema: {type: string}, type: string}
        """
    assert [p.name for p in only(tmp_path, text).parameters] == ["X-A"]
    assert [p.name for p in only(tmp_path, text, SWAGGER).parameters] == ["Authorization", "accept", "X-A"]


def test_parameters_of_swagger_2(tmp_path):
    found = only(
        tmp_path,
        """
        parameters:
          Trace: {name: X-Trace, in: header, type: string, required: true}
        paths:
          /pets/{id}:
            get:
              parameters:
                - {name: id, in: path, type: integer, format: int64, description: which, x-go-name: ID}
                - {name: a, in: query, type: array, items: {type: string}, allowEmptyValue: true}
                - {name: b, in: query, type: array, items: {type: string}, collectionFormat: multi}
                - {name: c, in: query, type: array, items: {type: string}, collectionFormat: ssv}
                - {name: d, in: query, type: array, items: {type: string}, collectionFormat: pipes}
                - {name: e, in: query, type: array, items: {type: string}, collectionFormat: tsv}
                - {name: f, in: header, type: array, items: {type: string}, collectionFormat: csv}
                - {name: g, in: cookie, type: string}
                - $ref: '#/parameters/Trace'
        """,
        SWAGGER,
    )
    strings = {"type": "array", "items": {"type": "string"}}
    assert [brief(parameter) for parameter in found.parameters] == [
        ("id", "path", True, "simple", False, {"type": "integer", "format": "int64", "description": "which"}),
        ("a", "query", False, "form", False, strings),
        ("b", "query", False, "form", True, strings),
        ("c", "query", False, "spaceDelimited", False, strings),
        ("d", "query", False, "pipeDelimited", False, strings),
        ("e", "query", False, "tabDelimited", False, strings),
        ("f", "header", False, "simple", False, strings),
        ("X-Trace", "header", True, "simple", False, {"type": "string"}),
    ]
    assert found.parameters[1].allow_empty
    assert found.parameters[-1].schema.pointer == ("parameters", "Trace")


# bodies


def test_a_body_of_openapi_3(tmp_path):
    body = only(
        tmp_path,
        """
        paths:
          /pets:
            post: {requestBody: {$ref: '#/components/requestBodies/Pet'}}
        components:
          requestBodies:
            Pet:
              required: true
              content:
                application/json; charset=utf-8: {schema: {$ref: '#/components/schemas/Pet'}}
                image/*: {}
                multipart/form-data:
                  schema: {type: object}
                  encoding: {file: {contentType: image/png}, bad: 1}
          schemas:
            Pet: {type: object}
        """,
    ).body
    assert (body.required, body.fields, body.node.pointer) == (True, (), ("components", "requestBodies", "Pet"))
    assert [
        (name, media.schema.value if media.schema else None, media.item_schema, media.encoding)
        for name, media in body.content.items()
    ] == [
        ("application/json; charset=utf-8", {"$ref": "#/components/schemas/Pet"}, None, {}),
        ("image/*", None, None, {}),
        ("multipart/form-data", {"type": "object"}, None, {"file": {"contentType": "image/png"}}),
    ]


def test_an_item_schema_of_3_1_counts_as_other_frameworks_write_it(tmp_path):
    text = """
        paths:
          /pets:
            post:
              requestBody: {content: {application/jsonl: {itemSchema: {type: object}}}}
        """
    for version, expected in (("3.0.3", None), ("3.1.0", {"type": "object"})):
        found = only(tmp_path, text, f"openapi: {version}\n").body.content["application/jsonl"].item_schema
        assert (found.value if found is not None else None) == expected


def test_item_schemas_and_named_media_types_belong_to_openapi_3_2(tmp_path):
    text = """
        paths:
          /pets:
            post:
              requestBody:
                content:
                  application/jsonl: {itemSchema: {type: object}}
                  text/event-stream: {$ref: '#/components/mediaTypes/Events'}
        components:
          mediaTypes: {Events: {itemSchema: {type: string}}}
        """
    content = only(tmp_path, text, "openapi: 3.2.0\n").body.content
    assert [(name, media.item_schema.value) for name, media in content.items()] == [
        ("application/jsonl", {"type": "object"}),
        ("text/event-stream", {"type": "string"}),
    ]


@pytest.mark.parametrize(
    ("consumes", "expected"),
    [
        ("", ["application/json"]),
        ("consumes: []", ["application/json"]),
        ("consumes: [application/xml, application/json]", ["application/xml", "application/json"]),
    ],
)
def test_a_body_of_swagger_2_has_the_media_types_that_are_consumed(tmp_path, consumes, expected):
    body = only(
        tmp_path,
        f"""
        {consumes}
        paths:
          /pets:
            post:
              parameters:
                - {{name: pet, in: body, required: true, schema: {{type: object}}}}
        """,
        SWAGGER,
    ).body
    assert (body.required, body.fields, list(body.content)) == (True, (), expected)
    assert {media.schema.pointer for media in body.content.values()} == {
        ("paths", "/pets", "post", "parameters", "0", "schema")
    }


def test_an_operation_consumes_and_produces_its_own(tmp_path):
    found = only(
        tmp_path,
        """
        consumes: [a/a]
        produces: [b/b]
        paths:
          /pets:
            post:
              consumes: [c/c]
              produces: [d/d, e/e]
              parameters: [{name: pet, in: body, schema: {type: object}}]
              responses: {200: {description: ok, schema: {type: string}}}
        """,
        SWAGGER,
    )
    assert list(found.body.content) == ["c/c"]
    assert list(found.responses["200"].content) == ["d/d", "e/e"]


@pytest.mark.parametrize(
    ("consumes", "type_", "expected"),
    [
        ("[]", "string", ["application/x-www-form-urlencoded", "multipart/form-data"]),
        ("[application/json]", "string", ["application/x-www-form-urlencoded", "multipart/form-data"]),
        ("[multipart/form-data, text/plain]", "string", ["multipart/form-data"]),
        ("[application/x-www-form-urlencoded]", "string", ["application/x-www-form-urlencoded"]),
        ("[application/x-www-form-urlencoded]", "file", ["application/x-www-form-urlencoded", "multipart/form-data"]),
        ("[multipart/form-data]", "file", ["multipart/form-data"]),
        ("[application/json]", "file", ["multipart/form-data"]),
        ("[]", "file", ["multipart/form-data"]),
    ],
)
def test_form_fields_of_swagger_2_are_a_body_of_an_object(tmp_path, consumes, type_, expected):
    body = only(
        tmp_path,
        f"""
        paths:
          /pets:
            parameters:
              - {{name: a, in: formData, required: true, type: {type_}}}
            post:
              consumes: {consumes}
              parameters:
                - {{name: b, in: formData, type: array, items: {{type: integer}}, collectionFormat: multi}}
        """,
        SWAGGER,
    ).body
    fields = [
        ("a", "form", True, "form", False, {"type": type_}),
        ("b", "form", False, "form", True, {"type": "array", "items": {"type": "integer"}}),
    ]
    assert [brief(field) for field in body.fields] == fields
    assert (body.required, list(body.content)) == (True, expected)
    schema = body.content[expected[0]].schema
    assert schema.value == {"type": "object", "properties": {"a": fields[0][5], "b": fields[1][5]}, "required": ["a"]}
    assert schema.pointer == ("paths", "/pets", "post", "parameters")


# responses


def test_responses_of_openapi_3(tmp_path):
    found = only(
        tmp_path,
        """
        paths:
          /pets:
            get:
              responses:
                200:
                  description: ok
                  headers:
                    X-A: {schema: {type: integer}}
                    X-B: {$ref: '#/components/headers/B'}
                    X-C: {description: none, required: true}
                  content: {application/json: {schema: {type: object}}}
                4xx: {$ref: '#/components/responses/Bad'}
                default: {description: other}
                x-note: {description: no}
                '500': {$ref: '#/components/responses/Gone'}
        components:
          headers: {B: {content: {text/plain: {schema: {type: string}}}, explode: true}}
          responses: {Bad: {description: bad}}
        """,
    )
    assert list(found.responses) == ["200", "4XX", "default"]
    ok = found.responses["200"]
    assert (ok.status, list(ok.content)) == ("200", ["application/json"])
    headers = ok.headers
    assert {name: header.schema and header.schema.value for name, header in headers.items()} == {
        "X-A": {"type": "integer"},
        "X-B": None,
        "X-C": None,
    }
    assert headers["X-B"].content.schema.value == {"type": "string"}
    assert [(one.location, one.style, one.explode, one.required) for one in headers.values()] == [
        ("header", "simple", False, False),
        ("header", "simple", True, False),
        ("header", "simple", False, True),
    ]
    assert found.responses["4XX"].node.pointer == ("components", "responses", "Bad")


def test_responses_of_swagger_2(tmp_path):
    found = only(
        tmp_path,
        """
        produces: [application/json, text/plain]
        paths:
          /pets:
            get:
              responses:
                200:
                  description: ok
                  schema: {$ref: '#/definitions/Pet'}
                  headers: {X-A: {type: integer, description: count}}
                204: {description: nothing}
        definitions: {Pet: {type: object}}
        """,
        SWAGGER,
    )
    ok, nothing = found.responses["200"], found.responses["204"]
    assert {name: media.schema.value for name, media in ok.content.items()} == {
        "application/json": {"$ref": "#/definitions/Pet"},
        "text/plain": {"$ref": "#/definitions/Pet"},
    }
    assert {name: header.schema.value for name, header in ok.headers.items()} == {
        "X-A": {"type": "integer", "description": "count"}
    }
    assert nothing.content == {}


# security and schemas


def test_security_of_an_operation_goes_before_that_of_the_api(tmp_path):
    found = api(
        tmp_path,
        """
        security: [{key: []}, {oauth: [read, write], key: []}]
        paths:
          /a: {get: {}}
          /b: {get: {security: []}}
          /c: {get: {security: [{}, {key: []}]}}
          /d: {get: {security: {key: []}}}
          /e: {get: {security: [null, key]}}
          /f: {get: {security: [{key: null}]}}
        components:
          securitySchemes:
            key: {type: apiKey, in: header, name: X-Key}
            oauth: {type: oauth2, flows: {}}
        """,
    )
    every = ({"key": ()}, {"oauth": ("read", "write"), "key": ()})
    assert [(operation.path, operation.security) for operation in found.operations] == [
        ("/a", every),
        ("/b", ()),
        ("/c", ({}, {"key": ()})),
        ("/d", every),
        ("/e", every),
        ("/f", ({"key": ()},)),
    ]


def test_security_schemes_of_openapi_3(tmp_path):
    found = api(
        tmp_path,
        """
        paths: {}
        components:
          securitySchemes:
            key: {type: apiKey, in: cookie, name: session}
            jwt: {type: http, scheme: Bearer, bearerFormat: JWT}
            tls: {type: mutualTLS}
            other: {$ref: '#/components/securitySchemes/jwt'}
            bad: null
        """,
    ).security_schemes
    assert [(s.name, s.type, s.location, s.key, s.scheme) for s in found.values()] == [
        ("key", "apiKey", "cookie", "session", ""),
        ("jwt", "http", "", "", "bearer"),
        ("tls", "mutualTLS", "", "", ""),
        ("other", "http", "", "", "bearer"),
    ]


def test_security_schemes_of_swagger_2(tmp_path):
    found = api(
        tmp_path,
        """
        paths: {}
        securityDefinitions:
          user: {type: basic}
          key: {type: apiKey, in: query, name: api_key}
          oauth: {type: oauth2, flow: implicit}
        """,
        SWAGGER,
    ).security_schemes
    assert [(s.name, s.type, s.location, s.key, s.scheme) for s in found.values()] == [
        ("user", "http", "", "", "basic"),
        ("key", "apiKey", "query", "api_key", ""),
        ("oauth", "oauth2", "", "", ""),
    ]


def test_schemas_are_those_that_have_a_name(tmp_path):
    components = "{schemas: {Pet: {$ref: '#/x'}, Any: true, Bad: [], my-pet: {type: object}}}"
    found = api(tmp_path, f"paths: {{}}\ncomponents: {components}\n").schemas
    assert {name: node.pointer for name, node in found.items()} == {
        name: ("components", "schemas", name) for name in ("Pet", "Any", "my-pet")
    }
    old = api(tmp_path, "paths: {}\ndefinitions: {Pet: {type: object}, Any: true}", SWAGGER).schemas
    assert list(old) == ["Pet"]


def test_files_refer_to_each_other(tmp_path):
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "pets.yaml").write_text(
        "get:\n  operationId: pets\n  parameters: [{$ref: 'shared.json#/limit'}]\n"
        "  responses: {200: {$ref: '../shop.yaml#/components/responses/Pets'}}\n"
    )
    (tmp_path / "parts" / "shared.json").write_text(
        '{"limit": {"name": "n", "in": "query", "schema": {"type": "integer"}}}'
    )
    found = only(
        tmp_path,
        """
        paths: {/pets: {$ref: parts/pets.yaml}}
        components: {responses: {Pets: {description: ok, content: {application/json: {schema: {$ref: 'gone.yaml'}}}}}}
        """,
    )
    (limit,) = found.parameters
    assert (limit.name, limit.node.document.name.endswith("parts/shared.json")) == ("n", True)
    assert found.responses["200"].content["application/json"].schema.value == {"$ref": "gone.yaml"}
