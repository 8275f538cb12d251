"""
Where the keys of our JWTs come from: jwt_secret, jwt_issuer, jwt_audience and jwt_token_timeout of the config.

Read when a token comes or is made, so that a service without authentication needs none of them.
"""

from __future__ import annotations

from pymacaron import config
from pymacaron.auth.tokens import Keys

__all__ = ["configured", "demanded"]

_NAMES = ("jwt_secret", "jwt_issuer", "jwt_audience")


def configured() -> Keys | None:
    """The keys, or None where the config lacks one of jwt_secret, jwt_issuer and jwt_audience."""
    settings = config.get_config()
    secret, issuer, audience = (getattr(settings, name, None) for name in _NAMES)
    if not secret or not issuer or not audience:
        return None
    return Keys(secret, issuer, audience, settings.jwt_token_timeout)


def demanded() -> Keys:
    """The keys. Raises ConfigError, with the key and how to set it, where the config lacks one."""
    secret, issuer, audience = (config.demand(name) for name in _NAMES)
    return Keys(secret, issuer, audience, config.get_config().jwt_token_timeout)
