"""A thread of workers: what is due is delivered, what nobody holds any more too, and what a broker has lost."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence

from pymacaron.tasks.celery.books import Books, Pace
from pymacaron.tasks.queues import QueueError

__all__ = ["Sweeper"]

log = logging.getLogger("pymacaron.tasks")


class Sweeper:
    """Sweeps the *books* for *queues* at *pace*, until the process ends. A broker that is away is told once."""

    def __init__(self, books: Books, queues: Sequence[str], pace: Pace):
        self._books, self._queues, self._pace = books, queues, pace
        self._looked = 0.0
        self._is_away = False
        self._thread = threading.Thread(target=self._run, name="pymacaron-tasks-due", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def _run(self) -> None:
        while True:
            time.sleep(self._pace.sweep)
            looks = time.monotonic() > self._looked + self._pace.lost / 4
            try:
                self._books.sweep(self._queues, self._pace.lost if looks else None)
            except QueueError as error:
                if not self._is_away:
                    log.warning("what is due cannot be delivered: %s", error)
                self._is_away = True
                continue
            self._is_away = False
            if looks:
                self._looked = time.monotonic()
