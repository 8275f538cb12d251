"""A server of several workers, each of which has a memory of its own, says so once at its start."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pymacaron.server.crowd import Crowd

SHOP = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /orders:
    post:
      operationId: shop.order
      x-idempotency: required
      x-rate-limit: 10/minute
      responses: {"200": {description: made, content: {application/json: {schema: {type: object}}}}}
"""
SERVER = """
from flask import Flask
from pymacaron import API

app = Flask("shop")
API(app).load_apis("apis").start(serve="shop")
print("a worker has started", flush=True)
"""
TOLD = "is memory, of which each of the "


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "apis").mkdir()
    (tmp_path / "apis" / "shop.yaml").write_text(SHOP)
    (tmp_path / "shop.py").write_text("def order():\n    return {}\n")
    (tmp_path / "server.py").write_text(SERVER)
    (tmp_path / "pym-config.yaml").write_text("name: shop\nlive_host: http://localhost\n")
    return tmp_path


def log_of(run_service: Callable[..., Any], server: str, folder: Path, starts: int, **environment: str) -> str:
    """The log when the service has been loaded *starts* times."""
    log = folder / "log"
    with run_service(server, folder, log, **environment):
        deadline = time.monotonic() + 60
        while log.read_text().count("a worker has started") < starts:
            assert time.monotonic() < deadline, log.read_text()
    return log.read_text()


@pytest.mark.parametrize(("server", "starts"), [("gunicorn", 4), ("granian of 3 workers", 3)])
def test_each_store_that_workers_do_not_share_is_one_line(
    server: str, starts: int, folder: Path, run_service: Callable[..., Any]
) -> None:
    log = log_of(run_service, server, folder, starts, WEB_CONCURRENCY="3")
    told = [line for line in log.splitlines() if TOLD in line]
    assert [line.partition(f" {TOLD}")[0].split()[-1] for line in told] == ["idempotency_store", "rate_limit_store"]
    assert all("of the 3 workers" in line for line in told)


@pytest.mark.parametrize(("server", "starts"), [("gunicorn", 2), ("granian", 1)])
def test_one_worker_is_told_nothing(server: str, starts: int, folder: Path, run_service: Callable[..., Any]) -> None:
    assert TOLD not in log_of(run_service, server, folder, starts, WEB_CONCURRENCY="1")


def test_workers_that_share_a_store_are_told_nothing_of_it(caplog: pytest.LogCaptureFixture, own_config: None) -> None:
    crowd = Crowd()
    crowd.workers = 3
    crowd.warn(["x-rate-limit", "x-other"])
    assert [message.split()[0] for message in caplog.messages] == ["rate_limit_store"]
    caplog.clear()
    from pymacaron import config

    config.load(settings={"rate_limit_store": "redis://127.0.0.1/0"})
    crowd.warn(["x-rate-limit"])
    assert caplog.messages == []
