"""
A worker with the tasks of a module, as a process: `python -m brokers.worker MODULE`, and what starts it.

Its pace is quicker than that of a service, so that tests need not wait: a lease of 2 seconds, which LEASE can change.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

from brokers.servers import until

__all__ = ["Worker"]

TESTS = Path(__file__).resolve().parents[1]


@dataclass
class Worker:
    """`environment`: settings, as PYM_BROKER_URL. Its log is the file `log`. `command`: what starts it, if not this."""

    folder: Path
    environment: dict[str, str]
    module: str = "brokers.jobs"
    processes: int = 2
    stop_s: float = 20
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    log: Path = field(init=False)
    command: list[str] | None = None

    def __post_init__(self) -> None:
        self.log = self.folder / "worker.log"

    def start(self) -> Worker:
        path = os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])
        environment = {**os.environ, **self.environment, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}
        own = [sys.executable, "-m", "brokers.worker", self.module, str(self.processes), str(self.stop_s)]
        command = self.command or own
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                command, cwd=self.folder, env=environment, stdout=output, stderr=output, start_new_session=True
            )
        return self

    @property
    def text(self) -> str:
        return self.log.read_text() if self.log.exists() else ""

    @property
    def children(self) -> list[int]:
        """The numbers of its processes that run tasks."""
        if self.process is None:
            return []
        try:
            text = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        except OSError:
            return []
        return [int(pid) for pid in text.split()]

    def kill(self) -> None:
        """Kill it, and so its processes."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self, within_s: float = 60) -> int:
        """Have it stop; gives its code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        until(lambda: self.process is None or self.process.poll() is not None, within_s, lambda: self.text[-3000:])
        code = self.process.returncode
        self.process = None
        return code


def main() -> int:
    import faulthandler

    faulthandler.register(signal.SIGUSR1, all_threads=True)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(name)s %(levelname)s %(message)s")
    import_module(sys.argv[1])
    return (_celery if "PYM_BROKER_URL" in os.environ else _embedded)(int(sys.argv[2]), float(sys.argv[3]))


def _embedded(processes: int, stop_s: float) -> int:
    """One of them works, the others stand by."""
    from pymacaron.tasks.current import embedded_file
    from pymacaron.tasks.embedded.worker import work
    from pymacaron.tasks.lock import Lock, lock_file

    lock = Lock(lock_file())
    until(lock.take, 3600)
    return work(lock, embedded_file(), processes=processes, keep_s=86_400, stop_s=stop_s, heeds_s=1)


def _celery(processes: int, stop_s: float) -> int:
    from pymacaron.tasks.celery.books import Pace
    from pymacaron.tasks.celery.worker import work

    lease_s = float(os.environ.get("LEASE", 2))
    pace = Pace(lease=lease_s, sweep=0.1, lost=2 * lease_s, grace=1)
    return work(processes=processes, stop_s=stop_s, pace=pace)


if __name__ == "__main__":
    sys.exit(main())
