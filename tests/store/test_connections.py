"""Who may write when, and what is told where others write for too long."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from pymacaron.store.connections import Connections
from pymacaron.store.stores import StoreError


def test_who_waits_too_long_for_others_is_told(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    ours = Connections(path, busy_s=0.05)
    ours.writing(lambda connection: connection.execute("CREATE TABLE t (a)").fetchall())
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError) as refused:
        ours.writing(lambda connection: None)
    assert str(refused.value) == (
        f"{path} has been written by others for 0.05 s; have fewer processes write, or keep tables in DynamoDB"
    )
    assert ours.reading(lambda connection: connection.execute("SELECT count(*) FROM t").fetchone()) == (0,)
    other.execute("COMMIT")
    other.close()
    ours.writing(lambda connection: connection.execute("INSERT INTO t VALUES (1)").fetchall())
    assert ours.reading(lambda connection: connection.execute("SELECT a FROM t").fetchall()) == [(1,)]
    ours.close()


def test_a_write_that_raises_is_taken_back(tmp_path: Path) -> None:
    ours = Connections(tmp_path / "store.sqlite3")
    ours.writing(lambda connection: connection.execute("CREATE TABLE t (a)").fetchall())

    def failing(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO t VALUES (1)")
        raise KeyError("a")

    with pytest.raises(KeyError):
        ours.writing(failing)
    assert ours.reading(lambda connection: connection.execute("SELECT a FROM t").fetchall()) == []
    ours.close()
