"""
`pymacaron new --from` of real descriptions: each becomes a service that starts, whose page is drawn, and has types.

They are the smallest of each version of the format and each vendor, and of these the twenty smallest, of which `make
test` takes one in five. PYMACARON_CORPUS points at the folder that holds `specs/`; without it that is looked for beside
the checkout.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from lots import each_version, number

from pymacaron.spec.load import load

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("PYMACARON_CORPUS") or ROOT.parent / "shared" / "corpus")
BROWSER = ROOT / "tests" / "server" / "docs" / "browser"
COUNT, PARTS = 20, number(2, 4)
DEADLINE_S = 60
ENDINGS = (".json", ".yaml", ".yml")


def chosen() -> list[tuple[Path, int, int]]:
    """The descriptions, with the numbers of their operations and of their webhooks."""
    found: dict[tuple[str, str], tuple[Path, int, int]] = {}
    files = [path for path in (CORPUS / "specs").glob("*__*") if path.suffix in ENDINGS]
    for path in sorted(files, key=lambda path: (path.stat().st_size, path.name)):
        if len(found) < COUNT:
            api = load(path)
            if api.operations:
                found.setdefault(
                    (path.name.partition("__")[0], api.dialect), (path, len(api.operations), len(api.webhooks))
                )
    return list(found.values())


def environment() -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYM_", "JWT_", "PORT"))}
    return {**kept, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"}


def done(folder: Path, *words: str, **variables: str) -> str:
    """What a command prints that succeeds."""
    command = subprocess.run(
        words, cwd=folder, env={**environment(), **variables}, capture_output=True, text=True, check=False, timeout=300
    )
    assert command.returncode == 0, command.stdout + command.stderr
    return command.stdout


@contextmanager
def running(folder: Path) -> Iterator[tuple[str, str]]:
    """The service in *folder*: the banner, and the address of its page."""
    out, err = folder / "out", folder / "err"
    command = [sys.executable, "-m", "pymacaron", "run", "--port", "0", "--no-reload"]
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = subprocess.Popen(command, cwd=folder, env=environment(), stdout=stdout, stderr=stderr)
    try:
        deadline = time.monotonic() + DEADLINE_S
        while (banner := re.match(r"(.*)  (http://127\.0\.0\.1:\d+/doc)\n", out.read_text())) is None:
            assert time.monotonic() < deadline, err.read_text()
            assert process.poll() is None, err.read_text()
            time.sleep(0.01)
        yield banner[1], f"{banner[2]}/{folder.name}"
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(DEADLINE_S) == 0, err.read_text()


def drawn(*addresses: str) -> list[dict[str, Any]]:
    """What Chromium shows of these pages."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None or shutil.which("node") is None or not (BROWSER / "node_modules").is_dir():
        what = "needs chromium, node and `make browser`"
        pytest.fail(what) if os.environ.get("CI") else pytest.skip(what)
    found: list[dict[str, Any]] = json.loads(done(BROWSER, "node", "pages.js", program, *addresses))
    return found


@pytest.mark.parametrize("part", range(PARTS))
def test_real_descriptions_become_services(part: int, tmp_path: Path) -> None:
    known = chosen()
    if not known:
        what = f"no descriptions below {CORPUS}"
        pytest.fail(f"{what}: set PYMACARON_CORPUS") if os.environ.get("CI") else pytest.skip(what)
    assert len(known) == COUNT
    taken = each_version([path for path, _, _ in known], 5)
    services = {f"service_{at}": one for at, one in enumerate(known) if one[0] in taken[part::PARTS]}
    for name, (path, count, _) in services.items():
        told = done(tmp_path, sys.executable, "-m", "pymacaron", "new", name, "--from", str(path)).splitlines()
        operations = f"{count} operation{'s' * (count != 1)}"
        assert told[1].startswith(f"{operations}, {count} typed handler{'s' * (count != 1)}, "), path.name
    check_types(tmp_path, *services)
    with ExitStack() as all_of_them:
        addresses = []
        for name, (path, count, _) in services.items():
            banner, address = all_of_them.enter_context(running(tmp_path / name))
            assert banner.endswith(f"  {count} operation{'s' * (count != 1)}, all bound"), path.name
            addresses.append(address)
        pages = drawn(*addresses)
    for page, (path, count, webhooks) in zip(pages, services.values(), strict=True):
        assert (page["elsewhere"], page["complaints"], page["errors"]) == ([], [], ""), path.name
        assert (bool(page["title"]), page["operations"]) == (True, count + webhooks), path.name


def check_types(folder: Path, *packages: str) -> None:
    path = os.pathsep.join(str(folder / name) for name in packages)
    words = [word for name in packages for word in ("-p", name)]
    told = done(folder, sys.executable, "-m", "mypy", "--strict", *words, MYPYPATH=path)
    assert told.startswith("Success: no issues found")
