"""What has to be true of an item for it to be written or found: `where={"status": "open", "total": at_least(10)}`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

__all__ = [
    "Comparison",
    "Operator",
    "Test",
    "above",
    "absent",
    "at_least",
    "at_most",
    "begins_with",
    "below",
    "between",
    "comparisons",
    "contains",
    "is_not",
    "present",
]

Operator = Literal["=", "<>", "<", "<=", ">", ">=", "between", "begins_with", "contains", "present", "absent"]


@dataclass(frozen=True, slots=True)
class Test:
    """What is asked of one attribute, whichever it is. `values`: none, one, or two (between)."""

    operator: Operator
    values: tuple[Any, ...] = ()

    __test__ = False  # it is no test of pytest's


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    What is asked of the attribute `attribute`, as DynamoDB compares: `<` and the like hold between values of one type
    (S, N, B) alone; `=` and `<>` between any; an attribute that is not there passes only `absent` and `<>`.
    """

    attribute: str
    operator: Operator
    values: tuple[Any, ...] = ()


def below(value: Any) -> Test:
    """Less than *value*."""
    return Test("<", (value,))


def at_most(value: Any) -> Test:
    """Less than *value*, or equal to it."""
    return Test("<=", (value,))


def above(value: Any) -> Test:
    """Greater than *value*."""
    return Test(">", (value,))


def at_least(value: Any) -> Test:
    """Greater than *value*, or equal to it."""
    return Test(">=", (value,))


def between(first: Any, last: Any) -> Test:
    """From *first* to *last*, both included."""
    return Test("between", (first, last))


def begins_with(start: str | bytes) -> Test:
    """Text (or bytes) that begins with *start*."""
    return Test("begins_with", (start,))


def contains(value: Any) -> Test:
    """Text that has *value* in it, or a list or set that has it as a member."""
    return Test("contains", (value,))


def is_not(value: Any) -> Test:
    """Anything else than *value*, or not there."""
    return Test("<>", (value,))


def present() -> Test:
    """There, whatever it is: null too."""
    return Test("present")


def absent() -> Test:
    """Not there."""
    return Test("absent")


def comparisons(where: Mapping[str, Any] | None) -> tuple[Comparison, ...]:
    """The Comparisons of *where*, a dict of attribute -> Test, or a value that it has to be equal to."""
    tests = {name: test if isinstance(test, Test) else Test("=", (test,)) for name, test in (where or {}).items()}
    return tuple(Comparison(name, test.operator, test.values) for name, test in tests.items())
