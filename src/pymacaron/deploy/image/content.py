"""
A service's folder -> the files that go into its image, and which of them would carry a secret.

In a clone these are what git knows or would: what it ignores is made on one machine and not on the other. Of these,
what no running service needs is left out: tests, secrets, what begins with a dot. `include` brings back what it names.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from pymacaron.deploy import git
from pymacaron.deploy.failures import DeployError
from pymacaron.deploy.image.ignoring import ignored

__all__ = ["carried", "files"]

#: Folders at the top that are left out, and files and folders wherever they are
_AT_TOP = ("test", "tests", "testaccept", "build", "dist", "htmlcov", "venv", "env")
_ANYWHERE = (
    *(".*", "__pycache__", "*.pyc", "*.pyo", "*.egg-info", "node_modules", "tests", "testaccept"),
    *("conftest.py", "test_*.py", "*.log", "*.sqlite3", "*.sqlite3-*", "*.sqlite3.lock"),
    *("*.key", "*.pem", "*.p12", "*.pfx", "id_rsa*", "id_ed25519*", "Dockerfile", "docker-compose.y*ml"),
)
#: Bytes of the largest file that is looked at for secrets, and of the shortest secret that is looked for
_LARGEST, _SHORTEST = 20_000_000, 6


def files(folder: Path, include: Iterable[str] = ()) -> dict[str, Path]:
    """
    dict: name, with / between its parts -> file of *folder* that goes into the image, in the order of the names.

    *include*: files, folders and patterns of them that go in whatever else says. Raises DeployError for one that leads
    to nothing, and for a link that leads out of *folder*.
    """
    path = folder / ".dockerignore"
    others = ignored(path.read_text("utf-8", "replace") if path.is_file() else "")
    known = git.listed(folder)
    names = _walked(folder) if known is None else (name for one in known for name in _flat(folder, one))
    found = {name for name in names if not _is_left_out(folder, name) and name not in others}
    for pattern in include:
        found.update(_included(folder, pattern))
    for name in found:
        _demand_inside(folder, name)
    return {name: folder / name for name in sorted(found)}


def _flat(folder: Path, name: str) -> Iterator[str]:
    """git tells a submodule as one name."""
    path = folder / name
    if path.is_dir() and not path.is_symlink():
        for one in git.listed(path) or ():
            yield from _flat(folder, f"{name}/{one}")
    elif path.is_file() or path.is_symlink():  # else it was removed, and not committed
        yield name


def _walked(folder: Path, within: str = "") -> Iterator[str]:
    for entry in sorted(os.scandir(folder / within), key=lambda entry: entry.name):
        name = f"{within}/{entry.name}".lstrip("/")
        if not entry.is_dir(follow_symlinks=False):
            yield name
        elif not _is_left_out(folder, f"{name}/"):
            yield from _walked(folder, name)


def _is_left_out(folder: Path, name: str) -> bool:
    parts = name.split("/")
    if (parts[0] in _AT_TOP and len(parts) > 1) or any(
        fnmatchcase(part, pattern) for part in parts for pattern in _ANYWHERE
    ):
        return True
    above = ["/".join(parts[:count]) for count in range(1, len(parts))]
    return any((folder / one / "pyvenv.cfg").is_file() for one in above)  # a virtual environment


def _included(folder: Path, pattern: str) -> Iterator[str]:
    if pattern.startswith("/") or ".." in pattern.split("/"):
        raise DeployError(
            f"deploy.include has {pattern!r:.80}, which is not below the service", "Name it from its folder on"
        )
    paths = sorted(folder.glob(pattern))
    if not paths:
        raise DeployError(
            f"deploy.include has {pattern!r:.80}, and there is no such file or folder", "Look at its name"
        )
    for path in paths:
        for one in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if (one.is_file() or one.is_symlink()) and "__pycache__" not in one.parts:
                yield one.relative_to(folder).as_posix()


def _demand_inside(folder: Path, name: str) -> None:
    path = folder / name
    if path.is_symlink() and not path.resolve().is_relative_to(folder.resolve()):
        raise DeployError(
            f"{name} is a link that leads out of {folder}: an image would have one that leads nowhere",
            "Put the file itself there, or name the link in .dockerignore",
        )


def carried(found: Mapping[str, Path], secrets: Mapping[str, str]) -> list[str]:
    """
    Where files of *found* hold the value of one of *secrets*, dict of variable -> value: "helloworld/api.py:12 has the
    value of JWT_SECRET".
    """
    sought = {name: value.encode() for name, value in secrets.items() if len(value) >= _SHORTEST}
    told = []
    for name, path in found.items():
        if not sought or path.is_symlink() or path.stat().st_size > _LARGEST:
            continue
        content = path.read_bytes()
        for variable, value in sought.items():
            at = content.find(value)
            if at >= 0:
                line = content.count(b"\n", 0, at) + 1
                told.append(f"{name}:{line} has the value of {variable}")
    return told
