"""
Calls that are awaited: the steps of attempts.py carried out over httpx2's asynchronous transport.

Its mirror is sync.py. Connections belong to the event loop that they were opened on; connections.py has those of each.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from typing import Any

import httpx2

from pymacaron.client import wire
from pymacaron.client.attempts import Received, Send
from pymacaron.client.errors import DeadlineExceeded, TimedOut, TransportError, broken_off
from pymacaron.client.options import Network

__all__ = ["Chunks", "Connections", "Held"]


class Connections:
    """
    The open connections to one origin, of one loop. Calls beyond their number wait here, in order. Each connection has
    a transport of its own: that of httpx2 looks at all its connections, by a system call each, for every call.
    """

    def __init__(self, origin: str, network: Network):
        self._free = asyncio.Semaphore(network.max_connections)
        self._settings: dict[str, Any] = {
            "verify": wire.context(network.ca_file, network.is_verified),
            "trust_env": False,
            "proxy": wire.proxy(origin, network),
            "limits": wire.ONE,
        }
        #: Those that nobody uses now, the latest used last, each with when that was
        self._idle: list[tuple[float, httpx2.AsyncHTTPTransport]] = []

    async def send(self, send: Send, clock: Callable[[], float]) -> Received:
        """Raises TransportError."""
        left = None if send.deadline is None else max(0.0, send.deadline - clock())
        try:
            async with asyncio.timeout(left):
                await self._place(send.timeouts["pool"])
                try:
                    held = Held(self._free, self._idle, self._settings)
                except BaseException:  # there is no such proxy, say
                    self._free.release()
                    raise
                return await _sent(send, clock, held)
        except TimeoutError as error:
            raise DeadlineExceeded("the time that the call has is over") from error

    async def _place(self, timeout_s: float) -> None:
        """Wait for a place among the connections."""
        if not self._free.locked():
            await self._free.acquire()
            return
        try:
            async with asyncio.timeout(timeout_s):
                await self._free.acquire()
        except TimeoutError as error:
            raise TimedOut(f"no free connection within {timeout_s:.3g} s") from error

    async def close(self) -> None:
        while self._idle:
            with suppress(*wire.FAILURES, RuntimeError):
                await self._idle.pop()[1].aclose()


async def _sent(send: Send, clock: Callable[[], float], held: Held) -> Received:
    is_kept = False
    response: httpx2.Response | None = None
    try:
        response = await held.transport.handle_async_request(wire.request(send, _body(send.body)))
        status, headers = response.status_code, wire.pairs(response)
        if send.stream is not None and 200 <= status < 300:
            chunks = Chunks(response, send, clock)
            streamed = send.stream(status, headers, chunks)
            if streamed is not None:
                is_kept = True
                chunks.keep(held)
                return Received(status, headers, streamed=streamed)
        if wire.length(response) > send.most:
            raise wire.too_large(send.most)
        return Received(status, headers, await _whole(response, send.most))
    except wire.FAILURES as error:
        held.is_sound = False
        raise wire.failure(error, send, clock, held.proxy) from error
    except BaseException:
        held.is_sound = False
        raise
    finally:
        if not is_kept:
            await held.let_go(response)


class Held:
    """A place among the connections, and its transport, until it is let go; one that is not sound is closed then."""

    is_sound = True

    def __init__(
        self,
        free: asyncio.Semaphore,
        idle: list[tuple[float, httpx2.AsyncHTTPTransport]],
        settings: dict[str, Any],
    ):
        self._free = free
        self._idle = idle
        self.proxy: str | None = settings["proxy"]
        self.transport = idle.pop()[1] if idle else _connecting(httpx2.AsyncHTTPTransport(**settings))

    async def let_go(self, response: httpx2.Response | None) -> None:
        try:
            if response is not None and not response.is_closed:
                await response.aclose()
        finally:
            now, idle = time.monotonic(), self._idle
            closed = None if self.is_sound and not wire.has_more(response) else self.transport
            if closed is None:
                idle.append((now, self.transport))
            if closed is None and idle[0][0] < now - wire.KEPT_S:
                closed = idle.pop(0)[1]
            self._free.release()
        if closed is not None:
            with suppress(*wire.FAILURES, RuntimeError):
                await closed.aclose()


def _connecting(transport: httpx2.AsyncHTTPTransport) -> httpx2.AsyncHTTPTransport:
    """*transport*, of which no connection stays that was cut before it was made."""
    # httpx2 has no argument for it. Where a version keeps it elsewhere, such a connection ends with the loop.
    pool = getattr(transport, "_pool", None)
    inner = getattr(pool, "_network_backend", None)
    if pool is not None and inner is not None:
        pool._network_backend = _Backend(inner)
    return transport


class _Backend:
    """What makes connections, as *inner* does."""

    def __init__(self, inner: Any):
        self._inner = inner

    async def connect_tcp(self, host: str, port: int, **options: Any) -> Any:
        return _Dialed(await self._inner.connect_tcp(host, port, **options))

    async def connect_unix_socket(self, path: str, **options: Any) -> Any:
        return await self._inner.connect_unix_socket(path, **options)

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


class _Dialed:
    """A connection. What cuts its handshake closes it: httpx2 does so only where that fails by itself."""

    def __init__(self, inner: Any):
        self._inner = inner
        self._stream = getattr(inner, "_stream", None)  # see wire.has_more
        self.read, self.write, self.aclose = inner.read, inner.write, inner.aclose
        self.get_extra_info = inner.get_extra_info

    async def start_tls(self, *args: Any, **options: Any) -> Any:
        try:
            return await self._inner.start_tls(*args, **options)
        except BaseException:
            await self.aclose()
            raise


async def _whole(response: httpx2.Response, most: int) -> bytes:
    found: list[bytes] = []
    size = 0
    async for chunk in response.aiter_bytes():
        size += len(chunk)
        if size > most:
            raise wire.too_large(most)
        found.append(chunk)
    wire.check_end(response)
    return found[0] if len(found) == 1 else b"".join(found)


def _body(body: Any) -> Any:
    """*body* as an asynchronous transport takes it."""
    if body is None or isinstance(body, bytes) or hasattr(body, "__aiter__"):
        return body
    return _awaited(iter(body))


async def _awaited(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """*chunks*, each of which may block, made in threads."""
    end = object()
    try:
        while (chunk := await asyncio.to_thread(next, chunks, end)) is not end:
            yield chunk  # type: ignore[misc]
    finally:
        with suppress(ValueError):  # a thread that was not waited for is still in it
            close = getattr(chunks, "close", None)
            if close is not None:
                close()


class Chunks:
    """
    The bytes of a reply as they come. Its connection, which it was given to keep(), is free again when they end, or at
    aclose(). A read that fails or is cancelled is the last one: nobody is to take what came before for all there is.
    """

    def __init__(self, response: httpx2.Response, send: Send, clock: Callable[[], float]):
        self._response = response
        self._send = send
        self._clock = clock
        self._held: Held | None = None
        self._bytes: AsyncIterator[bytes] | None = None
        self._is_cut = False
        self._loop = asyncio.get_running_loop()

    def __aiter__(self) -> Chunks:
        return self

    async def __anext__(self) -> bytes:
        if self._is_cut:
            raise self._told(broken_off())
        if self._bytes is None:
            self._bytes = self._response.aiter_bytes()
        try:
            return await self._bytes.__anext__()
        except StopAsyncIteration:
            await self.aclose()
            wire.check_end(self._response, self._send)
            raise
        except BaseException as error:
            self._is_cut = True
            if isinstance(error, GeneratorExit):  # nothing can be awaited any more
                raise
            await self.aclose()
            if not isinstance(error, wire.FAILURES):
                raise
            raise self._told(wire.failure(error, self._send, self._clock)) from error

    def _told(self, error: TransportError) -> TransportError:
        if self._send.told is not None:
            self._send.told(error)
        return error

    def keep(self, held: Held) -> None:
        """Let go of the connection when nothing more is read of it; until then it is who has made this that does."""
        self._held = held

    async def aclose(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            await held.let_go(self._response)

    def __del__(self) -> None:
        held, self._held = self._held, None
        if held is not None and not self._loop.is_closed():  # nobody read it to its end
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(_abandon, self._loop, held, self._response)


def _abandon(loop: asyncio.AbstractEventLoop, held: Held, response: httpx2.Response) -> None:
    closing = loop.create_task(held.let_go(response))
    _CLOSING.add(closing)
    closing.add_done_callback(_CLOSING.discard)


#: A loop keeps only weak references to its tasks
_CLOSING: set[asyncio.Task[None]] = set()
