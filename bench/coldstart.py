"""
CPU and memory of a start with 1,000 operations and 1,000 schemas, up to the first reply: cold_*.py in fresh processes,
in turn, the least of each: whoever is the first to run after a change compiles it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import description
import environments
from figures import Figures

__all__ = ["measure"]

_PLACE = "cold-start"
_OPERATIONS = 1000
#: A description of so many bytes, in the tools that read one
_BYTES, _READERS = 3_900_000, ("pymacaron", "connexion-flask")
#: dict: as the figures call it -> its environment; its part is cold_<environment>.py
_PEERS = {"pymacaron": "pymacaron", "bare-flask": "flask", "fastapi": "fastapi", "connexion-flask": "connexion"}


def measure(figures: Figures, rounds: int) -> None:
    for environment in _PEERS.values():
        environments.install(environment)
    least: dict[str, tuple[float, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "things.json")
        path.write_text(json.dumps(description.large(_OPERATIONS)), encoding="utf-8")
        for _ in range(rounds):
            for name, environment in _PEERS.items():
                run = _run(environment, path)
                least[name] = min(run, least.get(name, run))
        _tell(figures, least, "cpu", "memory")
        text = json.dumps(description.large(_OPERATIONS))
        path.write_text(json.dumps(description.large(_OPERATIONS * _BYTES // len(text))), encoding="utf-8")
        _tell(figures, {name: _run(_PEERS[name], path) for name in _READERS}, "3.9MB-cpu", "3.9MB-memory")


def _tell(figures: Figures, found: Mapping[str, tuple[float, float]], cpu: str, memory: str) -> None:
    (our_s, our_mb) = found["pymacaron"]
    for name, (cpu_s, peak_mb) in found.items():
        figures.note(_PLACE, cpu, name, 1e6 * cpu_s)
        figures.note(_PLACE, memory, name, peak_mb)
        if name != "pymacaron":
            figures.add(_PLACE, cpu, name, cpu_s, our_s)
            figures.add(_PLACE, memory, name, peak_mb, our_mb)


def _run(environment: str, path: Path) -> tuple[float, float]:
    """(CPU seconds of the whole process, megabytes at its peak)."""
    command: list[str | Path] = [
        environments.python(environment),
        "-W",
        "ignore",
        environments.HERE / f"cold_{environment}.py",
        path,
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=environments.HERE, env=environments.KEEPING
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1]) if done.stdout else {"error": done.stderr[-1000:]}
    if "error" in told:
        sys.exit(f"cold start of {environment}: {told['error']}")
    return told["process_s"], told["peak_mb"]
