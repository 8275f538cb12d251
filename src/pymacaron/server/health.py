"""
What an orchestrator asks a process: whether it lives, is ready for calls, and has started. Neighbour: stopping.py.

They are views of the app, not operations: no description has them. Checks of readiness are the user's own; each runs in
a thread, one at a time, so that one that hangs holds up neither the process nor the next answer.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import iscoroutine
from typing import Any

from flask import Flask, Response

from pymacaron import context, crash, loop
from pymacaron.server.stopping import STOPPING

__all__ = ["PASS", "Check", "Health", "Paths"]

log = logging.getLogger("pymacaron.server")

PASS = "pass"
_FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Paths:
    """Where the three are answered; "": nowhere."""

    liveness: str
    readiness: str
    startup: str


class Health:
    """
    The endpoints of one app. *checks*: dict of name -> callable; one that raises, or gives False, fails. *timeout_s*:
    seconds that all of them have together.
    """

    def __init__(self, app: Flask, checks: Mapping[str, Callable[[], Any]], timeout_s: float):
        self._app = app
        self._timeout_s = timeout_s
        self._checks = {name: Check(name, check, app) for name, check in checks.items()}
        self._has_started = False

    def mount(self, paths: Paths) -> None:
        """Answer at *paths*, where the app answers nothing yet."""
        taken = {rule.rule for rule in self._app.url_map.iter_rules() if "GET" in (rule.methods or ())}
        for view in (self.liveness, self.readiness, self.startup):
            path = getattr(paths, view.__name__)
            if path in taken:
                log.info("%s is answered by a route of the service itself, not by its %s", path, view.__name__)
            elif path:
                taken.add(path)
                self._app.add_url_rule(path, f"GET {path}", view)

    def liveness(self) -> Response:
        """Whether the process answers."""
        return _reply({"status": PASS})

    def readiness(self) -> Response:
        """Whether calls should be sent here: not where a check fails, and not when the process was told to stop."""
        if STOPPING.is_begun:
            return _reply({"status": _FAIL, "reason": "the service is stopping"})
        results = self.results()
        return _reply({"status": _status(results), **({"checks": results} if results else {})})

    def startup(self) -> Response:
        """Whether the service has been ready once."""
        results = {} if self._has_started else self.results()
        if _status(results) == PASS:
            self._has_started = True
            return _reply({"status": PASS})
        return _reply({"status": _FAIL, "checks": results})

    def results(self) -> dict[str, str]:
        """dict: name of a check -> "pass", or why it fails, in words that hold no secret."""
        end = time.monotonic() + self._timeout_s
        runs = [(name, check, check.run()) for name, check in self._checks.items()]
        return {name: check.told(run, max(0.0, end - time.monotonic()), self._timeout_s) for name, check, run in runs}


class Check:
    """One check of the user's own."""

    def __init__(self, name: str, check: Callable[[], Any], app: Flask):
        self._name = name
        self._check = check
        self._app = app
        self._lock = threading.Lock()
        self._run: _Run | None = None
        self._told = PASS

    def run(self) -> _Run:
        """The run that goes on; a new one, where none does."""
        with self._lock:
            if self._run is None or self._run.done.is_set():
                self._run = _Run()
                target, name = self._answer, f"pymacaron-check-{self._name}"
                try:
                    threading.Thread(target=target, args=(self._run,), name=name, daemon=True).start()
                except RuntimeError:  # no more threads: a failure of this run, not of all that follow
                    self._run.result = f"{_FAIL}: no thread could be started"
                    self._run.done.set()
            return self._run

    def told(self, run: _Run, wait_s: float, limit_s: float) -> str:
        """What *run* says within *wait_s* seconds. What is another answer than the one before is logged."""
        result = run.result if run.done.wait(wait_s) else f"{_FAIL}: no answer within {limit_s:g} s"
        with self._lock:
            is_new, self._told = result != self._told, result
        if is_new:
            level = logging.INFO if result == PASS else logging.WARNING
            log.log(level, "the check %r of readiness says: %s%s", self._name, result, run.trace)
        return result

    def _answer(self, run: _Run) -> None:
        try:
            with self._app.app_context():
                result = self._check()
                if iscoroutine(result):
                    result = loop.run(result)
            run.result = f"{_FAIL}: it gave False" if result is False else PASS
        except BaseException as error:  # code of the user's ends here; what it says may be a secret, its name is none
            run.result = f"{_FAIL}: {type(error).__name__}"
            run.trace = f"\n{crash.scrubbed_traceback(error)}" if isinstance(error, Exception) else ""
        finally:
            run.done.set()


class _Run:
    """One run of a check: its `result`, once it is `done`. `trace`: for the log."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.result = f"{_FAIL}: it ended without an answer"
        self.trace = ""


def _status(results: Mapping[str, str]) -> str:
    return PASS if all(result == PASS for result in results.values()) else _FAIL


def _reply(body: dict[str, Any]) -> Response:
    """*body* for who asks; neither a failure nor the time that checks take is one to be reported."""
    call = context.current()
    status = 200 if body["status"] == PASS else 503
    if call is not None:
        call.slow_ms = 0
        if status == 503:
            call.exception = call.reported = _NotReadyError()
    reply = Response(json.dumps(body), status, mimetype="application/json")
    reply.headers["Cache-Control"] = "no-store"
    return reply


class _NotReadyError(Exception):
    """What a call is marked with whose 503 is an answer, not a failure."""
