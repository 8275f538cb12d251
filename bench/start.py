"""
`make bench-start`: CPU that a service of ours spends until it listens, beside importing Flask; and `pymacaron --help`.

CPU is user and system of the whole process, as the kernel counts it when the process ends. The runs are interleaved and
the least of each counts, since whatever else the machine does only adds.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import page
from environments import KEEPING

__all__ = ["main"]

ROOT = Path(__file__).resolve().parent.parent
HELLOWORLD = ROOT / "examples" / "helloworld"
#: what a service that does not use them must not load
UNWANTED = ("boto3", "botocore", "celery", "redis", "httpx2", "httpx", "requests", "pytest", "hypothesis", "asyncio")
HELP = "from pymacaron.cli import main; main(['--help'])"


def main() -> None:
    parser = argparse.ArgumentParser(description="CPU of starting a service, beside importing Flask")
    parser.add_argument("--runs", type=int, default=9, help="how often each is run")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    options = parser.parse_args()
    rows: dict[str, Callable[[], float]] = {
        "`import flask`": lambda: _cpu_s("-c", "import flask"),
        "helloworld: `python server.py`, until it listens": _start_s,
        "`import click`": lambda: _cpu_s("-c", "import click"),
        "`pymacaron --help`": lambda: _cpu_s("-c", HELP),
        "`import pymacaron`": lambda: _cpu_s("-c", "import pymacaron"),
        "`pass`": lambda: _cpu_s("-c", "pass"),
    }
    for run in rows.values():
        run()  # writes the bytecode
    least = dict.fromkeys(rows, float("inf"))
    for _ in range(options.runs):
        for name, run in rows.items():
            least[name] = min(least[name], run())
    table = "\n".join(_table(least, _loaded()))
    print(table)
    if options.write:
        page.write("bench-start", table)


def _table(least: Mapping[str, float], loaded: list[str]) -> list[str]:
    flask, service, click, help_, *_ = least.values()
    unwanted = [name for name in UNWANTED if name in {module.partition(".")[0] for module in loaded}]
    return [
        f"{page.when_and_where()} The least of several interleaved runs.",
        "",
        "| what runs | CPU ms |",
        "|---|---:|",
        *(f"| {name} | {1000 * cpu_s:.0f} |" for name, cpu_s in least.items()),
        "",
        f"helloworld / `import flask`: {service / flask:.2f}.",
        f"`pymacaron --help` / `import click`: {help_ / click:.2f}.",
        f"Modules loaded when helloworld listens: {len(loaded)}. Unwanted among them: {', '.join(unwanted) or 'none'}.",
    ]


def _cpu_s(*arguments: str) -> float:
    process = subprocess.Popen([sys.executable, *arguments], env=KEEPING, stdout=subprocess.DEVNULL)
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
    environment = {**KEEPING, "JWT_SECRET": "of this benchmark and of nothing else"}
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
