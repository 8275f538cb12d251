"""What `@asynctask(...)` can be told, looked at when the module is imported: a misspelt option fails there."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from pymacaron.finding import did_you_mean

__all__ = ["LONGEST_S", "Options", "options"]

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,60}")
#: No time is longer, in seconds: a hundred years
LONGEST_S = 100 * 366 * 86_400
#: A wait between attempts is never longer, in seconds
_LONGEST_S = 3600.0


@dataclass(frozen=True, slots=True)
class Options:
    """
    Options of a task; times are seconds.

    - `delay`: how long fire() has it wait; `expires`: how long it may wait beyond that before nobody wants it any more;
    - `retries`: how often it is tried again when it fails, `backoff` after the first failure, twice that after the
      next, and so on up to an hour, give or take a quarter;
    - `timeout`: how long one attempt may take; None: as long as it likes;
    - `queue`: the name of the queue that it waits in;
    - `unique`: True, the names of parameters, or a callable that gives a text of the arguments: while one of the same
      arguments (of those, of that text) waits or runs, firing it gives the handle of that one. `unique_for`: the same
      for so long after it has succeeded;
    - `name`: by which workers know it; None: that of the module and the function.
    """

    delay: float = 0.0
    retries: int = 0
    backoff: float = 1.0
    timeout: float | None = None
    queue: str = "default"
    unique: bool | Sequence[str] | Callable[..., str] = False
    unique_for: float = 0.0
    expires: float | None = None
    name: str | None = None

    def wait_s(self, failures: int, chance: float) -> float:
        """Seconds until the next attempt after *failures* of them. *chance*: from 0 to 1."""
        doubled = self.backoff * 2.0 ** min(failures - 1, 40)
        return min(_LONGEST_S, doubled) * (0.75 + chance / 2)


def options(given: Mapping[str, Any], function: Callable[..., Any]) -> Options:
    """The Options of *given* for *function*. Raises TypeError for what is no option, and for values that cannot be."""
    known = [field.name for field in fields(Options)]
    for name in given:
        if name not in known:
            hint = did_you_mean(name, known) or f"There are {', '.join(known)}."
            raise TypeError(f"@asynctask has no option {name!r}. {hint}")
    found = Options(**given)
    for name in ("delay", "backoff", "timeout", "unique_for", "expires"):
        value = getattr(found, name)
        if value is None and name in ("timeout", "expires"):
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
            raise TypeError(f"@asynctask({name}={value!r}): write a number of seconds, 0 or more")
        if value >= LONGEST_S:
            raise TypeError(f"@asynctask({name}={value!r:.40}): write a number of seconds below a hundred years")
        if value == 0 and name in ("timeout", "expires"):
            raise TypeError(f"@asynctask({name}=0): no task can be done in no time; leave it out for no limit")
    if isinstance(found.retries, bool) or not isinstance(found.retries, int) or found.retries < 0:
        raise TypeError(f"@asynctask(retries={found.retries!r}): write a whole number, 0 or more")
    if not isinstance(found.queue, str) or not _NAME.fullmatch(found.queue):
        raise TypeError(f"@asynctask(queue={found.queue!r}): write a name of 1 to 60 letters, digits, '_', '.' and '-'")
    if found.name is not None and not (isinstance(found.name, str) and found.name and found.name.isprintable()):
        raise TypeError(f"@asynctask(name={found.name!r}): write a name such as 'shop.send_mail'")
    _check_unique(found, function)
    return found


def _check_unique(found: Options, function: Callable[..., Any]) -> None:
    unique: Any = found.unique
    if isinstance(unique, str):
        raise TypeError(f"@asynctask(unique={unique!r}): write a list of names, unique=[{unique!r}], or True")
    if unique is False and found.unique_for:
        raise TypeError("@asynctask(unique_for=...) says nothing without unique=True, or unique=[names of parameters]")
    if isinstance(unique, bool) or callable(unique):
        return
    if not isinstance(unique, Sequence) or not unique or not all(isinstance(name, str) for name in unique):
        raise TypeError(f"@asynctask(unique={unique!r}): write True, a list of names of parameters, or a function")
    parameters = inspect.signature(function).parameters
    for name in unique:
        if name not in parameters:
            hint = did_you_mean(name, parameters) or f"There are {', '.join(parameters) or 'none'}."
            raise TypeError(f"@asynctask(unique=[{name!r}]): {function.__qualname__}() has no such parameter. {hint}")
