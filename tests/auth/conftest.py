"""Each test has a config of its own, with keys, and no variables of the machine."""

from __future__ import annotations

import pytest

from pymacaron import config


@pytest.fixture(autouse=True)
def _config(own_config: None) -> None:
    config.load(
        start_dir="/",
        settings={"jwt_secret": "0123456789abcdef0123456789abcdef", "jwt_issuer": "us", "jwt_audience": "shop"},
        environ={},
    )
