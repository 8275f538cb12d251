"""
Work that goes on after the reply: `@asynctask` makes a Task of a function, which a worker runs. See docs/tasks.md.

task.py sends a message.py, with arguments.py and what origin.py knows of the call, to the Queue of queues.py that
current.py finds by the settings; running.py runs it. handle.py tells what became of it.
"""

from pymacaron.tasks.arguments import ArgumentError
from pymacaron.tasks.handle import Handle, TaskFailedError, TaskPendingError, TaskUnknownError
from pymacaron.tasks.queues import QueueError
from pymacaron.tasks.running import TimeLimitError
from pymacaron.tasks.task import Task, asynctask

__all__ = [
    "ArgumentError",
    "Handle",
    "QueueError",
    "Task",
    "TaskFailedError",
    "TaskPendingError",
    "TaskUnknownError",
    "TimeLimitError",
    "asynctask",
]
