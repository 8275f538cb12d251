"""What the embedded store does besides what all stores do: its file, its processes, its indexes, its sweeping."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from stored.tables import COUNTERS, ORDERS, table

from pymacaron.store.conditions import comparisons
from pymacaron.store.definition import Attribute, Definition, Key
from pymacaron.store.layouts import found
from pymacaron.store.sqlite import SQLiteStore
from pymacaron.store.stores import ConditionFailedError, Query, Scan, StoreError

NOW = 1_800_000_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[SQLiteStore]:
    made = SQLiteStore(path)
    yield made
    made.close()


def test_the_file_is_made_for_its_owner_alone(store: SQLiteStore, path: Path) -> None:
    assert not path.exists()
    store.put(COUNTERS, {"name": "n"})
    assert {one.name: oct(one.stat().st_mode & 0o777) for one in path.parent.iterdir()} == {
        "store.sqlite3": "0o600",
        "store.sqlite3-shm": "0o600",
        "store.sqlite3-wal": "0o600",
    }


def test_items_are_json_text_that_sqlite_can_read(store: SQLiteStore, path: Path) -> None:
    store.write(COUNTERS, [{"name": "n", "count": 1, "note": "é"}, {"name": "m", "data": b"hi"}])
    connection = sqlite3.connect(path)
    rows = connection.execute('SELECT plain, item FROM "items_1_counters" ORDER BY hash').fetchall()
    assert rows == [(0, '{"name":"m","data":{"$b":"aGk="}}'), (1, '{"name":"n","count":1,"note":"é"}')]
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_items_are_there_for_the_next_process(store: SQLiteStore, path: Path) -> None:
    store.put(ORDERS, {"customer": "ann", "at": 1, "status": "open", "total": 2})
    store.close()
    again = SQLiteStore(path)
    assert again.query(ORDERS, Query("open", index="by_status")).items == store.scan(ORDERS, Scan()).items
    again.close()


def test_a_new_index_is_filled_from_what_is_there(store: SQLiteStore, path: Path) -> None:
    bare = Definition("orders", ORDERS.key)
    items = [{"customer": "ann", "at": at, "status": f"s{at % 2}", "total": at} for at in range(1100)]
    store.write(bare, [*items, {"customer": "bob", "at": 1, "status": 7, "total": 1}, {"customer": "bob", "at": 2}])
    again = SQLiteStore(path)
    assert again.query(ORDERS, Query("s1", index="by_status")).items == items[1::2]
    again.close()


def test_an_index_is_kept_by_versions_of_a_service_that_do_not_know_it(store: SQLiteStore, path: Path) -> None:
    before, after = Definition("orders", ORDERS.key), SQLiteStore(path)
    store.put(before, {"customer": "ann", "at": 1, "status": "open", "total": 1})
    after.put(ORDERS, {"customer": "ann", "at": 2, "status": "open", "total": 2})  # makes the index
    store.put(before, {"customer": "ann", "at": 3, "status": "open", "total": 3})
    store.delete(before, {"customer": "ann", "at": 1})
    assert [item["at"] for item in after.query(ORDERS, Query("open", index="by_status")).items] == [2, 3]
    after.close()


def test_an_index_whose_key_changes_is_another_one(store: SQLiteStore) -> None:
    item = {"customer": "ann", "at": 1, "status": "open", "total": 1}
    store.put(ORDERS, item)
    changed = Definition("orders", ORDERS.key, {"by_status": Key(Attribute("total", "N"))})
    assert store.query(changed, Query(1, index="by_status")).items == [item]
    assert store.query(ORDERS, Query("open", index="by_status")).items == [item]


def test_a_key_that_changes_is_an_error_that_says_what_to_do(store: SQLiteStore) -> None:
    store.put(ORDERS, {"customer": "ann", "at": 1})
    changed = Definition("orders", Key(Attribute("customer", "S"), Attribute("at", "S")))
    for ask in (lambda: store.get(changed, {"customer": "ann", "at": "1"}), lambda: store.create(changed)):
        with pytest.raises(StoreError) as refused:
            ask()
        assert str(refused.value) == (
            "orders has the key customer (S), at (N), and x-persist says customer (S), at (S); "
            "a key cannot be changed: give the table another name, and copy the items"
        )


def test_a_file_that_is_none_of_sqlite_is_named(path: Path) -> None:
    path.write_text("no database, and more than 100 bytes of it" * 10)
    store = SQLiteStore(path)
    with pytest.raises(StoreError) as refused:
        store.get(COUNTERS, {"name": "n"})
    mend = "Move it away: what lies there was made by something else, or name another file: store_url"
    assert str(refused.value) == f"{path} cannot be used: file is not a database. {mend}"


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "store.sqlite3"
    with pytest.raises(StoreError) as refused:
        SQLiteStore(path).put(COUNTERS, {"name": "n"})
    mend = "Make its folder, or name another file: store_url"
    assert str(refused.value) == f"{path} cannot be made: No such file or directory. {mend}"


def test_who_waits_too_long_for_others_is_told(path: Path) -> None:
    store = SQLiteStore(path, busy_s=0.05)
    store.put(COUNTERS, {"name": "n"})
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError) as refused:
        store.put(COUNTERS, {"name": "m"})
    assert str(refused.value) == (
        f"{path} has been written by others for 0.05 s; have fewer processes write, or keep tables in DynamoDB"
    )
    assert store.get(COUNTERS, {"name": "n"}) == {"name": "n"}
    other.close()
    store.put(COUNTERS, {"name": "m"})
    store.close()


def test_a_file_that_was_deleted_is_not_written(store: SQLiteStore, path: Path) -> None:
    store.put(COUNTERS, {"name": "n"})
    path.unlink()
    with pytest.raises(StoreError) as refused:
        store.put(COUNTERS, {"name": "m"})
    assert str(refused.value) == (
        f"{path} cannot be used: it was deleted or replaced while it was in use; "
        "stop the service, delete what the old file has left beside it (-wal, -shm), and start it again"
    )
    assert not path.exists()


def test_a_write_that_fails_leaves_nothing_behind(store: SQLiteStore) -> None:
    store.put(COUNTERS, {"name": "n", "count": 1})
    with pytest.raises(ConditionFailedError):
        store.put(COUNTERS, {"name": "n", "count": 2}, comparisons({"count": 5}))
    store.put(COUNTERS, {"name": "m"})
    assert len(store.scan(COUNTERS, Scan()).items) == 2


def ending(at: int, ends: Any) -> dict[str, Any]:
    return {"customer": "ann", "at": at, "ends": ends}


def test_items_whose_time_is_over_are_deleted_now_and_then(path: Path) -> None:
    now = [float(NOW)]
    store = SQLiteStore(path, clock=lambda: now[0])
    store.put(ORDERS, ending(0, NOW + 1))
    items = [ending(1, NOW - 1), ending(2, NOW), ending(3, 1), ending(4, "x"), ending(5, 10**100), ending(6, 0.5)]
    store.write(ORDERS, items)
    there = lambda: [item["at"] for item in store.scan(ORDERS, Scan()).items]  # noqa: E731
    assert there() == [0, 1, 2, 3, 4, 5, 6]  # just looked
    now[0] += 61
    store.put(ORDERS, ending(7, NOW + 1000))
    assert there() == [3, 4, 5, 6, 7]
    store.write(ORDERS, [ending(at, NOW) for at in range(100, 350)])
    now[0] += 61
    lengths = []
    for _ in range(4):
        store.put(ORDERS, ending(8, NOW + 1000))
        lengths.append(len(there()))
    assert lengths == [156, 56, 6, 6]
    store.close()


def test_a_query_goes_by_the_index(store: SQLiteStore, path: Path) -> None:
    store.put(ORDERS, {"customer": "ann", "at": 1, "status": "open", "total": 1})
    connection = sqlite3.connect(path)
    connection.text_factory = bytes
    layout = found(connection, ORDERS)
    assert layout is not None
    (hash_, range_), name = layout.columns[0].names, layout.name
    sql = f"SELECT item FROM {name} WHERE {hash_} = ? AND ({range_}, hash, range) > (?, ?, ?)"
    plan = connection.execute(f"EXPLAIN QUERY PLAN {sql} ORDER BY {range_}, hash, range", (b"", b"", b"", b""))
    told = [row[3].decode() for row in plan]
    assert len(told) == 1  # and nothing is sorted
    assert "USING INDEX items_by_1" in told[0]
    connection.close()


def test_threads_that_come_and_go_leave_few_connections(store: SQLiteStore) -> None:
    store.put(COUNTERS, {"name": "n"})
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    for _ in range(20):
        thread = threading.Thread(target=store.get, args=(COUNTERS, {"name": "n"}))
        thread.start()
        thread.join()
    after = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    assert after == before


def test_a_thread_that_writes_on_and_on_lets_others_write(store: SQLiteStore) -> None:
    store.create(COUNTERS)
    counts, stop = [0], threading.Event()

    def busy() -> None:
        while not stop.is_set():
            store.put(COUNTERS, {"name": "busy"})
            counts[0] += 1

    thread = threading.Thread(target=busy)
    thread.start()
    for _ in range(50):
        store.put(COUNTERS, {"name": "other"})
    before = counts[0]
    stop.set()
    thread.join()
    assert before <= 150


FORKING = """
import os, sys, threading
from pymacaron.store.sqlite import SQLiteStore
from pymacaron.store.definition import Attribute, Definition, Key
from pymacaron.store.stores import Scan

table = Definition("counters", Key(Attribute("name", "S")))
store = SQLiteStore(sys.argv[1])
store.put(table, {"name": "before"})
stop = threading.Event()

def busy():
    while not stop.is_set():
        store.put(table, {"name": "thread"})

thread = threading.Thread(target=busy)
thread.start()
children = []
for number in range(5):
    child = os.fork()
    if not child:
        store.put(table, {"name": f"child {number}"})
        sys.exit(0 if store.get(table, {"name": "before"}) else 1)
    children.append(child)
    store.put(table, {"name": f"parent {number}"})
codes = [os.waitpid(child, 0)[1] for child in children]
stop.set()
thread.join()
print(codes, sorted(item["name"] for item in store.scan(table, Scan()).items))
store.close()
"""


def test_a_process_that_forks_and_its_children_use_one_store(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORKING, str(path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    names = ["before", *(f"child {n}" for n in range(5)), *(f"parent {n}" for n in range(5)), "thread"]
    assert (done.stdout, done.stderr) == (f"{[0] * 5} {names}\n", "")
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_a_name_of_sqlites_own_can_be_the_name_of_a_table(store: SQLiteStore) -> None:
    names = ["sqlite_master", "pymacaron_tables", "a.b-c_D", "A.B-C_d"]
    for name in names:
        store.put(table(name, "S"), {"h": name})
    assert [store.scan(table(name, "S"), Scan()).items for name in names] == [[{"h": name}] for name in names]
