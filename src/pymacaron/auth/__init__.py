"""
Tokens and schemes: who calls, and as whom we call others. Knows no Flask: the current Call gives headers and cookies.

tokens.py makes and reads JWTs, algorithms.py has what signs them, keys.py and keysets.py find their keys, verified.py
remembers those that were seen; identity.py has what services import, schemes.py enforces the security requirements of
descriptions.
"""

from pymacaron.auth.identity import (
    add_auth,
    authenticate_http_request,
    backend_token,
    generate_token,
    get_token_issuer,
    get_user_token,
    get_user_token_data,
    get_userid,
    load_auth_token,
    requires_auth,
)

__all__ = [
    "add_auth",
    "authenticate_http_request",
    "backend_token",
    "generate_token",
    "get_token_issuer",
    "get_user_token",
    "get_user_token_data",
    "get_userid",
    "load_auth_token",
    "requires_auth",
]
