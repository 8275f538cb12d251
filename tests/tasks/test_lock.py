"""The lock of the worker: one process has it, with those that it was lent to."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pymacaron.tasks.lock import Lock, lock_file

TAKE = "import sys; from pymacaron.tasks.lock import Lock; print(Lock(sys.argv[1]).take())"
FORK = """
import os, sys
from pymacaron.tasks.lock import Lock
lock = Lock(sys.argv[1])
assert lock.take()
if sys.argv[2] == "lend":
    lock.lend_to_children()
stay, go = os.pipe()
if os.fork() == 0:
    if sys.argv[2] == "lend":
        if os.fork() != 0:
            os._exit(0)
    os.close(go)
    os.read(0, 1)
    os._exit(0)
"""


def takes(path: Path) -> str:
    """Whether another process gets the lock."""
    done = subprocess.run([sys.executable, "-c", TAKE, str(path)], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_one_process_has_the_lock(tmp_path: Path) -> None:
    lock = Lock(str(tmp_path / "lock"))
    assert lock.take()
    assert lock.take()
    assert takes(tmp_path / "lock") == "False"
    lock.close()
    assert takes(tmp_path / "lock") == "True"


def test_the_file_names_who_has_signed(tmp_path: Path) -> None:
    lock = Lock(str(tmp_path / "lock"))
    assert lock.holder() is None
    lock.take()
    assert lock.holder() is None
    lock.sign()
    assert Lock(str(tmp_path / "lock")).holder() == os.getpid()
    lock.close()


def test_who_it_was_lent_to_goes_on_with_it(tmp_path: Path) -> None:
    lock = Lock(str(tmp_path / "lock"))
    lock.take()
    code = "import sys; print(1, flush=True); sys.stdin.read()"
    with lock.lent() as descriptor:
        other = subprocess.Popen(
            [sys.executable, "-c", code],
            pass_fds=[descriptor],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
    assert other.stdout is not None
    other.stdout.readline()
    lock.close()
    assert takes(tmp_path / "lock") == "False"
    other.communicate()
    assert takes(tmp_path / "lock") == "True"


@pytest.mark.parametrize("how", ["keep", "lend"])
def test_processes_that_are_forked_do_not_hold_it_unless_it_was_lent_to_them(tmp_path: Path, how: str) -> None:
    """Nor do those hold it that are forked by one that it was lent to."""
    stay, go = os.pipe()
    try:
        subprocess.run([sys.executable, "-c", FORK, str(tmp_path / "lock"), how], stdin=stay, check=True)
        assert takes(tmp_path / "lock") == "True"
    finally:
        os.close(go)
        os.close(stay)


def test_a_lock_whose_file_was_deleted_is_whole_no_more(tmp_path: Path) -> None:
    lock = Lock(str(tmp_path / "lock"))
    assert not lock.is_whole()
    lock.take()
    assert lock.is_whole()
    (tmp_path / "lock").unlink()
    assert not lock.is_whole()
    (tmp_path / "lock").touch()
    assert not lock.is_whole()
    lock.close()


def test_the_lock_stands_beside_the_tasks_or_where_everybody_may_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "service"
    folder.mkdir()
    (folder / "pym-config.yaml").write_text("name: shop\nlive_host: http://localhost\n")
    code = "from pymacaron.tasks.lock import lock_file; print(lock_file())"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(folder / "shop-tasks.sqlite3.lock")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert os.path.basename(lock_file()).startswith(f"pymacaron-{os.getuid()}-")
