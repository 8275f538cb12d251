"""A store that does not answer: who asks next is told so at once, instead of waiting for it, too."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from hashlib import blake2b

from flask import Flask

from pymacaron import clocks
from pymacaron.server.shared import shared

__all__ = ["Outage", "StoreError", "outage_of"]

log = logging.getLogger("pymacaron.server")

#: Seconds for which a store that has failed is not asked again
_PAUSE_S = 5.0

#: With it a hash of a URL tells nobody outside of this process whether he has guessed the password in it
_SALT = os.urandom(16)


class StoreError(Exception):
    """A store cannot be asked. Its text names no address: there may be a password in it."""

    def __init__(self, cause: str, outage: Outage | None = None):
        super().__init__(cause)
        self._outage = outage

    def is_news(self, who: str) -> bool:
        """Whether *who*, a word for what says so in the log, is told of this cause for the first time in an outage."""
        return self._outage is None or self._outage.is_news(who, str(self))


class Outage:
    """
    Of one store. After a failure nobody asks for some seconds; then one does, and the others when that one was
    answered. `cause`: the failure, without addresses. *clock* gives seconds, of which only differences count.
    """

    def __init__(self, clock: Callable[[], float] = clocks.steady):
        self.cause = ""
        #: The settings that name the store
        self.names: set[str] = set()
        self._clock = clock
        self._lock = threading.Lock()
        self._until: float | None = None
        self._told: set[tuple[str, str]] = set()

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

    def begin(self, cause: str) -> None:
        """The store has failed."""
        with self._lock:
            self._until = self._clock() + _PAUSE_S
            self.cause = cause

    def end(self) -> None:
        """The store has answered."""
        if self._until is None:
            return
        with self._lock:
            is_told, self._until = bool(self._told), None
            self._told.clear()
        if is_told:
            log.warning("the %s answers again", " and the ".join(sorted(self.names)) or "store")

    def is_news(self, who: str, cause: str) -> bool:
        """Whether *who* has not been told of that *cause* in this outage: true once."""
        with self._lock:
            is_new = (who, cause) not in self._told
            self._told.add((who, cause))
            return is_new


def outage_of(app: Flask, url: str, name: str) -> Outage:
    """That of the store at *url*, which the setting *name* names: one for all that *app* keeps there."""
    address = blake2b(url.encode("utf-8", "surrogatepass"), key=_SALT, digest_size=16).hexdigest()
    outage = shared(app, f"pymacaron.outage {address}", Outage)
    outage.names.add(name)
    return outage
