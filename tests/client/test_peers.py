"""Our clients against services of FastAPI and Connexion that really run, by the descriptions that these serve."""

from __future__ import annotations

import asyncio
import datetime
import io
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from upstreams.services import peer

from pymacaron import ApiPool, load_clients
from pymacaron.client.errors import (
    BadRequest,
    ConnectionLost,
    NotFound,
    ResponseMismatch,
    ServerError,
    Unauthorized,
    UnprocessableContent,
)
from pymacaron.exceptions import ValidationError, is_error

WORD = "a b/\u00e9&c=d+%;,"


@pytest.fixture(scope="module")
def fast_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with peer("fast", tmp_path_factory.mktemp("fast") / "log") as url:
        yield url


@pytest.fixture(scope="module")
def con_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with peer("con", tmp_path_factory.mktemp("con") / "log") as url:
        yield url


def _loaded(folder: Path, name: str, url: str, document: str) -> Any:
    (folder / f"{name}.json").write_bytes(httpx2.get(document).content)
    load_clients(folder, [name])
    found = next(api for api in ApiPool._apis.values() if api.name == name)
    return found.clients.with_options(url=url, validation="strict", max_attempts=1)


@pytest.fixture
def fast(fast_url: str, tmp_path: Path) -> Any:
    return _loaded(tmp_path, "fast", fast_url, f"{fast_url}/openapi.json")


@pytest.fixture
def con(con_url: str, tmp_path: Path) -> Any:
    return _loaded(tmp_path, "con", con_url, f"{con_url}/v1/openapi.json")


def _both(clients: Any, method: str, /, *args: Any, **kwargs: Any) -> Any:
    """What `.call` and `.acall` give, which is the same."""
    found = getattr(clients.call, method)(*args, **kwargs)
    assert asyncio.run(getattr(clients.acall, method)(*args, **kwargs)) == found
    return found


# ---- FastAPI


def test_fastapi_reads_parameters_as_they_were_meant(fast: Any) -> None:
    when = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
    given = {
        "number": 3,
        "word": "a b\u00e9&c=d+%;,",
        "color": "red",
        "tags": ["a,b", WORD],
        "ratio": 1.5,
        "is_it": True,
    }
    found = _both(fast, "params", **given, when=when, the_alias=WORD, x_trace="t", session="abc")
    assert found == {**given, "when": "2026-01-02T03:04:05Z", "alias": WORD, "x_trace": "t", "session": "abc"}


def test_fastapi_reads_models_of_parameters_and_paths_within_paths(fast: Any) -> None:
    assert _both(fast, "filtered", limit=5, tags=["a", "b"]).to_json() == {"limit": 5, "tags": ["a", "b"]}
    assert _both(fast, "by_path", name="a/b \u00e9") == "a/b \u00e9"


def test_fastapi_gets_a_model_and_gives_one(fast: Any) -> None:
    model = ApiPool.fast.model
    pet = model.Pet_Input(
        name="Rex",
        id=uuid.UUID(int=7),
        born=datetime.date(2020, 2, 3),
        price=1.5,
        notes={"a": 1},
        animal={"kind": "dog", "tricks": ["sit"]},
    )
    found = _both(fast, "add_pet", pet)
    assert type(found) is model.Pet_Output
    assert (found.name, found.id, found.born, found.color) == (
        "Rex",
        uuid.UUID(int=7),
        datetime.date(2020, 2, 3),
        "red",
    )
    assert found.animal["tricks"] == ["sit"]
    assert _both(fast, "two", {"pet": {"name": "Rex"}, "other": {"lives": 3}}) == {"pet": "Rex", "lives": 3}


def test_errors_of_fastapi_are_decoded(fast: Any) -> None:
    with pytest.raises(UnprocessableContent) as odd:
        fast.call.even([2, 3])
    assert (odd.value.status, odd.value.body["detail"][0]["loc"]) == (422, ["body", 1])
    assert "is odd" in odd.value.body["detail"][0]["msg"]
    assert odd.value.model.error_description == "body.1: Value error, is odd"
    with pytest.raises(NotFound) as missing:
        asyncio.run(fast.acall.get_pet(name="none"))
    assert missing.value.body["detail"] == "There is no such pet"
    assert missing.value.headers["x-why"] == "gone"
    assert missing.value.model.error_description == "There is no such pet"
    result = fast.client.get_pet(name="none")
    assert is_error(result)
    assert result.status == 404
    with pytest.raises(ResponseMismatch):
        fast.call.get_pet(name="wrong")
    with pytest.raises(ServerError) as crashed:  # the last one: uvicorn closes the connection behind it
        fast.call.get_pet(name="crash")
    assert (crashed.value.status, crashed.value.body) == (500, "Internal Server Error")


def test_what_fastapi_says_that_it_refuses_is_refused_before_anything_is_sent(fast: Any) -> None:
    with pytest.raises(ValidationError) as wrong:
        fast.call.params(number=0, word="a", color="blue", tags=["a"])
    assert "number" in str(wrong.value)
    assert "color" in str(wrong.value)


def test_fastapi_reads_forms_and_files(fast: Any, tmp_path: Path) -> None:
    form = {"name": WORD, "count": 3, "tags": ["a", "b c"]}
    assert _both(fast, "form", form) == form
    (tmp_path / "\u00e9.txt").write_text("two")

    def body() -> dict[str, Any]:
        more = [("one.txt", b"one"), tmp_path / "\u00e9.txt"]
        return {
            "photo": ("rex.png", io.BytesIO(b"x" * 200_000), "image/png"),
            "more": more,
            "raw": b"12",
            "title": WORD,
        }

    wanted = {"photo": ["rex.png", "image/png", 200_000], "more": [["one.txt", "one"], ["\u00e9.txt", "two"]]}
    for found in (fast.call.upload(body()), asyncio.run(fast.acall.upload(body()))):
        assert found == {**wanted, "raw": 2, "title": WORD}


def test_fastapi_gives_files_texts_and_nothing(fast: Any) -> None:
    with fast.call.photo() as photo:
        assert (photo.filename, photo.content_type, len(photo.read())) == ("\u00e9.png", "image/png", 200_000)
    assert _both(fast, "text") == "Once \u00fcpon"
    assert _both(fast, "drop_pet", name="Rex") is None


def test_lines_of_fastapi_are_read_as_they_come(fast: Any) -> None:
    day = datetime.date(2026, 1, 2)
    with fast.call.lines(count=3) as lines:
        assert [(type(line), line.number, line.when) for line in lines] == [
            (ApiPool.fast.model.Line, number, day) for number in range(3)
        ]
    assert sum(one["number"] for one in fast.call.ndjson()) == 499_500

    async def awaited() -> list[int]:
        return [line.number async for line in await fast.acall.lines(count=4)]

    assert asyncio.run(awaited()) == [0, 1, 2, 3]
    broken = fast.call.lines(count=3, wrong=1)
    assert next(broken).number == 0
    with pytest.raises(ConnectionLost):
        next(broken)


def test_events_of_fastapi_are_read_as_they_come(fast: Any) -> None:
    assert [json.loads(event.data)["number"] for event in fast.call.events()] == [0, 1, 2]

    async def awaited() -> list[Any]:
        return [event async for event in await fast.acall.said()]

    first, second = asyncio.run(awaited())
    assert (first.event, first.data, first.id, first.retry) == ("tick", "a\nb", "7", 5)
    assert json.loads(second.data) == {"of": "JSON"}


def test_a_token_of_fastapi_is_asked_for_and_shown(fast: Any) -> None:
    told = fast.call.token({"username": "ada", "password": "secret", "grant_type": "password"})
    assert told["token_type"] == "bearer"
    ada = fast.with_options(auth={"OAuth2PasswordBearer": told["access_token"]})
    assert _both(ada, "me") == "ada"
    with pytest.raises(BadRequest) as refused:
        fast.call.token({"username": "ada", "password": "other"})
    assert refused.value.model.error_description == "Incorrect username or password"
    for auth in ({}, {"OAuth2PasswordBearer": "another"}):
        with pytest.raises(Unauthorized) as unknown:
            fast.with_options(auth=auth).call.me()
        assert unknown.value.headers["www-authenticate"] == "Bearer"


def test_other_schemes_of_fastapi_are_filled(fast: Any) -> None:
    auth = {"HTTPBasic": {"username": "ada", "password": "x:y"}, "HTTPBearer": "b"}
    auth |= {"APIKeyHeader": "h", "APIKeyQuery": "q&r", "APIKeyCookie": "c"}
    known = fast.with_options(auth=auth)
    assert _both(known, "basic") == ["ada", "x:y"]
    assert _both(known, "bearer") == "b"
    assert [_both(known, name) for name in ("by_header", "by_query", "by_cookie")] == ["h", "q&r", "c"]


# ---- Connexion


def test_connexion_reads_parameters_of_every_style_as_they_were_meant(con: Any) -> None:
    given = {"number": 3, "numbers": [3, 4], "word": "a b\u00e9", "exploded": [3, 4], "joined": [5, 6], "is_it": True}
    given |= {"spaced": ["a", "b"], "piped": ["c", "d"], "deep": {"kind": "cat", "count": "3"}, "ratio": 1.5}
    assert _both(con, "simple", **given, x_word="w", kept="abc") == {**given, "x_word": "w", "kept": "abc"}


def test_connexion_gets_a_model_and_gives_one(con: Any) -> None:
    model = ApiPool.con.model
    found = _both(con, "add_pet", {"name": "Rex", "born": datetime.date(2020, 2, 3), "number": 3})
    assert isinstance(found, model.AddPetResponse201)  # Connexion serves its description without references
    assert (found.name, found.born, found.number) == ("Rex", datetime.date(2020, 2, 3), 7)
    assert _both(con, "drop_pet", name="Rex") is None


def test_errors_of_connexion_are_decoded(con: Any) -> None:
    with pytest.raises(NotFound) as missing:
        con.call.get_pet(name="none")
    assert (missing.value.body.title, missing.value.body.detail) == ("None", "There is no such pet")
    assert missing.value.model.error_description == "There is no such pet"
    with pytest.raises(ServerError) as crashed:
        asyncio.run(con.acall.get_pet(name="crash"))
    assert crashed.value.status == 500
    assert is_error(con.client.get_pet(name="none"))


def test_connexion_reads_forms_and_files(con: Any) -> None:
    assert _both(con, "form", {"name": WORD, "count": 3, "tags": ["a", "b"]}) == {
        "name": WORD,
        "count": 3,
        "tags": ["a", "b"],
    }
    found = con.call.upload(
        {"photo": ("rex.png", b"x" * 200_000, "image/png"), "more": [("a", b"1"), ("b", b"2")], "title": "T"}
    )
    assert found["photo"] == ["rex.png", "image/png", 200_000]
    assert found["more"] == [["a", "1"], ["b", "2"]]
    assert found["body"] == {"title": "T"}
    assert _both(con, "length", b"x" * 300_000) == {"length": 300_000}
    with con.call.photo() as photo:
        assert (photo.filename, len(photo.read())) == ("a.png", 200_000)


def test_connexion_is_told_who_calls(con: Any) -> None:
    known = con.with_options(auth={"bearer": "b", "basic": {"username": "ada", "password": "x:y"}, "key": "k&l"})
    assert [_both(known, name)["user"] for name in ("me", "basic", "key")] == ["b", "ada", "k&l"]
    for auth in ({}, {"bearer": "unknown"}):
        with pytest.raises(Unauthorized):
            con.with_options(auth=auth).call.me()
