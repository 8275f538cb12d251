"""
The connections of this process: blocking ones for all threads, and those of each event loop.

They are opened when they are first used, closed at exit and when a loop shuts down, and never shared by a forked child
and its parent. httpx2 is loaded by the first of them.
"""

from __future__ import annotations

import atexit
import os
import threading
import weakref
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

from pymacaron.client.options import Network

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from pymacaron.client import aio, sync

__all__ = ["blocking", "close", "of_loop"]

_Key = tuple[str, Network]


class _Process:
    """What is open in this process."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.blocking: dict[_Key, sync.Connections] = {}
        self.loops: weakref.WeakKeyDictionary[AbstractEventLoop, _OfLoop] = weakref.WeakKeyDictionary()
        #: Those of a parent, which belong to a loop that does not run here: nobody may touch them
        self.inherited: list[Any] = []

    def after_fork(self) -> None:
        if self.blocking:
            from pymacaron.client.bounded import close_sockets

            close_sockets()
        inherited = [*self.inherited, self.blocking, list(self.loops.items())]
        self.__init__()  # type: ignore[misc]
        self.inherited = inherited


class _OfLoop:
    """The connections of one loop, and what closes them when it shuts down."""

    def __init__(self) -> None:
        self.open: dict[_Key, aio.Connections] = {}
        self.end: AsyncGenerator[None, None] | None = None

    async def until_shutdown(self) -> AsyncGenerator[None, None]:
        """A loop closes the generators that it has begun: asyncio.run() does so at its end."""
        try:
            yield
        finally:
            for connections in list(self.open.values()):
                await connections.close()
            self.open.clear()


_PROCESS = _Process()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_PROCESS.after_fork)


def blocking(url: str, network: Network) -> sync.Connections:
    """The connections to the origin of *url*, for any thread."""
    key = _origin(url), network
    found = _PROCESS.blocking.get(key)
    if found is not None:
        return found
    from pymacaron.client import sync

    with _PROCESS.lock:
        found = _PROCESS.blocking.get(key)
        if found is None:
            found = _PROCESS.blocking[key] = sync.Connections(*key)
        return found


async def of_loop(url: str, network: Network) -> aio.Connections:
    """The connections to the origin of *url*, of the loop that runs."""
    import asyncio

    key = _origin(url), network
    loop = asyncio.get_running_loop()
    mine = _PROCESS.loops.get(loop)
    if mine is None:
        with _PROCESS.lock:
            mine = _PROCESS.loops.setdefault(loop, _OfLoop())
        mine.end = mine.until_shutdown()
        await anext(mine.end)
    found = mine.open.get(key)
    if found is None:
        from pymacaron.client import aio

        found = mine.open.get(key) or mine.open.setdefault(key, aio.Connections(*key))
    return found


def close() -> None:
    """Close what blocking calls have left open, as the process does at its end. They open anew."""
    with _PROCESS.lock:
        closed, _PROCESS.blocking = list(_PROCESS.blocking.values()), {}
    for connections in closed:
        connections.close()


def _origin(url: str) -> str:
    """`https://example.com:8443` of an absolute URL."""
    end = url.find("/", url.find("://") + 3)
    return url if end < 0 else url[:end]


atexit.register(close)
