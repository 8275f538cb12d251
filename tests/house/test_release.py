"""`make release` in a copy of the repository: what it refuses, and what it leaves; but for `make test`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lots import whole

ROOT = Path(__file__).resolve().parents[2]
VERSION = "9.8.7"
#: What the repository says now
WRITTEN = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
NEWEST = re.findall(r"^## (\S+)", (ROOT / "CHANGES.md").read_text(encoding="utf-8"), re.MULTILINE)[0]
TODAY = datetime.now(UTC).date().isoformat()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A repository of its own, of what git has here, or would have."""
    listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    tree = tmp_path / "tree"
    for name in {one for one in listed.split("\0") if one and (ROOT / one).is_file()}:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, tree / name)
    git(tree, "init", "--quiet")
    for name, value in (("user.name", "T"), ("user.email", "t@example.com"), ("commit.gpgsign", "false")):
        git(tree, "config", name, value)
    commit(tree)
    return tree


def git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True, text=True).stdout


def commit(tree: Path) -> None:
    git(tree, "add", "--all")
    git(tree, "commit", "--quiet", "--message", "As it is")


def prepare(tree: Path, heading: str = f"{VERSION} ({TODAY})") -> None:
    """The version and the date, as one writes them before a release."""
    for name, pattern, text in (
        ("pyproject.toml", r'^version = ".*"$', f'version = "{VERSION}"'),
        ("CHANGES.md", r"^## .*$", f"## {heading}"),
    ):
        old = (tree / name).read_text(encoding="utf-8")
        (tree / name).write_text(re.sub(pattern, text, old, count=1, flags=re.MULTILINE), encoding="utf-8")


def release(tree: Path, version: str = VERSION) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(tree / "src"), str(tree / "tests"), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path}
    command = [sys.executable, "-m", "promises.release", version, "--without-tests"]
    return subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False, timeout=600)


def test_what_is_not_in_place_is_told_at_once_and_nothing_is_tagged(copy: Path) -> None:
    (copy / "left.txt").write_text("")
    git(copy, "tag", f"v{VERSION}")
    done = release(copy)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "Not committed: left.txt. Commit it, or take it away",
        f"v{VERSION} is tagged already. Take the next version",
        f'pyproject.toml says version = "{WRITTEN}". Write "9.8.7" there, which is the one place, and commit',
        f"CHANGES.md begins with {NEWEST}. Begin CHANGES.md with: ## 9.8.7 ({TODAY})",
    ]
    assert git(copy, "tag").split() == [f"v{VERSION}"]


@pytest.mark.parametrize(
    ("heading", "told"),
    [
        (f"{VERSION} (unreleased)", f"CHANGES.md dates {VERSION} as 'unreleased'. "),
        (f"{VERSION} (9999-01-01)", f"CHANGES.md dates {VERSION} in the future, 9999-01-01. "),
    ],
)
def test_a_release_without_its_day_is_refused(copy: Path, heading: str, told: str) -> None:
    prepare(copy, heading)
    commit(copy)
    done = release(copy)
    assert (done.returncode, done.stderr) == (1, f"{told}Begin CHANGES.md with: ## {VERSION} ({TODAY})\n")


@pytest.mark.parametrize("version", ["3.1", "v3.1.0", "3.1.0.dev1", "3.1.0+local", "03.1.0"])
def test_a_version_that_is_none_is_refused(version: str) -> None:
    done = release(ROOT, version)
    told = f"{version!r} is no version of a release. Write one such as 3.1.0, or 3.1.0rc1\n"
    assert (done.returncode, done.stderr) == (1, told)


def test_a_public_name_that_is_gone_without_a_word_keeps_it_from_being_released(copy: Path) -> None:
    prepare(copy)
    page = copy / "docs/reference.md"
    page.write_text(page.read_text(encoding="utf-8").replace("`report_error`, ", ""), encoding="utf-8")
    commit(copy)
    done = release(copy)
    assert done.returncode == 1
    assert "pymacaron.crash.report_error is gone. Keep it, deprecated, " in done.stderr
    assert done.stderr.endswith("Nothing is tagged\n")
    assert git(copy, "tag") == ""


@whole
def test_a_release_is_built_tried_out_and_tagged_and_leaves_nothing_else(copy: Path) -> None:
    prepare(copy)
    commit(copy)
    done = release(copy)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    files = [f"dist/pymacaron-{VERSION}-py3-none-any.whl", f"dist/pymacaron-{VERSION}.tar.gz"]
    assert sorted(path.relative_to(copy).as_posix() for path in (copy / "dist").iterdir()) == files
    assert 'helloworld answers: {"' in done.stdout
    assert done.stdout.endswith(
        f"v{VERSION} is tagged here, and nothing has left this machine. What is left:\n"
        f"  git push origin v{VERSION}\n"
        f"  twine upload {' '.join(files)}\n"
    )
    assert git(copy, "tag").split() == [f"v{VERSION}"]
    assert git(copy, "cat-file", "-t", f"v{VERSION}") == "tag\n"
    assert git(copy, "status", "--porcelain") == ""
