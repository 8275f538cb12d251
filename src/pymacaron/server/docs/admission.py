"""
Who may see the pages where the setting `docs` is `auth`: whoever has a token of the service.

A browser sends no bearer token with a page that somebody opens, but it asks for a password by itself where a 401 has
the challenge of Basic, and sends it with all that is below: so the token may be the password of any user name. Where
it stands for calls of operations, in the Authorization header or the cookie `token`, it counts as well.
Source: RFC 7617, section 2.2: what is below the path that was asked for is sent the credentials unasked. Hence the
index is at `/doc/` then: below `/`, calls of operations would carry the password, too.
"""

from __future__ import annotations

from flask import request

from pymacaron.auth import identity
from pymacaron.exceptions import PyMacaronException

__all__ = ["CHALLENGE", "admit"]

CHALLENGE = 'Basic realm="The password is a token of this service", charset="UTF-8"'


def admit() -> None:
    """Raises PyMacaronException, a 401 that has browsers ask for a password, where the caller shows no valid token."""
    try:
        try:
            shown = request.authorization
        except ValueError:  # Werkzeug's reading fails of letters that are no ASCII
            shown = None
        if shown is not None and shown.type == "basic" and shown.password:
            identity.authenticate_http_request(shown.password)
        else:
            identity.authenticate_http_request()
    except PyMacaronException as error:
        error.headers = {"WWW-Authenticate": CHALLENGE}
        raise
