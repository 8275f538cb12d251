"""
Handlers of the apis that come with every service: apis/ping.yaml, always served at the root, and apis/crash.yaml.

They are bound like anybody's: the descriptions beside this file name them.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from flask import Response, current_app

from pymacaron.crash import report_error, report_slow
from pymacaron.exceptions import PyMacaronException
from pymacaron.pool import ApiPool
from pymacaron.utils import get_container_version

__all__ = [
    "CRASH",
    "PING",
    "FatalCustomError",
    "NonFatalCustomError",
    "auth_version",
    "internal_exception",
    "ping",
    "pymacaron_exception",
    "report_one_error",
    "return_error_instance",
    "return_error_model",
    "return_fatal_error_response",
    "return_non_fatal_error_response",
    "slow_call",
    "version",
]

#: The descriptions in the package
PING = Path(__file__).parent / "apis" / "ping.yaml"
CRASH = Path(__file__).parent / "apis" / "crash.yaml"


class FatalCustomError(PyMacaronException):
    code = "FATAL_CUSTOM_ERROR"
    status = 543


class NonFatalCustomError(PyMacaronException):
    code = "NON_FATAL_CUSTOM_ERROR"
    status = 401


def ping() -> dict[str, Any]:
    """Answers `{}`, after the service's own `ping_hook` has said nothing against it."""
    hook = current_app.extensions["pymacaron"].ping_hook
    if hook is not None:
        hook()
    return {}


def version() -> dict[str, Any]:
    return {"name": "ping", "version": ApiPool.ping.get_version(), "container": get_container_version()}


def auth_version() -> dict[str, Any]:
    return version()


def internal_exception() -> None:
    raise RuntimeError("This exception was raised on purpose")


def pymacaron_exception() -> None:
    raise NonFatalCustomError("This error was raised on purpose").tell_user("This was meant to fail")


def report_one_error() -> dict[str, Any]:
    report_error("This error was reported on purpose", data={"example": "value"})
    return {}


@report_slow(max_ms=1)
def slow_call() -> dict[str, Any]:
    """Sleeps a little longer than its own limit of one millisecond, so that a report is sent."""
    time.sleep(0.01)
    return {}


def return_fatal_error_response() -> Response:
    reply: Response = FatalCustomError("This error was returned on purpose").http_reply()
    return reply


def return_non_fatal_error_response() -> Response:
    reply: Response = NonFatalCustomError("This error was returned on purpose").http_reply()
    return reply


def return_error_model() -> Any:
    return ApiPool.crash.model.Error(
        status=543, error="ANOTHER_CUSTOM_ERROR", error_description="This error was returned on purpose"
    )


def return_error_instance() -> PyMacaronException:
    return NonFatalCustomError("This error was returned on purpose")
