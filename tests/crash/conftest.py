"""Each test has a config of its own, and collects the reports that were sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from pymacaron import config, crash


@pytest.fixture(autouse=True)
def _config(own_config: None) -> None:
    config.load(start_dir="/", settings={"name": "shop"}, environ={})


@pytest.fixture
def sent() -> Iterator[list[dict[str, Any]]]:
    """The reports that were sent, each read from its JSON text."""
    reports: list[dict[str, Any]] = []

    def collect(title: str, message: str) -> None:
        report = json.loads(message)
        assert report["title"] == title
        reports.append(report)

    crash.set_error_reporter(collect)
    yield reports
    crash.set_error_reporter(None)
