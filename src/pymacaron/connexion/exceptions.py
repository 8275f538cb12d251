"""
The exceptions of Connexion that services raise and catch. All are exceptions of Werkzeug, which Flask answers.

    ProblemException (BadRequestProblem, UnsupportedMediaTypeProblem)   its own problem
    OAuthProblem (OAuthResponseProblem)                                 401
    OAuthScopeProblem                                                   403
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response
from werkzeug.exceptions import Forbidden, HTTPException, Unauthorized

from pymacaron.connexion.problem import problem

__all__ = [
    "BadRequestProblem",
    "OAuthProblem",
    "OAuthResponseProblem",
    "OAuthScopeProblem",
    "ProblemException",
    "UnsupportedMediaTypeProblem",
]


class ProblemException(HTTPException):
    """What it is made of is what the caller gets; the arguments are those of problem()."""

    def __init__(
        self,
        status: int = 400,
        title: str | None = None,
        detail: Any = None,
        type: str | None = None,
        instance: str | None = None,
        headers: Mapping[str, Any] | None = None,
        ext: Mapping[str, Any] | None = None,
    ):
        self.status, self.code = status, status
        self.title, self.detail, self.type, self.instance = title, detail, type, instance
        self.headers, self.ext = headers, ext
        super().__init__(detail, self.to_problem())

    def to_problem(self) -> Response:
        """The Response that it is answered with."""
        return problem(self.status, self.title, self.detail, self.type, self.instance, self.headers, self.ext)


class BadRequestProblem(ProblemException):
    """A 400."""

    def __init__(self, title: str = "Bad Request", detail: Any = None):
        super().__init__(400, title, detail)


class UnsupportedMediaTypeProblem(ProblemException):
    """A 415."""

    def __init__(self, title: str = "Unsupported Media Type", detail: Any = None):
        super().__init__(415, title, detail)


class OAuthProblem(Unauthorized):
    """A credential is no good."""


class OAuthResponseProblem(OAuthProblem):
    """What says so is `token_response`."""

    def __init__(self, token_response: Any = None, **others: Any):
        self.token_response = token_response
        super().__init__(**others)


class OAuthScopeProblem(Forbidden):
    """A credential is good, and not for `required_scopes`."""

    def __init__(self, token_scopes: Any, required_scopes: Any, **others: Any):
        self.token_scopes, self.required_scopes = token_scopes, required_scopes
        super().__init__(**others)
