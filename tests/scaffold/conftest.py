"""Descriptions in files, and the service that grows in the test's folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from pymacaron.scaffold.growth import Growth, grown
from pymacaron.spec.load import load

Grow = Callable[..., Growth]


@pytest.fixture
def grow(tmp_path: Path) -> Grow:
    """grow(description, ending='.yaml', files={path: text}): what is missing of the api shop in tmp_path."""

    def make(description: str, ending: str = ".yaml", files: Mapping[str, str] | None = None) -> Growth:
        (tmp_path / "apis").mkdir(exist_ok=True)
        (tmp_path / f"apis/shop{ending}").write_text(description, encoding="utf-8", newline="")
        for name, text in (files or {}).items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
        api = load(tmp_path / f"apis/shop{ending}")
        assert [finding.fact for finding in api.findings if finding.severity == "error"] == []
        return grown([api], tmp_path, {"shop": "shop.api"}, "shop.apis")

    return make
