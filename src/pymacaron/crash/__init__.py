"""
Reports of failures and slow calls, for the people who run a service.

occasions.py says when there is one, report.py what is in it, scrubbing.py and sent.py what is not; groups.py which are
the same, and senders.py where they go: by a Desk and an Outbox for each destination, off the path of the call. What
others log of a failure goes through one_line() and scrubbed_traceback().
"""

from pymacaron.crash.occasions import after_call, crash_handler, report_error, report_slow
from pymacaron.crash.report import one_line, scrubbed_traceback
from pymacaron.crash.senders import flush, renew, report_counts, set_error_reporter, shut_down

__all__ = [
    "after_call",
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
]
