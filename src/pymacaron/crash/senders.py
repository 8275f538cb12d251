"""
Where reports go: to the callable that API(error_reporter=...) or set_error_reporter() gave, else into the log.

A reporter that raises is caught here and logged: a report never breaks the call that it is about. What a reporter
itself reports, or makes a client report, is logged only, or it would never end.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

from pymacaron.crash.report import current_traceback

__all__ = ["Reporter", "log_report", "send", "set_error_reporter"]

log = logging.getLogger("pymacaron.crash")

#: `reporter(title, message)`: a line, and the report as JSON text
Reporter = Callable[[str, str], Any]

_SENDING: ContextVar[bool] = ContextVar("pymacaron.crash.sending", default=False)


def log_report(title: str, message: str) -> None:
    """The reporter that is there until another is set: an error in the log."""
    log.error("%s\n%s", title, message)


_REPORTER: Reporter = log_report


def set_error_reporter(reporter: Reporter | None) -> None:
    """Send every report to *reporter(title, message)*, message a JSON text; None: into the log. Raises TypeError."""
    global _REPORTER
    if reporter is not None and not callable(reporter):
        raise TypeError(f"set_error_reporter wants a callable(title, message), not {reporter!r}")
    _REPORTER = reporter or log_report


def send(report: Mapping[str, Any]) -> None:
    """Hand *report*, which has a `title`, to the reporter. Raises nothing."""
    title = str(report["title"])
    message = json.dumps(report, indent=4)
    if _SENDING.get():
        log_report(title, message)
        return
    token = _SENDING.set(True)
    try:
        _REPORTER(title, message)
    except Exception:  # where a hook ends
        log.error("the error reporter failed; the report was: %s\n%s\n%s", title, message, current_traceback())
    finally:
        _SENDING.reset(token)
