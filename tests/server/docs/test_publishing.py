"""What is served below /doc, to whom, and with which headers."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

import pymacaron
from pymacaron import API
from pymacaron.auth import generate_token
from pymacaron.finding import FindingsError

Start = Callable[..., API]

SHOP = """
openapi: 3.1.0
info: {title: "A <b>shop</b>", version: 1.2.0}
paths:
  /orders:
    get: {operationId: list, responses: {"200": {description: All}}}
"""

JWT = {"jwt_secret": "a secret of at least 32 bytes, for tests", "jwt_issuer": "shop", "jwt_audience": "shop"}

POLICY = "script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"

PATHS = ["/doc", "/doc/shop", "/doc/shop.json", "/doc/shop.yaml", "/doc/swagger-ui/swagger-ui-bundle.js"]


def client_of(api: API) -> Any:
    return api.app.test_client()


def statuses(api: API, **headers: str) -> list[int]:
    client = client_of(api)
    return [client.get(path, headers=headers, follow_redirects=True).status_code for path in PATHS]


def follow(client: Client, page: str) -> list[TestResponse]:
    """What the page at *page* asks for, in the order in which it names it."""
    text = client.get(page).text
    names = re.findall(r'(?:href|src|data-description)="([^"]+)"', text)
    base = page.rpartition("/")[0]
    return [client.get(f"{base}/{name.removeprefix('./')}") for name in names if not name.startswith("../")]


# Who sees it


def test_in_production_nothing_is_published_unless_it_is_asked_for(started: Start) -> None:
    api = started(SHOP)
    assert statuses(api) == [404] * len(PATHS)
    assert api.docs is None


def test_publish_apis_publishes_in_production(started: Start) -> None:
    api = started(SHOP, path="doc")
    assert statuses(api) == [200] * len(PATHS)
    assert api.docs == "/doc"


def test_in_development_everything_is_published(started: Start) -> None:
    assert statuses(started(SHOP, debug=True)) == [200] * len(PATHS)


@pytest.mark.parametrize(
    ("setting", "expected"), [("off", 404), (False, 404), ("public", 200), (True, 200), ("auth", 401)]
)
def test_the_setting_wins_over_publish_apis_and_development(started: Start, setting: Any, expected: int) -> None:
    api = started(SHOP, path="doc", debug=True, settings={"docs": setting, **JWT})
    assert statuses(api) == [expected] * len(PATHS)


@pytest.mark.parametrize(("path", "index"), [("specs", "/specs"), ("/a/b/", "/a/b"), ("", "/")])
def test_publish_apis_says_where(started: Start, path: str, index: str) -> None:
    api = started(SHOP, path=path)
    client = client_of(api)
    assert (api.docs, client.get(index).status_code) == (index, 200)
    assert [reply.status_code for reply in follow(client, index)] == [200] * 6
    assert client.get(f"{index.rstrip('/')}/shop.json").status_code == 200
    assert client.get("/doc/shop").status_code == 404


@pytest.mark.parametrize(("path", "root"), [("doc", "../"), ("a/b", "../../"), ("", "./")])
def test_a_page_knows_where_the_root_of_the_service_is(started: Start, path: str, root: str) -> None:
    page = client_of(started(SHOP, path=path)).get(f"/{path}/shop".replace("//", "/")).text
    assert f'data-root="{root}" data-operations="1"' in page


# Behind a token


def test_behind_a_token_a_browser_is_asked_for_a_password(started: Start) -> None:
    api = started(SHOP, settings={"docs": "auth", **JWT})
    reply = client_of(api).get("/doc/shop")
    assert (reply.status_code, reply.json["error"]) == (401, "AUTHORIZATION_HEADER_MISSING")
    assert reply.headers["WWW-Authenticate"].startswith("Basic realm=")


@pytest.mark.parametrize("way", ["password", "bearer", "cookie"])
def test_behind_a_token_a_valid_one_opens_it_in_three_ways(started: Start, way: str) -> None:
    client = client_of(started(SHOP, settings={"docs": "auth", **JWT}))
    token = generate_token("u1")
    basic = base64.b64encode(f"anybody:{token}".encode()).decode()
    shown = {"password": f"Basic {basic}", "bearer": f"Bearer {token}"}
    if way == "cookie":
        client.set_cookie("token", f"Bearer%20{token}")
    headers = {"Authorization": shown[way]} if way in shown else {}
    replies = [client.get(path, headers=headers, follow_redirects=True) for path in PATHS]
    assert [reply.status_code for reply in replies] == [200] * len(PATHS)


@pytest.mark.parametrize("password", ["", "x", "a.b.c", "é"])
def test_behind_a_token_another_password_is_refused(started: Start, password: str) -> None:
    api = started(SHOP, settings={"docs": "auth", **JWT})
    basic = base64.b64encode(f"u:{password}".encode()).decode()
    replies = [client_of(api).get(path, headers={"Authorization": f"Basic {basic}"}) for path in PATHS[1:]]
    assert [(reply.status_code, reply.headers["WWW-Authenticate"][:5]) for reply in replies] == [(401, "Basic")] * 4


@pytest.mark.parametrize("header", ["Basic \x80", "BASIC \xff\xff", "Basic =", "Basic", "Basic a=b", "\xe9 x"])
def test_behind_a_token_what_is_no_credential_is_refused(started: Start, header: str) -> None:
    client = client_of(started(SHOP, settings={"docs": "auth", **JWT}))
    for path in PATHS[1:]:
        reply = client.get(path, environ_overrides={"HTTP_AUTHORIZATION": header})
        assert (reply.status_code, reply.headers["WWW-Authenticate"][:5]) == (401, "Basic")


@pytest.mark.parametrize("query", ["\x80", "v=\xff", "v", "&&=", "v=" + "x" * 5000])
def test_a_query_of_any_bytes_is_of_another_version(started: Start, query: str) -> None:
    client = client_of(started(SHOP, settings={"docs": "public"}))
    for path in PATHS[1:]:
        reply = client.get(path, environ_overrides={"QUERY_STRING": query})
        assert (reply.status_code, reply.headers["Cache-Control"]) == (200, "no-cache")


def test_behind_a_token_an_expired_one_asks_again(started: Start) -> None:
    api = started(SHOP, settings={"docs": "auth", **JWT})
    token = generate_token("u1", expire_in=-10_000)
    reply = client_of(api).get("/doc/shop", headers={"Authorization": f"Bearer {token}"})
    assert (reply.status_code, reply.json["error"]) == (401, "TOKEN_EXPIRED")
    assert reply.headers["WWW-Authenticate"].startswith("Basic ")


def test_behind_a_token_nothing_is_kept_by_caches_that_many_share(started: Start) -> None:
    api = started(SHOP, settings={"docs": "auth", **JWT})
    client = client_of(api)
    headers = {"Authorization": f"Bearer {generate_token('u1')}"}
    kept = [client.get(path, headers=headers, follow_redirects=True).headers["Cache-Control"] for path in PATHS]
    assert [value.startswith("private") for value in kept] == [True] * len(PATHS)


def test_the_index_behind_a_token_is_in_the_folder_of_what_takes_the_password(started: Start) -> None:
    api = started(SHOP, settings={"docs": "auth", **JWT})
    reply = client_of(api).get("/doc")
    assert (reply.status_code, reply.headers["Location"].endswith("/doc/"), api.docs) == (308, True, "/doc/")


def test_docs_for_tokens_that_nothing_verifies_keep_a_service_from_starting(started: Start) -> None:
    with pytest.raises(FindingsError, match="docs: auth asks for tokens that nothing verifies"):
        started(SHOP, settings={"docs": "auth"})


# What is sent


def test_all_that_a_page_asks_for_is_there_and_of_this_service(started: Start) -> None:
    client = client_of(started(SHOP, path="doc"))
    text = client.get("/doc/shop").text
    assert "://" not in text
    assert re.search(r"<script>|<style>| on\w+=| style=", text) is None
    replies = follow(client, "/doc/shop")
    assert [reply.status_code for reply in replies] == [200] * len(replies)
    assert len(replies) == 12


def test_the_index_leads_to_every_api_and_says_what_it_is(started: Start) -> None:
    client = client_of(started(SHOP, path="doc"))
    text = client.get("/doc").text
    assert '<a href="./doc/shop">A &lt;b&gt;shop&lt;/b&gt;</a> <span>1.2.0</span> <small>1 operation</small>' in text
    assert [reply.status_code for reply in follow(client, "/doc")] == [200] * 6


def test_pages_have_a_policy_of_their_own(started: Start) -> None:
    client = client_of(started(SHOP, path="doc"))
    for path in PATHS:
        headers = client.get(path).headers
        assert headers["Content-Security-Policy"] == POLICY, path
        assert headers["X-Content-Type-Options"] == "nosniff", path
    assert "Content-Security-Policy" not in client.get("/orders").headers


@pytest.mark.parametrize("path", PATHS)
def test_each_is_sent_packed_with_a_tag_and_not_again(started: Start, path: str) -> None:
    client = client_of(started(SHOP, path="doc"))
    plain = client.get(path)
    packed = client.get(path, headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert packed.headers["ETag"] != plain.headers["ETag"]
    for reply, accepted in ((plain, ""), (packed, "gzip")):
        tag = reply.headers["ETag"]
        again = client.get(path, headers={"Accept-Encoding": accepted, "If-None-Match": tag})
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)


def test_uncompressed_where_the_setting_says_so(started: Start) -> None:
    client = client_of(started(SHOP, path="doc", settings={"compress": False}))
    for path in PATHS:
        reply = client.get(path, headers={"Accept-Encoding": "gzip"})
        assert (reply.status_code, "Content-Encoding" in reply.headers) == (200, False), path


def test_files_are_kept_for_a_year_by_their_version_and_no_longer(started: Start) -> None:
    client = client_of(started(SHOP, path="doc"))
    address = re.findall(r'src="\./([^"]+bundle.js[^"]+)"', client.get("/doc/shop").text)[0]
    kept = [client.get(f"/doc/{one}").headers["Cache-Control"] for one in (address, address[:-1], "shop.json")]
    assert kept == ["public, max-age=31536000, immutable", "no-cache", "no-cache"]


def test_a_page_answers_head(started: Start) -> None:
    reply = client_of(started(SHOP, path="doc")).head("/doc/shop")
    assert (reply.status_code, reply.data) == (200, b"")


def test_a_view_that_the_app_has_at_an_address_of_the_docs_stays(started: Start) -> None:
    description = SHOP.replace("/orders:", "/doc/shop:")
    assert client_of(started(description, path="doc")).get("/doc/shop").text == ""


def test_what_is_served_has_the_errors_and_the_description_that_is_bound_does_not(started: Start) -> None:
    api = started(SHOP, path="doc", debug=True)
    responses = client_of(api).get("/doc/shop.json").json["paths"]["/orders"]["get"]["responses"]
    assert sorted(responses) == ["200", "500"]
    (served,) = [one for one in api.served if one.bound.operation.path == "/orders"]
    assert sorted(served.bound.operation.responses) == ["200"]


def test_a_service_with_errors_of_its_own_does_not_say_how_ours_look(started: Start) -> None:
    api = started(SHOP, path="doc", error_decorator=lambda error: {"message": error["error_description"]})
    document = client_of(api).get("/doc/shop.json").json
    assert "content" not in document["paths"]["/orders"]["get"]["responses"]["500"]
    assert "components" not in document


# The files of Swagger UI

FILES = Path(pymacaron.__file__).parent / "server" / "docs" / "files" / "swagger-ui"


def test_swagger_ui_is_what_its_project_published() -> None:
    listed = re.findall(r"^ +([0-9a-f]{64})  (\S+)$", (FILES / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(listed) == 5
    for digest, name in listed:
        packed = FILES / f"{name}.gz"
        content = gzip.decompress(packed.read_bytes()) if packed.exists() else (FILES / name).read_bytes()
        assert (name, hashlib.sha256(content).hexdigest()) == (name, digest)
    assert {"LICENSE", "NOTICE", "swagger-ui-bundle.js.LICENSE.txt"} <= {path.name for path in FILES.iterdir()}
