"""
Coverage of descriptions by tests: a proxy sees the calls between the tests and the service, and what of the
descriptions these reached is counted, told, and asked for by a gate.

`trial.covered` is all of it; the names below are its parts.
"""

from __future__ import annotations

from pymacaron.testing.covering.counting import counted
from pymacaron.testing.covering.page import page
from pymacaron.testing.covering.proxy import recorded
from pymacaron.testing.covering.report import Report, ReportError, combine, read
from pymacaron.testing.covering.text import text
from pymacaron.testing.covering.trial import Wanted, covered, delivered

__all__ = [
    "Report",
    "ReportError",
    "Wanted",
    "combine",
    "counted",
    "covered",
    "delivered",
    "page",
    "read",
    "recorded",
    "text",
]
