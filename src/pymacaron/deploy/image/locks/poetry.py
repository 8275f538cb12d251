"""poetry.lock -> a lock: the group main. Source: Poetry 2's files, lock-version 2.1."""

from __future__ import annotations

import tomllib
from typing import Any

from pymacaron.deploy.failures import DeployError
from pymacaron.deploy.image.locks.lock import Lock, canonical, entry

__all__ = ["read"]


def read(text: str, file: str) -> Lock:
    """The lock in *text*, read from *file*. Raises DeployError where it is of an old kind, or lacks a hash."""
    document = tomllib.loads(text)
    said = document.get("metadata", {}).get("lock-version", "none")
    if not said.startswith("2.") or said == "2.0":
        raise DeployError(
            f"{file} has lock-version {said}, which does not say what only development needs",
            "Make it with Poetry 2: poetry lock",
        )
    lines, local, names = [], [], set()
    for package in document.get("package", []):
        if "main" not in package.get("groups", ()) or package.get("optional"):
            continue
        what = _what(package, file)
        if what.startswith("./"):
            local.append(what.removeprefix("./"))
        lines.append(entry(what, [one["hash"] for one in package["files"]], _marker(package)))
        names.add(canonical(package["name"]))
    return Lock(file, "".join(lines), tuple(local), frozenset(names))


def _marker(package: dict[str, Any]) -> str:
    markers = package.get("markers", "")
    return str(markers if isinstance(markers, str) else markers.get("main", ""))


def _what(package: dict[str, Any], file: str) -> str:
    source = package.get("source", {})
    kind = source.get("type", "legacy")
    if kind in ("legacy", "url") and package.get("files"):
        return f"{package['name']} @ {source['url']}" if kind == "url" else f"{package['name']}=={package['version']}"
    if kind == "file" and package.get("files"):
        return f"./{source['url'].removeprefix('./')}"
    raise DeployError(
        f"{file} has {package['name']} from {kind}, which has no hash",
        "Put a wheel of it into a folder of the service, and name that in its place: poetry add ./wheels/NAME.whl",
    )
