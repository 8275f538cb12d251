"""
The names of Connexion 2 and 3 that services import, for one that moves here without a change of its handlers: where it
has `import connexion`, it writes `from pymacaron import connexion`.

No dispatch of its own: `App` has an API serve the descriptions, with handlers that take and give what Connexion's do.
`request` is Flask's; `context` is a dict of the current request, with `user` and `token_info`. What differs is in
docs/migrate-from-connexion.md. Nothing of PyMacaron imports this room.
"""

from flask import request

from pymacaron.connexion.app import App, AsyncApp, FlaskApp
from pymacaron.connexion.context import context
from pymacaron.connexion.encoding import FlaskJSONEncoder
from pymacaron.connexion.exceptions import ProblemException
from pymacaron.connexion.problem import problem
from pymacaron.connexion.replies import NoContent
from pymacaron.connexion.resolver import MethodViewResolver, RelativeResolver, Resolution, Resolver, RestyResolver

__all__ = [
    "App",
    "AsyncApp",
    "FlaskApp",
    "FlaskJSONEncoder",
    "MethodViewResolver",
    "NoContent",
    "ProblemException",
    "RelativeResolver",
    "Resolution",
    "Resolver",
    "RestyResolver",
    "context",
    "problem",
    "request",
]
