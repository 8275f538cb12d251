"""What `pymacaron mock` answers for real descriptions, of which this is a sample, and how others judge that."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from conformance.callings import Callings
from conformance.material import CORPUS, descriptions
from conformance.mocks import LEAST, MANY, MOST, Asked, _failures, asked, chosen, served, tried
from conformance.proofs import Evidence, proven
from conformance.table import PAGE, numbers_of
from lots import each_version
from upstreams.pool import alone
from upstreams.prism import prism, why_no_prism

from pymacaron.context import Headers
from pymacaron.schema.codec import Schemas
from pymacaron.spec.load import load
from pymacaron.testing import MockCall, mocked

SHOP = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
servers: [{url: /v1}]
paths:
  /pets/{number}:
    get:
      operationId: get_pet
      security: [{token: []}, {key: []}]
      parameters: [{name: number, in: path, required: true, schema: {type: integer, minimum: 3}}]
      responses:
        "200":
          description: A pet
          headers: {X-Age: {required: true, schema: {type: integer}}}
          content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}
        "400": {description: No, content: {application/json: {schema: {required: [no]}}}}
  /pets:
    post:
      requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
      responses:
        "201": {description: Added, content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
  /wrong: {get: {operationId: wrong, responses: {"200": {description: "", content: {
    application/json: {schema: {type: integer}, example: five}}}}}}
  /never: {get: {responses: {"200": {description: "", content: {application/json: {schema: false}}}}}}
components:
  schemas:
    Pet: {type: object, required: [name, pin], additionalProperties: false, properties: {
      name: {type: string, minLength: 2}, pin: {type: string, pattern: "^[0-9]{4}$"}, parent: {
      $ref: "#/components/schemas/Pet"}}}
  securitySchemes: {token: {type: http, scheme: bearer}, key: {type: apiKey, in: query, name: key}}
"""
REAL = [path for path in descriptions() if path.parent == CORPUS / "specs"]


@pytest.fixture(autouse=True)
def _alone(own_config: None) -> Iterator[None]:
    with alone():
        yield


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "mockshop.yaml"
    path.write_text(SHOP, encoding="utf-8")
    return path


@pytest.mark.skipif(not REAL, reason="the descriptions are not here: PYMACARON_CORPUS names their folder")
@pytest.mark.parametrize("path", each_version(REAL[::12], 4), ids=lambda path: str(REAL.index(path)))
def test_a_real_description_is_answered_and_python_jsonschema_agrees(path: Path) -> None:
    found = served(path)
    assert isinstance(found, Asked)
    assert (found.found["valid"], found.wrong) == (found.operations, [])


def test_what_cannot_be_answered_is_told(shop: Path) -> None:
    found = served(shop)
    assert isinstance(found, Asked)
    assert (found.operations, found.found["valid"]) == (4, 3)
    assert found.wrong == ["GET /never: failed, the value: no value fits all that is said of it"]


def test_schemathesis_finds_nothing_in_a_mock(shop: Path, tmp_path: Path) -> None:
    text = SHOP.replace("  /never:", "  /none:").replace("{schema: false}", "{schema: {}}")
    shop.write_text(text, encoding="utf-8")
    found = tried(shop, tmp_path)
    assert found.failures == ()
    assert found.explained == ()
    assert found.cases > 50


def test_prism_is_asked_the_same(shop: Path, tmp_path: Path) -> None:
    if (reason := why_no_prism()) is not None:
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with mocked(shop) as mock:
        ours = asked(shop, mock.url, "/v1")
    with prism(shop, tmp_path / "log") as url:
        theirs = asked(shop, url.rstrip("/"), "")
    assert dict(ours.found) == {"valid": 3, "failed": 1}
    assert theirs.operations == 4
    assert any(line.startswith("GET /wrong: invalid") for line in theirs.wrong)


def test_a_failure_that_is_none_is_told_with_its_reason_where_others_prove_it(shop: Path) -> None:
    api = load(shop)
    callings = Callings(api, Schemas(api))
    output = (
        "1. Test Case ID: a\n\n- ST202 Schema-valid request rejected\n\n    curl http://127.0.0.1:1/a\n"
        "2. Test Case ID: b\n\n- ST108 Response violates schema\n\n    curl http://127.0.0.1:1/b\n"
        "=== SUMMARY ===\n- ST108 Response violates schema: 1\n"
    )

    def failures(content: bytes) -> tuple[list[str], list[str]]:
        headers = Headers({"X-Schemathesis-TestCaseId": "a", "Content-Type": "application/json"})
        call = MockCall("mockshop", "post_pets", "POST", "/v1/pets", {}, headers, content, 400, "")
        return _failures(output, [call], "http://127.0.0.1:1", callings)

    refused = "python-jsonschema refuses the body that was sent, too"
    assert failures(b'{"name": "Rex"}') == (["Response violates schema"], [refused])
    fits = b'{"name": "Rex", "pin": "1234"}'
    assert failures(fits) == (["Schema-valid request rejected", "Response violates schema"], [])


def test_methods_that_allow_tells_of_are_asked_for(shop: Path) -> None:
    api = load(shop)
    told = "does not match the schema. Undocumented methods advertised: GET"
    with mocked(shop) as mock:
        for path, expected in (("/v1/wrong", "the URL fits another path"), ("/v1/pets", None)):
            call = MockCall("", "", "OPTIONS", path, {}, Headers({}), b"", 200, "")
            evidence = Evidence("Allow header mismatch", told, call, mock.url, Callings(api, Schemas(api)))
            assert (proven(evidence) or "").startswith(expected or "")
            assert (proven(evidence) is None) is (expected is None)


@pytest.mark.skipif(not REAL, reason="the descriptions are not here: PYMACARON_CORPUS names their folder")
def test_twenty_are_chosen_by_their_names_alone() -> None:
    found = chosen(REAL)
    assert len(found) == MANY
    assert found == sorted(found) == chosen(list(reversed(REAL)))
    assert (LEAST, MOST) == (5, 60)


def test_the_docs_have_the_figures() -> None:
    figures = numbers_of(PAGE.read_text(encoding="utf-8"), "mock")
    served, answered, cases = list(figures.values())[:3]
    assert served[0] == served[1] > 90
    assert answered[1] / answered[0] > 0.998
    assert cases[0] == cases[1] > 10_000
