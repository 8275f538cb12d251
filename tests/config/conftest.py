"""Each test has its own working directory and no variables of the machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pymacaron import config


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for variable in list(os.environ):
        if variable.startswith("PYM_"):
            monkeypatch.delenv(variable)
    folder = tmp_path / "service"
    folder.mkdir()
    monkeypatch.chdir(folder)
    config.reset()
    yield
    config.reset()
