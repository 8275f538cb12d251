"""Public names stay, or CHANGES.md tells of it: what `make api` says, and of what."""

from __future__ import annotations

import re
import subprocess
import tomllib
from importlib import import_module
from pathlib import Path

import pytest
from promises.breaking import CHANGES, snapshot, told, untold
from promises.released import breakages, last_tag
from promises.surface import ROOT, public, surface

import pymacaron

STABILITY = ROOT / "docs" / "stability.md"
PUBLIC = """
| module | what | public |
|---|---|---|
| `pymacaron` | a service | all |
| `pymacaron.tea` | [tea](tea.md) | `Pot`, `brew` |
"""
BEFORE = """
__all__ = ["Pot", "SIZE", "brew", "hidden"]
SIZE = 1

class Pot:
    def pour(self, cups, fast=False): ...
    def _lid(self): ...

def brew(leaves, *, minutes=3): ...
def hidden(): ...
"""


def test_no_public_name_is_gone_without_a_word() -> None:
    assert untold(snapshot(), surface(), told(CHANGES.read_text(encoding="utf-8"))) == []


def test_public_names_are_written_down() -> None:
    assert surface() == snapshot(), "Run: make public"


def test_what_the_docs_call_public_is_there() -> None:
    gone = [f"{module}.{name}" for module, names in public().items() for name in names if not there(module, name)]
    assert gone == []
    assert public()["pymacaron"] == pymacaron.__all__


def there(module: str, name: str) -> bool:
    return name in import_module(module).__all__ and hasattr(import_module(module), name)


def test_the_versions_of_python_and_flask_are_those_that_are_tested_and_asked_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    classified = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    rows = dict(
        re.findall(r"^\| (Python|Flask, Werkzeug) \| ([^|]*) \|", STABILITY.read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert rows["Python"] == f"{', '.join(classified)}, of CPython"
    assert f"OTHER_PYTHONS ?= {' '.join(classified)}\n" in (ROOT / "Makefile").read_text(encoding="utf-8")
    assert project["requires-python"] == f">={classified[0]}"
    assert {"Flask>=3.1", "Werkzeug>=3.1"} <= set(project["dependencies"])
    assert rows["Flask, Werkzeug"] == "3.1 and later"


@pytest.mark.parametrize(
    ("now", "names", "expected"),
    [
        (["tea.Pot", "tea.Pot(size) 1", "tea.Pot.pour", "tea.brew"], (), []),
        (["tea.Pot", "tea.Pot(size) 1", "tea.Pot.pour", "tea.brew", "tea.new"], (), []),
        (["tea.Pot", "tea.Pot.pour", "tea.brew"], (), ["tea.Pot(size) is gone"]),
        (["tea.Pot", "tea.Pot(size) * = 1", "tea.Pot.pour", "tea.brew"], (), ["tea.Pot(size) has changed"]),
        (["tea.brew"], (), ["tea.Pot is gone"]),
        (["tea.brew"], ("tea.Pot",), []),
        (["tea.Pot", "tea.brew"], ("tea.Pot",), []),
        (["tea.Pot", "tea.brew"], ("tea.Po", "Pot"), ["tea.Pot(size) is gone", "tea.Pot.pour is gone"]),
    ],
)
def test_what_is_gone_is_told_by_name(now: list[str], names: tuple[str, ...], expected: list[str]) -> None:
    before = ["tea.Pot", "tea.Pot(size) 1", "tea.Pot.pour", "tea.brew"]
    assert [text.partition(". ")[0] for text in untold(before, now, names)] == expected


def test_it_says_what_to_do() -> None:
    assert untold(["tea.brew"], [], ()) == [
        "tea.brew is gone. Keep it, deprecated, as docs/stability.md says; or tell of it in CHANGES.md, at the top, "
        "under '### Breaking': `tea.brew`"
    ]


def test_only_the_newest_part_of_the_changes_counts() -> None:
    older = "## 4.0\n\n### Breaking\n- `a.e`\n"
    text = f"# Changes\n\n## 4.1\n\n### Breaking\n- `a.b` is gone, use `a.c`.\n\n### Added\n- `a.d`\n\n{older}"
    assert told(text) == {"a.b", "a.c"}
    assert told("# Changes\n\n## 4.1\n\n### Added\n- `a.d`\n") == set()


def test_a_release_is_read_from_its_tag(tmp_path: Path) -> None:
    commit(tmp_path, BEFORE)
    assert last_tag(tmp_path) is None
    for tag in ("v9.9", "v10.0", "other"):
        git(tmp_path, "tag", tag)
    assert last_tag(tmp_path) == "v10.0"
    assert breakages(tmp_path, "v10.0") == []
    after = BEFORE.replace("cups, fast=False", "cups").replace("def hidden", "def gone").replace("SIZE = 1", "SIZE = 2")
    commit(
        tmp_path, after.replace("leaves, *, minutes=3", "leaves, *, minutes=4").replace("_lid(self)", "_lid(self, one)")
    )
    assert breakages(tmp_path, "v10.0") == [
        *("pymacaron.Pot.pour(fast)", "pymacaron.tea.Pot.pour(fast)", "pymacaron.tea.brew(minutes)")
    ]
    commit(tmp_path, after.replace("class Pot", "class Can").replace('"Pot"', '"Can"'), root="__all__ = []")
    assert breakages(tmp_path, "v10.0") == ["pymacaron.Pot", "pymacaron.tea.Pot"]


def commit(folder: Path, text: str, root: str = 'from pymacaron.tea import Pot\n\n__all__ = ["Pot"]') -> None:
    files = {"docs/reference.md": PUBLIC, "src/pymacaron/__init__.py": root, "src/pymacaron/tea.py": text}
    for name, one in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(one, encoding="utf-8")
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--quiet", "--message", "tea")


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True)
