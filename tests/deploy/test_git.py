from __future__ import annotations

import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from pymacaron.deploy.failures import DeployError
from pymacaron.deploy.git import Revision, has, listed, revision


def git(folder: Path, *arguments: str) -> str:
    names = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com", "-c", "init.defaultBranch=main")
    done = subprocess.run(["git", *names, "-C", str(folder), *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    folder = tmp_path / "clone"
    folder.mkdir()
    git(folder, "init")
    (folder / "one").write_text("1")
    (folder / ".gitignore").write_text("*.log")
    git(folder, "add", ".")
    git(folder, "commit", "--message", "one", "--date", "2026-01-02T03:04:05+01:00")
    return folder


def test_a_folder_that_is_no_clone(tmp_path: Path) -> None:
    assert revision(tmp_path) is None


def test_a_clone_without_a_commit(tmp_path: Path) -> None:
    git(tmp_path, "init")
    assert revision(tmp_path) is None


def test_a_commit_that_nobody_else_has(clone: Path) -> None:
    found = revision(clone)
    assert found == Revision(
        commit=git(clone, "rev-parse", "HEAD"),
        committed=datetime.fromisoformat(git(clone, "show", "--no-patch", "--format=%cI")),
        dirty=(),
        is_pushed=False,
        remote="",
    )


def test_files_that_differ_or_are_new_are_told_and_ignored_ones_are_not(clone: Path) -> None:
    (clone / "one").write_text("2")
    (clone / "a new\nfile").write_text("")
    (clone / "some.log").write_text("")
    found = revision(clone)
    assert found is not None
    assert (found.dirty, found.name) == (("a new\nfile", "one"), f"{found.commit[:12]}-dirty")


def test_bytecode_is_no_difference(clone: Path) -> None:
    for name in ("__pycache__", "tests/__pycache__"):
        (clone / name).mkdir(parents=True)
        (clone / name / "one.cpython-311.pyc").write_bytes(b"")
    found = revision(clone)
    assert found is not None
    assert found.dirty == ()


def test_only_what_lies_in_the_folder_counts(clone: Path) -> None:
    (clone / "service").mkdir()
    (clone / "other").write_text("")
    found = revision(clone / "service")
    assert found is not None
    assert found.dirty == ()


def test_a_commit_that_a_remote_has(clone: Path, tmp_path: Path) -> None:
    git(tmp_path, "init", "--bare", "remote")
    git(clone, "remote", "add", "origin", str(tmp_path / "remote"))
    git(clone, "push", "--quiet", "origin", "HEAD:main")
    found = revision(clone)
    assert found is not None
    assert (found.is_pushed, found.remote) == (True, str(tmp_path / "remote"))


def test_the_password_of_a_remote_is_not_told(clone: Path) -> None:
    git(clone, "remote", "add", "origin", "https://me:sesame@git.example.com/shop.git")
    found = revision(clone)
    assert found is not None
    assert found.remote == "https://git.example.com/shop.git"


def test_files_that_git_knows_or_would(clone: Path, tmp_path: Path) -> None:
    (clone / "new").write_text("")
    (clone / "some.log").write_text("")
    assert listed(clone) == [".gitignore", "new", "one"]
    assert listed(tmp_path) is None


def test_what_a_clone_has(clone: Path) -> None:
    commit = git(clone, "rev-parse", "HEAD")[:12]
    names = (commit, "c" * 12, f"{commit}:./one", f"{commit}:./two")
    assert [has(clone, name) for name in names] == [True, False, True, False]


def test_a_clone_without_git_is_told_and_no_other_folder(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (clone / "below").mkdir()
    monkeypatch.setenv("PATH", str(other))
    for look in (revision, listed):
        assert look(other) is None
        with pytest.raises(DeployError, match=r"^git is not installed, and it knows which files of a clone"):
            look(clone / "below")
