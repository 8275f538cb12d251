"""What the class of a model knows of the table in which its objects are kept: `x-persist`, where that is a map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pymacaron.schema.shape import Shapes
from pymacaron.source import Node

__all__ = ["Keeper", "Kept"]

#: A model's class -> its table, which has `get` and `put`
Keeper = Callable[[type[Any]], Any]


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """The schema of a class, whose `x-persist` is a map, among the *shapes* of its api."""

    node: Node
    shapes: Shapes
