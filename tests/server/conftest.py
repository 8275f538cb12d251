"""Each test has a config of its own, and a Redis of its own, where it asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from upstreams.redis import Redis


@pytest.fixture(autouse=True)
def _config(own_config: None) -> None:
    """See tests/conftest.py."""


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[Redis]:
    """A Redis that has just started, keeps nothing, and ends with the test."""
    server = Redis(tmp_path, keeps=False).start()
    yield server
    server.kill()
