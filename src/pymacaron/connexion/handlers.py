"""
A function written for Connexion -> a handler of ours.

Connexion passes by keyword only, and only what a function takes: the values of path, query and Swagger 2.0's forms by
`names`, the body as plain values, files by the names of their fields, `user` and `token_info`. Values of a format stay
texts. Worked out once for each operation.
"""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from types import CoroutineType
from typing import Any

from pymacaron.connexion.context import context, told
from pymacaron.connexion.replies import reply
from pymacaron.exchange.files import Upload
from pymacaron.schema.formats import FORMATS, Format
from pymacaron.spec.model import Operation
from pymacaron.spec.names import arguments

__all__ = ["TEXTS", "handler"]

_NONE: Any = object()


def _as_text(known: Format) -> Format:
    """*known*, whose values are checked and stay as they are."""

    def fits(value: Any) -> bool:
        if known.check is not None and not known.check(value):
            return False
        if known.convert is not None:
            known.convert(value)  # raises what says no
        return True

    return Format(fits, None, known.unconvert, known.type)


#: dict: name of a format whose values are other objects than texts -> the same, of texts
TEXTS = {name: _as_text(known) for name, known in FORMATS.items() if known.convert is not None}


class _Passing:
    """What a call's arguments are for a function: by the names that it takes."""

    def __init__(
        self, operation: Operation, function: Callable[..., Any], name: Callable[[str], str], context_name: str | None
    ):
        parameters = inspect.signature(function).parameters
        self._takes_all = any(one.kind is one.VAR_KEYWORD for one in parameters.values())
        self._taken = {key for key, one in parameters.items() if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)}
        self._defaults = {key for key, one in parameters.items() if one.default is not one.empty}
        #: dict: our name of an argument -> theirs, of those that are passed
        self._names = {
            ours: name(one.name)
            for ours, one in arguments(operation).items()
            if one.location not in ("header", "cookie") and self._takes(name(one.name))
        }
        self._context_name = context_name if context_name and self._takes(context_name) else None
        self._is_guarded = bool(operation.security)
        self._body_name, self._default = _body_of(operation, name)

    def _takes(self, name: str) -> bool:
        return self._takes_all or name in self._taken

    def arguments(self, body: Any, given: Mapping[str, Any]) -> dict[str, Any]:
        """The keyword arguments. *body*: _NONE where there is none."""
        found = dict(self._values(given))
        if self._body_name is not None:
            body = deepcopy(self._default) if body is _NONE else body
            if isinstance(body, dict):
                files = {key: value for key, value in body.items() if _is_file(value)}
                body = {key: value for key, value in body.items() if key not in files} if files else body
                found.update((key, value) for key, value in files.items() if self._takes(key))
            if self._takes(self._body_name):
                found[self._body_name] = body
        if self._is_guarded:
            known = told() or {"user": None, "token_info": {}}
            found.update((key, value) for key, value in known.items() if self._takes(key))
        if self._context_name is not None:
            found[self._context_name] = context
        return found

    def _values(self, given: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        """What is not there is not passed where the function has a default."""
        for ours, value in given.items():
            name = self._names.get(ours)
            if name is not None and (value is not None or (name in self._taken and name not in self._defaults)):
                yield name, value


def handler(
    operation: Operation,
    function: Callable[..., Any],
    *,
    name: Callable[[str], str],
    context_name: str | None,
    encoder: Callable[[], type[json.JSONEncoder]],
) -> Callable[..., Any]:
    """
    The handler that has *function* answer *operation*. *name(parameter)*: what its argument is called; *context_name*:
    the argument that gets the context, None for none; *encoder()*: what knows objects of the service's own as JSON.
    """
    passing = _Passing(operation, function, name, context_name)

    async def awaited(result: Any) -> Any:
        return reply(await result, encoder(), operation.responses)

    def call(body: dict[str, Any] | list[Any] = _NONE, /, **given: Any) -> Any:
        result = function(**passing.arguments(body, given))
        if result.__class__ is CoroutineType:
            return awaited(result)
        return reply(result, encoder(), operation.responses)

    functools.update_wrapper(call, function, ("__module__", "__name__", "__qualname__", "__doc__"), ())
    del call.__wrapped__  # type: ignore[attr-defined]  # whose signature would be taken for this one's
    return call


def _body_of(operation: Operation, name: Callable[[str], str]) -> tuple[str | None, Any]:
    """The argument that gets the body, None where there is none or its fields are arguments, and what stands for it."""
    body = operation.body
    if body is None or body.fields:
        return None, None
    said = body.node.value
    schema: Any = next((one.schema.value for one in body.content.values() if one.schema is not None), {})
    schema = schema if isinstance(schema, dict) else {}
    own = said.get("name") if said.get("in") == "body" else None
    called = said.get("x-body-name") or schema.get("x-body-name") or own or "body"
    return name(called), schema.get("default", {})


def _is_file(value: Any) -> bool:
    return isinstance(value, Upload) or (isinstance(value, list) and bool(value) and isinstance(value[0], Upload))
