"""
Reports of failures and slow calls, for the people who run a service.

occasions.py says when there is one, report.py what is in it, senders.py where it goes. What others log of a failure
goes through one_line() and scrubbed_traceback().
"""

from pymacaron.crash.occasions import after_call, crash_handler, report_error, report_slow
from pymacaron.crash.report import one_line, scrubbed_traceback
from pymacaron.crash.senders import set_error_reporter

__all__ = [
    "after_call",
    "crash_handler",
    "one_line",
    "report_error",
    "report_slow",
    "scrubbed_traceback",
    "set_error_reporter",
]
