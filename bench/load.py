"""
`make bench-load`: what it costs to load real descriptions, ours beside Connexion and openapi-spec-validator, and as
clients, ours beside aiopenapi3 and bravado.

Every file is loaded by every tool in a process of its own, one after the other; each tool lives in a virtual
environment of its own. Connexion and PyMacaron build a Flask app whose operations all have a handler, and answer a GET
of the document they publish; the validator only reads and validates. Figures of two tools are compared over the
files that both load. load_*.py are the tools' parts, measure.py what they share.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import environments
import page
from environments import HERE, KEEPING, ROOT

__all__ = ["Measured", "Tool", "main"]

CORPUS = Path(os.environ.get("PYMACARON_CORPUS", ROOT.parent / "shared" / "corpus"))


@dataclass(frozen=True)
class Tool:
    """`name`: of its part of the program, load_<name>.py, and of its `environment` unless that is given."""

    name: str
    title: str
    environment: str = ""

    @property
    def is_ours(self) -> bool:
        return (self.environment or self.name) == "pymacaron"

    def least(self, path: Path, timeout_s: float, takes: int) -> Measured:
        """The one of several that took the least CPU."""
        found = [self.measure(path, timeout_s)]
        while not found[0].error and len(found) < takes:
            found.append(self.measure(path, timeout_s))
        return min((one for one in found if not one.error), key=lambda one: one.cpu_s, default=found[0])

    def measure(self, path: Path, timeout_s: float) -> Measured:
        """*path* loaded in a fresh process."""
        command: list[str | Path] = [
            environments.python(self.environment or self.name),
            "-W",
            "ignore",
            HERE / f"load_{self.name}.py",
            path,
        ]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=timeout_s, check=False, cwd=HERE, env=KEEPING
            )
        except subprocess.TimeoutExpired:
            return Measured(path, error=f"not done after {timeout_s:.0f} s")
        lines = done.stdout.splitlines()
        if done.returncode or not lines:
            return Measured(path, error=f"exit {done.returncode}: {done.stderr.strip()[-300:]}")
        return Measured(path, **json.loads(lines[-1]))


TOOLS = (
    Tool("pymacaron", "PyMacaron"),
    Tool("connexion", "Connexion"),
    Tool("validator", "openapi-spec-validator"),
)
CLIENTS = (
    Tool("clients", "PyMacaron", "pymacaron"),
    Tool("worked_out", "PyMacaron, all worked out", "pymacaron"),
    Tool("aiopenapi3", "aiopenapi3"),
    Tool("bravado", "bravado"),
)
#: Of clients beside this tool: the CPU per MB and the highest peak of memory that are wanted at the most
_WANTED = ("aiopenapi3", 0.1, 0.2)


@dataclass(frozen=True)
class Measured:
    """One file in one tool: CPU seconds after the imports and in all, memory then and at its peak; or why it failed."""

    path: Path
    cpu_s: float = 0.0
    process_s: float = 0.0
    imported_mb: float = 0.0
    peak_mb: float = 0.0
    error: str = ""

    @property
    def grown_mb(self) -> float:
        return self.peak_mb - self.imported_mb

    @property
    def megabytes(self) -> float:
        return self.path.stat().st_size / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description="CPU and memory of loading real descriptions, ours beside others")
    parser.add_argument("--clients", action="store_true", help="as clients, not as services")
    parser.add_argument("--tools", help="which tools, by comma")
    parser.add_argument("--folders", help="which folders of the material, by comma")
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds that one file may take in one tool")
    parser.add_argument("--takes", type=int, default=1, help="how often each file is loaded: the least CPU counts")
    parser.add_argument("--jobs", type=int, default=1, help="files measured at the same time")
    parser.add_argument("--failures", action="store_true", help="print what each tool did not load, and why")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    options = parser.parse_args()
    known = CLIENTS if options.clients else TOOLS
    tools = [tool for tool in known if not options.tools or tool.name in options.tools.split(",")]
    folders = options.folders or ("specs" if options.clients else "specs,features")
    paths = [path for folder in folders.split(",") for path in sorted((CORPUS / folder).glob("*.*"))]
    if not paths:
        sys.exit(f"No descriptions in {CORPUS}. Set PYMACARON_CORPUS to a folder that holds {folders}.")
    for tool in tools:
        environments.install(tool.environment or tool.name)
    results: dict[str, dict[Path, Measured]] = {}
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for tool in tools:
            print(f"{tool.title}: {len(paths)} files", flush=True)
            measured = pool.map(lambda path, tool=tool: tool.least(path, options.timeout, options.takes), paths)
            results[tool.name] = {one.path: one for one in measured}
    if options.failures:
        _print_failures(results)
    table = "\n".join(_table(tools, results, len(paths)))
    print(table)
    if options.write:
        page.write("bench-load-clients" if options.clients else "bench-load", table)


def _table(tools: list[Tool], results: dict[str, dict[Path, Measured]], files: int) -> list[str]:
    """Markdown: each tool over all that it loads, then each other tool beside the first over what both load."""
    lines = [
        f"{page.when_and_where()} {files} files.",
        "",
        "| over | tool | files | MB | CPU s | CPU s per MB | median ms a file | median peak MB | highest peak MB "
        "| highest above imports |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    loaded = {name: {path for path, one in of.items() if not one.error} for name, of in results.items()}
    for tool in tools:
        lines.append(_row("all that it loads", tool, [results[tool.name][path] for path in sorted(loaded[tool.name])]))
    ratios = []
    for mine, other in ((mine, other) for mine in tools if mine.is_ours for other in tools if not other.is_ours):
        both = sorted(loaded[mine.name] & loaded[other.name])
        ours, theirs = ([results[name][path] for path in both] for name in (mine.name, other.name))
        if not both:
            continue
        lines.append(_row(f"what it and {other.title} load", mine, ours))
        lines.append(_row(f"what it and {mine.title} load", other, theirs))
        ratios.append(
            f"{mine.title} / {other.title}: CPU per MB {_ratio(ours, theirs, _cpu_per_mb):.3f}, median CPU a file "
            f"{_ratio(ours, theirs, _median_ms):.3f}, median peak memory {_ratio(ours, theirs, _median_peak):.3f}, "
            f"highest peak {_ratio(ours, theirs, _highest_peak):.3f}, "
            f"above imports {_ratio(ours, theirs, _highest_growth):.3f}.{_verdict(mine, other, ours, theirs)}"
        )
    return [*lines, "", *ratios]


def _verdict(mine: Tool, other: Tool, ours: list[Measured], theirs: list[Measured]) -> str:
    name, most_cpu, most_memory = _WANTED
    if other.name != name or mine not in CLIENTS:
        return ""
    is_met = _ratio(ours, theirs, _cpu_per_mb) <= most_cpu and _ratio(ours, theirs, _highest_peak) <= most_memory
    wanted = f"at most {most_cpu:g} of the CPU per MB and {most_memory:g} of the highest peak wanted"
    return f" {'Met' if is_met else 'Missed'}: {wanted}."


def _row(over: str, tool: Tool, measured: list[Measured]) -> str:
    if not measured:
        return f"| {over} | {tool.title} | 0 | | | | | | | |"
    megabytes = sum(one.megabytes for one in measured)
    cpu_s = sum(one.cpu_s for one in measured)
    return (
        f"| {over} | {tool.title} | {len(measured)} | {megabytes:.1f} | {cpu_s:.1f} | {_cpu_per_mb(measured):.3f} | "
        f"{_median_ms(measured):.0f} | {_median_peak(measured):.0f} | {_highest_peak(measured):.0f} | "
        f"{_highest_growth(measured):.0f} |"
    )


def _cpu_per_mb(measured: list[Measured]) -> float:
    return sum(one.cpu_s for one in measured) / sum(one.megabytes for one in measured)


def _median_ms(measured: list[Measured]) -> float:
    return 1000 * statistics.median(one.cpu_s for one in measured)


def _median_peak(measured: list[Measured]) -> float:
    return statistics.median(one.peak_mb for one in measured)


def _highest_peak(measured: list[Measured]) -> float:
    return max(one.peak_mb for one in measured)


def _highest_growth(measured: list[Measured]) -> float:
    return max(one.grown_mb for one in measured)


def _ratio(ours: list[Measured], theirs: list[Measured], figure: Callable[[list[Measured]], float]) -> float:
    return figure(ours) / figure(theirs)


def _print_failures(results: dict[str, dict[Path, Measured]]) -> None:
    for name, of in results.items():
        for path, one in of.items():
            if one.error:
                print(f"{name}: {path.name}: {' '.join(one.error.split())[:160]}")


if __name__ == "__main__":
    main()
