from __future__ import annotations

import asyncio
import contextvars
import os
import threading

import pytest

from pymacaron import loop

NAME: contextvars.ContextVar[str] = contextvars.ContextVar("name")


async def running() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


def test_every_thread_uses_the_same_loop():
    found: list[asyncio.AbstractEventLoop] = []
    threads = [threading.Thread(target=lambda: found.append(loop.run(running()))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(map(id, found))) == 1


def test_the_coroutine_sees_the_callers_context_and_its_errors_reach_the_caller():
    async def named() -> str:
        await asyncio.sleep(0)
        return NAME.get()

    async def failing() -> None:
        raise KeyError("x")

    NAME.set("ada")
    assert loop.run(named()) == "ada"
    with pytest.raises(KeyError):
        loop.run(failing())


def test_coroutines_of_several_threads_run_side_by_side():
    barrier: list[asyncio.Event] = []

    async def first() -> str:
        barrier.append(asyncio.Event())
        await asyncio.wait_for(barrier[0].wait(), 10)
        return "first"

    async def second() -> str:
        while not barrier:
            await asyncio.sleep(0)
        barrier[0].set()
        return "second"

    found: list[str] = []
    waiting = threading.Thread(target=lambda: found.append(loop.run(first())))
    waiting.start()
    assert loop.run(second()) == "second"
    waiting.join()
    assert found == ["first"]


def test_waiting_for_the_loop_on_the_loop_is_refused_instead_of_hanging():
    async def inner() -> None: ...

    async def outer() -> None:
        loop.run(inner())

    with pytest.raises(RuntimeError, match="await it instead"):
        loop.run(outer())


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_worker_makes_its_own_loop():
    loop.run(running())
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, b"y" if loop.run(running()).is_running() else b"n")
        os._exit(0)
    assert os.read(reader, 1) == b"y"
    os.waitpid(child, 0)
