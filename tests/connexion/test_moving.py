"""
Services written for Connexion 2 move with five changed lines at most, none of them in the body of a function: their
own tests, which are not changed at all, pass before, with Connexion, and after.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

#: dict: service -> the lines that change: file, line, what it becomes
CHANGES: dict[str, list[tuple[str, str, str]]] = {
    "pets": [
        ("app.py", "import connexion", "from pymacaron import connexion"),
        (
            "pets/controllers.py",
            "from connexion import NoContent, problem, request",
            "from pymacaron.connexion import NoContent, problem, request",
        ),
        (
            "pets/security.py",
            "from connexion.exceptions import OAuthProblem",
            "from pymacaron.connexion.exceptions import OAuthProblem",
        ),
    ],
    "library": [
        ("server.py", "import connexion", "from pymacaron import connexion"),
        (
            "library/encoder.py",
            "from connexion.apps.flask_app import FlaskJSONEncoder",
            "from pymacaron.connexion import FlaskJSONEncoder",
        ),
        ("library/books.py", "import connexion", "from pymacaron import connexion"),
        ("library/loans.py", "from connexion import context", "from pymacaron.connexion import context"),
    ],
    "clinic": [
        ("clinic/__init__.py", "import connexion", "from pymacaron import connexion"),
        (
            "clinic/__init__.py",
            "from connexion.resolver import RestyResolver",
            "from pymacaron.connexion.resolver import RestyResolver",
        ),
        (
            "clinic/api/patients.py",
            "from connexion import NoContent, request",
            "from pymacaron.connexion import NoContent, request",
        ),
    ],
}


def copied(service: str, folder: Path) -> Path:
    return Path(shutil.copytree(HERE / "services" / service, folder / service))


def ran(python: str | Path, service: Path, *options: str, tests: str = "tests") -> subprocess.CompletedProcess[str]:
    """The service's own tests, in a process that knows nothing of this one."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PYM_", "COV_"))}
    environment["PYTHONPATH"] = os.pathsep.join([str(service), str(ROOT / "src")])
    command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, tests]
    return subprocess.run(
        command, cwd=service, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def passed(done: subprocess.CompletedProcess[str]) -> int:
    """How many tests passed: all of them."""
    assert done.returncode == 0, done.stdout + done.stderr
    return int(done.stdout.split(" passed")[0].split()[-1])


def demand(venv: Path, wanted: str, target: str) -> Path:
    """The Python of *venv*, in which the requirements of the file *wanted* are. Skips without it; fails in CI."""
    done, file = venv / ".installed", ROOT / "tests" / "upstreams" / wanted
    if not done.exists() or done.read_bytes() != file.read_bytes():
        if os.environ.get("CI"):
            pytest.fail(f"{venv.name} is not there: make {target}")
        pytest.skip(f"{venv.name} is not there: make {target}")
    return venv / "bin" / "python"


@pytest.mark.parametrize("service", CHANGES)
def test_a_service_of_connexion_passes_its_own_tests_there(service: str, tmp_path: Path) -> None:
    python = demand(ROOT / ".venv-connexion", "connexion2.txt", "connexion")
    assert passed(ran(python, copied(service, tmp_path), "-W", "ignore")) >= 15


@pytest.mark.parametrize(
    ("page", "test", "venv", "wanted", "target"),
    [
        ("connexion", "test_shop.py", ".venv-connexion", "connexion2.txt", "connexion"),
        ("connexion", "three", ".venv-peers", "peers.txt", "peers"),
        ("fastapi", "test_shop.py", ".venv-peers", "peers.txt", "peers"),
    ],
)
def test_the_service_of_a_page_passes_its_own_tests_before_it_is_moved(
    page: str, test: str, venv: str, wanted: str, target: str, tmp_path: Path
) -> None:
    python = demand(ROOT / venv, wanted, target)
    text = (ROOT / "docs" / f"migrate-from-{page}.md").read_text("utf-8")
    for name, content in re.findall(r"^```[a-z]+ before=(\S+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, "utf-8")
    assert passed(ran(python, tmp_path, "-W", "ignore", tests=test)) >= 2


@pytest.mark.parametrize("service", CHANGES)
def test_a_moved_service_passes_the_same_tests(
    service: str, tmp_path: Path, record_property: pytest.RecordProperty
) -> None:
    folder = copied(service, tmp_path)
    for name, old, new in CHANGES[service]:
        lines = (folder / name).read_text("utf-8").splitlines()
        assert lines.count(old) == 1
        lines[lines.index(old)] = new
        (folder / name).write_text("\n".join(lines) + "\n", "utf-8")
    count = passed(ran(sys.executable, folder, "-W", "error", "-p", "no:ddtrace"))
    assert count >= 15
    record_property("told", f"Connexion 2: {service} moved by {len(CHANGES[service])} lines; {count} tests of its own")


@pytest.mark.parametrize("service", CHANGES)
def test_what_changes_are_five_imports_at_most(service: str) -> None:
    assert len(CHANGES[service]) <= 5
    for name, old, _ in CHANGES[service]:
        body = ast.parse((HERE / "services" / service / name).read_text("utf-8")).body
        lines = {ast.unparse(one) for one in body if isinstance(one, (ast.Import, ast.ImportFrom))}
        assert old in lines


@pytest.mark.parametrize("service", CHANGES)
def test_nothing_that_names_connexion_is_left(service: str) -> None:
    changed = {(name, old) for name, old, _ in CHANGES[service]}
    folder = HERE / "services" / service
    found = {
        (path.relative_to(folder).as_posix(), ast.unparse(node))
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (isinstance(node, ast.Import) and any(one.name.split(".")[0] == "connexion" for one in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "connexion")
    }
    assert found == changed
