"""
Calls in this process that are awaited: each has a thread, and the loop goes on.

Nothing of WSGI can be awaited. On the loop itself a handler that blocks would stop all others, and one that is `async`
would wait for the loop that waits for it. Mirror of Inside.send, in inside.py.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from pymacaron.client.attempts import Received, Send
from pymacaron.client.errors import ClientError, ConnectionLost, DeadlineExceeded, TransportError, broken_off
from pymacaron.client.inside import given, is_served, streamed
from pymacaron.client.wsgi import END, Reply, awaited

__all__ = ["sent"]

_T = TypeVar("_T")


async def sent(reply_to: Callable[[Send, Any, bool], Reply], send: Send, clock: Callable[[], float]) -> Received:
    """What *reply_to* gives, see Inside.reply, until the deadline. Raises TransportError."""
    body, served = send.body, is_served()
    body = awaited(body.__aiter__(), asyncio.get_running_loop()) if hasattr(body, "__aiter__") else given(body)
    left = None if send.deadline is None else max(0.0, send.deadline - clock())
    work = _in_thread(lambda: _begun(reply_to(send, body, served), send))
    is_read = False
    try:
        async with asyncio.timeout(left):
            reply, data = await asyncio.wrap_future(work)
            if data is None:
                chunks = _AsyncChunks(reply, send)
                made = streamed(send, reply, chunks)
                if made is not None:
                    return Received(reply.status, reply.headers, streamed=made)
                chunks.disown()
                is_read = True
                data = await asyncio.wrap_future(_in_thread(lambda: reply.whole(send.most)))
            return Received(reply.status, reply.headers, data)
    except TimeoutError as error:
        if not is_read:  # who reads it ends it, too
            work.add_done_callback(_discarded)
        raise DeadlineExceeded("the time that the call has is over; what it has begun goes on") from error
    except asyncio.CancelledError:
        if not is_read:
            work.add_done_callback(_discarded)
        raise


def _begun(reply: Reply, send: Send) -> tuple[Reply, bytes | None]:
    """*reply* and its body, None where it may be one that is read while it comes."""
    may_stream = send.stream is not None and 200 <= reply.status < 300
    return reply, None if may_stream else reply.whole(send.most)


class _AsyncChunks:
    """The same, each made in a thread while others run on the loop."""

    def __init__(self, reply: Reply, send: Send):
        self._reply: Reply | None = reply
        self._send = send
        self._pieces: Any = reply.read()
        self._work: Future[Any] | None = None
        self._is_cut = False

    def __aiter__(self) -> _AsyncChunks:
        return self

    async def __anext__(self) -> bytes:
        if self._is_cut:  # nobody is to take what came before for all there is
            raise self._told(broken_off())
        pieces = self._pieces
        self._work = _in_thread(lambda: next(pieces, END))
        try:
            async with asyncio.timeout(self._send.timeouts["read"]):
                piece = await asyncio.wrap_future(self._work)
        except TimeoutError as error:
            self._is_cut = True
            await self.aclose()
            raise self._told(DeadlineExceeded("no more of the reply came in its time")) from error
        except BaseException as error:
            self._is_cut = True
            self._closing()
            if isinstance(error, ClientError):
                raise self._told(error) from error.__cause__
            raise
        if piece is END:
            await self.aclose()
            raise StopAsyncIteration
        return piece  # type: ignore[no-any-return]

    def _told(self, error: ClientError) -> ClientError:
        if self._send.told is not None:
            self._send.told(error)
        return error

    def disown(self) -> None:
        """It is read by somebody else."""
        self._reply = None

    async def aclose(self) -> None:
        closing = self._closing()
        if closing is not None:
            await asyncio.wrap_future(closing)

    def _closing(self) -> Future[None] | None:
        """What closes the reply; None where that is done, or is done when the thread that makes more of it is."""
        reply, self._reply = self._reply, None
        if reply is None:
            return None
        if self._work is None or self._work.done():
            return _in_thread(reply.end)
        self._work.add_done_callback(lambda _: reply.end())
        return None

    def __del__(self) -> None:
        self._closing()


def _in_thread(function: Callable[[], _T]) -> Future[_T]:
    """
    What *function* gives, in a thread of its own: of a number that is limited, all may be taken by calls that wait for
    those that they have made.
    """
    done: Future[_T] = Future()

    def work() -> None:
        try:
            result = function()
        except Exception as error:
            done.set_exception(error)
        except BaseException as error:  # it would end the loop
            failed = ConnectionLost(f"the service has ended it by {type(error).__name__}")
            done.set_exception(failed)
        else:
            done.set_result(result)

    done.set_running_or_notify_cancel()
    try:
        threading.Thread(target=work, name="pymacaron-inside", daemon=True).start()
    except RuntimeError as error:
        raise TransportError(f"there is no thread for it: {error}") from error
    return done


def _discarded(work: Future[tuple[Reply, bytes | None]]) -> None:
    """Nobody waits for what *work* gives."""
    if work.exception() is None:
        work.result()[0].end()
