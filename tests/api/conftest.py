"""Each test has a config of its own."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _config(own_config: None) -> None:
    """See tests/conftest.py."""
