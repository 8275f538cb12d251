"""
Reports of failures and slow calls, for the people who run a service.

occasions.py says when there is one, reporting.py has it made, report.py knows what is in it, scrubbing.py, named.py,
known.py and sent.py what is not; groups.py which are the same, and senders.py where they go: by a Desk and an Outbox
for each destination, off the path of the call. What others log of a failure goes through one_line() and
scrubbed_traceback(). What makes reports is loaded with the first.
"""

from typing import TYPE_CHECKING, Any

from pymacaron.crash.occasions import after_call, after_task, crash_handler, report_error, report_slow, task_error
from pymacaron.crash.senders import flush, renew, report_counts, set_error_reporter, shut_down

__all__ = [
    "after_call",
    "after_task",
    "crash_handler",
    "flush",
    "one_line",
    "renew",
    "report_counts",
    "report_error",
    "report_slow",
    "scrubbed_traceback",
    "set_error_reporter",
    "shut_down",
    "task_error",
]

if TYPE_CHECKING:
    from pymacaron.crash.report import one_line, scrubbed_traceback


def __getattr__(name: str) -> Any:
    if name not in ("one_line", "scrubbed_traceback"):
        raise AttributeError(f"module 'pymacaron.crash' has no attribute {name!r}")
    from pymacaron.crash import report

    value = globals()[name] = getattr(report, name)
    return value
