"""`pymacaron check`: the variables that it looks at a service with. What it finds is tested in tests/check."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Command

CONFIG = """\
name: shop
live_host: https://shop.example.com
jwt_issuer: shop.example.com
jwt_audience: shop
jwt_secret: SHOP_SECRET
env_secrets: [SHOP_SECRET]
"""


@pytest.fixture(autouse=True)
def service(tmp_path: Path) -> None:
    (tmp_path / "apis").mkdir()
    (tmp_path / "apis/shop.yaml").write_text("openapi: 3.1.0\ninfo: {title: Shop, version: '1'}\npaths: {}\n")
    (tmp_path / "pym-config.yaml").write_text(CONFIG)


def test_a_secret_may_stand_in_dot_env(pymacaron: Command, tmp_path: Path) -> None:
    done = pymacaron("check")
    assert (done.returncode, "SHOP_SECRET is not set" in done.stdout) == (1, True)
    (tmp_path / ".env").write_text("SHOP_SECRET='a secret of this test, of 32 bytes or more'\n")
    done = pymacaron("check")
    assert (done.returncode, done.stdout) == (0, "no findings in 2 files\n")


def test_what_is_no_variable_in_dot_env_is_told(pymacaron: Command, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PYM_ENV=dev\nhello\n")
    done = pymacaron("check")
    assert (done.returncode, done.stdout) == (1, "")
    assert ".env:2 is no line KEY=VALUE" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_descriptions_that_is_what_is_told(pymacaron: Command, tmp_path: Path) -> None:
    (tmp_path / "apis/shop.yaml").unlink()
    done = pymacaron("check")
    assert done.returncode == 1
    assert "there is no API description here" in done.stderr
