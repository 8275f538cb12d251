"""What the figures shall be, at least, and the verdict on a run: what is met, what is missed, by how much."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from figures import Figures

__all__ = ["TARGETS", "Target", "verdict"]

_ALL = ("W1", "W2", "W3", "W4", "W5", "W6")


@dataclass(frozen=True)
class Target:
    """`least`: the ratio that is asked for."""

    place: str
    workload: str
    competitor: str
    least: float


@dataclass(frozen=True)
class Bound:
    """An amount that shall not exceed: what ours takes more than `competitor`, of `figures.spent`, in its unit."""

    place: str
    workload: str
    competitor: str
    most: float
    unit: str
    scale: float = 1.0


#: times bare Flask, in the order of _ALL
_TIMES = {
    "in-process": (11, 10, 5, 2.4, 1.1, 10),
    "in-process-hooks": (6, 6.5, 4, 2.2, 1.1, 5.5),
    "gthread": (1.55, 1.7, 1.7, 1.25, 0.95, 1.6),
    "granian": (4.2, 4.8, 4, 1.9, 1.05, 4.5),
}


def _targets() -> Iterator[Target]:
    for place, times in _TIMES.items():
        for workload, least in zip(_ALL, times, strict=True):
            yield Target(place, workload, "bare-flask", least)
    yield Target("in-process-strict", "W2", "bare-flask", 8)
    yield Target("in-process-strict", "W3", "bare-flask", 3.8)
    for place in ("in-process", "granian"):
        for competitor in ("connexion-flask", "connexion-async", "fastapi"):
            for workload in _ALL:
                yield Target(place, workload, competitor, 1)
    for workload in ("W1", "W2", "W3", "W6"):
        yield Target("in-process", workload, "falcon-msgspec", 1 / 1.25)
    for workload in ("W1", "W2"):
        yield Target("granian", workload, "raw-wsgi", 1 / 1.15)
    yield Target("granian", "W3", "fastify", 1)


TARGETS = tuple(_targets())

_FLAT_MB = 20  # what 100 MB, or 1,000,000 lines, may add to the memory of a server

BOUNDS = (
    Bound("cold-start", "cpu", "bare-flask", 0.6, "s", 1e-6),
    Bound("cold-start", "memory", "bare-flask", 25, "MB"),
    Bound("gthread", "multipart-100MB-grown-MB", "", _FLAT_MB, "MB"),
    Bound("gthread", "ndjson-1000000-grown-MB", "", _FLAT_MB, "MB"),
)


def verdict(figures: Figures) -> list[str]:
    """A line for each target that this run measured, the missed ones last, and one that counts them."""
    met, missed, unknown = [], [], 0
    for target in TARGETS:
        ratio = figures.ratio(target.place, target.workload, target.competitor)
        if ratio is None:
            unknown += 1
            continue
        line = f"{target.place} {target.workload} {target.competitor}: {ratio:.2f}, wanted {target.least:.2f}"
        if ratio >= target.least:
            met.append(f"met     {line}")
        else:
            missed.append(f"missed  {line}: {1 - ratio / target.least:.0%} short")
    for bound in BOUNDS:
        spent = figures.spent.get(bound.place, {}).get(bound.workload)
        if spent is None:
            unknown += 1
            continue
        amount = bound.scale * (spent["pymacaron"] - spent.get(bound.competitor, 0.0))
        over = f" over {bound.competitor}" if bound.competitor else ""
        line = f"{bound.place} {bound.workload}: {amount:.2f} {bound.unit}{over}, at most {bound.most} {bound.unit}"
        if amount <= bound.most:
            met.append(f"met     {line}")
        else:
            missed.append(f"missed  {line}: {amount - bound.most:.2f} {bound.unit} too much")
    return [*met, *missed, f"Targets: {len(met)} met, {len(missed)} missed, {unknown} not measured."]
