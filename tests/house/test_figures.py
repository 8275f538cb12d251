"""
The figures of ARCHITECTURE.md, which bench/rooms.py measures: they are no older than the code in kind, the same rooms
and the same ways; a figure may be 5 % off, or a few lines, so that a commit does not have to write them anew.
"""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOLD = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").partition("<!-- house begins -->")[2]
TABLES = TOLD.partition("<!-- house ends -->")[0].split("\n\n")
ANEW = "Run: make house"


@pytest.fixture(scope="module")
def rooms() -> ModuleType:
    """bench/rooms.py, in a folder that is no package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "bench"))
        return import_module("rooms")


def rows(head: str) -> list[list[str]]:
    """The cells of the table whose first line begins with *head*."""
    (found,) = [table.splitlines() for table in TABLES if table.startswith(f"| {head}")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in found[2:]]


def number(text: str) -> int:
    return int(text.replace(",", ""))


def is_near(told: int, true: int, least: int) -> bool:
    return abs(told - true) <= max(least, true * 0.05)


def test_every_room_has_its_figures(rooms: ModuleType) -> None:
    files = rooms.sources()
    true = {**rooms.by_room(files), "all": files}
    told = {name: (number(count), number(lines)) for name, count, lines, _ in rows("room | files")}
    assert list(told) == list(true), ANEW
    for name, own in true.items():
        assert is_near(told[name][0], len(own), 2), f"{name}: {len(own)} files. {ANEW}"
        lines = sum(len(one.lines) for one in own)
        assert is_near(told[name][1], lines, 50), f"{name}: {lines} lines. {ANEW}"


def test_the_longest_functions_and_files_are_there_and_about_as_long(rooms: ModuleType) -> None:
    files = rooms.sources()
    functions = {(f"`{name}`", f"`{file.name}`"): lines for file in files for name, lines in file.functions()}
    sizes = {f"`{file.name}`": len(file.lines) for file in files}
    told = {(name, file): number(lines) for name, file, lines in rows("function | file")}
    assert [one for one, lines in told.items() if not is_near(lines, functions.get(one, 0), 5)] == [], ANEW
    assert max(functions.values()) <= max(told.values()) + 5, ANEW
    lengths = {file: number(lines) for file, lines in rows("file | lines")}
    assert [one for one, lines in lengths.items() if not is_near(lines, sizes.get(one, 0), 20)] == [], ANEW
    assert max(sizes.values()) <= max(lengths.values()) + 20, ANEW


def test_the_ways_lead_through_the_same_files(rooms: ModuleType) -> None:
    start, call, *_ = rooms.ways().values()
    by_room = {room: re.findall(r"`(\S+\.py)`", said) for room, said in rows("room | the first")}
    told = [f"{room.strip('`')}{name}" if "/" in room else name for room, names in by_room.items() for name in names]
    assert sorted(told) == sorted({file for file, _ in start if file}), ANEW
    told = [file.strip("`") for file, _ in rows("file | functions")]
    assert sorted(set(told)) == sorted({file for file, _ in call}), ANEW


def test_a_line_of_code_is_more_than_a_comment_a_docstring_or_nothing(rooms: ModuleType) -> None:
    text = '"""What\n\nit is."""\n\nimport os  # why\n\n\ndef one(\n    of: int,\n):\n    """It."""\n    # so\n'
    text += '    return """a\n\nb"""\n'
    source = rooms.Source("room/file.py", text)
    assert source.lines == {5, 8, 9, 10, 13, 14, 15}
    assert list(source.functions()) == [("one", 6)]
    assert (source.room, rooms.Source("file.py", "").room) == ("`room/`", rooms.ALONE)
