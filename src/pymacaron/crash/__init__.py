"""
Reports of failures and slow calls, for the people who run a service.

occasions.py says when there is one, report.py what is in it, senders.py where it goes.
"""

from pymacaron.crash.occasions import after_call, crash_handler, report_error, report_slow
from pymacaron.crash.senders import set_error_reporter

__all__ = ["after_call", "crash_handler", "report_error", "report_slow", "set_error_reporter"]
