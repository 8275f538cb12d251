"""A service whose config lacks variables says all of them, by whatever it is started, and shows no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SHOP = """
openapi: 3.1.0
info: {title: Shop, version: '1'}
components: {securitySchemes: {jwt: {type: http, scheme: bearer}}}
paths:
  /a:
    get:
      x-bind-server: shop.a
      x-rate-limit: 5 per minute
      security: [{jwt: []}]
      responses: {'200': {description: ok}}
"""
SERVER = """
from flask import Flask
from pymacaron import API, letsgo
app = Flask("shop")
def start(port, debug):
    API(app, port=port, debug=debug).load_apis("apis").start(serve="shop")
BEFORE
letsgo(__name__, callback=start)
"""
CONFIG = """
name: shop
live_host: http://localhost
jwt_issuer: us
jwt_audience: shop
jwt_secret: SHOP_SECRET
rate_limit_store: SHOP_REDIS
env_secrets: [SHOP_SECRET, SHOP_REDIS]
"""
WAYS = {
    "python": ["server.py", "--port", "1"],
    "import": ["-c", "import server"],
    "gunicorn": ["-m", "gunicorn", "--config", "python:pymacaron.gunicorn", "--bind", "127.0.0.1:0", "server:app"],
    "granian": [
        "-m",
        "pymacaron.granian",
        "--interface",
        "wsgi",
        "--port",
        "0",
        "--respawn-failed-workers",
        "server:app",
    ],
}


def ended(folder: Path, way: str, before: str = "", config: str = CONFIG, **variables: str) -> tuple[int, str]:
    """The exit code of the service in *folder*, and what it wrote. *before*: a line of its server.py."""
    (folder / "apis").mkdir(exist_ok=True)
    for name, content in (
        ("apis/shop.yaml", SHOP),
        ("server.py", SERVER.replace("BEFORE", before)),
        ("pym-config.yaml", config),
        ("shop.py", "def a():\n    return {}\n"),
    ):
        (folder / name).write_text(content)
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYM_", "SHOP_", "PORT"))}
    done = subprocess.run(
        [sys.executable, *WAYS[way]],
        cwd=folder,
        env={**environ, **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("way", WAYS)
def test_all_variables_that_are_missing_are_told_at_once(way: str, tmp_path: Path):
    code, told = ended(tmp_path, way)
    assert code == 1
    for name, column in (("SHOP_SECRET", 15), ("SHOP_REDIS", 28)):
        assert f"pym-config.yaml:8:{column}: error[missing-secret]: {name} is not set; env_secrets asks for it" in told
    assert "Traceback" not in told


@pytest.mark.parametrize("way", ["python", "import", "gunicorn"])
def test_who_reads_one_that_is_missing_before_the_start_is_told_all(way: str, tmp_path: Path):
    read = "from pymacaron import get_config\ncallback = start\n"
    read += "def start(port, debug):\n    get_config().rate_limit_store\n    callback(port, debug)\n"
    code, told = ended(tmp_path, way, read)
    assert code == 1
    assert ("SHOP_SECRET is not set" in told, "SHOP_REDIS is not set" in told) == (True, True)
    assert "Traceback" not in told


def test_what_is_no_number_of_workers_is_told_with_all_that_is_missing(tmp_path: Path):
    code, told = ended(tmp_path, "gunicorn", config=f"{CONFIG}worker_count: many\n")
    assert code == 1
    for fact in ("worker_count is 'many', not a whole number", "SHOP_SECRET is not set", "SHOP_REDIS is not set"):
        assert fact in told
    assert "Traceback" not in told


def test_a_fault_of_the_service_itself_has_its_traceback(tmp_path: Path):
    code, told = ended(tmp_path, "import", "1 / 0", SHOP_SECRET="x" * 40, SHOP_REDIS="memory")
    assert (code, told.splitlines()[-1]) == (1, "ZeroDivisionError: division by zero")
    both = "try:\n    letsgo(__name__, callback=start)\nexcept Exception:\n    pass\n1 / 0"
    code, told = ended(tmp_path, "import", both)
    assert (code, told.splitlines()[-1]) == (1, "ZeroDivisionError: division by zero")
