"""What a worker counted that has ended is added up when nobody else is at the files, and nobody waits for that."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

#: A worker counts, and ends; what follows is done in the process that has forked it
COUNTED = """
import os
from glob import glob
from pymacaron.server.observing import workers

if (pid := os.fork()) == 0:
    from prometheus_client import Counter
    Counter("calls", "Calls").inc()
    os._exit(0)
os.waitpid(pid, 0)
here = os.environ["PROMETHEUS_MULTIPROC_DIR"]
def ended():
    return sorted(os.path.basename(file).replace(str(pid), "PID") for file in glob(here + "/*.db"))
"""
#: Another process is at the files, and hangs
HUNG = """
held, go = os.pipe(), os.pipe()
if (hung := os.fork()) == 0:
    with workers.alone(here):
        os.write(held[1], b"1")
        os.read(go[0], 1)
    os._exit(0)
os.read(held[0], 1)
workers.bury(pid)
print(ended())
os.write(go[1], b"1")
os.waitpid(hung, 0)
"""


def told(folder: Path, code: str) -> list[str]:
    """The lines that *code* prints, in a service that counts."""
    (folder / "pym-config.yaml").write_text("name: shop\nlive_host: http://localhost\nmetrics: /metrics\n")
    (folder / "counts").mkdir()
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder / "counts")}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_what_a_worker_counted_that_has_ended_is_added_up(tmp_path: Path) -> None:
    found = told(tmp_path, f"{COUNTED}\nprint(ended())\nworkers.bury(pid)\nprint(ended())")
    assert found == ["['counter_PID.db']", "['counter_ended.db']"]


def test_it_is_left_for_the_next_scrape_where_another_process_hangs_while_it_is_at_the_files(tmp_path: Path) -> None:
    scraped = "with workers.alone(here):\n    workers.bury_dead(here)\nprint(ended())"
    assert told(tmp_path, f"{COUNTED}{HUNG}{scraped}") == ["['counter_PID.db']", "['counter_ended.db']"]
