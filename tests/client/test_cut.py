"""A read of a stream that fails or is cancelled is the last one: what came before is never taken for all there is."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, request
from upstreams.server import Server, clients

from pymacaron import API, ApiPool
from pymacaron.client import connections
from pymacaron.client.errors import ConnectionLost, ResponseMismatch, TimedOut
from pymacaron.client.loading import load_clients

PHOTO = """
openapi: 3.1.0
info: {title: Photos, version: "1"}
paths:
  /photo:
    get:
      operationId: photo
      responses:
        "200":
          description: ""
          headers: {X-Number: {required: true, schema: {type: integer}}}
          content: {application/octet-stream: {schema: {type: string, format: binary}}}
        "201": {description: "", content: {application/json: {schema: {}}}}
"""
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 30\r\n\r\n"


@pytest.fixture
def halting(server: Server) -> Iterator[threading.Event]:
    """The server sends ten of thirty bytes, and the others when this is set."""
    go_on = threading.Event()

    def pieces(asked: Any) -> Iterator[bytes]:
        yield HEAD + b"a" * 10
        assert go_on.wait(60)
        yield b"b" * 20

    server.answer = pieces
    yield go_on
    go_on.set()


def test_a_file_whose_read_timed_out_has_no_end(shop: Any, halting: threading.Event) -> None:
    impatient = shop.with_options(timeout=30, read_timeout=0.1, max_connections=1)
    with impatient.call.photo() as file:
        with pytest.raises(TimedOut):
            file.read()
        for _ in range(2):
            with pytest.raises(ConnectionLost, match="a read of it has failed"):
                file.read()

    async def awaited() -> None:
        file = await impatient.acall.photo()
        with pytest.raises(TimedOut):
            await file.read()
        for _ in range(2):
            with pytest.raises(ConnectionLost, match="a read of it has failed") as lost:
                await file.read()
            assert lost.value.operation == "photo"
        await (await impatient.acall.photo()).aclose()  # its place is free again

    asyncio.run(awaited())


def test_a_file_whose_read_was_cancelled_has_no_end(shop: Any, halting: threading.Event) -> None:
    narrow = shop.with_options(max_connections=1)

    async def awaited() -> None:
        file = await narrow.acall.photo()
        assert await file.read(10) == b"a" * 10
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(file.read(), 0.05)
        halting.set()
        with pytest.raises(ConnectionLost, match="or was cancelled"):
            await file.read()
        assert len(await (await narrow.acall.photo()).read()) == 30

    asyncio.run(awaited())


def test_a_stream_that_is_refused_gives_its_place_back_once(tmp_path: Path, server: Server) -> None:
    (tmp_path / "photos.yaml").write_text(PHOTO, encoding="utf-8")
    load_clients(tmp_path, ["photos"])
    server.answer = lambda asked: HEAD.replace(b"30", b"3") + b"abc"
    strict = clients(ApiPool.photos.clients, url=server.url, validation="strict", max_connections=2)

    async def refused() -> None:
        for _ in range(5):
            with suppress(ResponseMismatch):
                await strict.acall.photo()
            gc.collect()  # what was to read it is gone, too
            await asyncio.sleep(0)
        open_ = await connections.of_loop(server.url, strict.options.network)
        assert open_._free._value == 2

    asyncio.run(refused())


def test_a_proxy_that_there_cannot_be_takes_no_place(shop: Any) -> None:
    odd = shop.with_options(proxy="foo://127.0.0.1:1", max_connections=1, timeout=5)

    async def refused() -> None:
        for _ in range(3):
            with pytest.raises(ValueError, match="proxy"):
                await odd.acall.list_pets()

    asyncio.run(refused())


@pytest.fixture
def photos(tmp_path: Path, own_config: None) -> Any:
    """photos(pieces, status=200) -> the api, which this process serves; and where its requests have ended."""

    def build(pieces: Any, status: int = 200) -> tuple[Any, list[str]]:
        (tmp_path / "photos.yaml").write_text(PHOTO, encoding="utf-8")
        app, ended = Flask("photos"), list[str]()
        kind = "application/octet-stream" if status == 200 else "application/json"
        made = lambda: Response(pieces(), status, {"X-Number": "1"}, content_type=kind)  # noqa: E731
        app.teardown_request(lambda error: ended.append(request.path))
        API(app, resolver=lambda operation: made).load_apis(tmp_path / "photos.yaml").start(serve="photos")
        return ApiPool.photos, ended

    return build


def test_in_this_process_too(photos: Any) -> None:
    go_on = threading.Event()

    def pieces() -> Iterator[bytes]:
        yield b"a" * 10
        assert go_on.wait(60)
        raise ValueError("of the service")

    api, ended = photos(pieces)

    async def cancelled() -> None:
        file = await api.acall.photo()
        assert await file.read(10) == b"a" * 10
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(file.read(), 0.05)
        with pytest.raises(ConnectionLost, match="or was cancelled"):
            await file.read()
        go_on.set()
        while not ended:
            await asyncio.sleep(0.01)

    asyncio.run(cancelled())
    with api.call.photo() as file:
        with pytest.raises(ConnectionLost, match="the service failed"):
            file.read()
        with pytest.raises(ConnectionLost, match="a read of it has failed"):
            file.read()
    assert ended == ["/photo"] * 2


def test_a_reply_that_nobody_waits_for_ends_its_request(photos: Any, caplog: pytest.LogCaptureFixture) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def pieces() -> Iterator[bytes]:
        yield b"[1,"
        begun.set()
        assert go_on.wait(60)
        yield b"2]"

    api, ended = photos(pieces, 201)

    async def cancelled() -> None:
        call = asyncio.ensure_future(api.acall.photo())
        while not begun.is_set():
            await asyncio.sleep(0.01)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        go_on.set()
        while not ended:
            await asyncio.sleep(0.01)

    asyncio.run(cancelled())
    assert ended == ["/photo"]
    assert not caplog.records


def test_of_a_handshake_that_is_cancelled_no_connection_stays(shop: Any) -> None:
    async def cancelled() -> None:
        begun, gone = asyncio.Event(), asyncio.Event()

        async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(1)
            begun.set()
            while await reader.read(65_536):
                pass
            gone.set()
            writer.close()

        server = await asyncio.start_server(hang, "127.0.0.1", 0)
        safe = shop.with_options(url=f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}", timeout=60)
        call = asyncio.create_task(safe.acall.get_pet(number=1))
        async with asyncio.timeout(20):
            await begun.wait()
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            await gone.wait()  # while the loop, which would close it at its end, goes on
        server.close()
        await server.wait_closed()

    asyncio.run(cancelled())
