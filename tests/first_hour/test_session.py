"""
The first hour with PyMacaron, word for word: a wheel is built and installed into a new virtual environment,
`pymacaron new` makes a service, and what one does with it next is done, each step by a process of its own.

How long it took until the first request was answered is told at the end of the tests' output (tests/conftest.py).
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from lots import whole

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 60
#: What the session may not have of those who run this test: settings, colours, what steers make, pytest or Python
NOT_OURS = ("CI", "COV_", "FORCE_COLOR", "JWT_", "MAKE", "MFLAGS", "MYPY", "NO_COLOR", "PORT", "PYM_", "PYTEST")
NOT_OURS += ("PYTHON", "PY_COLORS", "SHOP_", "VENV", "VIRTUAL_ENV", "WEB_CONCURRENCY")

SUMMARY = """\
apis/shop.yaml  shop/api.py  shop/apis.py  shop/apis.pyi  server.py  test/  testaccept/
next: pymacaron run
"""
BANNER = re.compile(r"shop 1\.0\.0  6 operations, all bound  http://127\.0\.0\.1:(\d+)/doc  \(reloading\)\n")
FINDING = re.compile(
    r"apis/shop\.yaml:32:20: error\[unbound\]: operationId 'shop\.api\.get_ordr' names no function\n"
    r"    32 \|       operationId: shop\.api\.get_ordr\n"
    r" {28}\^{17} .*Did you mean 'shop\.api\.get_order'\?\n"
)
VIOLATIONS = [
    {"in": "body", "pointer": "/customer", "code": "required", "detail": "is missing"},
    {"in": "body", "pointer": "/lines/0/qty", "code": "minimum", "detail": "0 is below 1"},
]
MISTYPED = 'shop/api.py:12: error: "Order" has no attribute "qyt"  [attr-defined]\n'


#: A description that somebody has: 42 operations, 3 of them with an example that does not fit
OLD = "openapi: 3.0.3\ninfo: {title: Pets, version: 2.1.0}\npaths:\n" + "".join(
    f"  /kinds/{kind}/{{id}}:\n"
    "    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]\n"
    + "".join(
        f"    {method}:\n"
        "      responses:\n"
        "        '200':\n"
        "          description: A number\n"
        "          content:\n"
        "            application/json:\n"
        "              schema: {type: integer}\n"
        f"              example: {'no integer' if method == 'put' and kind < 3 else kind}\n"
        for method in ("get", "put", "delete")
    )
    for kind in range(14)
)


@dataclass
class Session:
    """What somebody sees who types into a terminal. `folder`: where they are. `dist`: where the wheel lies."""

    folder: Path
    environment: Path
    dist: Path

    @property
    def variables(self) -> dict[str, str]:
        """Those of a shell in which the environment is active."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(NOT_OURS)}
        links = f"{self.dist} {kept.get('PIP_FIND_LINKS', '')}".strip()
        path = f"{self.environment / 'bin'}{os.pathsep}{kept['PATH']}"
        ours = {"PATH": path, "VIRTUAL_ENV": str(self.environment), "PIP_FIND_LINKS": links}
        # Of the libraries in this environment alone, but for both services that are made in it
        return {**kept, **ours, "MYPY_CACHE_DIR": str(self.environment / "mypy")}

    def asked(self, *words: str) -> subprocess.CompletedProcess[str]:
        words = (shutil.which(words[0], path=self.variables["PATH"]) or words[0], *words[1:])
        return subprocess.run(
            words, cwd=self.folder, env=self.variables, capture_output=True, text=True, check=False, timeout=300
        )

    def done(self, *words: str) -> str:
        """What a command prints that succeeds."""
        done = self.asked(*words)
        assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}{done.stderr}"
        return done.stdout

    def replace(self, name: str, line: int, old: str, new: str) -> None:
        """
        In one *line* of a file, as an editor saves it; two seconds after the version before, as people type: for Python
        and mypy, a file of the same second and size is the same file.
        """
        path = self.folder / name
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        assert old in lines[line - 1], lines[line - 1]
        lines[line - 1] = lines[line - 1].replace(old, new)
        before = path.stat().st_mtime
        path.write_text("".join(lines), encoding="utf-8")
        os.utime(path, (before + 2, before + 2))


@dataclass
class Served:
    """A `pymacaron run`, and the two files that it prints to."""

    process: subprocess.Popen[bytes]
    out: Path
    err: Path
    port: int = field(default=0)

    def until(self, condition: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + DEADLINE_S
        while not (found := condition()):
            assert time.monotonic() < deadline, self.told()
            assert self.process.poll() is None, self.told()
            time.sleep(0.01)
        return found

    def told(self) -> str:
        return self.out.read_text() + self.err.read_text()

    def listens(self) -> None:
        self.port = int(self.until(lambda: BANNER.fullmatch(self.out.read_text()))[1])

    def call(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_S)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def order(self, body: Mapping[str, Any]) -> tuple[int, Any]:
        return self.call("POST", "/orders", json.dumps(body).encode(), **{"Content-Type": "application/json"})


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """In an empty folder, with a new environment that has nothing but pip, and the wheel beside it."""
    command = [
        sys.executable,
        "-m",
        "build",
        "--no-isolation",
        "--wheel",
        "--outdir",
        str(tmp_path / "dist"),
        str(ROOT),
    ]
    subprocess.run(command, check=True, capture_output=True)
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    folder = tmp_path / "home"
    folder.mkdir()
    yield Session(folder, environment, tmp_path / "dist")
    shutil.rmtree(environment)


@contextmanager
def run(session: Session) -> Iterator[Served]:
    out, err = session.folder.parent / "out", session.folder.parent / "err"
    command = [str(session.environment / "bin" / "pymacaron"), "run", "--port", "0"]
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = subprocess.Popen(
            command, cwd=session.folder, env=session.variables, stdout=stdout, stderr=stderr, start_new_session=True
        )
    served = Served(process, out, err)
    try:
        served.listens()
        yield served
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def install(session: Session) -> None:
    """`pip install 'pymacaron[test]'`. By its version: before a release, pip takes an older one that is no preview."""
    (wheel,) = session.dist.glob("*.whl")
    version = wheel.name.split("-")[1]
    session.done(
        *("python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet"),
        *("--find-links", str(session.dist), f"pymacaron[test]=={version}"),
    )
    assert session.done("pymacaron", "--version") == f"pymacaron {version}\n"
    where = session.done("python", "-c", "import pymacaron; print(pymacaron.__file__)").strip()
    assert Path(where).is_relative_to(session.environment)


@whole
def test_the_first_hour_goes_as_it_is_told(session: Session, record_property: Callable[[str, object], None]) -> None:
    started = time.monotonic()
    install(session)
    assert session.done("pymacaron", "new", "shop") == SUMMARY
    session.folder /= "shop"
    with run(session) as served:
        is_refused(served)
        taken = time.monotonic() - started
        record_property("told", f"From `pip install` to the first answered request: {taken:.1f} s")
        a_typo_keeps_the_old_version(session, served)
        types_are_checked(session)
        a_token_is_known(session, served)
        ctrl_c_ends_it(served)
    session.done("make", "test")
    session.folder = session.folder.parent
    a_description_is_adopted(session)


def is_refused(served: Served) -> None:
    status, error = served.order({"lines": [{"qty": 0}]})
    assert re.fullmatch(r"[0-9a-f-]{36}", error.pop("error_id"))
    assert error.pop("error_description")
    assert error.pop("errors") == VIOLATIONS
    assert (status, error) == (400, {"status": 400, "error": "INVALID_PARAMETER"})


def a_typo_keeps_the_old_version(session: Session, served: Served) -> None:
    status, placed = served.order({"customer": "Ada", "lines": [{"qty": 2}]})
    assert (status, placed["qty"]) == (201, 2)
    session.replace("apis/shop.yaml", 32, "shop.api.get_order", "shop.api.get_ordr")
    served.until(lambda: FINDING.search(served.err.read_text()))
    assert served.call("GET", f"/orders/{placed['id']}") == (200, placed)
    is_refused(served)
    session.replace("apis/shop.yaml", 32, "shop.api.get_ordr", "shop.api.get_order")
    served.until(lambda: "  (reloaded: apis/shop.yaml)\n" in served.out.read_text())
    is_refused(served)


def types_are_checked(session: Session) -> None:
    assert session.done("mypy", "--strict", "shop").startswith("Success: no issues found in ")
    session.replace("shop/api.py", 12, "order.qty", "order.qyt")
    done = session.asked("mypy", "--strict", "shop")
    assert (done.returncode, done.stdout.partition("\n")[0] + "\n") == (1, MISTYPED)
    assert done.stdout.splitlines()[1].startswith("Found 1 error in 1 file ")
    session.replace("shop/api.py", 12, "order.qyt", "order.qty")


def a_token_is_known(session: Session, served: Served) -> None:
    token = session.done("pymacaron", "token", "--user", "u1").strip()
    assert served.call("GET", "/me", Authorization=f"Bearer {token}") == (200, {"id": "u1"})
    assert served.call("GET", "/me")[0] == 401


def a_description_is_adopted(session: Session) -> None:
    (session.folder / "old").mkdir()
    (session.folder / "old/openapi.yaml").write_text(OLD, encoding="utf-8")
    told = session.done("pymacaron", "new", "pets", "--from", "old/openapi.yaml")
    text = (session.folder / "pets/apis/pets.yaml").read_text()
    wrong = [number for number, line in enumerate(text.splitlines(), 1) if "example: no integer" in line]
    places = ", ".join(f"pets/apis/pets.yaml:{number}" for number in wrong)
    assert f"\n42 operations, 42 typed handlers, 3 warnings ({places})\n" in told
    assert "apis/pets.yaml  pets/api.py  pets/apis.py  pets/apis.pyi  server.py  test/  testaccept/\n" in told
    session.folder /= "pets"
    session.done("make", "test")


def ctrl_c_ends_it(served: Served) -> None:
    os.killpg(served.process.pid, signal.SIGINT)  # as a terminal does: every process of the service gets it
    assert served.process.wait(DEADLINE_S) == 0, served.told()
    assert "Traceback" not in served.told()
