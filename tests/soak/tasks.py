"""
Tasks while their workers are killed (-9) at random, and the broker too, which is started again: is each done, and none
of those that are unique done twice? `make soak` sends 10,000; tests/tasks/celery a part of that.

    python -m soak.tasks [--queue redis] [--tasks 10000] [--workers 2] [--seed 1] [--write]

prints one JSON object for each queue, or that one: `tasks` that were sent; `sent_again`, those sent while no broker
answered, once more; `runs` to the end, of `different` tasks; `killed`, dict of what -> how often; `lost`, those that
never ran; `open`, those whose handle never said that they have succeeded; `doubled`, unique keys that two sendings were
run for; `keys`; `began_again`, workers that had ended by themselves, and were started again; `seconds`. `lost`, `open`
and `doubled` have to be 0. The queues celery and celery-late are an app of plain Celery on a Redis, for comparison: as
it is, and with late acknowledgement. --write puts a table of it into docs/tasks.md.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from brokers import jobs, load
from brokers.grounds import GROUNDS, Ground, standing
from conformance import table

from pymacaron.tasks import Handle, QueueError

__all__ = ["Chaos", "chaos"]

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tasks.md"
#: A kill of each kind for so many tasks at least, in this order
_KINDS = ("process", "worker", "process", "broker")
#: How often a unique key is sent
_SENDINGS = 3


@dataclass
class Chaos:
    """What is sent, and what is killed meanwhile, by *seed*."""

    ground: Ground
    tasks: int
    kills: int
    seed: int = 1
    workers: int = 2
    killed: Counter[str] = field(default_factory=Counter)
    sent_again: int = 0
    began_again: int = 0

    def __post_init__(self) -> None:
        self._lot = random.Random(self.seed)
        self._handles: dict[tuple[str, int], list[Handle[int]]] = {}

    def run(self, within_s: float) -> dict[str, Any]:
        """Send them all, and wait until they have ended, *within_s* seconds at most."""
        began = time.monotonic()
        pool = [self.ground.worker("brokers.load") for _ in range(self.workers)]
        for number, (key, send) in enumerate(self._sendings()):
            self._handles.setdefault(key, []).append(self._insisted(send))
            if number % 20 == 0:
                self._look_after(pool)
        open_ = self._wait(pool, began + within_s)
        return {"tasks": self.tasks, **self._told(open_), "seconds": round(time.monotonic() - began, 1)}

    def _sendings(self) -> Iterator[tuple[tuple[str, int], Callable[[], Handle[int]]]]:
        kinds = [("plain", n) for n in range(self.tasks // 2)] + [("shaky", n) for n in range(self.tasks // 4)]
        left = self.tasks - len(kinds)
        kinds += [("single", n % max(1, left // _SENDINGS)) for n in range(left)]
        self._lot.shuffle(kinds)
        for sending, (kind, number) in enumerate(kinds):
            later_s = self._lot.choice([0, 0, 0, self._lot.uniform(0, 3)])
            yield (kind, number), lambda k=kind, n=number, s=sending, t=later_s: self._send(k, n, s, t)  # type: ignore[misc]

    def _send(self, kind: str, number: int, sending: int, later_s: float) -> Handle[int]:
        if kind == "single":
            return load.single.later(later_s, number, sending)
        task = load.plain if kind == "plain" else load.shaky
        return task.later(later_s, number) if later_s else task.fire(number)

    def _insisted(self, send: Callable[[], Handle[int]]) -> Handle[int]:
        deadline = time.monotonic() + 60
        while True:
            try:
                return send()
            except QueueError:
                assert time.monotonic() < deadline, "no broker answers"
                self.sent_again += 1
                time.sleep(0.1)

    def _look_after(self, pool: list[Any]) -> None:
        """Start what has ended by itself, as what supervises a worker does, and kill one when that is due."""
        for worker in pool:
            if worker.process is not None and worker.process.poll() is not None:
                worker.start()
                self.began_again += 1
        if self.killed.total() < self.kills:
            self._kill_when_due(pool)

    def _kill_when_due(self, pool: list[Any]) -> None:
        """One more, once so many have run since the one before."""
        if len(jobs.marks()) < (self.killed.total() + 1) * self.tasks * 0.7 / self.kills:
            return
        kind = _KINDS[self.killed.total() % len(_KINDS)]
        if kind == "broker" and not (self.ground.broker and self.ground.keeps):
            kind = "process"
        index = self._lot.randrange(len(pool))
        self.killed[kind] += 1
        if kind == "worker":
            pool[index].kill()
            pool[index].start()
        elif kind == "broker" and self.ground.broker is not None:
            self.ground.broker.kill()
            self.ground.broker.start()
        else:
            for pid in pool[index].children[:1]:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def _wait(self, pool: list[Any], deadline: float) -> list[tuple[str, int]]:
        """Those that have not ended well."""
        left = {key: handles[-1] for key, handles in self._handles.items()}
        while left and time.monotonic() < deadline:
            self._look_after(pool)
            for key in list(left)[:200]:
                with suppress(QueueError):
                    if left[key].state != "succeeded":
                        break
                    del left[key]
            time.sleep(0.05)
        return list(left)

    def _told(self, open_: list[tuple[str, int]]) -> dict[str, Any]:
        runs = [tuple(mark.split()) for mark in jobs.marks()]
        ran = {(kind, int(number)) for kind, number, _ in runs}
        sendings: dict[str, set[str]] = {}
        for kind, number, sending in runs:
            if kind == "single":
                sendings.setdefault(number, set()).add(sending)
        ids = [{handle.id for handle in handles} for key, handles in self._handles.items() if key[0] == "single"]
        ids = ids if not self.ground.is_plain else []  # plain Celery knows no keys: each sending has an id
        return {
            "sent_again": self.sent_again,
            "runs": len(runs),
            "different": len(self._handles),
            "killed": dict(self.killed),
            "lost": len(set(self._handles) - ran),
            "open": len(open_),
            "doubled": sum(len(found) > 1 for found in (*sendings.values(), *ids)),
            "keys": len(sendings),
            "began_again": self.began_again,
        }


class PlainChaos(Chaos):
    """The same with plain Celery, which tells of no task what became of it: those that have left no mark are open."""

    #: Seconds without any mark after which nothing more is expected: every 100 kombu delivers again what was not
    #: acknowledged within 60
    QUIET_S = 300

    def _send(self, kind: str, number: int, sending: int, later_s: float) -> Any:
        from brokers import plainly
        from kombu.exceptions import OperationalError

        arguments = (number, sending) if kind == "single" else (number,)
        try:
            return getattr(plainly, kind).apply_async(arguments, countdown=later_s or None)
        except OperationalError as error:
            raise QueueError(str(error)) from None

    def _wait(self, pool: list[Any], deadline: float) -> list[tuple[str, int]]:
        left, many, quiet_since = set(self._handles), -1, time.monotonic()
        while left and time.monotonic() < min(deadline, quiet_since + self.QUIET_S):
            self._look_after(pool)
            runs = [mark.split() for mark in jobs.marks()]
            if len(runs) != many:
                many, quiet_since = len(runs), time.monotonic()
            left = set(self._handles) - {(kind, int(number)) for kind, number, _ in runs}
            time.sleep(0.2)
        return sorted(left)


@contextmanager
def chaos(queue: str, folder: Path, **options: Any) -> Iterator[Chaos]:
    """A Chaos on the ground *queue*."""
    with standing(queue, folder) as ground:
        yield (PlainChaos if ground.is_plain else Chaos)(ground, **options)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--queue", choices=GROUNDS, action="append")
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=None)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    found = {queue: _asked(queue, given) for queue in given.queue or GROUNDS}
    if given.write:
        table.write("\n".join(_lines(found)), PAGE, "soak-tasks")
    return int(any(not _is_plain(queue) and not _is_well(told) for queue, told in found.items()))


def _asked(queue: str, given: argparse.Namespace) -> dict[str, Any]:
    kills = given.kills if given.kills is not None else max(8, given.tasks // 100)
    with tempfile.TemporaryDirectory() as folder:
        options = {"tasks": given.tasks, "kills": kills, "workers": given.workers, "seed": given.seed}
        with chaos(queue, Path(folder), **options) as made:
            told = made.run(within_s=300 + given.tasks)
    print(json.dumps({"queue": queue, **told}), flush=True)
    return told


def _is_plain(queue: str) -> bool:
    return queue.startswith("celery")


def _is_well(told: dict[str, Any]) -> bool:
    return not (told["lost"] or told["open"] or told["doubled"])


def _lines(found: dict[str, dict[str, Any]]) -> Iterator[str]:
    yield "| queue | sent | processes, workers, brokers killed | never ran | end not known | keys run twice | seconds |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for queue, told in found.items():
        killed = ", ".join(str(told["killed"].get(kind, 0)) for kind in ("process", "worker", "broker"))
        doubled = f"{told['doubled']} of {told['keys']}"
        lost = f"{told['lost']} | {told['open']} | {doubled}"
        yield f"| {queue} | {told['tasks']:,} | {killed} | {lost} | {told['seconds']:.0f} |"


if __name__ == "__main__":
    sys.exit(main())
