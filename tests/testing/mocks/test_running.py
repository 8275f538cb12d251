"""A mock in a process of its own: what it is asked is known to the test, and the test's own service is left alone."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from typing import Any

import pytest

from pymacaron import ApiPool, config, load_clients
from pymacaron.testing import MockError, MockServer, mocked

PETS = """
openapi: 3.1.0
info: {title: Pets, version: 1.0.0}
servers: [{url: /v1}]
paths:
  /pets/{name}:
    get:
      operationId: get_pet
      parameters:
        - {name: name, in: path, required: true, schema: {type: string, minLength: 2}}
        - {name: tags, in: query, schema: {type: array, items: {type: string}}}
      responses:
        "200": {description: A pet, content: {application/json: {schema: {type: object}, example: {name: Ada}}}}
        "400": {description: No, content: {application/json: {schema: {const: wrong}}}}
  /pets:
    post:
      operationId: add_pet
      security: [{token: []}]
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {"204": {description: Done}}
components: {securitySchemes: {token: {type: http, scheme: bearer}}}
"""


@pytest.fixture
def apis(tmp_path: Path) -> Path:
    (tmp_path / "apis").mkdir()
    (tmp_path / "apis" / "pets.yaml").write_text(PETS, encoding="utf-8")
    return tmp_path / "apis"


def call(mock: MockServer, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(mock.url.removeprefix("http://"), timeout=30)
    content = None if body is None else json.dumps(body)
    kind = {} if body is None else {"Content-Type": "application/json"}
    connection.request(method, path, content, {**kind, **headers})
    response = connection.getresponse()
    read = response.read()
    connection.close()
    return response.status, json.loads(read) if read else None


def test_what_it_is_asked_can_be_looked_at(apis: Path) -> None:
    with mocked(apis) as mock:
        assert call(mock, "GET", "/v1/pets/Ada?tags=a&tags=b", Prefer="code=200") == (200, {"name": "Ada"})
        assert call(mock, "POST", "/v1/pets", {"name": "Bob"}, Authorization="Bearer x") == (204, None)
        assert call(mock, "POST", "/v1/pets", {"name": "Bob"})[0] == 401
        assert call(mock, "GET", "/v1/pets/A") == (400, "wrong")
        assert call(mock, "GET", "/nowhere")[0] == 404
        first, added, refused, wrong, lost = mock.calls
        assert [one.json for one in mock.calls_of("pets.add_pet")] == [{"name": "Bob"}] * 2
        mock.forget()
        assert mock.calls == []
    assert (first.api, first.operation, first.method, first.status) == ("pets", "get_pet", "GET", 200)
    assert (first.path, first.query, first.content) == ("/v1/pets/Ada", {"tags": ["a", "b"]}, b"")
    assert first.headers["prefer"] == "code=200"
    assert (added.operation, added.status, refused.operation, refused.status) == ("add_pet", 204, "add_pet", 401)
    assert (wrong.operation, wrong.error) == ("get_pet", "path name: 'A' is shorter than 2 characters")
    assert (lost.api, lost.operation, lost.status) == ("", "", 404)


def test_clients_call_it_and_the_process_knows_nothing_of_it(
    apis: Path, tmp_path: Path, own_config: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ApiPool, "_apis", {})
    (tmp_path / "pym-config.yaml").write_text("name: tests\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    config.reset()
    with mocked() as mock:
        assert list(ApiPool._apis) == []
        load_clients(apis)
        clients = ApiPool._find("pets").clients.with_options(url=f"{mock.url}/v1")
        assert clients.call.get_pet(name="Ada") == {"name": "Ada"}
        assert [one.operation for one in mock.calls] == ["get_pet"]


def test_its_options_are_those_of_the_command(apis: Path) -> None:
    with mocked(apis, token="sesame", dynamic=True, seed="1") as mock:
        assert call(mock, "POST", "/v1/pets", {}, Authorization="Bearer x")[0] == 401
        assert call(mock, "POST", "/v1/pets", {}, Authorization="Bearer sesame")[0] == 204
        assert call(mock, "GET", "/v1/pets/Ada")[1] != {"name": "Ada"}
    with mocked(apis, auth=False) as mock:
        assert call(mock, "POST", "/v1/pets", {})[0] == 204


def test_one_that_does_not_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(MockError, match="there is no API description here"), mocked(tmp_path):
        pytest.fail("it has started")


def test_an_operation_that_there_is_not_has_no_calls_but_an_error(apis: Path) -> None:
    with mocked(apis) as mock:
        assert mock.calls_of("get_pet") == mock.calls_of("pets.get_pet") == []
        with pytest.raises(MockError) as told:
            mock.calls_of("get_pets")
        assert str(told.value) == "no description of this mock has the operation 'get_pets'. Did you mean 'get_pet'?"
        with pytest.raises(MockError, match=r"'nothing'\. There are get_pet, add_pet$"):
            mock.calls_of("nothing")


def test_a_call_without_json_says_what_it_was_sent(apis: Path) -> None:
    with mocked(apis) as mock:
        call(mock, "GET", "/v1/pets/Ada")
        with pytest.raises(ValueError, match=r"^GET /v1/pets/Ada was not sent JSON but: nothing$"):
            _ = mock.calls[0].json
