"""Each test has a config of its own, with keys, and no variables of the machine."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from pymacaron import config


@pytest.fixture(autouse=True)
def _config(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for variable in list(os.environ):
        if variable.startswith("PYM_"):
            monkeypatch.delenv(variable)
    config.reset()
    config.load(
        start_dir="/",
        settings={"jwt_secret": "0123456789abcdef0123456789abcdef", "jwt_issuer": "us", "jwt_audience": "shop"},
        environ={},
    )
    yield
    config.reset()
