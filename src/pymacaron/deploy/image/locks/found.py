"""The folder of a service -> the lock that is there, or what one is to be made of."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Callable
from pathlib import Path

from pymacaron.deploy.failures import DeployError
from pymacaron.deploy.image.locks import pipenv, poetry, requirements, uv
from pymacaron.deploy.image.locks.lock import Lock
from pymacaron.deploy.image.locks.requirements import Requirements

__all__ = ["MADE", "lock_of", "mark", "wanted"]

#: The file of a lock that is made
MADE = "requirements.lock"
_LISTED, _PROJECT = "requirements.txt", "pyproject.toml"
_MARK = "# Of: "

#: dict: file -> what reads it; the first that is there counts
_LOCKS: dict[str, Callable[[str, str], Lock]] = {
    "uv.lock": uv.read,
    "poetry.lock": poetry.read,
    "Pipfile.lock": pipenv.read,
}


def lock_of(folder: Path, base: str) -> Lock | None:
    """The lock of *folder*; None where none is there, or the one that was made is of others, or for another *base*."""
    for file, read in _LOCKS.items():
        if (folder / file).is_file():
            return _read(folder, file, read)
    if (folder / _LISTED).is_file():
        found = requirements.read(folder, _LISTED)
        if found.is_locked:
            return requirements.lock(found)
    made = folder / MADE
    if made.is_file() and mark(wanted(folder), base) in made.read_text(encoding="utf-8").splitlines():
        return requirements.lock(requirements.read(folder, MADE))
    return None


def _read(folder: Path, file: str, read: Callable[[str, str], Lock]) -> Lock:
    try:
        return read((folder / file).read_text(encoding="utf-8"), file)
    except (tomllib.TOMLDecodeError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise DeployError(f"{file} cannot be read: {error}") from None
    except (AttributeError, KeyError, TypeError) as error:
        raise DeployError(
            f"{file} is not as its tool writes it: {type(error).__name__} {error}", "Make it anew"
        ) from None


def wanted(folder: Path) -> Requirements:
    """What a lock is to be made of. Raises DeployError where nothing says what the service needs."""
    if (folder / _LISTED).is_file():
        return requirements.read(folder, _LISTED)
    try:
        project = tomllib.loads((folder / _PROJECT).read_text(encoding="utf-8")).get("project", {})
    except FileNotFoundError:
        project = {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DeployError(f"{_PROJECT} cannot be read: {error}") from None
    needed = project.get("dependencies")
    if not needed:
        raise DeployError(
            f"nothing says what the service needs: no {_LISTED}, no dependencies in {_PROJECT}",
            f"Write a {_LISTED} with a line pymacaron, and one for whatever else the service imports",
        )
    return Requirements(_PROJECT, tuple(needed), (), (), ())


def mark(found: Requirements, base: str) -> str:
    """The line of a lock that is made of *found* in the image *base*: another one, once one of them is."""
    said = json.dumps([found.lines, found.options, found.constraints, base.partition("@")[0]])
    return f"{_MARK}{found.file}, {hashlib.sha256(said.encode()).hexdigest()[:16]}"
