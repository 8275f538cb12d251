"""
`make bench` and `make bench-quick`: what a request costs, ours beside others. Prints each figure in a line,

    PLACE WORKLOAD COMPETITOR RATIO        in-process W1 bare-flask 12.9

where the ratio is what the competitor spends divided by what ours spends in the same run, and at the end which targets
are met. peers.py says who is measured and what the places are, workloads.py what is asked of each.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import chart
import coldstart
import endurance
import environments
import figures
import inprocess
import page
import targets
import wire
from figures import Figures
from peers import OURS, PEERS, PLACES
from workloads import WORKLOADS

__all__ = ["main"]

PARTS = ("in-process", "wire", "cold-start", "endurance")
QUICK = (OURS, "pymacaron-off", "pymacaron-hooks", "pymacaron-strict", "bare-flask", "bare-flask-hooks")
RESULTS = environments.HERE / "results.json"
PLOTS = environments.ROOT / "docs"
PLOTTED = ("in-process", "gthread", "granian")


def main() -> None:
    parser = argparse.ArgumentParser(description="CPU of a request, ours beside others")
    parser.add_argument("--quick", action="store_true", help="in the process only, ours and bare Flask, short windows")
    parser.add_argument("--parts", default=",".join(PARTS), help="what to measure, by comma")
    parser.add_argument("--peers", default="", help="who is measured, by comma; all of peers.py without it")
    parser.add_argument("--rounds", type=int, default=0, help="windows of each app in each workload")
    parser.add_argument("--window", type=float, default=0.0, help="seconds of a window")
    parser.add_argument("--json", type=Path, default=None, help="a file for the figures")
    parser.add_argument("--write", action="store_true", help="put figures and plots into docs/ and bench/results.json")
    options = parser.parse_args()
    parts = ["in-process"] if options.quick else options.parts.split(",")
    names = options.peers.split(",") if options.peers else QUICK if options.quick else [peer.name for peer in PEERS]
    unknown = {*names} - {peer.name for peer in PEERS} | {*parts} - {*PARTS}
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    started = time.monotonic()
    found, failed = _measured(parts, names, options.rounds, options.window)
    lines = targets.verdict(found)
    print("\n".join(["", *lines]), flush=True)
    print(f"{time.monotonic() - started:.0f} seconds", file=sys.stderr)
    if options.write:
        _publish(found, lines)
    if options.json or options.write:
        more = {"run": page.when_and_where(), "requirements": environments.REQUIREMENTS, "targets": lines}
        figures.write(options.json or RESULTS, found, more)
    if failed:
        sys.exit(failed)


def _measured(parts: Sequence[str], names: Sequence[str], rounds: int, window_s: float) -> tuple[Figures, str | None]:
    """The figures, and why a part could not be measured."""
    found, lacking = Figures(), wire.lacking()
    if "in-process" in parts:
        inprocess.measure(found, names, rounds or 40, window_s or 0.015)
    if "cold-start" in parts:
        coldstart.measure(found, rounds=3)
    if "endurance" in parts:
        endurance.measure(found)
    if "wire" in parts and not lacking:
        wire.measure(found, names, rounds or 2, window_s or 1.5)
    return found, f"On the wire nothing was measured: {lacking}" if "wire" in parts and lacking else None


def _publish(found: Figures, verdict: Sequence[str]) -> None:
    tables = [f"{page.when_and_where()} Above 1: PyMacaron is faster."]
    for place in [*dict.fromkeys(place.name for place in PLACES), *wire.PLACES]:
        competitors = list(dict.fromkeys(one.competitor for one in found.all if one.place == place and _is_speed(one)))
        if not competitors:
            continue
        ratios = {name: [found.ratio(place, workload, name) for workload in WORKLOADS] for name in competitors}
        tables += ["", *_table(place, ratios)]
        if place in PLOTTED:
            title = f"Times faster than others, {place}: CPU of a request"
            (PLOTS / f"benchmarks-{place}.svg").write_text(
                chart.grouped(title, list(WORKLOADS), ratios), encoding="utf-8"
            )
            tables += ["", f"![{title}](benchmarks-{place}.svg)"]
    others = [one for one in found.all if not _is_speed(one)]
    if others:
        tables += ["", "| place | what | beside | ratio |", "|---|---|---|---:|"]
        tables += [f"| {one.place} | {one.workload} | {one.competitor} | {one.ratio:.2f} |" for one in others]
    tables += ["", "```text", *verdict, "```"]
    page.write("bench", "\n".join(tables))


def _is_speed(figure: figures.Figure) -> bool:
    return figure.workload in WORKLOADS


def _table(place: str, ratios: dict[str, list[float | None]]) -> list[str]:
    cells = {name: ["" if one is None else f"{one:.2f}" for one in values] for name, values in ratios.items()}
    return [
        f"| {place} | {' | '.join(WORKLOADS)} |",
        f"|---|{'---:|' * len(WORKLOADS)}",
        *(f"| {name} | {' | '.join(values)} |" for name, values in cells.items()),
    ]


if __name__ == "__main__":
    main()
