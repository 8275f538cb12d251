import io

import pytest
from server import application

BASE = "/library/v2"


@pytest.fixture
def client():
    return application.test_client()


def of(token):
    return {"Authorization": f"Bearer {token}"}


def test_books_are_listed_with_pythonic_names(client):
    reply = client.get(f"{BASE}/books", headers=of("reader"))
    assert reply.json == [{"id": 1, "title": "Emma", "isbn": "0000000001"}, {"id": 2, "title": "Ulysses", "price": 9.5}]
    assert [book["id"] for book in client.get(f"{BASE}/books?id=1,3&pageSize=5", headers=of("reader")).json] == [1, 3]
    assert [book["id"] for book in client.get(f"{BASE}/books?filter=le", headers=of("reader")).json] == [3]


def test_a_date_stays_a_text(client):
    reply = client.get(f"{BASE}/books?publishedSince=2020-01-31", headers=of("reader"))
    assert reply.json == [{"id": 0, "title": "2020-01-31"}]


def test_a_book_is_found_by_a_method_of_a_class(client):
    assert client.get(f"{BASE}/books/3", headers=of("reader")).json == {"id": 3, "title": "Middlemarch"}
    reply = client.get(f"{BASE}/books/9", headers=of("reader"))
    assert (reply.status_code, reply.json["title"], reply.json["detail"]) == (404, "No such book", "There is no book 9")


def test_scopes_are_asked_for(client):
    book = {"title": "Persuasion"}
    reply = client.post(f"{BASE}/books", json=book, headers=of("writer"))
    assert (reply.status_code, reply.json) == (201, {"id": 4, "title": "Persuasion"})
    refused = client.post(f"{BASE}/books", json=book, headers=of("reader"))
    assert (refused.status_code, refused.json["title"]) == (403, "Forbidden")
    assert refused.json["detail"] == "Provided token doesn't have the required scope"
    assert client.get(f"{BASE}/books", headers=of("nothing")).status_code == 403
    assert client.get(f"{BASE}/books", headers=of("unknown")).status_code == 401
    assert client.get(f"{BASE}/books").status_code == 401


def test_a_problem_that_is_raised_is_sent(client):
    reply = client.post(f"{BASE}/books", json={"title": "X"}, headers=of("writer"))
    assert (reply.status_code, reply.mimetype) == (422, "application/problem+json")
    assert reply.json == {"type": "about:blank", "title": "Too short", "detail": "X", "status": 422, "least": 2}


@pytest.mark.parametrize("body", [{}, {"title": "x" * 41}, {"title": "Emma", "isbn": "12"}, []])
def test_a_book_that_does_not_fit_is_refused(client, body):
    reply = client.post(f"{BASE}/books", json=body, headers=of("writer"))
    assert (reply.status_code, reply.json["title"]) == (400, "Bad Request")


def test_null_fits_where_it_may(client):
    assert client.post(f"{BASE}/books", json={"title": "Emma", "isbn": None}, headers=of("writer")).status_code == 201


def test_a_file_is_an_argument(client):
    form = {"title": "Sea", "image": (io.BytesIO(b"jpeg"), "sea.jpg")}
    reply = client.post(f"{BASE}/books/1/cover", data=form, headers=of("reader"))
    assert reply.json == {"book": 1, "title": "Sea", "scale": 1.5, "name": "sea.jpg", "bytes": 4}
    form = {"title": "Sea"}
    missing = client.post(f"{BASE}/books/1/cover", data=form, headers=of("reader"), content_type="multipart/form-data")
    assert missing.status_code == 400


def test_an_error_handler_of_the_service_answers(client):
    reply = client.post(f"{BASE}/loans", json={"book": 3}, headers=of("reader"))
    assert (reply.status_code, reply.text) == (402, "fees: 2.50")


def test_bodies_are_plain_values_and_times_are_written(client):
    sent = {"due": "2030-01-02T00:00:00Z", "book": 1, "note": [1, {"a": None}]}
    reply = client.post(f"{BASE}/loans", json=sent, headers=of("reader"))
    assert reply.json == {"sent": sent, "kind": "str", "until": "2030-01-02T03:04:05Z"}
    assert client.post(f"{BASE}/loans", json={}, headers=of("reader")).json["sent"] == {}


def test_the_context_knows_who_calls(client):
    assert client.get(f"{BASE}/me", headers=of("reader")).json["user"] == "ada"
    reply = client.get(f"{BASE}/me", headers=of("writer")).json
    assert reply == {"user": "grace", "granted": "books:read books:write", "given": ["token_info", "user"]}


def test_the_document_is_published(client):
    document = client.get(f"{BASE}/swagger.json", follow_redirects=True).json
    assert (document["info"]["title"], document["basePath"]) == ("Library", BASE)
