"""Thousands of awaited calls at the same time: each is answered, none is sent twice, and nothing is left behind."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from upstreams.server import Asked, Server, reply

from pymacaron.client import aio, errors
from pymacaron.client.attempts import Received, Send
from pymacaron.client.prepared import Prepared

CALLS = 2000
#: Objects that a second round may leave more than the first: one of each call would be CALLS
SLACK = CALLS // 4
PET = {"name": "Ada"}


def numbers(asked: list[Asked]) -> Counter[str]:
    return Counter(one.line.split()[1].rpartition("/")[2] for one in asked)


def _held() -> list[Any]:
    gc.collect()
    return [one for one in gc.get_objects() if isinstance(one, (aio.Held, aio.Connections, Prepared, Received, Send))]


def test_thousands_of_calls_are_answered_once_each_and_leave_nothing(shop: Any, server: Server) -> None:
    server.answer = lambda asked: reply(200, PET)
    some = shop.with_options(max_connections=20, timeout=300)
    blocks: list[int] = []
    before = _held()  # by tests of this process, and who shows how they went

    async def round_of_all() -> None:
        found = await asyncio.gather(*(some.acall.get_pet(number=number) for number in range(CALLS)))
        assert [pet.name for pet in found] == ["Ada"] * CALLS
        assert numbers(server.asked) == {str(number): 1 for number in range(CALLS)}
        server.asked.clear()

    async def rounds() -> None:
        for _ in range(2):
            await round_of_all()
            gc.collect()
            blocks.append(sys.getallocatedblocks())
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(rounds())
    assert server.connections <= 20
    assert blocks[1] - blocks[0] < SLACK
    known = {id(one) for one in before}
    assert [one for one in _held() if id(one) not in known] == []


@pytest.mark.parametrize(("pool_s", "all_s", "kind"), [(60, 0.2, errors.DeadlineExceeded), (0.2, 60, errors.TimedOut)])
def test_the_wait_for_a_free_connection_is_of_the_time_of_the_call(
    shop: Any, server: Server, pool_s: float, all_s: float, kind: type[errors.TransportError]
) -> None:
    go = threading.Event()

    def answer(asked: Asked) -> bytes:
        go.wait(60)
        return reply(200, PET)

    server.answer = answer
    narrow = shop.with_options(max_connections=1, timeout=60)
    policy = replace(narrow.options.policy, pool_timeout=pool_s, timeout=all_s, attempts=1)

    async def both() -> str:
        first = asyncio.create_task(narrow.acall.get_pet(number=1))
        while not server.asked:
            await asyncio.sleep(0)
        try:
            with pytest.raises(kind):
                await narrow.with_options(policy=policy).acall.get_pet(number=2)
        finally:
            go.set()
        return (await first).name  # type: ignore[no-any-return]

    assert asyncio.run(both()) == "Ada"
    assert numbers(server.asked) == {"1": 1}
