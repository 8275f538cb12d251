"""examples/helloworld under each server, in a copy of its own: its tasks wait beside it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

HELLOWORLD = Path(__file__).resolve().parents[2] / "examples" / "helloworld"
#: What lies there where it was started by hand
LEFT = shutil.ignore_patterns("__pycache__", "*.sqlite3*", "marker.txt")


@pytest.fixture(scope="session", params=["werkzeug", "gunicorn"])
def helloworld(
    request: pytest.FixtureRequest, run_service: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """The running Service. Its log is the file `log` in its folder."""
    folder = tmp_path_factory.mktemp("helloworld") / "helloworld"
    shutil.copytree(HELLOWORLD, folder, ignore=LEFT)
    with run_service(request.param, folder, folder / "log") as service:
        yield service
