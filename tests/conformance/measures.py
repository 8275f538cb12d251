"""What stands in the table of `make conformance`, in its order: the suites of each measure, and what gives its Rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from conformance import clients, differential, examples, json_schema_suite, parameter_cases, votes
from conformance.table import Row

__all__ = ["MEASURES", "Measure"]


@dataclass(frozen=True)
class Measure:
    name: str
    suites: tuple[str, ...]
    rows: Callable[[], list[Row]]


_PARAMETERS = {"read": "parameter cases, parsed", "write": "parameter cases, written"}


def _parameters() -> list[Row]:
    return list(_by_direction())


def _by_direction() -> Iterator[Row]:
    outcomes = list(parameter_cases.rows())
    for direction, suite in _PARAMETERS.items():
        found = [one for one in outcomes if one.direction == direction]
        other = [one for one in found if not one.passed]
        rest = tuple(f"{one.case}: {one.reason or f'{one.found!r}, not {one.wanted!r}'}" for one in other)
        if direction == "read":
            rest += tuple(f"not read: {count}, {why}" for why, count in parameter_cases.only_written().items())
        yield Row(suite, len(found), len(found) - len(other), rest)


MEASURES = (
    Measure("suite", tuple(run.name for run in json_schema_suite.RUNS), json_schema_suite.rows),
    Measure("parameters", tuple(_PARAMETERS.values()), _parameters),
    Measure("examples", examples.SUITES, examples.rows),
    Measure("clients", clients.SUITES, clients.rows),
    Measure("votes", votes.SUITES, votes.rows),
    Measure("differential", differential.SUITES, differential.rows),
)
