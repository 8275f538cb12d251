"""A store that does not answer: who asks next is told so at once, instead of waiting for it, too."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from flask import Flask

from pymacaron.server.shared import shared

__all__ = ["Outage", "StoreError", "outage_of"]

#: Seconds for which a store that has failed is not asked again
_PAUSE_S = 5.0


class StoreError(Exception):
    """
    A store cannot be asked. Its text names no address: there may be a password in it. `is_new`: the first time in a
    while.
    """

    def __init__(self, text: str, is_new: bool = True):
        super().__init__(text)
        self.is_new = is_new


class Outage:
    """
    Of one store. After a failure nobody asks for some seconds; then one does, and the others when that one was
    answered. `cause`: the failure, without addresses. *clock* gives seconds, of which only differences count.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self.cause = ""
        self._clock = clock
        self._lock = threading.Lock()
        self._until: float | None = None

    def may_ask(self) -> bool:
        """Whether the store is asked now. Who is the first after a pause keeps the others waiting for as long again."""
        if self._until is None:
            return True
        with self._lock:
            if self._until is not None and self._clock() < self._until:
                return False
            if self._until is not None:
                self._until = self._clock() + _PAUSE_S
            return True

    def begin(self, cause: str) -> bool:
        """The store has failed; whether that is news."""
        with self._lock:
            is_new = self._until is None
            self._until = self._clock() + _PAUSE_S
            self.cause = cause
            return is_new

    def end(self) -> None:
        """The store has answered."""
        if self._until is not None:
            with self._lock:
                self._until = None


def outage_of(app: Flask, url: str) -> Outage:
    """That of the store at *url*: one for all that *app* keeps there."""
    return shared(app, f"pymacaron.outage {url}", Outage)
