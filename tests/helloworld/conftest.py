"""examples/helloworld under each server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

HELLOWORLD = Path(__file__).resolve().parents[2] / "examples" / "helloworld"


@pytest.fixture(scope="session", params=["werkzeug", "gunicorn"])
def helloworld(
    request: pytest.FixtureRequest, run_service: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """The running Service."""
    with run_service(request.param, HELLOWORLD, tmp_path_factory.mktemp("log") / "log") as service:
        yield service
