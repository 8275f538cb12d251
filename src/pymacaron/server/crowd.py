"""
How many processes answer calls, where their server says so, and what each of them has for itself though it should not.

gunicorn.py and granian.py say it. Read before the service: of the framework it needs only config.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from contextlib import suppress

from pymacaron import config

__all__ = ["CROWD", "Crowd"]

log = logging.getLogger("pymacaron.server")

#: dict: what an operation says -> the setting of its store, and what comes of one for each worker
_STORES = {
    "x-idempotency": ("idempotency_store", "a request that is sent again to another one is carried out twice"),
    "x-rate-limit": ("rate_limit_store", "each counts for itself, so that as many times the calls pass"),
}


class Crowd:
    """`workers`: how many there are; 1 where nobody has said so."""

    def __init__(self) -> None:
        self.workers = 1
        self._word: int | None = None

    def one_speaks(self) -> None:
        """Of all processes that are forked from now on the first one to ask has the word, and no other ever."""
        self._word, write = os.pipe()
        os.set_blocking(self._word, False)
        os.write(write, b"!")
        os.close(write)

    def warn(self, said: Iterable[str]) -> None:
        """Log what workers should share that have operations which say *said*."""
        settings = config.get_config()
        stores = [_STORES[one] for one in sorted(_STORES.keys() & set(said))]
        alone = [one for one in stores if self.workers > 1 and getattr(settings, one[0]) == "memory"]
        for setting, why in alone if alone and self._has_word() else ():
            fact = "%s is memory, of which each of the %d workers has its own: %s; name a Redis that they share"
            log.warning(fact, setting, self.workers, why)

    def _has_word(self) -> bool:
        if self._word is not None:
            with suppress(BlockingIOError):
                self._word = None if os.read(self._word, 1) else self._word
        return self._word is None


#: Of this process
CROWD = Crowd()
