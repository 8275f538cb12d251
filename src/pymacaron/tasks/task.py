"""`@asynctask`: a function that can be called now, or sent to a worker."""

from __future__ import annotations

import hashlib
import inspect
import json
import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from functools import update_wrapper
from typing import Any, Generic, ParamSpec, Protocol, TypeVar, overload

from pymacaron import clocks, context, loop
from pymacaron.exceptions import uuid4_text
from pymacaron.finding import with_article
from pymacaron.schema.wire import reread
from pymacaron.tasks import current
from pymacaron.tasks.arguments import encode, encode_call
from pymacaron.tasks.handle import Handle
from pymacaron.tasks.message import Message
from pymacaron.tasks.options import LONGEST_S, Options, options
from pymacaron.tasks.origin import origin
from pymacaron.tasks.registry import register

__all__ = ["Task", "asynctask"]

_P = ParamSpec("_P")
_R = TypeVar("_R")


class Task(Generic[_P, _R]):
    """
    A function that is run by a worker: `task(...)` and `task.fire(...)` send it and return at once, with a Handle.

    `name`: by which workers know it; `options`: see options.py. Sending raises TypeError where the arguments do not fit
    the function, ArgumentError where one of them cannot be sent, and QueueError where it could not be sent.
    """

    def __init__(self, function: Callable[_P, Any], options: Options):
        update_wrapper(self, function)
        self.function = function
        self.__qualname__ = function.__qualname__
        self.options = options
        self.module = _module(function)
        self.name = options.name or f"{self.module}.{function.__qualname__}"
        self._signature = inspect.signature(function)
        parameters = self._signature.parameters.values()
        self._names = tuple(one.name for one in parameters if one.kind not in (one.KEYWORD_ONLY, one.VAR_KEYWORD))

    def __call__(self, *args: _P.args, **kwargs: _P.kwargs) -> Handle[_R]:
        return self._send(args, kwargs, self.options.delay)

    def fire(self, *args: _P.args, **kwargs: _P.kwargs) -> Handle[_R]:
        """Send it, to be run after its `delay`, and return at once."""
        return self._send(args, kwargs, self.options.delay)

    def later(self, when: float | timedelta | datetime, /, *args: _P.args, **kwargs: _P.kwargs) -> Handle[_R]:
        """Send it, to be run *when*: in so many seconds, or at an aware datetime. What is past is now."""
        return self._send(args, kwargs, _seconds_until(when))

    def now(self, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """Run it here and now, as the function that it is; of an `async def` what it gives in the end."""
        result: Any = self.function(*args, **kwargs)
        return loop.run(result) if inspect.iscoroutine(result) else result  # type: ignore[no-any-return]

    def parameters(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The arguments by the names of their parameters. Raises TypeError where they do not fit the function."""
        return dict(self._signature.bind(*args, **kwargs).arguments)

    def handle(self, task_id: str) -> Handle[_R]:
        """The Handle of the one that was sent with the id *task_id*, by whichever process."""
        return Handle(task_id, self.name, current.queue())

    def _send(self, args: tuple[Any, ...], kwargs: dict[str, Any], delay_s: float) -> Handle[_R]:
        try:
            bound = self._signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{self.__qualname__}() cannot be sent with these arguments: {error}") from None
        arguments = encode_call(args, kwargs, self._names)
        now, options = clocks.time(), self.options
        due = now + delay_s
        message = Message(
            id=uuid4_text(),
            task=self.name,
            module=self.module,
            arguments=arguments,
            queue=options.queue,
            call=origin(context.current(), waits=delay_s > 0),
            sent=now,
            due=due,
            expires=due + options.expires if options.expires is not None else None,
            unique=self._unique(bound) if options.unique is not False else None,
            unique_for=options.unique_for,
        )
        queue = current.queue()
        return Handle(queue.send(message), self.name, queue, is_sent=True)

    def _unique(self, bound: inspect.BoundArguments) -> str:
        """The key of these arguments: the name of the task, and a digest of what `unique` says."""
        unique: Any = self.options.unique
        if callable(unique):
            told: Any = unique(*bound.args, **bound.kwargs)
            if not isinstance(told, str):
                raise TypeError(f"the function unique= of the task {self.name} gave {told!r:.80}, no text")
        else:
            bound.apply_defaults()
            told = bound.arguments if unique is True else {name: bound.arguments[name] for name in unique}
        text = json.dumps(reread(encode(dict(told) if isinstance(told, dict) else told, "the key")), sort_keys=True)
        return f"{self.name}:{hashlib.sha256(text.encode()).hexdigest()[:32]}"

    def __repr__(self) -> str:
        return f"<Task {self.name}>"


class _Decorator(Protocol):
    @overload
    def __call__(self, function: Callable[_P, Coroutine[Any, Any, _R]], /) -> Task[_P, _R]: ...

    @overload
    def __call__(self, function: Callable[_P, _R], /) -> Task[_P, _R]: ...


@overload
def asynctask(function: Callable[_P, Coroutine[Any, Any, _R]], /) -> Task[_P, _R]: ...


@overload
def asynctask(function: Callable[_P, _R], /) -> Task[_P, _R]: ...


@overload
def asynctask(
    *,
    delay: float = ...,
    retries: int = ...,
    backoff: float = ...,
    timeout: float | None = ...,
    queue: str = ...,
    unique: bool | Sequence[str] | Callable[..., str] = ...,
    unique_for: float = ...,
    expires: float | None = ...,
    name: str | None = ...,
) -> _Decorator: ...


def asynctask(function: Any = None, /, **given: Any) -> Any:
    """
    A decorator: the function is a Task, which `task(...)` and `task.fire(...)` have a worker run. `async def`, too.

    Bare, or with the options of options.py: `@asynctask(delay=60, retries=3)`. Raises TypeError for what is no option,
    and for a function that no worker would find: within another function without a name=, a lambda, a method.
    """
    if function is not None and not callable(function):
        raise TypeError(f"write @asynctask(delay={function!r}), with the name of the option")

    def decorate(function: Callable[..., Any]) -> Task[..., Any]:
        if not inspect.isfunction(function):
            raise TypeError(
                f"@asynctask is written above a function, not above {with_article(type(function).__name__)}"
            )
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError(
                f"{function.__qualname__}() is a generator, of which a call runs nothing: leave out its yield"
            )
        chosen = options(given, function)
        _refuse_unfindable(function, is_named=chosen.name is not None)
        made: Task[..., Any] = Task(function, chosen)
        register(made)
        return made

    return decorate if function is None else decorate(function)


def _refuse_unfindable(function: Callable[..., Any], is_named: bool) -> None:
    """
    Raise TypeError where a worker, which imports the module of *function*, would not find it then, or not have all of
    its arguments. A name that was given says that it is known what is made when: `@asynctask(name=...)`.
    """
    scope = function.__qualname__.rpartition(".")[0]
    first = next(iter(inspect.signature(function).parameters), "")
    if scope and not scope.endswith("<locals>") and first in ("self", "cls"):
        fact = f"{function.__qualname__}() is a method, whose {first} is not sent"
        mend = "Put it outside of the class, or write @staticmethod above @asynctask"
    elif is_named:
        return
    elif function.__name__ == "<lambda>":
        fact, mend = "a lambda has no name by which a worker finds it", "Write a function with def"
    elif "<locals>" in scope:
        fact = f"{function.__name__}() stands in {scope.removesuffix('.<locals>')}(), where no worker finds it"
        mend = "Put it on the level of the module, and send as arguments what it needs"
    else:
        return
    code = inspect.unwrap(function).__code__
    raise TypeError(f"{code.co_filename}:{code.co_firstlineno}: {fact}. {mend}")


def _module(function: Callable[..., Any]) -> str:
    """The name by which a worker imports the module of *function*: of a server.py that was started, `server`."""
    if function.__module__ != "__main__":
        return function.__module__
    main = sys.modules["__main__"]
    if main.__spec__ is not None:  # python -m
        return main.__spec__.name
    file = getattr(main, "__file__", None)
    return os.path.splitext(os.path.basename(file))[0] if file else "__main__"


def _seconds_until(when: float | timedelta | datetime) -> float:
    if isinstance(when, datetime):
        if when.tzinfo is None:
            raise ValueError(f"later() was given {when!r}, which has no time zone: write datetime.now(UTC) + ...")
        ahead_s = when.timestamp() - clocks.time()
        if ahead_s >= LONGEST_S:
            raise ValueError(f"later() was given {when!r}, which is more than a hundred years ahead")
        return max(0.0, ahead_s)
    seconds = when.total_seconds() if isinstance(when, timedelta) else when
    if isinstance(when, timedelta) and when.total_seconds() >= LONGEST_S:
        raise ValueError(f"later() was given {when!r}, which is more than a hundred years")
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not abs(seconds) < LONGEST_S:
        raise TypeError(f"later() was given {when!r:.80}: write a number of seconds, a timedelta or an aware datetime")
    return max(0.0, seconds)
