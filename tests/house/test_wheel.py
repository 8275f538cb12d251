"""
What is released: a wheel and an sdist, built from a work tree in which things lie about, as one does.

They are built twice, from trees in different places and in different environments: each from the tree, and the wheel
from the sdist.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from email import message_from_bytes
from io import StringIO
from pathlib import Path

import pytest
from readme_renderer.markdown import render

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("pymacaron", "pymacaron_async", "pymacaron_core", "pymacaron_unit")
LARGEST_B = 3_100_000
#: What nobody wants to publish, and every work tree has
DEBRIS = (
    ".env",
    ".venv/lib/left.py",
    "build/lib/pymacaron/left.py",
    "src/pymacaron.egg-info/PKG-INFO",
    "src/pymacaron/.env",
    "src/pymacaron/.mypy_cache/left.json",
    "src/pymacaron/__pycache__/left.cpython-311.pyc",
    "tests/.pytest_cache/left",
    "tests/node_modules/left.js",
)


@dataclass(frozen=True)
class Built:
    """`tree`: the folder that they were built from."""

    tree: Path
    wheel: Path
    sdist: Path


def tracked() -> list[str]:
    """The files that git has, or would have after `git add --all`."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return sorted(name for name in set(listed.split("\0")) if name and (ROOT / name).is_file())


def copied(tree: Path) -> Path:
    for name in tracked():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tree / name)
    return tree


def build(tree: Path, folder: Path, *arguments: str, umask: int, **environment: str) -> Built:
    """By `build`, with the hatchling that is installed: in an environment of its own it would install another one."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), *arguments, str(tree)]
    kept = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
    done = subprocess.run(
        command, env={**kept, **environment}, umask=umask, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return Built(tree, wheel, sdist)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The wheel and the sdist, each from the tree."""
    folder = tmp_path_factory.mktemp("built")
    tree = copied(folder / "tree")
    for name in DEBRIS:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text("left\n")
    return build(tree, folder / "dist", "--sdist", "--wheel", umask=0o022, TZ="UTC", PYTHONHASHSEED="1")


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The sdist from a tree, and the wheel from that sdist, by somebody else and elsewhere."""
    folder = tmp_path_factory.mktemp("again")
    tree = copied(folder / "another" / "tree")
    return build(tree, folder / "dist", umask=0o077, TZ="Asia/Tokyo", PYTHONHASHSEED="2")


def members(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_wheel_holds_every_file_of_the_packages_and_nothing_else(built: Built) -> None:
    packed = {name for name in members(built.wheel) if ".dist-info/" not in name}
    assert packed == {name.removeprefix("src/") for name in tracked() if name.startswith("src/")}
    assert {name.partition("/")[0] for name in packed} == set(PACKAGES)
    assert {f"{package}/py.typed" for package in PACKAGES} <= packed


def test_the_sdist_holds_every_file_and_what_the_wheel_says_of_itself(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        packed = {member.name.partition("/")[2] for member in archive.getmembers()}
    left_out = re.compile(r"\.ci/|docs/site/.*\.png$")
    assert packed == {name for name in tracked() if not left_out.match(name)} | {"PKG-INFO"}


def test_the_sdist_builds_the_same_wheel(built: Built, again: Built) -> None:
    from_tree, from_sdist = members(built.wheel), members(again.wheel)
    assert sorted(from_tree) == sorted(from_sdist)
    assert [name for name in from_tree if from_tree[name] != from_sdist[name]] == []


def test_who_builds_it_again_gets_the_same_bytes(built: Built, again: Built) -> None:
    assert built.wheel.name == again.wheel.name
    assert built.wheel.read_bytes() == again.wheel.read_bytes()
    assert built.sdist.name == again.sdist.name
    assert built.sdist.read_bytes() == again.sdist.read_bytes()


def test_a_package_index_takes_both(built: Built) -> None:
    command = [sys.executable, "-m", "twine", "--no-color", "check", "--strict", built.wheel.name, built.sdist.name]
    done = subprocess.run(command, cwd=built.wheel.parent, capture_output=True, text=True, check=False)
    expected = f"Checking {built.wheel.name}: PASSED\nChecking {built.sdist.name}: PASSED\n"
    assert (done.returncode, done.stdout) == (0, expected), done.stderr


def test_check_wheel_contents_finds_nothing(built: Built, again: Built) -> None:
    """By the settings in pyproject.toml, which has it compare the wheel with the packages."""
    command = [sys.executable, "-m", "check_wheel_contents", str(built.wheel)]
    done = subprocess.run(command, cwd=again.tree, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"{built.wheel}: OK\n"), done.stderr


def test_both_are_small(built: Built) -> None:
    assert built.wheel.stat().st_size < LARGEST_B
    assert built.sdist.stat().st_size < LARGEST_B


def test_the_licences_stand_in_the_metadata(built: Built) -> None:
    licences = {name.partition("/licenses/")[2] for name in members(built.wheel) if "/licenses/" in name}
    ui = "src/pymacaron/server/docs/files/swagger-ui"
    assert licences == {"LICENSE", f"{ui}/LICENSE", f"{ui}/NOTICE", f"{ui}/swagger-ui-bundle.js.LICENSE.txt"}


def test_the_readme_on_a_package_index_has_no_link_that_leads_nowhere(built: Built) -> None:
    (metadata,) = (text for name, text in members(built.wheel).items() if name.endswith(".dist-info/METADATA"))
    message = message_from_bytes(metadata)
    assert message["Description-Content-Type"] == "text/markdown"
    text = metadata.decode().partition("\n\n")[2]
    complaints = StringIO()
    page = render(text, stream=complaints)
    assert page is not None, complaints.getvalue()
    assert [link for link in re.findall(r'(?:href|src)="([^"]*)"', page) if not re.match(r"https://|#", link)] == []
    # What is read there is the whole page: with the pages of docs/ by name, and its examples in colours
    assert "<td>Write</td>\n<td>handlers (<code>docs/handlers.md</code>), " in page
    assert page.count("<h2") == (ROOT / "README.md").read_text(encoding="utf-8").count("\n## ")
    assert '<pre lang="yaml"><span class="nt">openapi</span>' in page
