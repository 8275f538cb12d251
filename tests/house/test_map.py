"""ARCHITECTURE.md says of every file of the package where it stands and what it is for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "pymacaron"
MAP = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| ((?:`[^`]+`(?:, )?)+) \| (.*) \|$", re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")


def rows(heading: str) -> dict[str, str]:
    """Of the table below *heading*: each name in a first column -> what stands beside it."""
    below = MAP.partition(heading)[2].partition("\n## ")[0]
    return {name: text for names, text in ROW.findall(below) for name in CODE.findall(names)}


ROOMS, FILES = rows("# The house\n"), rows("## Where in a room\n")


def is_named(path: Path) -> bool:
    """Whether the map names the file *path*; a room's own `__init__` and `__main__` are named by the room."""
    place = path.relative_to(PACKAGE)
    if path.stem in ("__init__", "__main__") and len(place.parts) > 1:
        return f"{place.parent.as_posix()}/" in ROOMS | FILES
    if len(place.parts) == 1:
        return place.name in ROOMS
    return path.stem in CODE.findall(FILES.get(f"{place.parent.as_posix()}/", ""))


def test_every_file_is_named() -> None:
    files = sorted(PACKAGE.rglob("*.py"))
    assert [path.relative_to(PACKAGE).as_posix() for path in files if not is_named(path)] == []


@pytest.mark.parametrize("place", [*ROOMS, *FILES])
def test_what_the_map_names_is_there(place: str) -> None:
    assert (PACKAGE / place).exists()


@pytest.mark.parametrize("room", FILES)
def test_the_files_that_the_map_names_are_there(room: str) -> None:
    words = {word for word in CODE.findall(FILES[room]) if word.isidentifier() and word.islower()}
    files = {path.stem for path in (PACKAGE / room).iterdir()}
    assert sorted(words - files) == []
