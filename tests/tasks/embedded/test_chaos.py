"""Workers that are killed while they run tasks: every task is run, and none that nobody was killed at twice."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import threading
from collections import Counter
from contextlib import suppress
from typing import Any

TASKS = int(os.environ.get("CHAOS_TASKS", "400"))
MORE = """

@asynctask(unique=True, unique_for=3600)
def count(number):
    with open("counted", "a") as file:
        file.write(f"{number}\\n")
    time.sleep(0.002)
    return number
"""


def test_every_task_is_run_and_twice_only_what_somebody_was_killed_at(shop: Any, record_property: Any) -> None:
    with (shop.folder / "shop.py").open("a") as file:
        file.write(MORE)
    (shop.folder / "counted").touch()
    shop.configure(with_async="true")
    shop.serve("server.py", "--port", "{port}")
    lot = random.Random(8)
    over = threading.Event()
    kills = Counter[str]()

    def kill() -> None:
        """Now a worker with all that it runs, now one of the processes that run tasks."""
        while not over.wait(lot.uniform(0.3, 1.0)):
            main, all_of_them = shop.workers(), shop.lives()
            what = lot.choice(["workers", "processes"])
            victims = main if what == "workers" else [pid for pid in all_of_them if pid not in main]
            with suppress(ProcessLookupError, IndexError):
                os.kill(lot.choice(victims), signal.SIGKILL)
                kills[what] += 1

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        ids = {}
        for number in range(TASKS):
            ids[number] = shop.fire("count", number, unique=str(number), unique_for=3600)
            if number % 10 == 0:
                assert shop.fire("count", number, unique=str(number), unique_for=3600) == ids[number]
        for task_id in ids.values():
            shop.ended(task_id)
    finally:
        over.set()
        killer.join()
    ran = Counter(int(line) for line in (shop.folder / "counted").read_text().split())
    connection = sqlite3.connect(shop.folder / "shop-tasks.sqlite3")
    deaths = dict(connection.execute("SELECT id, deaths FROM tasks"))
    connection.close()
    assert len(deaths) == TASKS
    assert {number: shop.result(task_id) for number, task_id in ids.items()} == {number: number for number in ids}
    assert [number for number in ids if not 1 <= ran[number] <= 1 + deaths[ids[number]]] == []
    twice = sum(1 for times in ran.values() if times > 1)
    told = f"{kills['workers']} workers and {kills['processes']} of their processes killed"
    record_property("told", f"tasks in a file: {TASKS} sent, 0 lost, {twice} of them run again after a kill; {told}")
