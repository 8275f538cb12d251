"""
The errors of a service, its own and the framework's, and which operations give them: for the page `/doc/errors` and,
as JSON, for programs.

What an operation's code raises nobody can tell without running it: of the service's own errors no operations are told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from inspect import cleandoc
from typing import Any

from pymacaron.exceptions import PyMacaronException, defined_at, error_classes
from pymacaron.spec.catalogue import KNOWN, conditions
from pymacaron.spec.model import Api, Operation

__all__ = ["Entry", "as_json", "catalogue"]


@dataclass(frozen=True, slots=True)
class Entry:
    """
    `operations`: those that can give it, `shop GET /orders`; None: nobody can tell. `is_own`: the service defines it.
    `where`: where it does, `module:line`, in development; else None.
    """

    code: str
    status: int
    description: str
    operations: tuple[str, ...] | None
    is_own: bool
    where: str | None


def catalogue(apis: Iterable[tuple[Api, str]], *, tells_where: bool) -> list[Entry]:
    """
    Every error, the service's own first, each in the order of statuses. *apis*: pairs of an api and its base path.

    A service's own are the classes that are defined by now, add_error()'s too. What a class says of itself is the first
    paragraph of its docstring.
    """
    held = [
        (f"{api.name} {operation.method} {base_path}{operation.path}", conditions(operation))
        for api, base_path in apis
        for operation in api.operations
        if _is_answered(operation)
    ]
    known = [
        Entry(
            one.code,
            one.status,
            one.meaning,
            None
            if one.when == "handler"  # of whichever handlers do that, as of the service's own errors
            else tuple(name for name, conditions_held in held if one.when in conditions_held),
            False,
            None,
        )
        for one in KNOWN
    ]
    own = [
        Entry(cls.code.upper(), cls.status, _description(cls), None, True, defined_at(cls) if tells_where else None)
        for cls in error_classes()
        if cls.__module__.partition(".")[0] != "pymacaron"
    ]
    return [*sorted(own, key=lambda one: (one.status, one.code)), *known]


def as_json(entries: Iterable[Entry]) -> dict[str, Any]:
    """`{"errors": [...]}`: `code`, `status`, `description`, `operations`, `is_own`, and `where` in development."""
    return {"errors": [_without_nothing(asdict(entry)) for entry in entries]}


def _without_nothing(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _is_answered(operation: Operation) -> bool:
    return operation.extensions.get("x-no-bind-server") not in (True, "true")


def _description(cls: type[PyMacaronException]) -> str:
    said = cls.__dict__.get("_description") or cleandoc(cls.__dict__.get("__doc__") or "").partition("\n\n")[0]
    return " ".join(str(said).split())
