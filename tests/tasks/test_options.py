"""What @asynctask is told is looked at when the module is imported."""

from __future__ import annotations

from typing import Any

import pytest

from pymacaron.tasks import asynctask
from pymacaron.tasks.options import Options, options


def send(order: object, text: str = "") -> None: ...


def key(order: object, **_: object) -> str:
    return "key"


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"delay": 0, "retries": 0, "backoff": 0.5, "timeout": 3, "expires": 9.5, "unique_for": 60, "unique": True},
        {"queue": "mail-2.slow_", "name": "shop.send", "unique": ["order", "text"]},
        {"unique": ("order",), "timeout": None, "expires": None},
        {"unique": key},
    ],
)
def test_options_are_taken_as_they_are(given: dict[str, Any]) -> None:
    assert options(given, send) == Options(**given)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"retires": 3}, "@asynctask has no option 'retires'. Did you mean 'retries'?"),
        ({"countdown": 3}, "@asynctask has no option 'countdown'. There are delay, retries, backoff, timeout,"),
        ({"delay": -1}, "@asynctask(delay=-1): write a number of seconds, 0 or more"),
        ({"delay": "60"}, "@asynctask(delay='60'): write a number of seconds, 0 or more"),
        ({"delay": None}, "@asynctask(delay=None): write a number of seconds, 0 or more"),
        ({"backoff": True}, "@asynctask(backoff=True): write a number of seconds, 0 or more"),
        ({"expires": float("nan")}, "@asynctask(expires=nan): write a number of seconds, 0 or more"),
        ({"timeout": float("inf")}, "@asynctask(timeout=inf): write a number of seconds, 0 or more"),
        ({"timeout": 0}, "@asynctask(timeout=0): no task can be done in no time; leave it out for no limit"),
        ({"retries": 1.5}, "@asynctask(retries=1.5): write a whole number, 0 or more"),
        ({"retries": -1}, "@asynctask(retries=-1): write a whole number, 0 or more"),
        ({"queue": "a b"}, "@asynctask(queue='a b'): write a name of 1 to 60 letters, digits, '_', '.' and '-'"),
        ({"name": ""}, "@asynctask(name=''): write a name such as 'shop.send_mail'"),
        ({"unique": "order"}, "@asynctask(unique='order'): write a list of names, unique=['order'], or True"),
        ({"unique": ["ordr"]}, "@asynctask(unique=['ordr']): send() has no such parameter. Did you mean 'order'?"),
        ({"unique": ["zzz"]}, "@asynctask(unique=['zzz']): send() has no such parameter. There are order, text."),
        ({"unique": []}, "@asynctask(unique=[]): write True, a list of names of parameters, or a function"),
        ({"unique": 1}, "@asynctask(unique=1): write True, a list of names of parameters, or a function"),
        ({"unique_for": 1}, "@asynctask(unique_for=...) says nothing without unique=True, or unique=[names of param"),
    ],
)
def test_what_cannot_be_is_refused_when_the_module_is_imported(given: dict[str, Any], told: str) -> None:
    with pytest.raises(TypeError) as raised:
        asynctask(**given)(send)
    assert str(raised.value).startswith(told)


def test_the_wait_doubles_up_to_an_hour_give_or_take_a_quarter() -> None:
    found = Options(backoff=2)
    assert [found.wait_s(failures, 0.5) for failures in (1, 2, 3, 11, 12, 10_000)] == [2, 4, 8, 2048, 3600, 3600]
    assert (found.wait_s(1, 0.0), found.wait_s(1, 1.0)) == (1.5, 2.5)
    assert Options(backoff=0).wait_s(5, 1.0) == 0


@pytest.mark.parametrize("name", ["delay", "backoff", "timeout", "expires"])
def test_a_time_of_more_than_a_hundred_years_is_refused(name: str) -> None:
    with pytest.raises(TypeError) as raised:
        asynctask(**{name: 1e300})(send)
    assert str(raised.value) == f"@asynctask({name}=1e+300): write a number of seconds below a hundred years"
