"""Each test has a config of its own, and a description to publish."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from pymacaron import API


@pytest.fixture(autouse=True)
def _config(own_config: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """See tests/conftest.py. In production, unless a test says otherwise."""
    monkeypatch.delenv("PYM_ENV", raising=False)


@pytest.fixture
def started(tmp_path: Path) -> Callable[..., API]:
    """`started(description, path=None, **options)`: a started API; publish_apis(*path*) where that is given."""

    def start(description: str, path: str | None = None, name: str = "shop", **options: Any) -> API:
        (tmp_path / f"{name}.yaml").write_text(description, encoding="utf-8")
        api = API(Flask("shop"), resolver=lambda operation: lambda *given, **named: "", **options)
        api.load_apis(tmp_path)
        if path is not None:
            api.publish_apis(path)
        return api.start(serve=name)

    return start
