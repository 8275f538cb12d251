"""Services made from a description in the test and handlers beside it; and ajv, where node is."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conformance.material import descriptions
from conformance.voters import why_no_npm
from flask import Flask

from pymacaron import API, config


@pytest.fixture(autouse=True)
def _fresh_config(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test's service has the config of that test alone, and the default environment."""
    for variable in ("PYM_ENV", "PORT", "PYM_SERVER_PORT"):
        monkeypatch.delenv(variable, raising=False)
    config.reset()


@pytest.fixture
def service(tmp_path: Path) -> Callable[..., Any]:
    """`service(description, handlers, **settings)`: a client of what serves it, handlers by operationId."""

    def build(description: str, handlers: dict[str, Callable[..., Any]], **settings: Any) -> Any:
        (tmp_path / "shop.yaml").write_text(description, encoding="utf-8")
        app = Flask("shop")
        api = API(app, resolver=lambda operation: handlers.get(operation.id), settings=settings)
        api.load_apis(tmp_path)
        api.publish_apis()
        api.start(serve="shop")
        return app.test_client()

    return build


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
