"""The config module as gunicorn itself reads it."""

from __future__ import annotations

import runpy
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pymacaron import config

GUNICORN = Path(config.__file__).parents[1] / "gunicorn.py"


def settings(monkeypatch: pytest.MonkeyPatch, **environ: str) -> dict[str, Any]:
    for variable in ("PORT", "PYM_SERVER_PORT", "WEB_CONCURRENCY", "PYM_WORKER_COUNT"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in environ.items():
        monkeypatch.setenv(variable, value)
    config.reset()
    return runpy.run_path(str(GUNICORN))  # pytest's own loader, by which it would be a module, gives runpy no code


@pytest.mark.parametrize(
    ("environ", "bind"),
    [
        ({}, "0.0.0.0:80"),
        ({"PYM_SERVER_PORT": "8081"}, "0.0.0.0:8081"),
        ({"PORT": "8082", "PYM_SERVER_PORT": "8081"}, "0.0.0.0:8082"),
    ],
)
def test_the_port_is_that_of_the_environment(monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], bind: str):
    assert settings(monkeypatch, **environ)["bind"] == bind


def test_a_port_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as exit:
        settings(monkeypatch, PORT="nonsense")
    assert exit.value.code == 2
    assert capsys.readouterr().err == "error: PORT is 'nonsense', not a port: a number from 1 to 65535\n"


def test_workers_are_told_or_follow_from_the_cpus_that_may_be_used(monkeypatch: pytest.MonkeyPatch):
    assert settings(monkeypatch, WEB_CONCURRENCY="7", PYM_WORKER_COUNT="3")["workers"] == 7
    assert settings(monkeypatch, PYM_WORKER_COUNT="3")["workers"] == 3
    plain = settings(monkeypatch)
    assert plain["workers"] == 2 * plain["_cpus"]() + 1


def test_port_and_workers_may_stand_in_the_config(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "pym-config.yaml").write_text(
        "name: x\nlive_host: http://localhost\nworker_count: 5\nserver_port: 8083\n"
    )
    monkeypatch.chdir(tmp_path)
    found = settings(monkeypatch)
    assert (found["workers"], found["bind"]) == (5, "0.0.0.0:8083")


def test_a_config_that_cannot_be_read_is_a_message(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "pym-config.yaml").write_text("name: [")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as exit:
        settings(monkeypatch)
    assert exit.value.code == 1
    assert "pym-config.yaml:1:8: error[yaml-syntax]" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("files", "quota"),
    [
        ({"/sys/fs/cgroup/cpu.max": "150000 100000"}, 1.5),
        ({"/sys/fs/cgroup/cpu.max": "max 100000"}, None),
        ({"/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "50000", "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000"}, 0.5),
        ({"/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1", "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000"}, None),
        ({}, None),
    ],
)
def test_the_quota_of_a_container_is_read_from_either_version_of_cgroups(
    monkeypatch: pytest.MonkeyPatch, files: dict[str, str], quota: float | None
):
    plain = settings(monkeypatch)
    plain["_quota"].__globals__["_read"] = lambda path: files.get(path, "")
    assert plain["_quota"]() == quota


def test_a_worker_without_handlers_of_its_own_ends_at_a_signal(tmp_path: Path):
    code = (
        "import os, signal; from pymacaron.gunicorn import post_fork; signal.signal(signal.SIGTERM, lambda *_: None); "
        "post_fork(None, None); os.kill(os.getpid(), signal.SIGTERM)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False)
    assert done.returncode == -signal.SIGTERM


def test_gunicorn_accepts_every_setting():
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--print-config",
        "--config",
        "python:pymacaron.gunicorn",
        "flask:Flask",
    ]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    found = dict(line.split("=", 1) for line in ran.stdout.splitlines() if "=" in line)
    shown = {name.strip(): value.strip() for name, value in found.items()}
    assert (shown["worker_class"], shown["threads"], shown["keepalive"]) == ("gthread", "4", "75")


SERVER = """
import os
from flask import Flask
from pymacaron import API, letsgo

app = Flask(__name__)


def start(port, debug):
    API(app).load_apis(os.path.dirname(os.path.realpath(__file__))).start(serve="shop")


letsgo(__name__, callback=start)
"""


def test_a_service_that_cannot_start_says_so_once_and_gunicorn_ends(tmp_path: Path):
    (tmp_path / "server.py").write_text(SERVER)
    (tmp_path / "pym-config.yaml").write_text("name: x\nlive_host: http://localhost\n")
    (tmp_path / "shopp.yaml").write_text('openapi: 3.1.0\ninfo: {title: S, version: "1"}\npaths: {}\n')
    command = [sys.executable, "-m", "gunicorn", "--config", "python:pymacaron.gunicorn", "-b", "127.0.0.1:0"]
    ran = subprocess.run(
        [*command, "server:app"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    told = ran.stdout + ran.stderr
    assert ran.returncode == 1
    assert told.count("error[unknown-api]: no api named 'shop' is loaded (loaded: shopp)") == 1
    assert "Traceback" not in told
