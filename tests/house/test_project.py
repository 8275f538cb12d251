"""What the project as a whole promises: names, dependencies and files."""

from __future__ import annotations

import ast
import importlib
import tomllib
from collections.abc import Iterator
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"
#: a config module of another program: every public name is a setting of its
SETTINGS_MODULE = "pymacaron.gunicorn"


def module_name(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(SOURCE.rglob("*.py"))}


def is_constant(name: str) -> bool:
    """`LIKE_THIS`, and not `T` or `LikeThis`, which type checkers know."""
    return len(name) > 1 and (name.isupper() or name.islower())


def defined(path: Path) -> Iterator[str]:
    """
    The public functions, classes and constants that a module defines at its top level; not what it imports, nor its
    logger, nor names of types.
    """
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.AsyncFunctionDef(name=name):
                names = [name]
            case ast.Assign(targets=targets):
                names = [target.id for target in targets if isinstance(target, ast.Name) and is_constant(target.id)]
            case ast.AnnAssign(target=ast.Name(id=name)) if is_constant(name):
                names = [name]
            case _:
                names = []
        yield from (name for name in names if not name.startswith("_") and name != "log")


@pytest.mark.parametrize("name", [name for name in MODULES if name != SETTINGS_MODULE])
def test_all_names_what_a_module_gives(name: str) -> None:
    module = importlib.import_module(name)
    public = module.__all__
    assert len(public) == len(set(public))
    assert [missing for missing in public if not hasattr(module, missing)] == []
    assert sorted(set(defined(MODULES[name])) - set(public)) == []


@pytest.mark.parametrize("name", MODULES)
def test_a_module_says_why_it_exists(name: str) -> None:
    assert (importlib.import_module(name).__doc__ or "").strip()


def test_the_core_needs_at_most_22_distributions() -> None:
    needed: set[str] = set()
    pending = ["pymacaron"]
    while pending:
        name = pending.pop().lower().replace("_", "-")
        if name in needed:
            continue
        needed.add(name)
        wanted = [Requirement(line) for line in requires(name) or []]
        pending += [one.name for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""})]
    assert len(needed) <= 22, sorted(needed)


def project_files() -> Iterator[Path]:
    """Every text file that is ours: not what is made, nor what lies in hidden folders except CI's."""
    for folder in (".ci", "bench", "docs", "examples", "src", "tests"):
        for path in sorted((ROOT / folder).rglob("*")):
            made = any(part.startswith(".venv") or part in ("__pycache__", "node_modules") for part in path.parts)
            if path.is_file() and not made and not path.name.startswith("."):
                yield path
    yield from (path for path in sorted(ROOT.iterdir()) if path.is_file())


def test_no_file_tells_of_one_machine_or_leaves_work_undone() -> None:
    words = ("/wo" + "rk/", "/ro" + "ot/", "TO" + "DO", "FIX" + "ME", "NotImplemented" + "Error")
    found = []
    for path in project_files():
        text = path.read_bytes().decode("utf-8", "replace")
        found += [f"{path.relative_to(ROOT)}: {word}" for word in words if word in text]
    assert found == []


def test_a_test_file_is_named_and_placed_so_that_it_runs() -> None:
    # Programs, and what tests share
    shared = {
        ROOT / "tests" / name
        for name in (
            "brokers",
            "cloud",
            "cloud/beanstalk",
            "cloud/instances",
            "conformance",
            "connexion/services/clinic/clinic",
            "connexion/services/clinic/clinic/api",
            "connexion/services/library",
            "connexion/services/library/library",
            "connexion/services/pets",
            "connexion/services/pets/pets",
            "flask_suite",
            "harbour",
            "kept",
            "lots",
            "mutation",
            "promises",
            "releases",
            "security",
            "soak",
            "stored",
            "tasks/service",
            "testing/contract/desk",
            "testing/contract/kiosk",
            "twins",
            "upstreams",
        )
    }
    wrong = [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "tests").rglob("*.py"))
        if path.name != "conftest.py"
        and path.parent not in shared
        and not (path.name.startswith("test_") and len(path.relative_to(ROOT).parts) > 2)
    ]
    assert wrong == []


def test_every_script_can_be_called() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for target in project["scripts"].values():
        module, _, name = target.partition(":")
        assert callable(getattr(importlib.import_module(module), name))
