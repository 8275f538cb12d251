"""
What the parent of a worker's processes does when one of them is killed: over a task that takes longer than its timeout
and some grace, or by somebody else. Celery acknowledges the message; the books say what is done next.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from celery.exceptions import Reject
from celery.worker.request import Request as CeleryRequest

from pymacaron.tasks import running
from pymacaron.tasks.celery.books import Books
from pymacaron.tasks.celery.child import insisted, owner
from pymacaron.tasks.message import MessageError, read
from pymacaron.tasks.queues import QueueError
from pymacaron.tasks.running import TimeLimitError

__all__ = ["Request"]

log = logging.getLogger("pymacaron.tasks")

#: Seconds that a broker is asked, by the process that all others wait for
_ASK_S = 5.0


class Request(CeleryRequest):  # type: ignore[misc]
    """One message that was delivered to this worker. `books` and `pace` are those of its Celery task."""

    def __init__(self, message: Any, **options: Any):
        super().__init__(message, **options)
        self.limit_s: float | None = None
        self.text = b""
        try:
            self.text = self._payload[0][0].encode()
            self.limit_s = running.time_limit(read(self.text))
        except (MessageError, LookupError, TypeError, AttributeError):  # what cannot be read has no limit
            return
        if self.limit_s is not None:
            self.time_limits = (self.limit_s + self._task.pace.grace, None)

    def on_timeout(self, soft: bool, timeout: float) -> None:
        """Celery kills the process."""
        if not soft and not self.acknowledged and not self._insist(self._late):
            self.reject(requeue=True)
        super().on_timeout(soft, timeout)

    def on_failure(self, exc_info: Any, send_failed_event: bool = True, return_ok: bool = False) -> Any:
        """Our Celery task raises nothing but what rejects its message: else its process has died."""
        if not self.acknowledged and not isinstance(exc_info.exception, Reject):
            log.error("a process of the worker has died over the task %s (%s)", self.name, self.id)
            if not self.give_back(has_died=True):
                self.reject(requeue=True)
        return super().on_failure(exc_info, send_failed_event, return_ok)

    def give_back(self, *, has_died: bool) -> bool:
        """Have another process run it. False: no broker answers."""
        return self._insist(lambda books, mine: books.release(self.id, mine, self.text, has_died=has_died))

    def _late(self, books: Books, mine: str) -> None:
        message = books.held(self.id, mine)
        if message is None:  # killed before it was begun
            books.release(self.id, mine, self.text, has_died=True)
            return
        late = TimeLimitError(running.late(self.limit_s or 0.0))
        books.end(self.id, mine, message, running.broken_off(message, late))

    def _insist(self, tell: Callable[[Books, str], None]) -> bool:
        mine = owner(self.worker_pid or 0)
        try:
            insisted(lambda: tell(self._task.books(), mine), _ASK_S)
        except QueueError as error:
            log.warning("the task %s (%s) is run again when nobody holds it any more: %s", self.name, self.id, error)
            return False
        return True
