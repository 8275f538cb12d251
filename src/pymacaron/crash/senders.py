"""
Where reports go: to the callable that API(error_reporter=...) or set_error_reporter() gave, to what the settings name
(a webhook, e-mail, Sentry), to several at once; where there is none of these, into the log.

Each has an Outbox, so that none waits for another, and no call waits for any: only who is in no call of a server (a
script, a job, a test) waits up to a second for what it reports to be sent.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Hashable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pymacaron import config, ending
from pymacaron.standins import StandIns

if TYPE_CHECKING:
    from pymacaron.context import Call
    from pymacaron.crash.desk import Desk
    from pymacaron.crash.destinations import Reporter

__all__ = [
    "admits",
    "flush",
    "renew",
    "report_counts",
    "send",
    "set_error_reporter",
    "shut_down",
    "use",
]

log = logging.getLogger("pymacaron.crash")

#: Seconds that are waited outside of the calls of a server
_SETTLE_S = 1.0


class _Desk(Protocol):
    """What is asked of a Desk, or of what stands in for it."""

    def admits(self, key: Hashable) -> bool: ...

    def post(self, report: Mapping[str, Any], key: Hashable = None) -> None: ...

    def settle(self, timeout_s: float) -> None: ...

    def counts(self) -> dict[str, Any]: ...


_D = TypeVar("_D", bound=_Desk)


class _State:
    """The desk of the process that made it; made anew after a fork, since threads are not forked."""

    def __init__(self) -> None:
        self.reporter: Reporter | None = None
        self.desk: Desk | None = None
        self.lock = threading.Lock()
        #: How often settings or reporter changed: a desk that was made with others is not kept
        self.generation = 0

    def get(self) -> _Desk:
        return _STAND_INS.latest or self.desk or self._made()

    def _made(self) -> Desk:
        from pymacaron.crash.desk import Desk
        from pymacaron.crash.destinations import destinations
        from pymacaron.crash.groups import Groups
        from pymacaron.crash.outbox import Outbox

        while True:
            with self.lock:
                generation, reporter = self.generation, self.reporter
            # Not within the lock: what is made may log, and who takes the log may report
            outboxes = [Outbox(name, sender) for name, sender in destinations(reporter)]
            settings = config.get_config()
            made = Desk(Groups(settings.report_window_s, settings.reports_per_minute), outboxes)
            with self.lock:
                if self.desk is None and generation == self.generation:
                    self.desk = made
                    ending.at_end(shut_down)
                if self.desk is not None:
                    return self.desk

    def set_reporter(self, reporter: Reporter | None) -> None:
        with self.lock:
            self.reporter = reporter
        self.renew()

    def renew(self) -> None:
        with self.lock:
            desk, self.desk = self.desk, None
            self.generation += 1
        if desk is not None:
            desk.leave()

    def after_fork(self) -> None:
        self.desk = None
        self.lock = threading.Lock()


_STATE = _State()
_STAND_INS: StandIns[_Desk] = StandIns()
os.register_at_fork(after_in_child=_STATE.after_fork)


def set_error_reporter(reporter: Reporter | None) -> None:
    """
    Send every report to *reporter(title, message)*, message a JSON text, in a thread of its own; None: only where the
    settings say, or into the log. Raises TypeError.
    """
    if reporter is not None and not callable(reporter):
        raise TypeError(f"set_error_reporter wants a callable(title, message), not {reporter!r}")
    _STATE.set_reporter(reporter)


def renew() -> None:
    """Read the settings again for what is reported from now on; what was reported is sent as it was to be."""
    _STATE.renew()


def use(other: _D) -> AbstractContextManager[_D]:
    """Reports of the whole process are handed to *other* meanwhile, and sent nowhere: for tests."""
    return _STAND_INS.use(other)


def admits(key: Hashable) -> bool:
    """Whether a report of *key*, what makes crashes the same, is to be made; else it was counted, or none is wanted."""
    return bool(config.get_config().report_errors) and _STATE.get().admits(key)


def send(report: Mapping[str, Any], key: Hashable, call: Call | None) -> None:
    """Hand *report*, which has a `title`, to all senders. *call*: in which it was made. Raises nothing."""
    desk = _STATE.get()
    desk.post(report, key)
    if call is None or not call.is_served:
        desk.settle(_SETTLE_S)


def flush(timeout_s: float = ending.FLUSH_S) -> bool:
    """Wait until every report is sent, *timeout_s* seconds at most; whether it is."""
    desk = _STATE.desk
    return desk is None or desk.flush(timeout_s)


def report_counts() -> dict[str, Any]:
    """
    What became of the reports of this process: `repeated` and `limited` crashes, which were counted, not reported; and
    `destinations`, dict: name -> how many reports were `sent`, `failed` and `lost`, and are `waiting`.
    """
    return _STATE.get().counts()


def shut_down() -> None:
    """The process ends: what was counted is told, and what waits is sent, in five seconds at most. Raises nothing."""
    desk = _STATE.desk
    if desk is None:
        return
    try:
        desk.close(ending.left_s())
    except Exception as error:  # where the process ends
        log.error("the last reports could not be sent: %s", type(error).__name__)
