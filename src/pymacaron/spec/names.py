"""
The names that people meet in Python for what a description calls something else: arguments of handlers, model names.

Pure functions. The convention is fixed: handlers are written against it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from keyword import iskeyword

from pymacaron.spec.model import Operation, Parameter

__all__ = [
    "argument_name",
    "arguments",
    "attribute",
    "camel",
    "clashes",
    "client_names",
    "handler_names",
    "operation_id",
]

_NOT_NAME = re.compile(r"[^A-Za-z0-9_]")
_NOT_WORD = re.compile(r"[^A-Za-z0-9]+")


def attribute(name: str) -> str:
    """
    The Python name for *name*: `X-Count` -> `X_Count`, `2nd` -> `_2nd`, `class` -> `class_`.

    Header names are put into lower case by the caller.
    """
    name = _NOT_NAME.sub("_", name)
    if not name or name[0].isdigit():
        name = f"_{name}"
    return f"{name}_" if iskeyword(name) else name


def arguments(operation: Operation) -> dict[str, Parameter]:
    """
    Of a handler: dict of keyword argument -> Parameter, Swagger 2.0's form fields included.

    All those that share a name get `_<in>`: an `id` in the path and one in the query are `id_path` and `id_query`.
    Where that is taken too (two query parameters `a-b` and `a_b`), later ones get a number: `a_b_query`, `a_b_query_2`.
    """
    parameters = _parameters(operation)
    names = [argument_name(parameter) for parameter in parameters]
    said = Counter(names)
    found: dict[str, Parameter] = {}
    for name, parameter in zip(names, parameters, strict=True):
        wanted = name if said[name] == 1 else f"{name}_{parameter.location}"
        number, free = 2, wanted
        # A name that stands in the description goes before one that is made here.
        while free in found or (wanted != name and free != name and free in said):
            number, free = number + 1, f"{wanted}_{number}"
        found[free] = parameter
    return found


def handler_names(operations: Iterable[Operation]) -> dict[str, Operation]:
    """
    dict: what the handler of an operation is called in Python -> Operation: the operationId's last word.

    Where several want that name, later ones get the whole operationId, or a number: `get_order`, `old_api_get_order`,
    `get_order_2`.
    """
    found: dict[str, Operation] = {}
    for operation in operations:
        short, whole = attribute(operation.id.rpartition(".")[2]), attribute(operation.id)
        number, free = 2, short if short not in found else whole
        while free in found:
            number, free = number + 1, f"{short}_{number}"
        found[free] = operation
    return found


def client_names(operations: Iterable[Operation]) -> dict[str, Operation]:
    """
    dict: what the client's method of an operation is called in Python -> Operation: its `x-bind-client`, else as its
    handler is. Names of x-bind-client go first; `with_options`, which namespaces have, gets an underscore.
    """
    found: dict[str, Operation] = {}
    others = []
    for operation in operations:
        bound = operation.extensions.get("x-bind-client")
        name = _free(attribute(bound)) if isinstance(bound, str) and bound else ""
        if name and name not in found:
            found[name] = operation
        else:
            others.append(operation)
    for name, operation in handler_names(others).items():
        number, wanted = 2, _free(name)
        free = wanted
        while free in found:
            number, free = number + 1, f"{wanted}_{number}"
        found[free] = operation
    return found


def _free(name: str) -> str:
    return f"{name}_" if name == "with_options" else name


def clashes(operation: Operation) -> list[str]:
    """The argument names that more than one parameter asks for, in the order of the parameters."""
    names = [argument_name(parameter) for parameter in _parameters(operation)]
    return [name for name in dict.fromkeys(names) if names.count(name) > 1]


def camel(text: str) -> str:
    """CamelCase for model names: `get_pets-by id` -> `GetPetsById`. First letters are raised, the rest is kept."""
    name = "".join(word[0].upper() + word[1:] for word in _NOT_WORD.split(text) if word)
    return f"_{name}" if not name or name[0].isdigit() else name


def operation_id(method: str, path: str) -> str:
    """What an operation without operationId is called: `GET /pets/{id}` -> `get_pets_id`."""
    return _NOT_WORD.sub("_", f"{method.lower()}_{path}").strip("_")


def _parameters(operation: Operation) -> tuple[Parameter, ...]:
    return operation.parameters + (operation.body.fields if operation.body else ())


def argument_name(parameter: Parameter) -> str:
    """The argument that *parameter* asks for, whether others ask for it too or not."""
    return attribute(parameter.name.lower() if parameter.location == "header" else parameter.name)
