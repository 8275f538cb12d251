"""What @asynctask makes of a function, and what is sent when it is fired."""

from __future__ import annotations

import functools
import inspect
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pymacaron.context import Call
from pymacaron.tasks import ArgumentError, Task, asynctask
from pymacaron.tasks.memory import MemoryQueue
from pymacaron.testing import tasks


@asynctask
def add(one: int, *rest: int, more: int = 0) -> int:
    """Adds them."""
    return one + sum(rest) + more


@asynctask(delay=60, expires=10, queue="slow", unique=True, unique_for=5, name="shop.slow")
async def slow(what: str = "a", by: object = None) -> str:
    return what


@asynctask(unique=["what"])
def by_what(what: object, by: object = None) -> None: ...


@asynctask(unique=lambda what, by=None: what["id"])
def by_id(what: dict[str, Any], by: object = None) -> None: ...


@pytest.fixture
def waiting() -> Iterator[MemoryQueue]:
    with tasks() as waiting:
        yield waiting


def test_it_is_the_function_by_name_and_docstring() -> None:
    assert (add.__name__, add.__doc__, add.__module__, add.name) == (
        "add",
        "Adds them.",
        __name__,
        f"{__name__}.add",
    )
    assert (repr(add), repr(slow)) == (f"<Task {__name__}.add>", "<Task shop.slow>")
    assert str(inspect.signature(add)) == "(one: 'int', *rest: 'int', more: 'int' = 0) -> 'int'"


def test_now_runs_it_here(waiting: MemoryQueue) -> None:
    assert (add.now(1, 2, more=3), slow.now("b"), waiting.waiting) == (6, "b", [])
    with pytest.raises(TypeError):
        add.now()  # type: ignore[call-arg]


def test_a_message_says_all_that_a_worker_needs(waiting: MemoryQueue) -> None:
    with Call(headers={"PymCallID": "c1"}):
        handle = slow.fire("b", by=(1,))
    [message] = waiting.waiting
    assert (message.id, message.task, message.module, message.queue) == (handle.id, "shop.slow", __name__, "slow")
    assert json.loads(message.arguments) == [["b"], {"by": {"$": "tuple", "v": [1]}}]
    assert (message.call["id"], message.failures, message.unique_for) == ("c1", 0, 5)
    assert abs(message.sent - time.time()) < 60
    assert message.expires is not None
    assert (round(message.due - message.sent), round(message.expires - message.due)) == (60, 10)


@pytest.mark.parametrize(
    ("when", "seconds"),
    [
        (5, 5),
        (-5, 0),
        (timedelta(minutes=2), 120),
        (timedelta(days=-1), 0),
        (datetime(2020, 1, 1, tzinfo=UTC), 0),
    ],
)
def test_later_is_in_seconds_or_at_a_time(waiting: MemoryQueue, when: Any, seconds: int) -> None:
    add.later(when, 1)
    [message] = waiting.waiting
    assert message.due - message.sent == pytest.approx(seconds)


def test_later_is_at_a_time_of_any_zone(waiting: MemoryQueue) -> None:
    when = datetime.now(UTC) + timedelta(hours=1)
    add.later(when, 1)
    assert waiting.waiting[0].due == pytest.approx(when.timestamp())


@pytest.mark.parametrize(
    ("when", "error", "told"),
    [
        (datetime(2030, 1, 1), ValueError, "later() was given datetime.datetime(2030, 1, 1, 0, 0), which has no time"),
        ("soon", TypeError, "later() was given 'soon': write a number of seconds, a timedelta or an aware datetime"),
        (float("nan"), TypeError, "later() was given nan: write a number"),
        (1e12, TypeError, "later() was given 1000000000000.0: write a number"),
        (datetime.max.replace(tzinfo=UTC), ValueError, "later() was given datetime.datetime(9999, 12, 31,"),
        (
            timedelta.max,
            ValueError,
            "later() was given datetime.timedelta(days=999999999, seconds=86399, microseconds=9",
        ),
        (True, TypeError, "later() was given True: write a number"),
    ],
)
def test_what_is_no_time_is_refused(waiting: MemoryQueue, when: Any, error: type[Exception], told: str) -> None:
    with pytest.raises(error) as raised:
        add.later(when, 1)
    assert str(raised.value).startswith(told)
    assert waiting.waiting == []


def test_arguments_that_do_not_fit_are_refused_when_it_is_sent(waiting: MemoryQueue) -> None:
    with pytest.raises(TypeError, match=r"^add\(\) cannot be sent with these arguments: missing .*argument: 'one'$"):
        add.fire()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"^add\(\) .*: got an unexpected keyword argument 'mroe'$"):
        add.fire(1, mroe=2)  # type: ignore[call-arg]
    with pytest.raises(ArgumentError, match=r"^the argument 'rest' is an object, which cannot be sent"):
        add.fire(1, 2, object())  # type: ignore[arg-type]
    assert waiting.waiting == []


def test_a_generator_and_what_is_no_function_are_refused() -> None:
    def several() -> Iterator[int]:
        yield 1

    with pytest.raises(
        TypeError, match=r"several\(\) is a generator, of which a call runs nothing: leave out its yield"
    ):
        asynctask(several)
    with pytest.raises(TypeError, match="is written above a function, not above a partial"):
        asynctask(functools.partial(several))
    with pytest.raises(TypeError, match=r"write @asynctask\(delay=60\), with the name of the option"):
        asynctask(60)  # type: ignore[call-overload]


class Shop:
    def mail(self) -> None: ...

    @staticmethod
    @asynctask
    def bill(order: str) -> str:
        return order


def nested(is_lambda: bool) -> Any:
    def mail() -> None: ...

    return (lambda: None) if is_lambda else mail


@pytest.mark.parametrize(
    ("function", "fact"),
    [
        (
            nested(False),
            "mail() stands in nested(), where no worker finds it. "
            "Put it on the level of the module, and send as arguments what it needs",
        ),
        (nested(True), "a lambda has no name by which a worker finds it. Write a function with def"),
        (
            Shop.mail,
            "Shop.mail() is a method, whose self is not sent. "
            "Put it outside of the class, or write @staticmethod above @asynctask",
        ),
    ],
)
def test_what_no_worker_finds_is_refused_with_its_place(function: Any, fact: str) -> None:
    with pytest.raises(TypeError) as refused:
        asynctask(function)
    assert str(refused.value) == f"{__file__}:{function.__code__.co_firstlineno}: {fact}"


def test_what_is_made_at_import_under_a_name_is_found(waiting: MemoryQueue) -> None:
    assert asynctask(name="shop.made")(nested(False)).name == "shop.made"
    handle = Shop.bill.fire("a")
    assert (waiting.run(), handle.result) == (1, "a")


def test_two_functions_of_one_name_are_refused_and_one_that_is_loaded_again_is_not() -> None:
    def one() -> None: ...

    def other() -> None: ...

    asynctask(name="shop.twice")(one)
    asynctask(name="shop.twice")(one)
    with pytest.raises(TypeError, match=r"^two tasks have the name 'shop.twice': .*one\(\) and .*other\(\)$"):
        asynctask(name="shop.twice")(other)


def keys(waiting: MemoryQueue) -> list[str | None]:
    return [message.unique for message in waiting.waiting]


def test_the_same_arguments_have_the_same_key_however_they_are_given(waiting: MemoryQueue) -> None:
    handles = {slow.fire(), slow.fire("a"), slow.fire(what="a", by=None)}
    assert len(handles) == 1
    slow.fire(by={"x": {3, 1}, "y": 1})
    slow.fire(by={"y": 1, "x": {1, 3}})
    slow.fire("b")
    assert len(keys(waiting)) == 3
    assert all(key is not None and key.startswith("shop.slow:") for key in keys(waiting))


def test_a_key_may_be_of_some_parameters_or_of_a_text(waiting: MemoryQueue) -> None:
    by_what({"id": 1}, by=1)
    by_what({"id": 1}, by=2)
    by_id({"id": "x", "more": 1}, by=1)
    by_id({"id": "x", "more": 2}, by=2)
    by_id({"id": "y"})
    assert len(waiting.waiting) == 3
    with pytest.raises(TypeError, match=r"^the function unique= of the task .*by_id gave 1, no text$"):
        by_id({"id": 1})


def test_the_key_of_the_same_arguments_is_the_same_in_every_process(waiting: MemoryQueue) -> None:
    by_what({"a", "b", "c"})
    code = (
        "import sys; sys.modules['__main__'].__spec__ = None\n"
        "from pymacaron.tasks import asynctask; from pymacaron.testing import tasks\n"
        "def by_what(what, by=None): ...\n"
        f"task = asynctask(unique=['what'], name={by_what.name!r})(by_what)\n"
        "with tasks() as waiting: task({'c', 'b', 'a'}); print(waiting.waiting[0].unique)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.split() == keys(waiting)


@pytest.mark.parametrize(("how", "name"), [(["server.py"], "server"), (["-m", "shop.jobs"], "shop.jobs")])
def test_a_task_of_what_is_started_has_the_name_by_which_a_worker_imports_it(
    tmp_path: Path, how: list[str], name: str
) -> None:
    text = "from pymacaron.tasks import asynctask\n@asynctask\ndef f(): ...\nprint(f.name, f.module)"
    (tmp_path / "shop").mkdir()
    for file in ("server.py", "shop/jobs.py"):
        (tmp_path / file).write_text(text)
    done = subprocess.run([sys.executable, *how], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [f"{name}.f", name]


def test_old_services_import_it_from_pymacaron_async() -> None:
    import pymacaron_async

    assert pymacaron_async.asynctask is asynctask
    assert isinstance(add, Task)
