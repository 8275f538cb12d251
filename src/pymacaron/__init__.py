"""
PyMacaron: a REST service from its Swagger or OpenAPI description.

The names of the public API. Each is loaded when it is first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymacaron.api import API, letsgo
    from pymacaron.client.loading import load_clients
    from pymacaron.config import get_config
    from pymacaron.exchange.files import Upload
    from pymacaron.pool import ApiPool
    from pymacaron.schema.models import is_set
    from pymacaron.server.examples import example

__all__ = ["API", "ApiPool", "Upload", "example", "get_config", "is_set", "letsgo", "load_clients"]

#: dict: public name -> the module that it comes from
_HOMES = {
    "API": "pymacaron.api",
    "ApiPool": "pymacaron.pool",
    "Upload": "pymacaron.exchange.files",
    "example": "pymacaron.server.examples",
    "get_config": "pymacaron.config",
    "is_set": "pymacaron.schema.models",
    "letsgo": "pymacaron.api",
    "load_clients": "pymacaron.client.loading",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'pymacaron' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
