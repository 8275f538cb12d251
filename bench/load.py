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
            measured = pool.map(lambda path, tool=tool: tool.measure(path, options.timeout), paths)
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
    for tool in tools[1:]:
        both = sorted(loaded[tools[0].name] & loaded[tool.name])
        ours, theirs = ([results[name][path] for path in both] for name in (tools[0].name, tool.name))
        if not both:
            continue
        lines.append(_row(f"what it and {tool.title} load", tools[0], ours))
        lines.append(_row(f"what it and {tools[0].title} load", tool, theirs))
        ratios.append(
            f"{tools[0].title} / {tool.title}: CPU per MB {_ratio(ours, theirs, _cpu_per_mb)}, median CPU a file "
            f"{_ratio(ours, theirs, _median_ms)}, median peak memory {_ratio(ours, theirs, _median_peak)}, "
            f"highest peak {_ratio(ours, theirs, _highest_peak)}, "
            f"above imports {_ratio(ours, theirs, _highest_growth)}."
        )
    return [*lines, "", *ratios]


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


def _ratio(ours: list[Measured], theirs: list[Measured], figure: Callable[[list[Measured]], float]) -> str:
    return f"{figure(ours) / figure(theirs):.3f}"


def _print_failures(results: dict[str, dict[Path, Measured]]) -> None:
    for name, of in results.items():
        for path, one in of.items():
            if one.error:
                print(f"{name}: {path.name}: {' '.join(one.error.split())[:160]}")


if __name__ == "__main__":
    main()
