"""The figures of a run: `Figure`, a ratio that is above 1 where ours is faster, its line and its JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

__all__ = ["Figure", "Figures", "write"]


@dataclass(frozen=True)
class Figure:
    """`ratio`: what the competitor spends divided by what ours spends."""

    place: str
    workload: str
    competitor: str
    ratio: float

    def __str__(self) -> str:
        return f"{self.place} {self.workload} {self.competitor} {self.ratio:.{2 if self.ratio < 100 else 0}f}"


class Figures:
    """Those of one run, each printed as soon as it is known. `spent`: dict of place -> workload -> peer -> amount."""

    def __init__(self) -> None:
        self.all: list[Figure] = []
        self.spent: dict[str, dict[str, dict[str, float]]] = {}

    def add(self, place: str, workload: str, competitor: str, theirs: float, ours: float) -> None:
        figure = Figure(place, workload, competitor, theirs / ours)
        self.all.append(figure)
        print(figure, flush=True)

    def note(self, place: str, workload: str, peer: str, amount: float) -> None:
        """What stands behind the ratios: microseconds of CPU for a request, unless *workload* names a unit."""
        self.spent.setdefault(place, {}).setdefault(workload, {})[peer] = round(amount, 3)

    def ratio(self, place: str, workload: str, competitor: str) -> float | None:
        for one in self.all:
            if (one.place, one.workload, one.competitor) == (place, workload, competitor):
                return one.ratio
        return None


def write(path: Path, figures: Figures, more: Mapping[str, Any]) -> None:
    """*more*: what else is to be known of the run."""
    content = {**more, "figures": [asdict(one) for one in figures.all], "spent": figures.spent}
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
