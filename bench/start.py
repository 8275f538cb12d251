"""
`make bench-start`: CPU that a service of ours spends until it listens, beside importing Flask; and `pymacaron --help`.

CPU is user and system of the whole process, as the kernel counts it when the process ends. The runs are interleaved and
the least of each counts, since whatever else the machine does only adds; the median stands beside it. The command line
is that of a wheel, in an environment of its own, as users have it.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import page
from environments import KEEPING

__all__ = ["main"]

ROOT = Path(__file__).resolve().parent.parent
HELLOWORLD = ROOT / "examples" / "helloworld"
#: what a service that does not use them must not load
UNWANTED = ("boto3", "botocore", "celery", "redis", "httpx2", "httpx", "requests", "pytest", "hypothesis", "asyncio")
FLASK, HELLO = "`import flask`", "helloworld: `python server.py`, until it listens"
CLICK, HELP, MODULE_HELP = "`import click`", "`pymacaron --help`", "`python -m pymacaron --help`"


def main() -> None:
    parser = argparse.ArgumentParser(description="CPU of starting a service, beside importing Flask")
    parser.add_argument("--runs", type=int, default=15, help="how often each is run")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        installed = _install_wheel(Path(folder))
        rows = _rows(installed)
        for run in rows.values():
            run()  # writes the bytecode
        taken: dict[str, list[float]] = {name: [] for name in rows}
        for _ in range(options.runs):
            for name, run in rows.items():
                taken[name].append(run())
    table = "\n".join(_table(taken, _loaded()))
    print(table)
    if options.write:
        page.write("bench-start", table)


def _rows(installed: Path) -> dict[str, Callable[[], float]]:
    """What is measured; *installed* is the folder of commands of the environment that has the wheel."""
    ours, python = sys.executable, str(installed / "python")
    return {
        FLASK: lambda: _cpu_s(ours, "-c", "import flask"),
        HELLO: _start_s,
        CLICK: lambda: _cpu_s(python, "-c", "import click"),
        HELP: lambda: _cpu_s(str(installed / "pymacaron"), "--help"),
        MODULE_HELP: lambda: _cpu_s(python, "-m", "pymacaron", "--help"),
        "`import pymacaron`": lambda: _cpu_s(python, "-c", "import pymacaron"),
        "`pass`": lambda: _cpu_s(python, "-c", "pass"),
    }


def _install_wheel(folder: Path) -> Path:
    """Build the wheel and install it into a new environment in *folder*. Gives the folder of its commands."""
    environment = folder / "environment"
    for command in (
        [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(folder), str(ROOT)],
        [sys.executable, "-m", "venv", str(environment)],
    ):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    (wheel,) = folder.glob("*.whl")
    pip = [str(environment / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "-qq"]
    subprocess.run([*pip, str(wheel)], check=True)
    return environment / "bin"


def _table(taken: Mapping[str, list[float]], loaded: list[str]) -> list[str]:
    least = {name: min(runs) for name, runs in taken.items()}
    median = {name: statistics.median(runs) for name, runs in taken.items()}
    unwanted = [name for name in UNWANTED if name in {module.partition(".")[0] for module in loaded}]

    def beside(name: str, other: str) -> str:
        return f"{least[name] / least[other]:.2f}, of medians {median[name] / median[other]:.2f}"

    return [
        f"{page.when_and_where()} {len(taken[HELP])} interleaved runs of each.",
        "",
        "| what runs | least CPU ms | median |",
        "|---|---:|---:|",
        *(f"| {name} | {1000 * least[name]:.0f} | {1000 * median[name]:.0f} |" for name in taken),
        "",
        f"helloworld / {FLASK}: {beside(HELLO, FLASK)}.",
        *(f"{name} / {CLICK}: {beside(name, CLICK)}, where at most 2 is allowed." for name in (HELP, MODULE_HELP)),
        f"Modules loaded when helloworld listens: {len(loaded)}. Unwanted among them: {', '.join(unwanted) or 'none'}.",
    ]


def _cpu_s(*command: str) -> float:
    process = subprocess.Popen(command, env=KEEPING, stdout=subprocess.DEVNULL)
    return _ended(process)


def _start_s() -> float:
    with _service() as process:
        _wait(process)
        process.send_signal(signal.SIGKILL)
        return _ended(process, expected=-signal.SIGKILL)


def _loaded() -> list[str]:
    """The names of the modules that helloworld has loaded when it listens, as the interpreter itself reports them."""
    with _service("-X", "importtime") as process:
        told = _wait(process)
        process.kill()
    names = (re.match(r"import time:[^|]*\|[^|]*\| *(\S+)$", line) for line in told)
    return sorted({name[1] for name in names if name})


def _service(*flags: str) -> subprocess.Popen[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {**KEEPING, "JWT_SECRET": "of this benchmark and of nothing else", "PYM_WITH_ASYNC": "false"}
    command = [sys.executable, *flags, "server.py", "--port", str(port)]
    return subprocess.Popen(command, cwd=HELLOWORLD, env=environment, stderr=subprocess.PIPE, text=True)


def _wait(process: subprocess.Popen[str]) -> list[str]:
    """Until it says that it listens: connecting would cost it CPU. Gives the lines that it wrote before."""
    assert process.stderr is not None
    told: list[str] = []
    for line in process.stderr:
        if line.startswith("Listening on "):
            return told
        told.append(line)
    sys.exit(f"helloworld did not start:\n{''.join(told[-50:])}")


def _ended(process: subprocess.Popen[str] | subprocess.Popen[bytes], expected: int = 0) -> float:
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != expected:
        sys.exit(f"{process.args!r} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
