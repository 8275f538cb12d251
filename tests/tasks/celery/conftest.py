"""The brokers and the worker that the tests of a module share; tests that kill either have their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from brokers.grounds import Ground, standing
from brokers.worker import Worker

__all__: list[str] = []


@pytest.fixture(scope="module", params=["redis", "sqs"])
def ground(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """A broker with a worker of two processes."""
    with standing(request.param, tmp_path_factory.mktemp("ground")) as made:
        made.worker("brokers.jobs")
        yield made


@pytest.fixture
def alone(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ground]:
    """A broker of the test alone, without a worker: a Redis, unless the test asks for another."""
    with standing(getattr(request, "param", "redis"), tmp_path) as made:
        yield made


@pytest.fixture
def worker(alone: Ground) -> Callable[..., Worker]:
    """`worker(module="brokers.jobs", processes=2, **environment)`: a worker more at the broker of the test."""
    return lambda module="brokers.jobs", processes=2, **environment: alone.worker(module, processes, **environment)
