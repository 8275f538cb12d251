"""
A minimal image of examples/helloworld under gunicorn: this Python, what it needs, and the service, at the places where
they are here. It is one layer, imported from an archive: nothing is fetched, and nothing is built.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
import sysconfig
import tarfile
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

from harbour.daemon import docker

__all__ = ["UNUSED", "helloworld", "shared"]

ROOT = Path(__file__).resolve().parents[2]
#: Of the standard library, what no service uses
UNUSED = {"__pycache__", "ensurepip", "idlelib", "lib2to3", "site-packages", "test", "tests", "tkinter", "turtledemo"}
_CHANGES = (
    "WORKDIR /app/helloworld",
    "EXPOSE 8080",
    "ENV PYTHONPATH=/app/site PYTHONDONTWRITEBYTECODE=1 WEB_CONCURRENCY=1",
)


def helloworld(host: str, tag: str, *arguments: str) -> str:
    """The id of an image at the daemon *host*, whose gunicorn listens on 8080; *arguments*: another command."""
    python = str(Path(sys.base_prefix, "bin", f"python{sys.version_info[0]}.{sys.version_info[1]}"))
    gunicorn = ["-m", "gunicorn", "--config", "python:pymacaron.gunicorn", "--bind", "0.0.0.0:8080", "server:app"]
    words = ", ".join(f'"{word}"' for word in (python, *(arguments or gunicorn)))
    changes = [word for change in (*_CHANGES, f"CMD [{words}]") for word in ("--change", change)]
    return docker(host, "import", *changes, "-", tag, stdin=_archive(Path(python)))


def _archive(python: Path) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", dereference=True) as archive:
        for path, name in sorted(_files(python)):
            archive.add(path, name, recursive=False)
        for folder in ("tmp", "dev", "proc", "sys", "etc"):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777
            archive.addfile(entry)
    return content.getvalue()


def _files(python: Path) -> set[tuple[Path, str]]:
    """(file, name in the archive)"""
    library = Path(sysconfig.get_path("stdlib"))
    found = {(python, str(python))}
    for path in library.rglob("*"):
        within = path.relative_to(library).parts
        if path.is_file() and not UNUSED & set(within) and not within[0].startswith("config-"):
            found.add((path, str(path)))
    found |= {(path, f"/app/site/{name}") for path, name in _installed("pymacaron", set())}
    for package in ("pymacaron", "pymacaron_core", "pymacaron_async", "pymacaron_unit"):
        found |= {(path, f"/app/site/{path.relative_to(ROOT / 'src')}") for path in _sources(ROOT / "src" / package)}
    example = ROOT / "examples"
    found |= {(path, f"/app/{path.relative_to(example)}") for path in _sources(example / "helloworld")}
    binaries = [path for path, _ in found if path == python or path.suffix == ".so"]
    return found | {(path, str(path)) for path in shared(binaries)}


def _sources(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts and ".sqlite3" not in path.name:
            yield path


def _installed(name: str, seen: set[str]) -> Iterator[tuple[Path, str]]:
    """The files of what *name* requires, without extras, and of what that does."""
    for requirement in distribution(name).requires or ():
        needed, _, marker = requirement.partition(";")
        other = re.split(r"[^A-Za-z0-9._-]", needed.strip(), maxsplit=1)[0]
        if "extra" in marker or "platform" in marker or "python_version <" in marker or other in seen:
            continue
        seen.add(other)
        for file in distribution(other).files or ():
            path = Path(str(file.locate()))
            if ".." not in file.parts and "__pycache__" not in file.parts and path.is_file():
                yield path, str(file)
        yield from _installed(other, seen)


def shared(binaries: list[Path]) -> Iterator[Path]:
    """The shared libraries of *binaries*."""
    told = subprocess.run(["ldd", *map(str, binaries)], capture_output=True, text=True, check=False).stdout
    yield from {Path(path) for path in re.findall(r"(/\S+\.so\S*) \(0x", told)}
