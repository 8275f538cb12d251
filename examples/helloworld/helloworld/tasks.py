"""
What goes on after the reply: tasks, which a worker runs.

Models travel as arguments, and the worker knows who has called. What a task raises ends in a crash report.
"""

from pathlib import Path

from helloworld import apis
from pymacaron.tasks import asynctask

#: The file that says that a worker is there
MARKER = Path(__file__).resolve().parent.parent / "marker.txt"


class DeathError(Exception):
    """What the task of GET /asyncdie ends in."""


@asynctask
def write_marker(hello: apis.helloworld.model.Hello) -> None:
    MARKER.write_text(f"{hello.text}\n", encoding="utf-8")


@asynctask
def die() -> None:
    raise DeathError("this task was asked to die")
