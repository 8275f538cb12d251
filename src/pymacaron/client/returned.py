"""A ClientError -> what `ApiPool.<api>.client.<operation>` returns in its place: the api's Error model, or a dict."""

from __future__ import annotations

from typing import Any

from pymacaron.client.errors import ClientError
from pymacaron.exchange.failures import error_model
from pymacaron.pool import LoadedApi

__all__ = ["returned"]


def returned(error: ClientError, loaded: LoadedApi) -> Any:
    """What is_error() holds of *error*: the error that the service has sent, else one that says what happened."""
    return error.model if error.model is not None else error_model(error.to_dict(), loaded.schemas)
