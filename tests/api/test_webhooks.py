"""Webhooks that a service receives: described by an api that is loaded, mounted where the service says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from pymacaron import API
from pymacaron.finding import FindingsError

PETS = """
openapi: 3.1.0
info: {title: Pets, version: "1"}
webhooks:
  newPet:
    post:
      operationId: on_new_pet
      parameters: [{name: X-Event, in: header, schema: {type: integer}}]
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}
      responses:
        "200": {description: ok, content: {application/json: {schema: {type: object, required: [seen]}}}}
    get: {operationId: challenge, responses: {"200": {description: ok}}}
  gonePet:
    post: {operationId: on_gone_pet, responses: {"204": {description: ok}}}
components:
  schemas:
    Pet: {type: object, required: [name], properties: {name: {type: string}}}
"""
SHOP = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /pets:
    post: {operationId: pets, responses: {"200": {description: ok}}}
  /pets/{id}:
    post:
      operationId: pet
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok}}
"""


def started(folder: Path, webhooks: Any, handlers: dict[str, Any] | None = None, **files: str) -> Flask:
    for name, text in ({"pets": PETS, "shop": SHOP} | files).items():
        (folder / f"{name}.yaml").write_text(text)
    known: dict[str, Any] = {
        "on_new_pet": lambda pet, **rest: {"seen": pet.name, **rest},
        "challenge": lambda: "yes",
        "on_gone_pet": lambda: None,
        "pet": lambda id: {},
        "pets": lambda: {},
    } | (handlers or {})
    app = Flask("shop")
    api = API(app, resolver=lambda operation: known.get(operation.id), debug=True)
    api.load_apis(folder)
    api.publish_apis()
    api.start(serve="shop", webhooks=webhooks)
    return app


def told(folder: Path, webhooks: Any, **files: str) -> list[tuple[str, str, str]]:
    with pytest.raises(FindingsError) as raised:
        started(folder, webhooks, **files)
    return [(finding.code, finding.fact, finding.mend) for finding in raised.value.findings]


def test_a_webhook_is_received_and_checked_as_any_operation(tmp_path: Path):
    client = started(tmp_path, {"newPet": "/hooks/new-pet"}).test_client()
    reply = client.post("/hooks/new-pet", json={"name": "Rex"}, headers={"X-Event": "7"})
    assert (reply.status_code, reply.json) == (200, {"seen": "Rex", "x_event": 7})
    wrong = client.post("/hooks/new-pet", json={}, headers={"X-Event": "x"})
    assert (wrong.status_code, {one["pointer"] for one in wrong.json["errors"]}) == (400, {"/name", "/X-Event"})
    assert client.get("/hooks/new-pet").text == "yes"
    assert set(client.delete("/hooks/new-pet").headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_the_reply_to_a_webhook_is_checked(tmp_path: Path):
    client = started(tmp_path, {"newPet": "/in"}, {"on_new_pet": lambda pet, **rest: {}}).test_client()
    assert client.post("/in", json={"name": "Rex"}).status_code == 500


def test_only_the_webhooks_that_are_named_are_mounted_and_the_api_is_not_served(tmp_path: Path):
    client = started(tmp_path, {"pets.gonePet": "/in"}).test_client()
    assert client.post("/in").status_code == 204
    assert client.get("/doc/pets.json").status_code == 404
    assert client.post("/newPet", json={"name": "Rex"}).status_code == 404


def test_an_unknown_webhook_is_told_with_the_name_that_is_meant(tmp_path: Path):
    fact = "no api that is loaded has a webhook 'newPets' (there are: gonePet, newPet)"
    assert told(tmp_path, {"newPets": "/in"}) == [("unknown-webhook", fact, "Did you mean 'newPet'?")]


def test_a_webhook_that_several_apis_have_is_asked_for_with_the_name_of_one(tmp_path: Path):
    fact = "webhook 'newPet' is described by the apis 'other' and 'pets'"
    mend = "Write 'other.newPet' or 'pets.newPet'"
    assert told(tmp_path, {"newPet": "/in"}, other=PETS) == [("unknown-webhook", fact, mend)]
    client = started(tmp_path, {"other.newPet": "/in"}, other=PETS).test_client()
    assert client.post("/in", json={"name": "Rex"}).json["seen"] == "Rex"


@pytest.mark.parametrize(
    ("webhooks", "fact", "mend"),
    [
        (
            {"newPet": "hooks"},
            "webhook 'newPet' is mounted at 'hooks', which is no path",
            "Write one such as '/hooks/new-pet'",
        ),
        (
            {"gonePet": "/pets"},
            "POST /pets is answered by the api 'shop' already",
            "Mount the webhook at a path of its own",
        ),
        (
            {"gonePet": "/in", "newPet": "/in"},
            "POST /in is answered by the api 'pets' already",
            "Mount the webhook at a path of its own",
        ),
    ],
)
def test_a_path_that_is_none_or_taken_keeps_the_service_from_starting(
    tmp_path: Path, webhooks: Any, fact: str, mend: str
):
    assert told(tmp_path, webhooks) == [("webhook-path", fact, mend)]


def test_the_placeholders_of_a_path_are_the_path_parameters_of_the_webhook(tmp_path: Path):
    fact = "webhook 'gonePet' is mounted at '/hooks/{pet}', and its POST has no path parameter 'pet'"
    mend = "Mount it at a path without {pet}, or describe that"
    assert told(tmp_path, {"gonePet": "/hooks/{pet}"}) == [("webhook-path", fact, mend)]
    placed = PETS.replace("on_gone_pet,", "on_gone_pet, parameters: [{name: pet, in: path, required: true}],")
    fact = "webhook 'gonePet' is mounted at '/hooks', which has no place for the path parameter 'pet' of its POST"
    handlers = {"on_gone_pet": lambda pet: None}
    with pytest.raises(FindingsError) as raised:
        started(tmp_path, {"gonePet": "/hooks"}, handlers, pets=placed)
    assert [one.fact for one in raised.value.findings if one.code == "webhook-path"] == [fact]
    client = started(tmp_path, {"gonePet": "/hooks/{pet}"}, handlers, pets=placed).test_client()
    assert client.post("/hooks/rex").status_code == 204


def test_a_webhook_without_a_handler_is_told_where_it_stands(tmp_path: Path):
    with pytest.raises(FindingsError) as raised:
        started(tmp_path, {"gonePet": "/in"}, {"on_gone_pet": None})
    assert [(one.code, one.line) for one in raised.value.findings] == [("no-handler", 16)]
