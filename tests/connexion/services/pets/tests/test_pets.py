import base64

import pytest
from app import create_app
from pets import store

KEY = {"X-Api-Key": "sesame"}
ROOT = {"Authorization": "Basic " + base64.b64encode(b"root:toor").decode()}
ADA = {"name": "Ada", "kind": "cat"}


@pytest.fixture
def client():
    store.clear()
    return create_app().app.test_client()


def test_a_pet_is_added_and_read(client):
    reply = client.post("/v1/pets", json={**ADA, "born": "2021-02-03", "tags": ["grey"]}, headers=KEY)
    assert (reply.status_code, reply.headers["Location"]) == (201, "/v1/pets/1")
    assert reply.json == {**ADA, "id": 1, "born": "2021-02-03", "tags": ["grey"], "owner": "ada"}
    assert client.get("/v1/pets/1").json["name"] == "Ada"


def test_a_date_is_written(client):
    client.post("/v1/pets", json=ADA, headers=KEY)
    assert client.get("/v1/pets/1").json["born"] == "2020-01-31"


def test_pets_are_found_by_kind_and_tags(client):
    for number, kind in enumerate(["cat", "dog", "dog"]):
        client.post("/v1/pets", json={"name": str(number), "kind": kind, "tags": ["a", str(number)]}, headers=KEY)
    reply = client.get("/v1/pets?kind=dog&limit=1", headers={"X-Trace": "7"})
    assert [pet["name"] for pet in reply.json] == ["1"]
    assert (reply.headers["X-Count"], reply.headers["X-Trace"]) == ("2", "7")
    assert [pet["name"] for pet in client.get("/v1/pets?tag=a&tag=2").json] == ["2"]


def test_a_name_twice_is_a_problem_of_the_handler(client):
    client.post("/v1/pets", json=ADA, headers=KEY)
    reply = client.post("/v1/pets", json=ADA, headers=KEY)
    assert (reply.status_code, reply.mimetype) == (409, "application/problem+json")
    assert reply.json == {
        "type": "about:blank",
        "title": "Conflict",
        "detail": "There is a pet called Ada",
        "status": 409,
        "name": "Ada",
    }


@pytest.mark.parametrize("body", [{"name": "Ada"}, {**ADA, "kind": "cow"}, {**ADA, "name": ""}, {**ADA, "age": 3}])
def test_a_body_that_does_not_fit_is_a_problem(client, body):
    reply = client.post("/v1/pets", json=body, headers=KEY)
    assert (reply.status_code, reply.mimetype) == (400, "application/problem+json")
    assert (reply.json["status"], reply.json["title"]) == (400, "Bad Request")
    assert reply.json["detail"]


@pytest.mark.parametrize("query", ["limit=0", "limit=many", "kind=cow", "colour=red"])
def test_a_query_that_does_not_fit_is_a_problem(client, query):
    reply = client.get("/v1/pets?" + query)
    assert (reply.status_code, reply.json["status"]) == (400, 400)


def test_another_media_type_is_refused(client):
    assert client.post("/v1/pets", data="name=Ada", headers=KEY, content_type="text/plain").status_code == 415


@pytest.mark.parametrize("headers", [{}, {"X-Api-Key": "wrong"}, {"X-Api-Key": "expired"}])
def test_without_a_key_nothing_is_added(client, headers):
    reply = client.post("/v1/pets", json=ADA, headers=headers)
    assert (reply.status_code, reply.json["title"], reply.json["status"]) == (401, "Unauthorized", 401)


def test_what_the_security_function_says_is_told(client):
    reply = client.post("/v1/pets", json=ADA, headers={"X-Api-Key": "expired"})
    assert reply.json["detail"] == "This key is no longer good"


def test_only_the_owner_changes_a_pet(client):
    client.post("/v1/pets", json=ADA, headers=KEY)
    changed = {"name": "Ada II", "kind": "dog"}
    refused = client.put("/v1/pets/1", json=changed, headers={"X-Api-Key": "mellon"})
    assert (refused.status_code, refused.json["detail"]) == (403, "It is not grace's")
    assert client.put("/v1/pets/1", json=changed, headers=KEY).json["name"] == "Ada II"
    assert client.put("/v1/pets/7", json=changed, headers=KEY).status_code == 404


def test_only_root_removes_a_pet(client):
    client.post("/v1/pets", json=ADA, headers=KEY)
    assert client.delete("/v1/pets/1", headers=KEY).status_code == 401
    reply = client.delete("/v1/pets/1", headers=ROOT)
    assert (reply.status_code, reply.data) == (204, b"")
    assert client.delete("/v1/pets/1", headers=ROOT).status_code == 404


def test_what_is_not_there_is_a_problem(client):
    reply = client.get("/v1/owls")
    assert (reply.status_code, reply.mimetype, reply.json["title"]) == (404, "application/problem+json", "Not Found")
    assert client.patch("/v1/pets").status_code == 405


def test_a_reply_that_does_not_fit_is_a_500(client):
    reply = client.get("/v1/broken")
    assert (reply.status_code, reply.json["status"]) == (500, 500)
