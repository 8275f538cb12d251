"""A folder of a project's files, which is the working directory, without variables of this machine."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`files({"apis/shop.yaml": text, ...})` writes them."""
    for variable in [name for name in os.environ if name.startswith("PYM_")]:
        monkeypatch.delenv(variable)
    monkeypatch.chdir(tmp_path)

    def write(contents: dict[str, str]) -> None:
        for name, text in contents.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text), encoding="utf-8")

    return write
