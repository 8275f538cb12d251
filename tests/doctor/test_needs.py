"""What a service needs of the machine: what is there, what is not, and who asks for it. Nothing else is told."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from pymacaron.doctor import Need, needs
from pymacaron.doctor.machine import docker, flask, git, python

SECRET = "s3cr3t-of-the-test"


@pytest.fixture(autouse=True)
def _config(own_config: None) -> None:
    """No config of another test."""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        port: int = one.getsockname()[1]
    return port


def found(folder: Path, environ: Mapping[str, str] | None = None, **settings: Any) -> dict[str, Need]:
    """What a service with these settings needs, by name; variables are *environ* alone."""
    (folder / "pym-config.yaml").write_text(yaml.safe_dump({"name": "shop", "live_host": "x", **settings}))
    told = {"PORT": str(free_port()), "HOME": str(folder), "PATH": os.environ["PATH"], **(environ or {})}
    listed = needs(folder, told)
    assert [one for one in listed if SECRET in f"{one}"] == []
    assert [one for one in listed if one.is_met == bool(one.mend)] == []
    return {one.name: one for one in listed}


def missing(listed: dict[str, Need]) -> list[str]:
    return [name for name, one in listed.items() if not one.is_met]


def test_a_plain_service_needs_python_flask_and_a_port(tmp_path: Path) -> None:
    listed = found(tmp_path)
    assert (list(listed), missing(listed)) == (["Python", "Flask", "port"], [])


def test_a_folder_without_a_config_is_a_service_without_settings(tmp_path: Path) -> None:
    listed = [one.name for one in needs(tmp_path, {"PORT": str(free_port())})]
    assert listed == ["Python", "Flask", "pym-config.yaml", "port"]


@pytest.mark.parametrize(("version", "is_met"), [((3, 10, 4), False), ((3, 11, 0), True), ((3, 14, 1), True)])
def test_python_is_3_11_or_later(version: tuple[int, ...], is_met: bool) -> None:
    assert python(version).is_met == is_met


@pytest.mark.parametrize(
    ("version", "is_met", "fact"),
    [
        ("3.0.3", False, "this is 3.0.3, and 3.1 or later is needed"),
        ("3.1.2", True, "3.1.2"),
        ("3.2.0", True, "3.2.0; calls go by Flask's own dispatch, which is slower: we know 3.1"),
    ],
)
def test_flask_is_3_1_or_later(version: str, is_met: bool, fact: str) -> None:
    need = flask(version)
    assert (need.is_met, need.fact) == (is_met, fact)


def test_variables_of_env_secrets_are_set_or_missing(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"ONE_SECRET={SECRET}\n")
    listed = found(tmp_path, {"TWO_SECRET": SECRET}, env_secrets=["ONE_SECRET", "TWO_SECRET", "THREE_SECRET"])
    assert missing(listed) == ["THREE_SECRET"]
    assert listed["THREE_SECRET"].fact == "it is not set, and env_secrets in pym-config.yaml asks for it"
    assert listed[".env"].fact == "1 variable of it not set otherwise"


def test_a_file_of_variables_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    listed = found(tmp_path)
    assert missing(listed) == [".env"]
    assert listed[".env"].fact.endswith(".env cannot be read: Is a directory")


def test_a_file_of_variables_that_is_none_is_told_by_its_line(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"A=1\n{SECRET}\n")
    listed = found(tmp_path)
    assert missing(listed) == [".env"]
    assert ".env:2 is no line KEY=VALUE" in listed[".env"].fact


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        listed = found(tmp_path, {"PORT": str(port)})
    assert (missing(listed), listed["port"].fact) == (["port"], f"{port}: somebody listens on it")


def test_a_redis_is_asked_for_where_a_setting_names_one(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as there:
        url = f"redis://:{SECRET}@127.0.0.1:{there.getsockname()[1]}/0"
        listed = found(tmp_path, broker_url=url, rate_limit_store=url)
    assert missing(listed) == []
    assert listed["Redis"].fact.endswith(" answers; broker_url and rate_limit_store ask for it")
    port = free_port()
    listed = found(tmp_path, broker_url=f"redis://:{SECRET}@127.0.0.1:{port}/0")
    assert missing(listed) == ["Redis"]
    assert listed["Redis"].fact == f"127.0.0.1:{port}: connection refused; broker_url asks for it"


def test_libraries_are_asked_for_by_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = found(tmp_path, metrics="/metrics", store_url="dynamodb://127.0.0.1:8000")
    assert (listed["prometheus_client"].is_met, listed["boto3"].is_met) == (True, True)
    monkeypatch.setattr("pymacaron.doctor.configured.find_spec", lambda name: None)
    listed = found(tmp_path, metrics="/metrics")
    assert listed["prometheus_client"].mend == "Run: pip install 'pymacaron[prometheus]'"


def test_a_release_needs_docker_git_and_aws(tmp_path: Path) -> None:
    empty = tmp_path / "bin"
    empty.mkdir()
    listed = found(tmp_path, {"PATH": str(empty)}, docker_repo="shop")
    assert missing(listed) == ["git", "docker", "AWS region", "AWS credentials"]
    assert listed["docker"].fact == "there is no docker on the PATH, and docker_repo asks for releases"


def test_a_region_and_credentials_are_found_where_boto3_looks(tmp_path: Path) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": "eu-central-1"}
    listed = found(tmp_path, keys, store_url="dynamodb://")
    assert (listed["AWS region"].fact, listed["AWS credentials"].fact) == ("eu-central-1", "keys in the variables")
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text(
        f"[default]\naws_access_key_id = A\naws_secret_access_key={SECRET}\n"
    )
    (tmp_path / ".aws" / "config").write_text("[default]\nregion = eu-north-1\n")
    listed = found(tmp_path, store_url="dynamodb://")
    assert (listed["AWS region"].fact, listed["AWS credentials"].fact) == ("eu-north-1", "those in ~/.aws")
    assert "AWS region" not in found(tmp_path, store_url="dynamodb://127.0.0.1:8000")


def test_a_daemon_that_does_not_answer_is_told(tmp_path: Path) -> None:
    command = tmp_path / "docker"
    command.write_text("#!/bin/sh\nexit 1\n")
    command.chmod(0o755)
    environ = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    assert [one.fact for one in docker("deploy", environ)] == ["its daemon does not answer"]
    command.write_text("#!/bin/sh\necho 27.1\n")
    assert [(one.is_met, one.fact) for one in docker("deploy", environ)] == [(True, "27.1")]


def test_git_is_asked_for_in_a_clone(tmp_path: Path) -> None:
    assert git(tmp_path, "") == []
    assert [one.is_met for one in git(tmp_path, "deploy")] == [False]
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    assert [one.is_met for one in git(tmp_path, "")] == [True]
