"""MockTransport: what it answers, what it has seen, and what it says of a test that is wrong."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from upstreams.pool import alone

from pymacaron import ApiPool, get_config, load_clients
from pymacaron.client import errors
from pymacaron.exceptions import ConfigError, PyMacaronException, is_error
from pymacaron.pool import NotLoadedError
from pymacaron.testing import Called, MockError, MockTransport, in_turn

PETS = """
openapi: 3.2.0
info: {title: Pets, version: "1"}
servers: [{url: /v1}]
paths:
  /pets:
    get:
      operationId: list_pets
      x-pagination: {kind: page, parameter: page}
      parameters: [{name: page, in: query, schema: {type: integer, minimum: 1}}]
      responses:
        "200":
          description: ""
          content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Pet"}}}}
    post:
      operationId: shop.api.add_pet
      x-decorate-request: DECORATOR
      requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
      responses:
        "201": {description: "", content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
  /pets/{number}:
    get:
      operationId: get_pet
      parameters:
        - {name: number, in: path, required: true, schema: {type: integer}}
        - {name: born, in: query, schema: {type: string, format: date}}
        - {name: X-Lang, in: header, schema: {type: string}}
      responses:
        "200":
          description: ""
          content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}, example: {name: Example, number: 1}}}
        "303": {description: Elsewhere}
        "404": {description: "", content: {application/json: {schema: {$ref: "#/components/schemas/Error"}}}}
  /elsewhere:
    get: {operationId: elsewhere, responses: {"302": {description: ""}, "200": {description: ""}}}
  /moved:
    get: {operationId: moved, responses: {"200": {description: "", content: {application/json: {schema: {}}}}}}
  /photo:
    get:
      operationId: photo
      responses: {"200": {description: "", content: {image/png: {schema: {type: string, contentMediaType: image/png}}}}}
    post:
      operationId: add_photo
      requestBody:
        content:
          multipart/form-data:
            schema:
              type: object
              required: [title]
              properties: {title: {type: string}, photo: {type: string, contentMediaType: image/png}}
      responses: {"204": {description: ""}}
  /readings:
    post:
      operationId: readings
      requestBody: {content: {application/jsonl: {itemSchema: {$ref: "#/components/schemas/Pet"}}}}
      responses:
        "200": {description: "", content: {application/jsonl: {itemSchema: {$ref: "#/components/schemas/Pet"}}}}
  /news:
    get:
      operationId: news
      responses:
        "200":
          description: ""
          content: {text/event-stream: {itemSchema: {type: object, properties: {data: {type: string}}}}}
components:
  schemas:
    Pet:
      type: object
      required: [name]
      properties: {name: {type: string}, number: {type: integer}}
    Error:
      type: object
      required: [status, error, error_description]
      properties: {status: {type: integer}, error: {type: string}, error_description: {type: string}}
"""

FRONT = """
openapi: 3.1.0
info: {title: Front, version: "1"}
paths:
  /front: {get: {operationId: front, responses: {"200": {description: ""}}}}
  /awaited: {get: {operationId: awaited, responses: {"200": {description: ""}}}}
"""

ADA = {"name": "Ada", "number": 7}


@pytest.fixture(autouse=True)
def pets(own_config: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An api that nobody serves, and whose description names no host."""
    monkeypatch.setitem(sys.modules, "pets_decorators", SimpleNamespace(spoiled=spoiled))
    for name in ("pets", "others"):
        (tmp_path / f"{name}.yaml").write_text(PETS.replace("DECORATOR", "pets_decorators.spoiled"), encoding="utf-8")
    with alone():
        load_clients(tmp_path, ["pets", "others"])
        yield ApiPool.pets


async def gathered(items: Any) -> list[Any]:
    return [item async for item in items]


def three(fake: MockTransport, name: str, *args: Any, **kwargs: Any) -> list[Any]:
    """What the three faces give."""
    made = {face: getattr(ApiPool.pets, face).with_options(transport=fake) for face in ("client", "call", "acall")}
    return [
        getattr(made["client"], name)(*args, **kwargs),
        getattr(made["call"], name)(*args, **kwargs),
        asyncio.run(getattr(made["acall"], name)(*args, **kwargs)),
    ]


@pytest.mark.parametrize("answer", [ADA, (ADA, 200), (ADA, 200, {"X-More": "1"}), lambda called: ADA])
def test_what_a_handler_may_return_is_an_answer(answer: Any) -> None:
    fake = MockTransport({"get_pet": answer})
    found = three(fake, "get_pet", number=7)
    assert [(type(one), one.to_json()) for one in found] == [(ApiPool.pets.model.Pet, ADA)] * 3
    assert len(fake.calls) == 3


def test_a_model_is_an_answer_and_an_async_function_answers_what_is_awaited() -> None:
    async def answer(called: Called) -> Any:
        await asyncio.sleep(0)
        return ApiPool.pets.model.Pet(name="Ada", number=called.arguments["number"])

    fake = MockTransport({"get_pet": answer})
    made = ApiPool.pets.acall.with_options(transport=fake)
    assert asyncio.run(made.get_pet(number=7)).number == 7
    with pytest.raises(MockError, match=r"the answer for pets\.get_pet is awaited, which only a call of \.acall does"):
        ApiPool.pets.call.with_options(transport=fake).get_pet(number=7)


def test_what_was_asked_is_typed() -> None:
    from datetime import date

    fake = MockTransport({"get_pet": ADA, "shop.api.add_pet": lambda called: (called.body, 201)})
    client = ApiPool.pets.client.with_options(transport=fake, url="https://pets.example/base")
    client.get_pet(number=7, born=date(2026, 1, 31), x_lang="en", request_headers={"X-Own": "1"})
    assert client.add_pet({"name": "Bob"}).name == "Bob"
    get, add = fake.calls
    assert (get.api, get.operation, get.method) == ("pets", "get_pet", "GET")
    assert get.url == "https://pets.example/base/pets/7?born=2026-01-31"
    assert get.arguments == {"number": 7, "born": date(2026, 1, 31), "x_lang": "en"}
    assert get.query == {"born": ["2026-01-31"]}
    assert (get.headers["x-own"], get.headers["X-LANG"]) == ("1", "en")
    assert (get.body, get.content, get.attempt) == (None, b"", 1)
    assert (type(add.body), add.body.to_json()) == (ApiPool.pets.model.Pet, {"name": "Bob"})
    assert add.content == b'{"name":"Bob"}'
    assert fake.calls_of("add_pet") == fake.calls_of("pets.add_pet") == [add]


def test_examples_of_the_description_are_answers() -> None:
    assert [one.name for one in three(MockTransport(), "get_pet", number=7)] == ["Example"] * 3
    assert [one.name for one in three(MockTransport({"get_pet": ...}), "get_pet", number=7)] == ["Example"] * 3
    fake = MockTransport({"photo": b"x"}, examples=True)
    assert [one.name for one in three(fake, "get_pet", number=7)] == ["Example"] * 3
    with pytest.raises(MockError, match=r"the description of pets\.list_pets has no example: give"):
        three(MockTransport(), "list_pets")


def test_an_example_that_does_not_fit_is_told_with_why(tmp_path: Path) -> None:
    content = "{application/json: {example: {number: x}, schema: {properties: {number: {type: integer}}}}}"
    get = f"{{get: {{operationId: x, responses: {{'200': {{description: '', content: {content}}}}}}}}}"
    (tmp_path / "odd.yaml").write_text(f"openapi: 3.1.0\ninfo: {{title: T, version: '1'}}\npaths: {{/x: {get}}}")
    load_clients(tmp_path)
    fact = r"the description of odd\.x has no example that fits \(.*/number.* 'x' is not an integer\): give"
    with pytest.raises(MockError, match=fact):
        ApiPool.odd.call.with_options(transport=MockTransport()).x()


def test_an_operation_that_nobody_answers_is_named_with_what_to_write() -> None:
    fake = MockTransport({"photo": b"x"})
    with pytest.raises(MockError, match=r'nobody answers pets\.get_pet: add it, as in MockTransport\({"get_pet": '):
        ApiPool.pets.client.with_options(transport=fake).get_pet(number=7)


def test_an_answer_for_no_operation_is_told_at_once() -> None:
    with (
        pytest.raises(MockError, match=r"pets has no operation 'get_pat'\. Did you mean 'get_pet'\?"),
        MockTransport({"get_pat": ADA}).of("pets"),
    ):
        pass
    with pytest.raises(MockError, match="Did you mean 'get_pet'"):
        three(MockTransport({"get_pat": ADA}), "get_pet", number=1)
    with pytest.raises(NotLoadedError, match="'pest'"), MockTransport().of("pest"):
        pass


@pytest.mark.parametrize(
    ("answer", "fact"),
    [
        ({"nam": "Ada"}, r"status 200: response /name: is missing"),
        ((ADA, 202), r"status 202: .*202 is not declared"),
        (object(), "cannot be sent"),
        ((ADA, 200, 7, 8), "cannot be sent"),
    ],
)
def test_an_answer_that_does_not_fit_says_where(answer: Any, fact: str) -> None:
    with pytest.raises(MockError, match=rf"the answer for pets\.get_pet .*{fact}"):
        ApiPool.pets.call.with_options(transport=MockTransport({"get_pet": answer})).get_pet(number=7)


def test_a_request_that_does_not_fit_says_where() -> None:
    fake = MockTransport({"add_pet": (ADA, 201)})
    made = ApiPool.pets.call.with_options(transport=fake)
    with pytest.raises(MockError, match=r"what pets\.add_pet was asked does not fit .* POST .*/pets: .*'text/plain'"):
        made.add_pet(ADA, request_headers={"X-Spoil": "1"})
    assert fake.calls == []
    assert made.add_pet(ADA).name == "Ada"


def spoiled(request: Any) -> Any:
    """A decorator that breaks what is sent."""

    def sent(prepared: Any, headers: dict[str, str]) -> Any:
        if "X-Spoil" in headers:
            prepared.send.headers = [("Content-Type", "text/plain")]
        return request(prepared, headers=headers)

    return sent


@pytest.mark.parametrize("answer", [(None, 503), ({"message": "down"}, 503), errors.ServiceUnavailable, ("sorry", 503)])
def test_errors_are_answers_whether_they_are_declared_or_not(answer: Any) -> None:
    made = ApiPool.pets.call.with_options(transport=MockTransport({"get_pet": answer}), max_attempts=1)
    with pytest.raises(errors.ServiceUnavailable):
        made.get_pet(number=7)


def test_exceptions_of_services_and_of_clients_are_replies() -> None:
    class NoSuchPet(PyMacaronException):
        code = "NO_SUCH_PET"
        status = 404

    for answer in (NoSuchPet("gone"), NoSuchPet, errors.NotFound("gone"), errors.NotFound):
        fake = MockTransport({"get_pet": answer})
        error = ApiPool.pets.client.with_options(transport=fake).get_pet(number=7)
        assert (is_error(error), error.status) == (True, 404)
        with pytest.raises(errors.NotFound):
            ApiPool.pets.call.with_options(transport=fake).get_pet(number=7)


def test_what_fails_first_is_tried_again_without_waiting() -> None:
    fake = MockTransport({"get_pet": in_turn(errors.ConnectFailed, (None, 503, {"Retry-After": "15"}), ADA)})
    made = ApiPool.pets.call.with_options(transport=fake)
    assert made.get_pet(number=7).name == "Ada"
    assert [one.attempt for one in fake.calls] == [1, 2, 3]
    assert made.get_pet(number=7).name == "Ada"
    with fake.of("pets"):
        assert asyncio.run(ApiPool.pets.acall.get_pet(number=7)).name == "Ada"


def test_waiting_counts_against_the_deadline() -> None:
    fake = MockTransport({"get_pet": (None, 503, {"Retry-After": "60"})})
    made = ApiPool.pets.call.with_options(transport=fake)
    with pytest.raises(errors.ServiceUnavailable):
        made.get_pet(number=7)
    assert len(fake.calls) == 1


def test_faults_of_the_network_are_answers() -> None:
    for kind in (errors.TimedOut, errors.ConnectFailed, errors.ConnectionLost):
        fake = MockTransport({"add_pet": kind("no"), "get_pet": kind})
        made = ApiPool.pets.call.with_options(transport=fake)
        with pytest.raises(kind):
            made.add_pet(ADA)
        assert len(fake.calls) == 1
        with pytest.raises(kind) as caught:
            made.get_pet(number=7)
        assert caught.value.attempts == 3


def test_of_answers_whoever_calls_and_ends() -> None:
    kept = ApiPool.pets.call
    other = ApiPool.pets.call.with_options(timeout=3)
    method = ApiPool.others.call.get_pet
    with MockTransport({"get_pet": ADA}).of("pets", "others") as fake:
        names = [kept.get_pet(number=1).name, other.get_pet(number=2).name, method(number=3).name]
        assert names == ["Ada"] * 3
        assert [(one.api, one.arguments["number"]) for one in fake.calls] == [("pets", 1), ("pets", 2), ("others", 3)]
        with MockTransport({"pets.get_pet": {"name": "Bob"}}).of("pets"):
            assert kept.get_pet(number=1).name == "Bob"
        assert kept.get_pet(number=1).name == "Ada"
    assert len(fake.calls) == 4
    with pytest.raises(ConfigError):
        kept.get_pet(number=1)
    assert get_config() is not None


def test_fakes_may_end_in_any_order_and_leave_nothing() -> None:
    call = ApiPool.pets.call
    first, second = MockTransport({"get_pet": ADA}).of("pets"), MockTransport({"get_pet": {"name": "Bob"}}).of("pets")
    first.__enter__()
    second.__enter__()
    assert call.get_pet(number=1).name == "Bob"
    first.__exit__(None, None, None)
    assert call.get_pet(number=1).name == "Bob"
    second.__exit__(None, None, None)
    with pytest.raises(ConfigError):
        call.get_pet(number=1)
    with pytest.raises(KeyboardInterrupt), MockTransport({"get_pet": ADA}).of("pets"):
        raise KeyboardInterrupt
    with pytest.raises(ConfigError):
        call.get_pet(number=1)


def test_a_fault_that_the_service_makes_an_error_of_is_raised_at_the_end() -> None:
    def handler() -> str:
        try:
            ApiPool.pets.call.get_pet(number=7)
        except Exception:
            return "an internal error"
        return "all is well"

    with pytest.raises(MockError, match="nobody answers"), MockTransport({}).of("pets"):
        assert handler() == "an internal error"


def test_handlers_of_a_service_under_test_call_it(service: Callable[..., Flask]) -> None:
    def front() -> dict[str, str]:
        return {"hello": ApiPool.pets.client.get_pet(number=7).name}

    async def awaited() -> dict[str, str]:
        return {"hello": (await ApiPool.pets.acall.get_pet(number=7)).name}

    client = service(FRONT, {"front": front, "awaited": awaited}).test_client()
    with MockTransport({"get_pet": ADA}).of("pets") as fake:
        assert [client.get(path).get_json() for path in ("/front", "/awaited")] == [{"hello": "Ada"}] * 2
    assert len({one.headers["PymCallID"] for one in fake.calls}) == 2
    with pytest.raises(MockError, match=r"nobody answers pets\.get_pet"), MockTransport({}).of("pets"):
        assert client.get("/front").status_code == 500


def test_pages_come_from_a_function() -> None:
    def answer(called: Called) -> Any:
        return [ADA] * 2 if called.arguments.get("page", 1) < 3 else []

    names = iter("abcdefgh")
    fake = MockTransport({"list_pets": lambda called: [{"name": next(names)} for _ in answer(called)]})
    made = ApiPool.pets.clients.with_options(transport=fake)
    assert [one.name for one in made.call.list_pets.items()] == list("abcd")
    names = iter("abcdefgh")
    assert [one.name for one in asyncio.run(gathered(made.acall.list_pets.items()))] == list("abcd")
    assert [one.arguments for one in fake.calls] == [{}, {"page": 2}, {"page": 3}] * 2


def test_streams_and_files_go_both_ways() -> None:
    def answer(called: Called) -> Any:
        return (pet for pet in called.body)

    fake = MockTransport(
        {
            "readings": answer,
            "news": lambda called: iter([{"data": "a"}, {"data": "b"}]),
            "photo": lambda called: b"png" * 3,
            "add_photo": None,
        }
    )
    made = ApiPool.pets.clients.with_options(transport=fake)
    assert [one.name for one in made.call.readings(iter([ADA, ADA]))] == ["Ada"] * 2
    assert [one.data for one in made.call.news()] == ["a", "b"]
    assert made.call.photo().read() == b"png" * 3
    made.call.add_photo({"title": "me", "photo": b"data"})
    form = fake.calls_of("add_photo")[0].body
    assert (form.title, form.photo.read()) == ("me", b"data")

    async def awaited() -> None:
        async def pets() -> Any:
            yield ADA

        assert [one.name for one in await gathered(await made.acall.readings(pets()))] == ["Ada"]
        assert [one.data for one in await gathered(await made.acall.news())] == ["a", "b"]
        assert await (await made.acall.photo()).read() == b"png" * 3

    asyncio.run(awaited())


def test_an_item_that_does_not_fit_is_told_when_it_is_reached() -> None:
    fake = MockTransport({"readings": lambda called: iter([ADA, {"nam": "x"}])})
    items = ApiPool.pets.call.with_options(transport=fake).readings(iter([]))
    assert next(items).name == "Ada"
    with pytest.raises(MockError, match="/1/name: is missing"):
        next(items)


def test_redirects_lead_to_the_answer_of_another_operation() -> None:
    fake = MockTransport({"moved": (None, 302, {"Location": "/v1/pets/7"}), "get_pet": ADA})
    found = ApiPool.pets.call.with_options(transport=fake).moved()
    assert found == ADA
    assert [one.operation for one in fake.calls] == ["moved", "get_pet"]
    fake = MockTransport({"moved": (None, 302, {"Location": "/v1/nothing"})})
    with pytest.raises(MockError, match="pets has no operation GET /nothing, which moved led to"):
        ApiPool.pets.call.with_options(transport=fake).moved()
