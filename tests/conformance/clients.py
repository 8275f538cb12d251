"""
Every description loads as clients: all methods are made, and what each sends and reads is worked out.

One that is refused has a fault of its own, which the finding tells with its place.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.material import descriptions
from conformance.table import Row
from upstreams.pool import alone

from pymacaron import ApiPool, load_clients
from pymacaron.client.clients import Clients
from pymacaron.client.errors import ClientError
from pymacaron.client.operation import ClientOperation
from pymacaron.client.options import changed
from pymacaron.exchange.misuse import WrongArguments
from pymacaron.finding import FindingsError
from pymacaron.spec.names import arguments

__all__ = ["SUITES", "Loaded", "examine", "real", "rows"]

#: What stands for a body and for an argument: whether it fits or not, all has to be worked out to tell
_BODIES: tuple[Any, ...] = ({}, "x")
_REPLIES = (b"{}", b"x")
_FACES = ("client", "call", "acall")
#: dict: the status as descriptions have it, where that is no number -> one that it means
_STATUSES = {"default": 200, "1XX": 100, "2XX": 200, "3XX": 300, "4XX": 400, "5XX": 500}


@dataclass
class Loaded:
    """What became of descriptions: `refused` by their own faults, with the place; `failed`: by ours."""

    descriptions: int = 0
    loads: int = 0
    operations: int = 0
    worked_out: int = 0
    refused: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def real() -> list[Path]:
    """The descriptions of `specs/`."""
    return [path for path in descriptions() if path.parent.name == "specs"]


def examine(path: Path, found: Loaded) -> None:
    """Add what becomes of the description at *path* to *found*."""
    found.descriptions += 1
    with alone():
        try:
            load_clients(path)
        except FindingsError as error:
            for one in error.findings:
                told = f"{Path(one.file).name}:{one.line}:{one.column}: {one.fact}"
                (found.refused if one.line else found.failed).append(told)
            return
        found.loads += 1
        (loaded,) = ApiPool._apis.values()
        clients: Clients = loaded.clients
        for name, operation in clients.operations.items():
            found.operations += 1
            try:
                for face in _FACES:
                    getattr(getattr(clients, face), name)
                _work_out(operation, clients)
            except Exception as error:  # counted, with its place: nothing that a description says may end so
                found.failed.append(f"{path.name}: {name}: {type(error).__name__}: {error}"[:300])
            else:
                found.worked_out += 1


def _work_out(one: ClientOperation, clients: Clients) -> None:
    options = changed(clients.options, validation="strict")
    asking, answered, operation = one.asking, one.usual(options).answered, one.operation
    assert callable(one._request)
    assert callable(one._arequest)
    given = dict.fromkeys(arguments(operation), "x")
    kinds = list(operation.body.content) if operation.body is not None else []
    for kind in (None, *kinds):
        for body in _BODIES:
            with suppress(WrongArguments):
                asking.asked((body,) if kinds else (), given, content_type=kind)
    with suppress(WrongArguments):
        asking.asked((), {})
    for status, response in operation.responses.items():
        code = _STATUSES.get(status.replace("x", "X")) or int(status)
        for kind in (None, *response.content):
            headers = [("Content-Type", kind)] if kind else []
            for body in _REPLIES:
                with suppress(ClientError):
                    answered.value(code, headers, body)
            answered.error(code, headers, b"{}")
            with suppress(ClientError):
                answered.stream(code, headers, iter(()))


SUITES = (
    "real descriptions: loaded as clients",
    "operations of real descriptions: method made, request and every reply worked out",
)


def rows() -> list[Row]:
    found = Loaded()
    for path in real():
        examine(path, found)
    return [
        Row(SUITES[0], found.descriptions, found.loads, tuple(found.refused)),
        Row(SUITES[1], found.operations, found.worked_out, tuple(found.failed)),
    ]
