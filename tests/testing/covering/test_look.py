"""What a value reaches in a schema: how much of it is looked at."""

from __future__ import annotations

from typing import Any

from pymacaron.testing.covering.look import Look
from pymacaron.testing.covering.points import Owner, Point

OWNER = Owner("shop", "Pet", False)


def test_alternatives_that_lead_to_the_same_are_looked_at_once() -> None:
    depth, steps, made = 40, [], []

    def fits(value: Any) -> bool:
        steps.append(value)
        return True

    below: list[Look] = []
    for level in range(depth):
        pair = [Look(), Look()]
        for number, look in enumerate(pair):
            for one in below or [None]:
                made.append(Point(f"{level} {number} {len(made)}", "branch", OWNER, "", "", 1))
                look.branches.append((fits, made[-1], one))
            look.settle()
        below = pair
    points: list[Point] = []
    below[0].walk({}, set(), points)
    assert len(steps) == 2 + (depth - 2) * 4 + 2  # not 2 ** depth
    assert len(points) == len(steps)
