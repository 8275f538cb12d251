"""What a method of a client sends and gives, over real sockets."""

from __future__ import annotations

import asyncio
import gzip
import inspect
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from upstreams.server import Server, clients, reply

from pymacaron import ApiPool, context
from pymacaron.auth import backend_token
from pymacaron.client import errors
from pymacaron.client.loading import load_clients
from pymacaron.config import load as load_config
from pymacaron.exceptions import ConfigError, ValidationError, is_error

PET = {"name": "Ada", "number": 7}
UUID4 = 36


def both(shop: Any, name: str, *args: Any, **kwargs: Any) -> list[Any]:
    """What the method gives, called and awaited."""
    return [getattr(shop.call, name)(*args, **kwargs), asyncio.run(getattr(shop.acall, name)(*args, **kwargs))]


def both_raise(error: type[BaseException], shop: Any, name: str, *args: Any, **kwargs: Any) -> list[Any]:
    with pytest.raises(error) as called:
        getattr(shop.call, name)(*args, **kwargs)
    with pytest.raises(error) as awaited:
        asyncio.run(getattr(shop.acall, name)(*args, **kwargs))
    return [called.value, awaited.value]


def test_a_call_gives_the_model_of_its_reply(shop: Any, server: Server) -> None:
    server.answer = lambda asked: reply(200, PET)
    found = [shop.client.get_pet(number=7), *both(shop, "get_pet", number=7)]
    assert [(type(pet), pet.to_json()) for pet in found] == [(ApiPool.shop.model.Pet, PET)] * 3
    assert {asked.line for asked in server.asked} == {"GET /pets/7 HTTP/1.1"}


def test_the_body_is_the_one_positional_argument(shop: Any, server: Server) -> None:
    server.answer = lambda asked: reply(201, PET)
    assert [pet.number for pet in both(shop, "add_pet", ApiPool.shop.model.Pet(name="Ada"))] == [7, 7]
    assert [json.loads(asked.body) for asked in server.asked] == [{"name": "Ada"}] * 2
    assert {asked.headers["content-type"] for asked in server.asked} == {"application/json"}


def test_arguments_that_are_none_are_left_out(shop: Any, server: Server) -> None:
    server.answer = lambda asked: reply(200, [PET])
    both(shop, "list_pets", limit=None)
    both(shop, "list_pets", limit=2)
    assert [asked.line for asked in server.asked] == ["GET /pets HTTP/1.1"] * 2 + ["GET /pets?limit=2 HTTP/1.1"] * 2


def test_arguments_that_do_not_fit_are_told_before_anything_is_sent(shop: Any, server: Server) -> None:
    for error in both_raise(ValidationError, shop, "get_pet", nummer=7):
        assert "nummer" in str(error)
        assert "path /number is missing" in str(error)
    for error in both_raise(ValidationError, shop, "get_pet", number=7, max_attempts=0, read_timeout="1"):
        assert "/max_attempts is 0" in str(error)
        assert "/read_timeout is '1'" in str(error)
    both_raise(ValidationError, shop, "get_pet", number=7, read_timeout=float("inf"))
    with pytest.raises(ValidationError):
        shop.client.get_pet()
    assert server.asked == []


def test_a_header_with_a_line_break_is_never_sent(shop: Any, server: Server) -> None:
    both_raise(ValidationError, shop, "get_pet", number=7, request_headers={"X-A": "b\r\nX-C: d"})
    both_raise(ValidationError, shop, "get_pet", number=7, request_headers={"X A": "b"})
    assert server.asked == []


def test_errors_are_returned_by_client_and_raised_by_call(shop: Any, server: Server) -> None:
    body = {"status": 404, "error": "NO_SUCH_PET", "error_description": "no pet 7", "error_id": "an id"}
    server.answer = lambda asked: reply(404, body, {"X-More": "yes"})
    returned = shop.client.get_pet(number=7)
    assert is_error(returned)
    assert (type(returned), returned.to_json()) == (ApiPool.shop.model.Error, body)
    for error in both_raise(errors.NotFound, shop, "get_pet", number=7):
        assert (error.status, error.error, error.error_id) == (404, "NO_SUCH_PET", "an id")
        assert error.body.to_json() == body
        assert error.headers["x-more"] == "yes"
        assert (error.api, error.operation, error.method) == ("shop", "get_pet", "GET")
        assert error.url == f"{server.url}/pets/7"
        assert len(error.call_id) == UUID4
        assert error.attempts == 1
        assert is_error(error)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (300, errors.Redirected),
        (400, errors.BadRequest),
        (401, errors.Unauthorized),
        (403, errors.Forbidden),
        (405, errors.MethodNotAllowed),
        (409, errors.Conflict),
        (410, errors.Gone),
        (418, errors.RequestFailed),
        (422, errors.UnprocessableContent),
        (429, errors.TooManyRequests),
        (500, errors.ServerError),
        (502, errors.UpstreamError),
        (503, errors.ServiceUnavailable),
        (504, errors.GatewayTimeout),
        (599, errors.ServerError),
    ],
)
def test_each_status_has_an_exception(shop: Any, server: Server, status: int, kind: type[errors.ClientError]) -> None:
    server.answer = lambda asked: reply(status, content=b"<h1>Sorry</h1>", headers={"Content-Type": "text/html"})
    for error in both_raise(kind, shop, "add_pet", {"name": "Ada"}):
        assert type(error) is kind
        assert error.status == status
    returned = shop.client.add_pet({"name": "Ada"})
    assert is_error(returned)
    assert returned.status == status
    assert len(server.asked) == 3


def test_no_answer_is_returned_as_an_error_model_too(shop: Any, server: Server) -> None:
    server.close()
    returned = shop.client.get_pet(number=7)
    assert is_error(returned)
    assert (type(returned), returned.error, returned.status) == (ApiPool.shop.model.Error, "CONNECT_FAILED", 503)
    for error in both_raise(errors.ConnectFailed, shop, "get_pet", number=7):
        assert error.attempts == 3
        assert "sent 3 times" in str(error)


def test_the_ids_of_the_call_that_is_answered_travel_along(shop: Any, server: Server) -> None:
    incoming = {"PymCallID": "an-id", "PymCallPath": "public", "traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}
    with context.Call(headers=incoming) as call:
        call.api_name = "user"
        both(shop, "book")
    for asked in server.asked:
        assert asked.headers["pymcallid"] == "an-id"
        assert asked.headers["pymcallpath"] == "public.user"
        assert asked.headers["traceparent"].startswith(f"00-{'a' * 32}-")


def test_a_script_begins_a_call_of_its_own(shop: Any, server: Server) -> None:
    both(shop, "book")
    first, second = (asked.headers for asked in server.asked)
    assert len(first["pymcallid"]) == UUID4
    assert first["pymcallid"] != second["pymcallid"]
    assert "pymcallpath" not in first
    assert first["traceparent"].startswith("00-")


def test_headers_of_the_call_go_before_all_others(shop: Any, server: Server) -> None:
    other = shop.with_options(headers={"X-A": "config", "X-B": "config", "Accept": "text/x"})
    both(other, "get_pet", number=7, x_lang="de", request_headers={"x-a": "call", "X-LANG": "fr", "X-None": None})
    for asked in server.asked:
        assert asked.headers["x-a"] == "call"
        assert asked.headers["x-b"] == "config"
        assert asked.headers["x-lang"] == "fr"
        assert asked.headers["accept"] == "application/json"
        assert asked.headers["user-agent"] == "pymacaron"
        assert "x-none" not in asked.headers


def test_add_auth_gives_the_token_of_the_user_or_of_backend_token(shop: Any, server: Server) -> None:
    load_config(settings={"jwt_secret": "s" * 40, "jwt_issuer": "i", "jwt_audience": "a"})
    both(shop, "mine")
    with context.Call(token="the.users.token", claims={"sub": "u"}):
        both(shop, "mine")
    with backend_token(user_id="robot") as token:
        both(shop, "mine")
        both(shop, "mine", request_headers={"authorization": "own"})
    found = [asked.headers.get("authorization") for asked in server.asked]
    assert found == [None] * 2 + ["Bearer the.users.token"] * 2 + [f"Bearer {token}"] * 2 + ["own"] * 2


def test_the_idempotency_key_is_sent_where_it_is_declared(shop: Any, server: Server) -> None:
    both(shop, "order")
    both(shop, "book")
    both(shop, "order", idempotency_key="mine")
    both(shop, "book", request_headers={"idempotency-key": "mine"})
    keys = [asked.headers["idempotency-key"] for asked in server.asked]
    assert keys[4:] == ["mine"] * 4
    assert [len(key) for key in keys[:4]] == [UUID4] * 4
    assert len(set(keys)) == 5


def test_methods_are_called_as_x_bind_client_or_the_operation_id_says(shop: Any, server: Server) -> None:
    both(shop, "replace_pet", {"name": "Ada"}, number=1)
    assert {asked.line for asked in server.asked} == {"PUT /pets/1 HTTP/1.1"}
    names = ["add_pet", "add_photo", "book", "get_pet", "list_pets", "mine", "order", "photo", "replace_pet"]
    assert dir(shop.client) == [*names, "with_options"]
    assert shop.call.get_pet.__name__ == "get_pet"
    assert shop.call.get_pet.__doc__ == "GET /pets/{number}"
    told = "max_attempts=None, read_timeout=None, connect_timeout=None, request_headers=None"
    assert str(inspect.signature(shop.call.get_pet)) == f"(*, number, x_lang=None, {told})"
    assert str(inspect.signature(shop.acall.add_pet)) == f"(body, /, *, {told})"
    assert str(inspect.signature(shop.client.replace_pet)) == f"(body=None, /, *, number, {told})"
    assert str(inspect.signature(shop.call.order)) == f"(*, idempotency_key=None, {told})"  # it is made
    with pytest.raises(AttributeError, match="Did you mean 'get_pet'"):
        shop.client.get_pat  # noqa: B018


def test_with_options_makes_a_client_with_other_defaults(shop: Any, server: Server) -> None:
    one = shop.call.with_options(headers={"X-A": "1"}, max_attempts=1)
    two = one.with_options(headers={"X-B": "2"})
    two.book()
    assert (server.asked[0].headers["x-a"], server.asked[0].headers["x-b"]) == ("1", "2")
    with pytest.raises(TypeError, match="Did you mean 'timeout'"):
        shop.call.with_options(timout=1)
    server.answer = lambda asked: reply(503)
    with pytest.raises(errors.ServiceUnavailable):
        one.get_pet(number=1)
    assert len(server.asked) == 2


def test_the_base_url_is_told_or_described(tmp_path: Path, server: Server) -> None:
    where = {
        "three": "openapi: 3.1.0\nservers: [{url: 'http://{host}:{port}/{v}/', variables: {host: {default: 127.0.0.1}, "
        f"port: {{default: '{server.port}'}}, v: {{default: v1}}}}}}]",
        "two": f"swagger: '2.0'\nhost: 127.0.0.1:{server.port}\nschemes: [http]\nbasePath: /v2",
        "none": "openapi: 3.1.0\nservers: [{url: /v3}]",
    }
    for name, head in where.items():
        operation = "{get: {operationId: x, responses: {'200': {description: ''}}}}"
        text = f"{head}\ninfo: {{title: T, version: '1'}}\npaths: {{/x: {operation}}}"
        (tmp_path / f"{name}.yaml").write_text(text)
    load_clients(tmp_path)
    ApiPool.three.call.x()
    ApiPool.three.call.with_options(variables={"v": "v9"}).x()
    ApiPool.two.call.x()
    with pytest.raises(ConfigError, match="nobody says where the api 'none' is"):
        ApiPool.none.call.x()
    ApiPool.none.call.with_options(url=server.url).x()
    ApiPool.none.call.with_options(url=f"{server.url}/elsewhere/").x()
    ApiPool.none.call.with_options(url=f"{server.url}/").x()  # a path, too: the root
    paths = [asked.line.split()[1] for asked in server.asked]
    assert paths == ["/v1/x", "/v9/x", "/v2/x", "/v3/x", "/elsewhere/x", "/x"]


def test_no_cookie_is_kept_between_calls(shop: Any, server: Server) -> None:
    server.answer = lambda asked: reply(200, headers={"Set-Cookie": "a=b; Path=/"})
    both(shop, "book")
    both(shop, "book")
    assert all("cookie" not in asked.headers for asked in server.asked)


def test_connections_are_used_again(shop: Any, server: Server) -> None:
    for _ in range(5):
        shop.call.book()
    assert server.connections == 1

    async def several() -> None:
        for _ in range(5):
            await shop.acall.book()

    asyncio.run(several())
    assert server.connections == 2


def test_compressed_replies_are_decoded(shop: Any, server: Server) -> None:
    packed = gzip.compress(json.dumps(PET).encode())
    server.answer = lambda asked: reply(
        200, content=packed, headers={"Content-Type": "application/json", "Content-Encoding": "gzip"}
    )
    assert [pet.name for pet in both(shop, "get_pet", number=1)] == ["Ada", "Ada"]
    assert server.asked[0].headers["accept-encoding"] == "gzip, deflate"


def test_replies_have_a_limit_decompressed_ones_too(shop: Any, server: Server) -> None:
    small = shop.with_options(max_reply_bytes=1000)
    long = json.dumps({"name": "A" * 1000}).encode()
    bomb = gzip.compress(json.dumps({"name": "A" * 1_000_000}).encode())
    answers = [
        reply(200, content=long),
        reply(200, content=bomb, headers={"Content-Encoding": "gzip"}),
        [b"HTTP/1.1 200 OK\r\n\r\n", long],
    ]
    for answer in answers:
        server.answer = lambda asked, answer=answer: answer
        for error in both_raise(errors.BadReply, small, "get_pet", number=1):
            assert "more than 1000 bytes" in str(error)
    assert len(server.asked) == 2 * len(answers)


def test_bodies_that_are_iterators_are_streamed_and_sent_once(shop: Any, server: Server) -> None:
    shop.call.add_photo(iter([b"a" * 10, b"b" * 10]))

    async def pieces() -> Any:
        yield b"a" * 10
        yield b"b" * 10

    async def awaited() -> None:
        await shop.acall.add_photo(pieces())
        await shop.acall.add_photo(iter([b"a" * 10, b"b" * 10]))

    asyncio.run(awaited())
    assert [asked.body for asked in server.asked] == [b"a" * 10 + b"b" * 10] * 3
    assert all(asked.headers["transfer-encoding"] == "chunked" for asked in server.asked)


def test_a_reply_that_is_a_stream_is_read_while_it_comes(shop: Any, server: Server) -> None:
    go_on = threading.Event()

    def pieces(asked: Any) -> Any:
        yield b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\nfirst"
        assert go_on.wait(30)
        yield b"second"

    server.answer = pieces
    pieces_of_it = iter(shop.call.photo())
    assert next(pieces_of_it) == b"first"
    go_on.set()
    assert b"".join(pieces_of_it) == b"second"
    go_on.clear()

    async def awaited() -> None:
        stream = await shop.acall.photo()
        pieces = aiter(stream)
        assert await anext(pieces) == b"first"
        go_on.set()
        assert b"".join([piece async for piece in pieces]) == b"second"

    asyncio.run(awaited())


def test_a_stream_that_nobody_reads_leaves_its_connection_to_others(shop: Any, server: Server) -> None:
    server.answer = lambda asked: reply(200, content=b"x" * 10, headers={"Content-Type": "application/octet-stream"})
    narrow = shop.with_options(max_connections=1, timeout=30)
    for _ in range(3):
        narrow.call.photo()
    narrow.call.photo().close()

    async def awaited() -> None:
        for _ in range(3):
            await narrow.acall.photo()
        await (await narrow.acall.photo()).aclose()

    asyncio.run(awaited())
    assert len(server.asked) == 8


def test_a_thousand_awaited_calls_at_once_share_a_few_connections(shop: Any, server: Server) -> None:
    server.answer = lambda asked: reply(200, PET)
    some = shop.with_options(max_connections=20, timeout=120)

    async def all_at_once() -> list[Any]:
        return await asyncio.gather(*(some.acall.get_pet(number=number) for number in range(1000)))

    assert [pet.name for pet in asyncio.run(all_at_once())] == ["Ada"] * 1000
    assert {asked.line.split()[1] for asked in server.asked} == {f"/pets/{number}" for number in range(1000)}
    assert server.connections <= 20


def test_threads_share_a_client(shop: Any, server: Server) -> None:
    server.answer = lambda asked: reply(200, {"name": asked.line.split()[1]})
    found: dict[int, list[str]] = {}

    def work(number: int) -> None:
        found[number] = [shop.call.get_pet(number=number).name for _ in range(25)]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == {number: [f"/pets/{number}"] * 25 for number in range(16)}
    assert server.connections <= 16


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_has_connections_of_its_own(shop: Any, server: Server) -> None:
    server.answer = lambda asked: reply(200, {"name": str(asked.connection)})
    assert shop.call.get_pet(number=1).name == "1"
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            told = [shop.call.get_pet(number=1).name, asyncio.run(shop.acall.get_pet(number=1)).name]
            os.write(writer, ",".join(told).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        assert pipe.read() == "2,3"
    os.waitpid(child, 0)
    assert shop.call.get_pet(number=1).name == "1"


def test_observers_are_told_of_each_attempt_without_the_query(shop: Any, server: Server) -> None:
    seen: list[Any] = []
    watched = shop.with_options(observe=seen.append)
    answers = iter([reply(503), None, reply(200, [PET])])
    server.answer = lambda asked: next(answers)
    watched.call.list_pets(limit=3)
    told = [(one.api, one.operation, one.method, one.url, one.number, one.status, one.error) for one in seen]
    where = ("shop", "list_pets", "GET", f"{server.url}/pets")
    assert told == [(*where, 1, 503, ""), (*where, 2, 0, "CONNECTION_LOST"), (*where, 3, 200, "")]
    assert all(one.ms > 0 for one in seen)


def test_an_observer_that_fails_fails_no_call(shop: Any, server: Server, caplog: pytest.LogCaptureFixture) -> None:
    server.answer = lambda asked: reply(200, [PET])

    def failing(attempted: Any) -> None:
        raise KeyError("s3cret")

    assert len(both(shop.with_options(observe=failing), "list_pets")) == 2
    assert [one.getMessage() for one in caplog.records] == ["an attempt of a call could not be observed: KeyError"] * 2


def test_the_config_says_how_an_api_is_called(tmp_path: Path, server: Server, shop: Any) -> None:
    (tmp_path / "pym-config.yaml").write_text(
        f"clients:\n  cafe:\n    url: {server.url}\n    timeout: 7\n    max_attempts: 2\n"
        "    headers: {X-Key: CAFE_KEY}\nenv_secrets: [CAFE_KEY]\n"
    )
    load_config(tmp_path / "pym-config.yaml", environ={"CAFE_KEY": "a secret"})
    (tmp_path / "apis").mkdir()
    (tmp_path / "apis" / "cafe.yaml").write_text((tmp_path / "shop.yaml").read_text())
    load_clients(apis=["cafe"])
    made = clients(ApiPool.cafe.clients)
    assert (made.options.policy.timeout, made.options.policy.attempts) == (7, 2)
    made.call.book()
    assert server.asked[0].headers["x-key"] == "a secret"


def test_calls_that_are_cancelled_leave_their_connections_to_others(shop: Any, server: Server) -> None:
    go_on = threading.Event()

    def answer(asked: Any) -> bytes:
        assert asked.line.split()[1] != "/pets/1" or go_on.wait(30)
        return reply(200, PET)

    server.answer = answer
    narrow = shop.with_options(max_connections=2, timeout=30)

    async def cancelled() -> list[str]:
        tasks = [asyncio.create_task(narrow.acall.get_pet(number=1)) for _ in range(4)]
        while len(server.asked) < 2:
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(one) for one in ended] == [asyncio.CancelledError] * 4
        return [(await narrow.acall.get_pet(number=number)).name for number in range(2, 8)]

    try:
        assert asyncio.run(cancelled()) == ["Ada"] * 6
    finally:
        go_on.set()
