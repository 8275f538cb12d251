"""
A reverse proxy between tests and the service under test, which sees what they say to each other.

    with recorded(target) as (between, exchanges):
        ...  # tests call `between`
    exchanges.calls

For each connection of the tests there is one to the service. What comes at the one goes out at the other, bytes as they
are, and ends when the other ends: what a connection means to its two sides (who keeps it, who answers early, who goes
away) is not the proxy's to know. It runs in a thread of its own. Neighbours: sides.py has the connections,
conversation.py what is said over them, and the little that is changed.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from pymacaron.testing.covering.conversation import Conversation
from pymacaron.testing.covering.exchanges import Exchanges, Secrets, masked
from pymacaron.testing.covering.sides import Side, connected
from pymacaron.testing.reached import Target, without_checks

__all__ = ["recorded"]

#: Seconds that calls may still take when the tests have ended, and that somebody may go on sending who was answered
_END_S, _LINGER_S = 5.0, 2.0
#: Seconds without new connections where none could be taken
_PAUSE_S = 0.05


@contextmanager
def recorded(
    target: Target, secrets: Secrets | None = None, exchanges: Exchanges | None = None
) -> Iterator[tuple[Target, Exchanges]]:
    """
    A Target that stands for *target* while the block lasts, and the calls that are seen there: *exchanges*, else new
    ones.
    """
    exchanges = Exchanges() if exchanges is None else exchanges
    loop = asyncio.new_event_loop()
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        proxy = _Proxy(listener, target, exchanges, secrets or Secrets())
        thread = threading.Thread(target=loop.run_until_complete, args=(proxy.serve(),), daemon=True)
        thread.start()
        try:
            between = replace(target, host="127.0.0.1", port=proxy.port, scheme="http", verify=True)
            yield replace(between, behind=target.meant), exchanges
        finally:
            loop.call_soon_threadsafe(proxy.stopping.set)
            thread.join()
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()
            exchanges.close()


class _Proxy:
    """What listens. `stopping`: set when the tests have ended."""

    def __init__(self, listener: socket.socket, target: Target, exchanges: Exchanges, secrets: Secrets):
        self._listener = listener
        self._target = target
        self._exchanges, self._secrets = exchanges, secrets
        self.port: int = listener.getsockname()[1]
        self.stopping = asyncio.Event()
        self._context: ssl.SSLContext | None = None
        if target.scheme == "https":
            self._context = ssl.create_default_context() if target.verify else without_checks()
        self._open: dict[asyncio.Task[None], Conversation] = {}

    async def serve(self) -> None:
        self._listener.setblocking(False)
        self._listen()
        await self.stopping.wait()
        asyncio.get_running_loop().remove_reader(self._listener)
        end = asyncio.get_running_loop().time() + _END_S
        while any(talk.is_busy for talk in self._open.values()) and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(0.02)
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    def _listen(self) -> None:
        if not self.stopping.is_set():
            asyncio.get_running_loop().add_reader(self._listener, self._accept)

    def _accept(self) -> None:
        """Take a connection, at once: one that a task has taken is lost where the task is cancelled just then."""
        loop = asyncio.get_running_loop()
        try:
            connection, _ = self._listener.accept()
        except OSError:  # too many files are open, or the caller was gone at once
            loop.remove_reader(self._listener)
            loop.call_later(_PAUSE_S, self._listen)
            return
        own, other = (("http", f"127.0.0.1:{self.port}"), _named(self._target))
        talk = Conversation(self._exchanges, self._secrets, own, other)
        task = asyncio.create_task(self._connection(connection, talk))
        self._open[task] = talk
        task.add_done_callback(self._open.pop)
        task.add_done_callback(lambda _: connection.close())  # one that never began, too

    async def _connection(self, connection: socket.socket, talk: Conversation) -> None:
        try:
            tests = Side(connection)
        except OSError:  # the caller is gone
            return
        try:
            try:
                service = await connected(self._target, self._context)
            except (OSError, UnicodeError) as error:
                await _refuse(tests, talk, self._exchanges, f"{self._target.url} does not answer: {_told(error)}")
                return
            try:
                await _Passage(tests, service, talk, self._target.url).run()
            finally:
                service.close()
        finally:
            tests.close()


class _Passage:
    """The bytes between *tests* and *service*, until one of them is gone."""

    def __init__(self, tests: Side, service: Side, talk: Conversation, url: str):
        self._tests, self._service = tests, service
        self._talk, self._url = talk, url
        self._is_said = False

    def _is_over(self) -> bool:
        """Whether nothing is to come, and the service, which waits for more, cannot be told so but by going away."""
        return self._is_said and not self._service.is_halved and self._talk.is_idle

    async def run(self) -> None:
        forth, back = asyncio.create_task(self._forth()), asyncio.create_task(self._back())
        told = ""
        try:
            await asyncio.wait((forth, back), return_when=asyncio.FIRST_COMPLETED)
            if forth.done() and forth.result():  # the tests have sent all that they will: the answer is to come
                self._is_said = True
                if not self._is_over():
                    await back
            if back.done():
                fault = back.result()
                if fault is not None:
                    if not (forth.done() and self._talk.is_asking):  # the tests were gone before
                        told = f"{self._url} has closed the connection without an answer"
                    await self._finish(forth, is_reset=bool(fault))
        finally:
            for task in (forth, back):
                task.cancel()
            await asyncio.gather(forth, back, return_exceptions=True)
            self._talk.end(told)

    async def _forth(self) -> bool:
        """Until the tests have ended: True; until they are gone: False."""
        is_heard = True
        while True:
            try:
                data = await self._tests.read()
            except OSError:
                return False
            passed = self._talk.asking.feed(data) if data else self._talk.asking.end()
            try:
                if is_heard:
                    await self._service.write(passed)
            except OSError:
                is_heard = False  # it has answered before it has read all, or it is gone: the other direction knows
            if not data:
                self._service.end()
                return True

    async def _back(self) -> str | None:
        """Until the service has ended: '', or what it did; until the tests are gone: None."""
        while True:
            fault = ""
            try:
                data = await self._service.read()
            except OSError as error:
                data, fault = b"", _told(error)
            passed = self._talk.answering.feed(data) if data else self._talk.answering.end(is_whole=not fault)
            try:
                await self._tests.write(passed)
            except OSError:
                return None
            if not data:
                return fault
            if self._is_over():
                return None

    async def _finish(self, forth: asyncio.Task[bool], *, is_reset: bool) -> None:
        """The service is gone: so is the connection of the tests."""
        if is_reset and not self._talk.is_asking:
            self._tests.doom()
            return
        if self._talk.is_asking and not forth.done():  # a reset would take from them the answer that they have
            self._tests.end()
            await asyncio.wait((forth,), timeout=_LINGER_S)


async def _refuse(tests: Side, talk: Conversation, exchanges: Exchanges, fact: str) -> None:
    """Answer the first request with 502."""
    with suppress(OSError):
        while talk.has_request is None and not talk.asking.is_blind:
            data = await tests.read()
            if not data:
                return
            talk.asking.feed(data)
        method, path = talk.has_request or ("", "")
        told = f"{method} {path}: {fact}"
        exchanges.fail(f"{method} {masked(path)}: {fact}")
        body = json.dumps({"status": 502, "error": "PROXY_ERROR", "error_description": told}).encode()
        head = (
            "HTTP/1.1 502 Bad Gateway\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        await tests.write(head.encode() + (body if method != "HEAD" else b""))
        tests.end()
        with suppress(TimeoutError):
            await asyncio.wait_for(_emptied(tests), _LINGER_S)


async def _emptied(side: Side) -> None:
    while await side.read():
        pass


def _named(target: Target) -> tuple[str, str]:
    scheme, _, authority = target.url.partition("://")
    return scheme, authority


def _told(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    number = getattr(error, "errno", None) or 0
    if number > 0 and not isinstance(error, ssl.SSLError):  # asyncio writes texts of its own
        return os.strerror(number)
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
