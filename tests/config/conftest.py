"""Each test has its own working directory and no variables of the machine."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _alone(own_config: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "service"
    folder.mkdir()
    monkeypatch.chdir(folder)
