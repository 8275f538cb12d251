"""A ClientError -> what `ApiPool.<api>.client.<operation>` returns in its place: the api's Error model, or a dict."""

from __future__ import annotations

from typing import Any

from pymacaron.client.errors import ClientError
from pymacaron.exceptions import PyMacaronException, is_error
from pymacaron.pool import LoadedApi

__all__ = ["Error", "returned"]


class Error(dict[str, Any]):
    """A JSON error whose members are attributes, too, as those of a model; one that it lacks is None."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.get(name)


def returned(error: ClientError, loaded: LoadedApi) -> Any:
    """What is_error() holds of *error*: the body that the service has sent, where it is one; else a model of it."""
    if is_error(error.body):
        return Error(error.body) if type(error.body) is dict else error.body
    fields = error.to_dict()
    schema = loaded.api.schemas.get("Error")
    if schema is not None:
        declared = loaded.schemas.codec(schema, "response").properties
        if {"status", "error", "error_description"} <= declared.keys():
            try:
                return loaded.model.Error(**{name: value for name, value in fields.items() if name in declared})
            except (AttributeError, TypeError, ValueError, PyMacaronException):
                pass  # a schema of that name that is no model
    return Error(fields)
