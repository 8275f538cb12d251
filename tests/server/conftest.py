"""Services made from a description in the test and handlers beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from pymacaron import API, config


@pytest.fixture(autouse=True)
def _fresh_config(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test's service has the config of that test alone, and the default environment."""
    for variable in ("PYM_ENV", "PORT", "PYM_SERVER_PORT"):
        monkeypatch.delenv(variable, raising=False)
    config.reset()


@pytest.fixture
def service(tmp_path: Path) -> Callable[..., Flask]:
    """`service(description, handlers, app=None, **options of API)`: the app that serves it, handlers by operationId."""

    def build(
        description: str, handlers: dict[str, Callable[..., Any]], app: Flask | None = None, **options: Any
    ) -> Flask:
        folder = tmp_path / "apis"
        folder.mkdir(exist_ok=True)
        (folder / "shop.yaml").write_text(description)
        app = app or Flask("shop")
        api = API(app, resolver=lambda operation: handlers.get(operation.id), **options)
        api.load_apis(folder)
        api.start(serve="shop")
        return app

    return build
