"""
What is told of operations, parameters, bodies and security, by real calls: of what is breaking, a call that a service
of the old description takes and one of the new refuses; the way back, the same call is taken again. And what services
answer. The services are mocks, which read requests as every service does.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from pymacaron.testing.mocks.service import Mock

from .test_rules import ADD, OPERATION, SHOP, Edit, edited, found, header


@dataclass(frozen=True)
class Call:
    """One that the mock of SHOP takes."""

    path: str = "/v1/pets/7"
    query: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    method: str = "POST"
    token: str = "Bearer a.b.c"

    def status(self, client: Any) -> int:
        sent = {"json": self.body} if self.body is not None else {}
        headers = {"Authorization": self.token, **self.headers}
        reply = client.open(self.path, method=self.method, query_string=self.query, headers=headers, **sent)
        assert reply.status_code < 500, reply.text
        return int(reply.status_code)


PLAIN = Call()


def text(document: dict[str, Any]) -> None:
    edited(*ADD, "requestBody", content={"text/csv": {"schema": {"type": "string"}}})(document)


def told_by(name: str, **mapping: str) -> Edit:
    """In's member `it` is an alternative of those in *mapping*, told apart by the member *name*."""

    def edit(document: dict[str, Any]) -> None:
        schemas = document["components"]["schemas"]
        for value, one in mapping.items():
            schemas[one] = {"type": "object", "required": [name], "properties": {name: {"const": value}}}
        schemas["In"]["properties"]["it"] = {
            "oneOf": [{"$ref": f"#/components/schemas/{one}"} for one in mapping.values()],
            "discriminator": {
                "propertyName": name,
                "mapping": {value: f"#/components/schemas/{one}" for value, one in mapping.items()},
            },
        }

    return edit


#: What is done to SHOP first, and then; the code of that, and of its way back; a call that is taken before, not after
CALLS: dict[str, tuple[Edit | None, Edit, str, str, Call]] = {
    "operation": (None, edited("paths", "/pets/{id}", post=None), "operation-removed", "operation-added", PLAIN),
    "base path": (
        None,
        edited("servers", 0, url="https://shop.example.com/v2"),
        *("base-path-changed", "base-path-changed"),
        PLAIN,
    ),
    "a required parameter": (
        None,
        edited(*ADD, parameters=[*OPERATION["parameters"], header("page", required=True)]),
        *("parameter-added", "parameter-removed"),
        PLAIN,
    ),
    "a parameter that has to be there": (
        None,
        edited(*ADD, "parameters", 1, required=True),
        *("parameter-required", "parameter-optional"),
        PLAIN,
    ),
    "a parameter at another place": (
        edited(*ADD, "parameters", 1, required=True),
        edited(*ADD, "parameters", 1, required=True, **{"in": "header"}),
        *("parameter-moved", "parameter-moved"),
        Call(query={"limit": 5}),
    ),
    "how arrays are written": (
        edited(*ADD, "parameters", 2, schema={"type": "array", "items": {"type": "integer"}}),
        edited(*ADD, "parameters", 2, schema={"type": "array", "items": {"type": "integer"}}, style="pipeDelimited"),
        *("parameter-style-changed", "parameter-style-changed"),
        Call(query={"tags": ["1", "2"]}),
    ),
    "an empty parameter": (
        edited(*ADD, "parameters", 1, allowEmptyValue=True),
        edited(*ADD, "parameters", 1, allowEmptyValue=False),
        *("parameter-empty-refused", "parameter-empty-accepted"),
        Call(query={"limit": ""}),
    ),
    "a parameter in JSON": (
        None,
        edited(*ADD, "parameters", 2, schema=None, content={"application/json": {"schema": {"type": "array"}}}),
        *("parameter-content-changed", "parameter-content-changed"),
        Call(query={"tags": ["a"]}),
    ),
    "a required body": (
        edited(*ADD, requestBody=None),
        edited(*ADD, requestBody={**OPERATION["requestBody"], "required": True}),
        *("request-body-added", "request-body-removed"),
        PLAIN,
    ),
    "a body that has to be there": (
        None,
        edited(*ADD, "requestBody", required=True),
        *("request-body-required", "request-body-optional"),
        PLAIN,
    ),
    "a media type": (
        lambda document: edited(
            *ADD,
            "requestBody",
            content={**OPERATION["requestBody"]["content"], "text/csv": {"schema": {"type": "string"}}},
        )(document),
        text,
        *("request-media-type-removed", "request-media-type-added"),
        Call(body={}),
    ),
    "a scheme": (
        edited(*ADD, security=[]),
        edited(*ADD, security=[{"jwt": []}]),
        *("security-tightened", "security-loosened"),
        Call(token=""),
    ),
    "a value of a discriminator": (
        told_by("kind", cat="Cat", dog="Dog"),
        told_by("kind", cat="Cat"),
        *("discriminator-value-removed", "discriminator-value-added"),
        Call(body={"it": {"kind": "dog"}}),
    ),
}


def document(*edits: Edit | None) -> dict[str, Any]:
    made: dict[str, Any] = copy.deepcopy(SHOP)
    for edit in edits:
        if edit is not None:
            edit(made)
    return made


def client_of(folder: Path, said: dict[str, Any]) -> Any:
    folder.mkdir()
    # What is left without an operation is served nevertheless, by another one
    other = {"get": {"responses": {"204": {"description": "ok"}}}}
    said = {**said, "paths": {**said["paths"], "/others": other}}
    (folder / "shop.json").write_text(json.dumps(said), encoding="utf-8")
    return Mock([folder / "shop.json"]).app.test_client()


@pytest.mark.parametrize("name", CALLS)
def test_a_call_that_was_taken_is_refused_and_taken_again_on_the_way_back(name: str, tmp_path: Path) -> None:
    first, then, code, back, call = CALLS[name]
    old, new = document(first), document(first, then)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    told = {(one.severity, one.code) for one in found(tmp_path / "a", old, new)}
    assert ("breaking", code) in told
    assert back in {one.code for one in found(tmp_path / "b", new, old)}
    statuses = [call.status(client_of(tmp_path / side, said)) for side, said in (("c", old), ("d", new))]
    assert statuses[0] < 300, statuses
    assert statuses[1] in (400, 401, 404, 405, 415), statuses


RESPONSE = (*ADD, "responses", "200")
Seen = Callable[[Any], Any]
#: What is done to SHOP; the codes of that, and of its way back; what clients see of the answer, before and after
ANSWERS: dict[str, tuple[Edit, str, str, Seen, Any, Any]] = {
    "status": (
        edited(*ADD, responses={"201": OPERATION["responses"]["200"]}),
        *("response-removed", "response-added"),
        lambda reply: reply.status_code,
        *(200, 201),
    ),
    "media type": (
        edited(*RESPONSE, content={"text/csv": {"schema": {"type": "string"}}}),
        *("response-media-type-removed", "response-media-type-added"),
        lambda reply: reply.mimetype,
        *("application/json", "text/csv"),
    ),
    "body": (
        edited(*RESPONSE, content=None),
        *("response-body-removed", "response-body-added"),
        lambda reply: bool(reply.data),
        *(True, False),
    ),
    "header": (
        edited(*RESPONSE, headers=None),
        *("response-header-removed", "response-header-added"),
        lambda reply: "X-Left" in reply.headers,
        *(True, False),
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_change_of_an_answer_is_what_clients_see(name: str, tmp_path: Path) -> None:
    edit, code, back, seen, before, after = ANSWERS[name]
    old, new = document(), document(edit)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert code in {one.code for one in found(tmp_path / "a", old, new)}
    assert back in {one.code for one in found(tmp_path / "b", new, old)}
    replies = [
        client_of(tmp_path / side, said).post("/v1/pets/7", headers={"Authorization": PLAIN.token})
        for side, said in (("c", old), ("d", new))
    ]
    assert [seen(reply) for reply in replies] == [before, after]


def test_a_path_parameter_of_another_name_takes_the_same_calls(tmp_path: Path) -> None:
    new = document(edited("paths", **{"/pets/{id}": None}))
    item = copy.deepcopy(SHOP["paths"]["/pets/{id}"])
    item["post"]["parameters"][0]["name"] = "name"
    new["paths"]["/pets/{name}"] = item
    (tmp_path / "a").mkdir()
    assert [(one.severity, one.code) for one in found(tmp_path / "a", SHOP, new)] == [
        ("compatible", "path-parameter-renamed")
    ]
    assert replace(PLAIN, path="/v1/pets/8").status(client_of(tmp_path / "b", new)) == 200
