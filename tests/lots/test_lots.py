"""What is taken of what there is very much of: a part in which each kind is, or all."""

from __future__ import annotations

from pathlib import Path

import pytest

import lots
from lots import each_version, version


@pytest.fixture
def described(tmp_path: Path) -> list[Path]:
    """Ten that are real, of which the eighth is of another version, and three of features."""
    texts = {f"specs/{at}.json": f'{{"openapi": "3.{2 * (at == 7)}.1", "info": {{}}}}' for at in range(10)}
    texts |= {f"features/{at}.yaml": "swagger: '2.0'\n" for at in range(3)}
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return [tmp_path / name for name in texts]


def test_a_share_has_each_version_and_each_feature(described: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lots, "WHOLE", False)
    found = [path.stem for path in each_version(described, 4)]
    assert found == ["0", "4", "7", "8", "0", "1", "2"]
    assert [version(path) for path in described[6:9]] == ["3.0", "3.2", "3.0"]
    assert lots.number(2, 5) == 2


def test_the_whole_is_all(described: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lots, "WHOLE", True)
    assert each_version(described, 4) == described
    assert lots.number(2, 5) == 5


def test_a_test_of_the_whole_is_not_taken_else(monkeypatch: pytest.MonkeyPatch) -> None:
    for is_whole in (False, True):
        monkeypatch.setattr(lots, "WHOLE", is_whole)

        @lots.whole
        def test_long() -> None: ...

        assert test_long.__test__ is is_whole  # type: ignore[attr-defined]
