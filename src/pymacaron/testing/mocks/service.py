"""
The service that a mock is: every description that can be read, mounted on an app, with the answers of each operation.

What is wrong with a description keeps nothing else from being served. Neighbours: api/standin.py is the service,
answers.py its handlers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pymacaron import check, context
from pymacaron.api.standin import StandIn
from pymacaron.auth import credentials
from pymacaron.exchange import problem
from pymacaron.exchange.responses import response_of
from pymacaron.finding import Finding, FindingsError
from pymacaron.pool import LoadedApi
from pymacaron.schema.codec import json_encode
from pymacaron.server.errors import response as made_response
from pymacaron.spec.model import Operation, SecurityScheme
from pymacaron.testing.mocks import calls
from pymacaron.testing.mocks.answers import Answers
from pymacaron.testing.mocks.preferring import Wish

__all__ = ["Mock", "Options"]

#: What is built in, and no call of what is mocked
_UNSAID = ("/ping", "/livez", "/readyz", "/startupz")


@dataclass(frozen=True)
class Options:
    """
    `dynamic`: new values for each call. `seed`: any text, which says which values are made. `auth`: whether security is
    enforced; then any credential that is well-formed is good, but where there is a `token`: it alone. `record`: the
    file that calls are written to.
    """

    dynamic: bool = False
    seed: str = ""
    auth: bool = True
    token: str = ""
    record: str = ""


class Mock:
    """
    The service of the descriptions in *paths*, files and folders. `findings`: what is wrong with them; `app`: the WSGI
    application. Raises FindingsError where none can be served.
    """

    def __init__(self, paths: Sequence[str | Path], options: Options = Options()):
        self._options = options
        self._answers: dict[tuple[str, str, str], Answers] = {}
        accepts = _accepts(options.token) if options.auth else None
        self.api = StandIn(self._handler, accepts, error_callback=self._refusal)
        unreadable: list[Finding] = []
        for path in check.sources([str(path) for path in paths]):
            try:
                self.api.load_apis(path)
            except FindingsError as error:
                unreadable += error.findings
        if not self.api.apis:
            raise FindingsError(unreadable)
        self.api.serve()
        self.findings = [*unreadable, *self.api.findings]
        if options.record:
            known = [(api, answers.operation.id) for (api, _, _), answers in self._answers.items()]
            calls.write_operations(options.record, known)
            app: Any = self.api.app
            app.wsgi_app = calls.Recording(app.wsgi_app, options.record, _UNSAID)

    @property
    def app(self) -> Any:
        return self.api.app

    @property
    def answers(self) -> Mapping[tuple[str, str, str], Answers]:
        """dict: (api, method, path) -> the answers of an operation."""
        return self._answers

    def _handler(self, loaded: LoadedApi, operation: Operation) -> Callable[..., Any]:
        options = self._options
        answers = Answers(loaded, operation, dynamic=options.dynamic, seed=options.seed)
        self._answers[loaded.name, operation.method, operation.path] = answers

        def handler(_body: dict[str, Any] | None = None, /, **arguments: Any) -> Any:
            calls.note(loaded.name, operation.id)
            return answers.handler(_body, **arguments)

        return handler

    def _refusal(self, error: Exception) -> Any:
        """
        What refuses a call in the form that its operation declares for that status; None where our own is as good.
        """
        call = context.current()
        answers = (
            None if call is None else self._answers.get((call.api_name or "", call.method, call.path_template or ""))
        )
        if call is None or answers is None:
            return None
        calls.note(call.api_name or "", answers.operation.id)
        if not problem.is_foreseen(error):
            return None
        body = problem.error_body(error)
        status = body["status"]
        declared = response_of(answers.operation.responses, status)
        if declared is None or status >= 500:
            return None
        json = [("Content-Type", "application/json")]
        if not answers.outbound.violations(status, json, json_encode(body)):
            return None
        value, _, headers = answers.answer(Wish(code=status, dynamic=False), call.headers.get("Accept"))
        told = str(body.get("error_description", ""))[:500]
        headers = {**dict(problem.headers(error)), **headers, calls.ERROR: _in_a_header(told)}
        return made_response(answers.outbound.reply((value, status, headers)))


def _in_a_header(text: str) -> str:
    """*text* as a header can have it."""
    return "".join(char if " " <= char <= "~" else "?" for char in " ".join(text.split()))


def _accepts(token: str) -> Callable[[SecurityScheme | None, Any], bool]:
    """What says whether a credential is good."""

    def accepts(scheme: SecurityScheme | None, credential: Any) -> bool:
        if isinstance(credential, context.Call):  # of a scheme that nobody here reads
            if scheme is None or scheme.type != "http":
                return not token
            header = credential.headers.get("Authorization") or ""
            return credentials.names(credential, scheme.scheme) and (not token or header.endswith(f" {token}"))
        if not token:
            return True
        if isinstance(credential, tuple):
            return token in (credential[1], ":".join(credential))
        return str(credential) in (token, f"Bearer {token}")

    return accepts
