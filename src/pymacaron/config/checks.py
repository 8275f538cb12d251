"""A look at one value of a map in the config, and the JSON Schema that says the same: written once, side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Check", "says"]


@dataclass(frozen=True, slots=True)
class Check:
    """`tell` gives what is wrong with a value, '' where nothing is; `schema` takes the values of which it says ''."""

    tell: Callable[[Any], str]
    schema: Mapping[str, Any]

    def __call__(self, value: Any) -> str:
        return self.tell(value)


def says(**schema: Any) -> Callable[[Callable[[Any], str]], Check]:
    """Make a Check of the function below, with *schema* (2020-12)."""
    return lambda tell: Check(tell, schema)
