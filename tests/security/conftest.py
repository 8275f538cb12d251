"""The vault under a real gunicorn, one process of it, which has to live through all tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from security.requests import GOOD
from security.vault import API_KEY, DESCRIPTION, PASSWORD, SECRET, SETTINGS

SERVER = """\
import os
import sys
from pathlib import Path

sys.path.insert(0, os.environ["TESTS"])

from flask import Flask
from pymacaron import API, letsgo
from security.vault import AUTHENTICATORS, DESCRIPTION, HANDLERS

app = Flask(__name__)


def start(port=80, debug=False):
    api = API(app, port=port, resolver=lambda operation: HANDLERS.get(operation.id), authenticators=AUTHENTICATORS)
    api.load_apis("apis").start(serve="vault")


letsgo(__name__, callback=start)
"""


#: What the log says of each worker: one that fell would be followed by another
WORKER_BEGINS = {"gunicorn": "Booting worker", "granian": "Spawning worker"}


@pytest.fixture(scope="session")
def served(run_service: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """By gunicorn."""
    with _vault("gunicorn", run_service, tmp_path_factory) as service:
        yield service


@pytest.fixture(scope="session", params=["gunicorn", "granian"])
def served_by_each(
    request: pytest.FixtureRequest, run_service: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    if request.param == "gunicorn":
        yield request.getfixturevalue("served")
    else:
        with _vault(request.param, run_service, tmp_path_factory) as service:
            yield service


@contextmanager
def _vault(server: str, run_service: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("vault")
    (folder / "apis").mkdir()
    (folder / "apis" / "vault.yaml").write_text(DESCRIPTION, encoding="utf-8")
    (folder / "server.py").write_text(SERVER, encoding="utf-8")
    told = {**SETTINGS, "jwt_secret": "JWT_SECRET", "env_secrets": ["JWT_SECRET"], "access_log": True, "docs": "auth"}
    (folder / "pym-config.yaml").write_text(json.dumps(told), encoding="utf-8")
    environment = {"JWT_SECRET": SECRET, "WEB_CONCURRENCY": "1", "TESTS": str(Path(__file__).parents[1])}
    with run_service(server, folder, folder / "log", **environment) as service:
        yield service
    log = (folder / "log").read_text(encoding="utf-8", errors="replace")
    assert log.count(WORKER_BEGINS[server]) == 1
    assert not any(secret in log for secret in (SECRET, PASSWORD, API_KEY, GOOD))
