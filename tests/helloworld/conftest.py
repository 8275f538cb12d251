"""examples/helloworld under each server, in a copy of its own: its tasks wait beside it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from brokers.servers import Redis

HELLOWORLD = Path(__file__).resolve().parents[2] / "examples" / "helloworld"
#: What lies there where it was started by hand
LEFT = shutil.ignore_patterns("__pycache__", "*.sqlite3*", "marker.txt")


@pytest.fixture(scope="session", params=["werkzeug", "gunicorn", "werkzeug with a Redis"])
def helloworld(
    request: pytest.FixtureRequest, run_service: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """The running Service, whose tasks wait in a file, or in a Redis. Its log is the file `log` in its folder."""
    folder = tmp_path_factory.mktemp("helloworld") / "helloworld"
    shutil.copytree(HELLOWORLD, folder, ignore=LEFT)
    server, _, broker = request.param.partition(" with a ")
    if not broker:
        with run_service(server, folder, folder / "log") as service:
            yield service
        return
    redis = Redis(tmp_path_factory.mktemp("redis")).start()
    try:
        with run_service(server, folder, folder / "log", PYM_BROKER_URL=redis.url) as service:
            yield service
    finally:
        redis.kill()
