"""Distributions that own import names of this one."""

from __future__ import annotations

from pathlib import Path

from pymacaron.check import old_distributions


def test_old_distributions_are_told_with_the_commands_that_mend_it(tmp_path: Path) -> None:
    for name in ("pymacaron_core-3.0.1.dist-info", "pymacaron_unit-1.2-py3.8.egg-info", "pymacaron-3.0.0.dist-info"):
        (tmp_path / name).mkdir()
    (found,) = old_distributions([str(tmp_path), str(tmp_path / "nothing")])
    assert (found.file, found.code, found.fact, found.mend) == (
        str(tmp_path),
        "old-distribution",
        "pymacaron-core 3.0.1, pymacaron-unit 1.2 are installed, and bring modules that belong to pymacaron now",
        "Run: pip uninstall -y pymacaron-core pymacaron-unit && pip install --force-reinstall --no-deps pymacaron",
    )


def test_without_old_distributions_nothing_is_told() -> None:
    assert old_distributions() == []
