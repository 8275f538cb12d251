"""
Calls that block: the steps of attempts.py carried out over httpx2's blocking transport.

Its mirror is aio.py. Connections are shared by all threads; connections.py has those of the process.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import httpx2

from pymacaron.client import wire
from pymacaron.client.attempts import Received, Send
from pymacaron.client.bounded import CALL, Backend, Stream
from pymacaron.client.errors import TransportError, broken_off
from pymacaron.client.options import Network

__all__ = ["Chunks", "Connections"]


class Connections:
    """The open connections to one origin."""

    def __init__(self, origin: str, network: Network):
        self._proxy = wire.proxy(origin, network)
        self._transport = httpx2.HTTPTransport(
            verify=wire.context(network.ca_file, network.is_verified),
            trust_env=False,
            proxy=self._proxy,
            limits=wire.limits(network),
        )
        # httpx2 has no argument for it. Where a version keeps it elsewhere, its own timeouts are what there is.
        pool = getattr(self._transport, "_pool", None)
        inner = getattr(pool, "_network_backend", None)
        if pool is not None and inner is not None:
            pool._network_backend = Backend(inner)

    def send(self, send: Send, clock: Callable[[], float]) -> Received:
        """Raises TransportError."""
        before = CALL.until  # of a call whose body makes this one
        CALL.until = None if send.deadline is None else time.monotonic() + send.deadline - clock()
        try:
            response = self._transport.handle_request(wire.request(send, send.body))
            stream = response.extensions.get("network_stream")
            if isinstance(stream, Stream) and stream.parser is None:
                stream.parser = wire.parser(response)
            return self._received(response, send, clock)
        except wire.FAILURES as error:
            raise wire.failure(error, send, clock, self._proxy) from error
        finally:
            CALL.until = before

    def _received(self, response: httpx2.Response, send: Send, clock: Callable[[], float]) -> Received:
        status, headers = response.status_code, wire.pairs(response)
        try:
            if send.stream is not None and 200 <= status < 300:
                chunks = Chunks(response, send, clock)
                streamed = send.stream(status, headers, chunks)
                if streamed is not None:
                    chunks.is_kept = True
                    return Received(status, headers, streamed=streamed)
            if wire.length(response) > send.most:
                raise wire.too_large(send.most)
            return Received(status, headers, _whole(response, send.most))
        except BaseException:
            response.close()
            raise

    def close(self) -> None:
        self._transport.close()


def _whole(response: httpx2.Response, most: int) -> bytes:
    found: list[bytes] = []
    size = 0
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > most:
            raise wire.too_large(most)
        found.append(chunk)
    wire.check_end(response)
    return found[0] if len(found) == 1 else b"".join(found)


class Chunks:
    """
    The bytes of a reply as they come. Its connection is free again when they end, or at close(). A read that fails is
    the last one: nobody is to take what came before for all there is.
    """

    is_kept = False
    _is_cut = False

    def __init__(self, response: httpx2.Response, send: Send, clock: Callable[[], float]):
        self._response = response
        self._send = send
        self._clock = clock
        self._bytes: Iterator[bytes] | None = None

    def __iter__(self) -> Chunks:
        return self

    def __next__(self) -> bytes:
        if self._is_cut:
            raise self._told(broken_off())
        if self._bytes is None:
            self._bytes = self._response.iter_bytes()
        try:
            return next(self._bytes)
        except StopIteration:
            wire.check_end(self._response, self._send)
            raise
        except BaseException as error:
            self._is_cut = True
            self.close()
            if isinstance(error, wire.FAILURES):
                raise self._told(wire.failure(error, self._send, self._clock)) from error
            if isinstance(error, TransportError):  # of a network that is over when a call is
                self._told(error)
            raise

    def _told(self, error: TransportError) -> TransportError:
        if self._send.told is not None:
            self._send.told(error)
        return error

    def close(self) -> None:
        self._response.close()

    def __del__(self) -> None:
        if self.is_kept:
            self._response.close()
