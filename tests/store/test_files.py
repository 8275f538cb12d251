"""What is said of a file of SQLite that cannot be used."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

import pytest

from pymacaron.store.files import trouble


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.EACCES, "Permission denied. Let the user that runs this write the file and its folder, or move"),
        (errno.EROFS, "Read-only file system. Let the user that runs this write the file and its folder, or move"),
        (errno.ENOSPC, "No space left on device. Make room on its disk, or move"),
        (errno.ENOENT, "No such file or directory. Make its folder, or move"),
        (errno.EISDIR, "Is a directory. Move the folder away that is in its place, or move"),
        (errno.EINVAL, "Invalid argument"),
    ],
)
def test_an_error_of_the_system_has_its_mend(number: int, told: str) -> None:
    assert trouble(OSError(number, os.strerror(number)), "move") == told


def test_an_error_of_sqlite_has_its_mend(tmp_path: Path) -> None:
    small = sqlite3.connect(tmp_path / "small", isolation_level=None)
    small.execute("PRAGMA max_page_count = 1")
    other = sqlite3.connect(tmp_path / "small", isolation_level=None, timeout=0)
    try:
        with pytest.raises(sqlite3.OperationalError) as full:
            small.execute("CREATE TABLE t (v)")
        small.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError) as locked:
            other.execute("BEGIN IMMEDIATE")
    finally:
        small.close()
        other.close()
    assert trouble(full.value, "move") == "database or disk is full. Make room on its disk, or move"
    assert trouble(locked.value, "move") == "database is locked. End the process that holds it, or move"
    assert trouble(sqlite3.DatabaseError("of our own"), "move") == "of our own"
