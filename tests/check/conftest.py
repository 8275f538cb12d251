"""A folder of a project's files, which is the working directory, without variables of this machine."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from pymacaron import ApiPool


@pytest.fixture
def files(own_config: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`files({"apis/shop.yaml": text, ...})` writes them."""
    monkeypatch.chdir(tmp_path)
    for name in ApiPool._apis:  # what other tests have loaded is not there in a process of `check`
        monkeypatch.delitem(vars(ApiPool), name, raising=False)
    monkeypatch.setattr(ApiPool, "_apis", {})

    def write(contents: dict[str, str]) -> None:
        for name, text in contents.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text), encoding="utf-8")

    return write
