"""The tasks of this process by their names, which is how messages name them."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pymacaron.finding import did_you_mean

if TYPE_CHECKING:
    from pymacaron.tasks.task import Task

__all__ = ["UnknownTaskError", "named", "queues", "register"]

#: Of many tasks so many are told by name
_SHOWN = 5
#: dict: name -> the task of that name
_TASKS: dict[str, Task[Any, Any]] = {}


class UnknownTaskError(LookupError):
    """No function that is known here, or can be imported, is the task of that name."""


def register(task: Task[Any, Any]) -> None:
    """
    Have *task* be found by its name: in place of that of a module that is loaded again. Raises TypeError where another
    function has the name.
    """
    before = _TASKS.get(task.name)
    if before is not None and (before.module, before.__qualname__) != (task.module, task.__qualname__):
        raise TypeError(f"two tasks have the name {task.name!r}: {before.__qualname__}() and {task.__qualname__}()")
    _TASKS[task.name] = task


def queues() -> list[str]:
    """The names of the queues in which the tasks that are known here wait, and `default`; sorted."""
    return sorted({"default"} | {task.options.queue for task in _TASKS.values()})


def named(name: str, module: str) -> Task[..., Any]:
    """
    The task *name*, which stands in *module*: that is imported, where nothing has done so yet. Raises UnknownTaskError,
    and what the module raises while it is imported.
    """
    if name not in _TASKS and module and module not in sys.modules:
        try:
            import_module(module)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{module}.".startswith(f"{error.name}."):
                raise
    if name not in _TASKS:
        raise UnknownTaskError(f"no task has the name {name!r} here. {did_you_mean(name, _TASKS) or _known(name)}")
    return _TASKS[name]


def _known(name: str) -> str:
    """How many tasks there are, and a few of them: those of the same module first."""
    module = name.rpartition(".")[0]
    names = sorted(_TASKS, key=lambda one: (one.rpartition(".")[0] != module, one))
    if len(names) <= _SHOWN:
        return f"There are {', '.join(names)}." if names else "There are none."
    return f"There are {len(names)}, among them {', '.join(names[:_SHOWN])}."
