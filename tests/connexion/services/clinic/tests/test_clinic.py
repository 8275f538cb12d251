import io
import json
from base64 import urlsafe_b64decode

import pytest
from clinic import create_app
from clinic.api import patients
from clinic.auth import encode

ADA = {"Authorization": f"Bearer {encode(sub='ada')}", "User-Agent": "tests"}


@pytest.fixture
def client():
    patients.PATIENTS.clear()
    return create_app().test_client()


def test_a_patient_is_added_and_read(client):
    reply = client.post("/api/patients", json={"name": "Bob", "age": None}, headers=ADA)
    assert (reply.status_code, reply.headers["X-By"], reply.headers["X-Agent"]) == (201, "ada", "tests")
    assert (reply.json["name"], reply.json["age"], reply.json["seen"]) == ("Bob", None, "2024-05-06T07:08:09+00:00")
    assert client.get(f"/api/patients/{reply.json['id']}", headers=ADA).json == reply.json


def test_a_patient_who_is_not_there_is_an_empty_404(client):
    reply = client.get("/api/patients/6f0fd5c4-5d4b-4a3c-8a4c-0f5f6f1d6e8e", headers=ADA)
    assert (reply.status_code, reply.data) == (404, b"")


def test_patients_are_sorted_and_filtered(client):
    for name, age in [("Cid", 30), ("Bob", 40), ("Ada", 40)]:
        client.post("/api/patients", json={"name": name, "age": age}, headers=ADA)
    assert [one["name"] for one in client.get("/api/patients", headers=ADA).json] == ["Ada", "Bob", "Cid"]
    found = client.get("/api/patients?sort-by=age&filter[age]=40", headers=ADA).json
    assert sorted(one["name"] for one in found) == ["Ada", "Bob"]
    assert client.get("/api/patients?sort-by=size", headers=ADA).status_code == 400


def test_nobody_sees_no_patients(client):
    assert client.get("/api/patients").json == []


def test_a_patient_is_changed(client):
    added = client.post("/api/patients", json={"name": "Bob", "age": 1}, headers=ADA).json
    assert client.patch(f"/api/patients/{added['id']}", headers=ADA, json={"age": 2}).json == {**added, "age": 2}


@pytest.mark.parametrize("body", [{}, {"name": 7}, [], "Bob"])
def test_a_patient_who_does_not_fit_is_refused(client, body):
    reply = client.post("/api/patients", json=body, headers=ADA)
    assert (reply.status_code, reply.mimetype) == (400, "application/problem+json")
    assert {"type", "title", "detail", "status"} <= reply.json.keys()


def test_a_bad_token_is_refused_in_the_words_of_the_service(client):
    reply = client.post("/api/patients", json={"name": "Bob"}, headers={"Authorization": "Bearer x"})
    assert (reply.status_code, reply.json["detail"]) == (401, "That is no token")
    assert client.post("/api/patients", json={"name": "Bob"}).status_code == 401


def test_a_scan_is_an_argument_and_its_fields_a_body(client):
    form = {"scan": (io.BytesIO(b"raw"), "knee.png"), "note": "left", "depth": "3"}
    reply = client.post("/api/scans", data=form, headers=ADA)
    assert reply.status_code == 201
    assert reply.json == {"name": "knee.png", "type": "image/png", "fields": {"note": "left", "depth": 3}, "by": "ada"}


def test_a_form_is_a_body(client):
    reply = client.post("/api/login", data={"user": "ada", "attempts": "2"})
    assert (reply.status_code, reply.mimetype) == (200, "text/plain")
    assert json.loads(urlsafe_b64decode(reply.data)) == {"sub": "ada", "attempts": 2}
    assert client.post("/api/login", data={}).status_code == 400


def test_plain_values_are_replies(client):
    assert client.get("/api/rooms/4/temperature").json == 21.5
    assert client.get("/api/rooms/4/temperature?unit=F").json == 70.7
    assert client.get("/api/rooms/13/temperature").status_code == 204


def test_what_fails_is_a_500_without_its_words(client):
    application = create_app()
    application.testing = False
    application.config["PROPAGATE_EXCEPTIONS"] = False
    reply = application.test_client().get("/api/rooms/4/temperature?unit=Kelvin")
    assert reply.status_code == 500
    assert "Kelvin" not in reply.text


def test_what_is_not_written_is_a_501(client):
    assert client.get("/api/surgeries").status_code == 501


def test_views_of_flask_are_there_too(client):
    assert client.get("/health").json == {"status": "up"}


def test_the_document_has_its_title_and_no_page():
    client = create_app(title="Clinic of the test").test_client()
    assert client.get("/api/openapi.json", follow_redirects=True).json["info"]["title"] == "Clinic of the test"
    assert client.get("/api/ui/").status_code == 404
