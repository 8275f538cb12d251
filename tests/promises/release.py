"""
`python -m promises.release 3.1.0`: is all in place for a release? Then its files, tried out, and its tag, here.

Nothing is uploaded or pushed: what is left to do is told at the end. Exit code 1, and no tag, where something is wrong.
`--without-tests`: `make test` has just passed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import urlopen

from promises.surface import ROOT

__all__ = ["main"]

#: Source: PEP 440, without what is local, a development version or after a release
_VERSION = re.compile(r"(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2}(?:(?:a|b|rc)[1-9]\d*)?")
_HEADING = re.compile(r"^## (\S+) \(([^)]*)\)$", re.MULTILINE)
_STARTS_WITHIN_S = 60


class Failed(Exception):
    """A step did not succeed; the text says which, and what it printed."""


def main(words: list[str]) -> int:
    asked = argparse.ArgumentParser(prog="make release", description=__doc__)
    asked.add_argument("version", help="such as 3.1.0")
    asked.add_argument("--without-tests", action="store_true")
    said = asked.parse_args(words)
    faults = list(_faults(said.version))
    for fault in faults:
        print(fault, file=sys.stderr)
    if faults:
        return 1
    try:
        if said.without_tests:
            _run("public names", sys.executable, "-m", "promises")
        else:
            _run("make test", "make", "test")
        files = _built()
        _look("what a package index takes", files)
        with TemporaryDirectory() as folder:
            _try_out(files[0], said.version, Path(folder))
        _run("tag", "git", "tag", "--annotate", f"v{said.version}", "--message", f"PyMacaron {said.version}")
    except Failed as failed:
        print(f"{failed}\nNothing is tagged", file=sys.stderr)
        return 1
    print(f"v{said.version} is tagged here, and nothing has left this machine. What is left:")
    print(f"  git push origin v{said.version}")
    print(f"  twine upload {' '.join(file.relative_to(ROOT).as_posix() for file in files)}")
    return 0


# ---- what has to be in place


def _faults(version: str) -> Iterator[str]:
    """All of them, with what to do."""
    if _VERSION.fullmatch(version) is None:
        yield f"{version!r} is no version of a release. Write one such as 3.1.0, or 3.1.0rc1"
        return
    changed = _git("status", "--porcelain").splitlines()
    if changed:
        more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
        yield f"Not committed: {', '.join(line[3:] for line in changed[:3])}{more}. Commit it, or take it away"
    if _git("tag", "--list", f"v{version}"):
        yield f"v{version} is tagged already. Take the next version"
    written = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    if written != version:
        yield f'pyproject.toml says version = "{written}". Write "{version}" there, which is the one place, and commit'
    yield from _of_changes(version)


def _of_changes(version: str) -> Iterator[str]:
    text = (ROOT / "CHANGES.md").read_text(encoding="utf-8")
    first = _HEADING.search(text)
    today = datetime.now(UTC).date()
    mend = f"Begin CHANGES.md with: ## {version} ({today})"
    if first is None or first[1] != version:
        yield f"CHANGES.md begins with {first[1] if first else 'no version'}. {mend}"
        return
    try:
        is_late = date.fromisoformat(first[2]) > today
    except ValueError:
        yield f"CHANGES.md dates {version} as {first[2]!r}. {mend}"
        return
    if is_late:
        yield f"CHANGES.md dates {version} in the future, {first[2]}. {mend}"


# ---- what is built


def _built() -> list[Path]:
    """The wheel and the sdist in dist/, of what is committed; built twice, in different places, to the same bytes."""
    with TemporaryDirectory() as folder:
        first, second = (_build(Path(folder, name)) for name in ("one", "another/place"))
        for one, other in zip(first, second, strict=True):
            if one.name != other.name or _digest(one) != _digest(other):
                raise Failed(f"{one.name}: who builds it again gets other bytes")
        shutil.rmtree(ROOT / "dist", ignore_errors=True)
        (ROOT / "dist").mkdir()
        found = [Path(shutil.copy(one, ROOT / "dist")) for one in first]
    for file in found:
        print(f"{_digest(file)}  {file.relative_to(ROOT)}")
    return found


def _build(folder: Path) -> list[Path]:
    """By the time of the commit, so that files are as old wherever they are built."""
    _run("a clone", "git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(folder / "tree"))
    moment = _git("log", "-1", "--format=%ct").strip()
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder / "dist"), str(folder / "tree")]
    _run("the wheel and the sdist", *command, SOURCE_DATE_EPOCH=moment)
    (wheel,), (sdist,) = (folder / "dist").glob("*.whl"), (folder / "dist").glob("*.tar.gz")
    return [wheel, sdist]


def _look(what: str, files: list[Path]) -> None:
    _run(what, sys.executable, "-m", "twine", "check", "--strict", *map(str, files))
    _run("what the wheel holds", sys.executable, "-m", "check_wheel_contents", str(files[0]))


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


# ---- what is tried


def _try_out(wheel: Path, version: str, folder: Path) -> None:
    """Install *wheel* into an environment of its own, and have helloworld answer there."""
    _run("an environment", sys.executable, "-m", "venv", str(folder / "venv"))
    python = folder / "venv" / "bin" / "python"
    _run("pip install", str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", str(wheel))
    told = _run("pymacaron --version", str(python.parent / "pymacaron"), "--version", cwd=folder).strip()
    if told != f"pymacaron {version}":
        raise Failed(f"What is installed calls itself {told!r}, not {version}")
    shutil.copytree(ROOT / "examples" / "helloworld", folder / "service")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [str(python), "server.py", "--port", str(port)]
    environment = {**_environment(), "JWT_SECRET": secrets.token_hex(32), "PYM_WITH_ASYNC": "false"}
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder / "service", env=environment, stdout=log, stderr=log)
    try:
        answer = _asked(f"http://127.0.0.1:{port}/hello/you", server)
    finally:
        server.terminate()
        server.wait()
    if answer is None:
        raise Failed(f"helloworld did not answer:\n{(folder / 'log').read_text(errors='replace')[-2000:]}")
    print(f"helloworld answers: {json.dumps(answer)}")


def _asked(url: str, server: subprocess.Popen[bytes]) -> object:
    """The JSON that comes from *url*; None where *server* ends, or there is none in time."""
    deadline = time.monotonic() + _STARTS_WITHIN_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urlopen(url, timeout=5) as reply:
                return json.load(reply)
        except (URLError, ConnectionError, TimeoutError):
            try:
                server.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
    return None


# ---- processes


def _environment() -> dict[str, str]:
    """Without what is not the service's: it is to run by what is installed alone."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYM_", "PYTHON", "VIRTUAL_ENV"))}


def _run(what: str, *command: str, cwd: Path = ROOT, **more: str) -> str:
    """What *command* prints. Raises Failed where it does not succeed."""
    is_ours = command[1:3] == ("-m", "promises") or command[0] == "make"
    environment = {**(dict(os.environ) if is_ours else _environment()), **more}
    print(f"{what} ...", flush=True)
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"{what} failed:\n{(done.stdout + done.stderr)[-4000:]}")
    return done.stdout


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
