"""A service whose tasks are run by `pymacaron worker`: with its reporter, its claims and its token."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from brokers.grounds import Ground
from brokers.servers import until

WITHIN_S = 60

SERVER = """
import os
from flask import Flask
from pymacaron import API, letsgo
from pymacaron.auth import get_user_token, get_userid
from pymacaron.tasks import asynctask

app = Flask(__name__)


def report(title, body):
    with open("reports", "a") as file:
        file.write(title + "\\n")


@asynctask(retries=1, backoff=0.1)
def bad(text):
    raise ValueError(text)


@asynctask
def whose():
    with open("whose", "w") as file:
        file.write(f"{get_userid()} {get_user_token() != ''}")


def start_all(port, debug):
    API(app, port=port, debug=debug, error_reporter=report).load_apis("apis").start(serve="shop")


letsgo(__name__, callback=start_all)
"""
FIRE = """
import server
from pymacaron.context import Call
server.bad.fire("boo")
with Call(claims={"sub": "u-1", "iss": "https://example.com"}):
    server.whose.fire()
"""


@pytest.mark.parametrize("alone", ["redis", "sqs"], indirect=True)
def test_a_task_that_fails_for_good_is_reported_once_by_the_reporter_of_its_service(
    alone: Ground, tmp_path: Path
) -> None:
    folder = tmp_path / "service"
    (folder / "apis").mkdir(parents=True)
    document: dict[str, Any] = {"openapi": "3.1.0", "info": {"title": "Shop", "version": "1"}, "paths": {}}
    (folder / "apis" / "shop.yaml").write_text(json.dumps(document))
    (folder / "pym-config.yaml").write_text(
        "name: shop\nlive_host: http://localhost\njwt_issuer: https://example.com\njwt_audience: shop\n"
        "env_secrets: [JWT_SECRET]\njwt_secret: JWT_SECRET\n"
    )
    (folder / "server.py").write_text(SERVER)
    environment = {**os.environ, "JWT_SECRET": "0123456789abcdef" * 4}
    log = tmp_path / "log"
    with log.open("wb") as output:
        command = [sys.executable, "-m", "pymacaron", "worker", "--processes", "1"]
        worker = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
    try:
        subprocess.run([sys.executable, "-c", FIRE], cwd=folder, env=environment, check=True)
        until((folder / "whose").exists, WITHIN_S, log.read_text)
        until(lambda: (folder / "whose").read_text() == "u-1 True", WITHIN_S, (folder / "whose").read_text)
        until((folder / "reports").exists, WITHIN_S, log.read_text)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(WITHIN_S) == 0
    finally:
        worker.kill()
        worker.wait()
    reports = (folder / "reports").read_text().splitlines()
    assert len(reports) == 1
    assert "boo" in reports[0]
    assert "Traceback" not in log.read_text()
