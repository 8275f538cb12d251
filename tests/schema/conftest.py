"""The Codec of one schema, written as a Python dict."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from pymacaron.schema.codec import Codec, Schemas
from pymacaron.schema.once import LOCK

Make = Callable[..., Schemas]


@pytest.fixture
def codec_of(schemas_of: Make) -> Callable[..., Codec]:
    """make(schema, version='3.1.0', direction='request', others={}) -> Codec of the schema, which is named It."""

    def make(
        schema: Any,
        version: str = "3.1.0",
        direction: Any = "request",
        others: dict[str, Any] | None = None,
        **more: Any,
    ) -> Codec:
        schemas = schemas_of({"It": schema, **(others or {})}, version, **more)
        return schemas.codec(schemas.api.schemas["It"], direction)

    return make


@contextmanager
def _held() -> Iterator[None]:
    taken, done = threading.Event(), threading.Event()

    def hold() -> None:
        with LOCK:
            taken.set()
            done.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    taken.wait(30)
    try:
        yield
    finally:
        done.set()
        thread.join()


@pytest.fixture
def held() -> Callable[[], AbstractContextManager[None]]:
    """`with held():` another thread works something out meanwhile."""
    return _held
