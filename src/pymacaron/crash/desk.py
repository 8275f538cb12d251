"""
Where reports are handed in: the crashes of one process are grouped here, and what is told goes to every outbox.

One Desk per process: made when the first report is, with the settings of then; a forked worker makes its own.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from pymacaron.crash import report as reports
from pymacaron.crash.groups import Groups, Repeats
from pymacaron.crash.outbox import SENDING, Outbox
from pymacaron.crash.scrubbing import Scrubbing

__all__ = ["Desk"]

log = logging.getLogger("pymacaron.crash")

Timer = Callable[[float, Callable[[], None]], Callable[[], Any] | None]


def _later(delay_s: float, function: Callable[[], None]) -> Callable[[], None]:
    timer = threading.Timer(delay_s, function)
    timer.name, timer.daemon = "pymacaron reports: counts", True
    timer.start()
    return timer.cancel


class Desk:
    """
    Sends what *groups* admits to all *outboxes*. *later(delay_s, function)*: calls a function in some seconds, by which
    crashes that were only counted are told; it returns what calls that off.
    """

    def __init__(self, groups: Groups, outboxes: Sequence[Outbox], later: Timer = _later):
        self._groups = groups
        self._outboxes = tuple(outboxes)
        self._later = later
        self._is_armed = False
        self._call_off: Callable[[], Any] | None = None
        self._gave_up = False

    def admits(self, key: Hashable) -> bool:
        """Whether a report of *key* is to be made and posted; else it was counted, and is told later."""
        if SENDING.get() or self._groups.admits(key):
            return True
        if not self._is_armed:
            self._arm()
        return False

    def post(self, report: Mapping[str, Any], key: Hashable = None) -> None:
        """Send *report*, which has a `title`, off this thread. What a reporter reports itself is only logged."""
        title, message = str(report["title"]), json.dumps(report, indent=4)
        if SENDING.get():
            log.error("%s\n%s", title, message)
            return
        self._groups.keep(key, report)
        for outbox in self._outboxes:
            outbox.post(title, message)

    def tell(self, *, all: bool = False) -> None:
        """Send what was counted in windows that are over; with *all*, in those that are not, too."""
        for repeats in self._groups.due(all=all):
            self.post(_told(repeats))

    def settle(self, timeout_s: float) -> None:
        """Wait until all is sent, *timeout_s* seconds at most, and not for who is known to be late."""
        deadline = time.monotonic() + timeout_s
        for outbox in self._outboxes:
            outbox.settle(max(0.0, deadline - time.monotonic()))

    def flush(self, timeout_s: float) -> bool:
        """Wait until all is sent, *timeout_s* seconds at most; whether it is."""
        deadline = time.monotonic() + timeout_s
        flushed = [outbox.flush(max(0.0, deadline - time.monotonic())) for outbox in self._outboxes]
        return all(flushed)

    def close(self, timeout_s: float) -> None:
        """
        The end: what was counted is told, what waits is sent, in *timeout_s* seconds, and what is lost is logged. Once
        it was waited for in vain, it is not waited for again.
        """
        self.tell(all=True)
        if self._gave_up or self.flush(timeout_s):
            return
        self._gave_up = True
        for outbox in self._outboxes:
            if outbox.waiting:
                log.error("%s was too slow: %d reports are lost at the end", outbox.name, outbox.waiting)

    def leave(self) -> None:
        """Another desk takes over: what was handed in here is still sent."""
        self.tell(all=True)
        if self._call_off is not None:
            self._call_off()
        for outbox in self._outboxes:
            outbox.close()

    def counts(self) -> dict[str, Any]:
        """How many crashes were `repeated` or `limited`, and what became of the reports, by destination."""
        destinations = {
            outbox.name: {
                "sent": outbox.sent,
                "failed": outbox.failed,
                "lost": outbox.lost,
                "waiting": outbox.waiting,
            }
            for outbox in self._outboxes
        }
        return {"repeated": self._groups.repeated, "limited": self._groups.limited, "destinations": destinations}

    def _arm(self) -> None:
        wait_s = self._groups.wait_s()
        if wait_s is None or self._is_armed:
            return
        self._is_armed = True
        try:
            self._call_off = self._later(wait_s, self._ring)
        except RuntimeError:  # no threads are left, or the interpreter ends: the next one that is counted tries again
            self._is_armed = False

    def _ring(self) -> None:
        self._is_armed = False
        try:
            self.tell()
        finally:
            self._arm()


def _told(repeats: Repeats) -> dict[str, Any]:
    """The report of crashes that were counted."""
    if repeats.report is None:
        title = f"{repeats.count} reports were not sent: too many in {repeats.seconds:g} s"
        title = reports.warning_title(None, "report_error", title, False, Scrubbing())
        return {
            **reports.build(title, call=None, is_fatal=False, now=reports.utc_now()),
            "limited": {"count": repeats.count, "seconds": repeats.seconds},
        }
    return {
        **repeats.report,
        "title": f"{repeats.report['title']} ({repeats.count} more in {repeats.seconds:g} s)",
        "repeated": {"count": repeats.count, "seconds": repeats.seconds},
    }
