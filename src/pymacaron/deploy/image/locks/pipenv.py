"""Pipfile.lock -> a lock: its section default. Source: pipenv's documentation, "Pipfile.lock"."""

from __future__ import annotations

import json

from pymacaron.deploy.failures import DeployError
from pymacaron.deploy.image.locks.lock import Lock, canonical, entry

__all__ = ["read"]


def read(text: str, file: str) -> Lock:
    """The lock in *text*, read from *file*. Raises DeployError where something in it has no hash."""
    lines, local, names = [], [], set()
    for name, package in sorted(json.loads(text).get("default", {}).items()):
        what = f"{name}{package.get('version', '')}"
        path = package.get("path") or package.get("file", "")
        if path and "://" not in path:
            what = f"./{path.removeprefix('./')}"
            local.append(what.removeprefix("./"))
        elif path:
            what = f"{name} @ {path}"
        if not package.get("hashes") or "git" in package:
            raise DeployError(
                f"{file} has {name} without a hash", "Name a release of it, or a wheel in a folder of the service"
            )
        lines.append(entry(what, package["hashes"], package.get("markers", "")))
        names.add(canonical(name))
    return Lock(file, "".join(lines), tuple(local), frozenset(names))
