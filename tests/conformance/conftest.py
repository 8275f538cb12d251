"""Clients of services that a test describes; and ajv, where node is."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conformance.material import descriptions
from conformance.voters import why_no_npm
from flask import Flask


@pytest.fixture(autouse=True)
def _config(own_config: None) -> None:
    """See tests/conftest.py."""


@pytest.fixture
def service(service: Callable[..., Flask]) -> Callable[..., Any]:
    """`service(description, handlers, **settings)`: a client of what serves it, handlers by operationId."""
    return lambda description, handlers, **settings: service(description, handlers, settings=settings).test_client()


def _skip(reason: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def npm_is_here() -> None:
    """Skips where ajv cannot be asked; fails in CI."""
    reason = why_no_npm()
    if reason is not None:
        _skip(reason)


@pytest.fixture(scope="session")
def corpus() -> list[Path]:
    """The descriptions of the material. Skips where there are none; fails in CI."""
    found = descriptions()
    if not found:
        _skip("no descriptions: PYMACARON_CORPUS names the folder that holds specs/ and features/")
    return found


@pytest.fixture(scope="session")
def features(run_service: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """examples/features under gunicorn. What it keeps is in memory, so it has one process."""
    folder = Path(__file__).resolve().parents[2] / "examples" / "features"
    log = tmp_path_factory.mktemp("log") / "log"
    with run_service("gunicorn", folder, log, WEB_CONCURRENCY="1", PYM_ENV="dev") as service:
        yield service
