"""
The key of one call: taken directly before its handler is called, inside of all decorators, and held until it is kept or
given back. Who a decorator refuses takes none, and sees no reply of somebody else's.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any

from pymacaron import config
from pymacaron.exceptions import PyMacaronException
from pymacaron.exchange.outbound import Reply
from pymacaron.server.idempotency.record import Record
from pymacaron.server.idempotency.renewing import LOST, Renewing
from pymacaron.server.outage import StoreError

__all__ = ["Asked", "Claim", "NotCalled", "claiming", "late"]

log = logging.getLogger("pymacaron.server")

#: Headers that belong to one connection or one moment, not to what was answered
_PASSING = frozenset(("connection", "content-length", "date", "keep-alive", "transfer-encoding"))


@dataclass(frozen=True, slots=True)
class Claim:
    """A key that was taken for one call, and is *held* until it is kept or released."""

    held: Renewing
    place: str
    record: Record

    def keep(self, status: int, headers: list[tuple[str, str]], body: bytes | None) -> None:
        """
        Have the next ones get that reply. One that cannot be kept now is sent all the same, since its handler was
        called, and kept later: until then the key is held.
        """
        settings = config.get_config()
        if body is not None and len(body) > settings.idempotency_max_bytes:
            body = None
        kept = tuple(pair for pair in headers if pair[0].lower() not in _PASSING)
        done = Record(self.record.payload, self.record.holder, status, kept, body)
        value = self.record.encoded()
        new, keep_s = done.encoded(), settings.idempotency_keep_s
        is_held = False
        try:
            if not self.held.store.replace(self.place, value, new, keep_s):
                log.error(LOST)
        except StoreError as error:
            bare = replace(done, headers=(), body=None).encoded()
            is_held = any(self.held.keep_later(self.place, value, one, keep_s) for one in (new, bare))
            if not is_held:
                log.error("a reply could not be kept under its key: %s in the idempotency_store", error)
            elif error.is_news("replies"):
                log.error("a reply is kept under its key later: %s in the idempotency_store", error)
        finally:
            if not is_held:
                self.held.end(self.place, value)

    def release(self) -> None:
        """Have the next one be carried out."""
        value = self.record.encoded()
        self.held.end(self.place, value)
        try:
            self.held.store.release(self.place, value)
        except StoreError as error:
            log.error("a key could not be given back: %s in the idempotency_store; it ends by itself", error)


class NotCalled(BaseException):
    """
    The handler is not called; *why*: the reply that there is already, or what the caller is told. No Exception: to the
    decorators that it passes it is no failure of the handler, to be answered or tried again.
    """

    def __init__(self, why: Reply | PyMacaronException):
        super().__init__(why)
        self.why = why


class Asked:
    """
    What one call wants with its key. *take* gives the Claim, or raises NotCalled; it is called once, however often
    decorators call the handler, and by however many threads.
    """

    def __init__(self, take: Callable[[], Claim]):
        self._take = take
        self._lock = threading.Lock()
        self._is_over = False
        self._claim: Claim | None = None
        #: Why the handler was not called; None where it was, or nobody wanted to
        self.why: Reply | PyMacaronException | None = None

    def take(self) -> None:
        """Have the key. Raises NotCalled; RuntimeError once the call is over."""
        with self._lock:
            if self._is_over:
                raise late()
            if self.why is not None:
                raise NotCalled(self.why)
            if self._claim is None:
                try:
                    self._claim = self._take()
                except NotCalled as ended:
                    self.why = ended.why
                    raise

    def end(self) -> Claim | None:
        """The claim, where one was taken; none is from now on."""
        with self._lock:
            self._is_over = True
            return self._claim


def claiming(handler: Callable[..., Any], is_async: bool, asked: Callable[[], Asked | None]) -> Callable[..., Any]:
    """*handler*, which takes the key of the call that *asked* gives before it is called; None: the call has no key."""
    if is_async:

        @wraps(handler)
        async def claimed_async(*args: Any, **kwargs: Any) -> Any:
            one = asked()
            if one is not None:
                import asyncio

                await asyncio.to_thread(one.take)  # a store may take its time, and the loop is everybody's
            return await handler(*args, **kwargs)

        return claimed_async

    @wraps(handler)
    def claimed(*args: Any, **kwargs: Any) -> Any:
        one = asked()
        if one is not None:
            one.take()
        return handler(*args, **kwargs)

    return claimed


def late() -> RuntimeError:
    return RuntimeError(
        "the handler of an operation with x-idempotency was called outside of its call, or when that was over: "
        "a decorator calls it before it returns, in the same context"
    )
