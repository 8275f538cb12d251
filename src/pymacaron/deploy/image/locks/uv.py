"""uv.lock -> a lock: what the service needs without its groups and extras. Source: the files that uv writes."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from pymacaron.deploy.failures import DeployError
from pymacaron.deploy.image.locks.lock import Lock, canonical, entry

__all__ = ["read"]

#: Conditions, of which one must hold; each is a set of markers that hold together
_Conditions = set[frozenset[str]]
_Key = tuple[str, str]


def read(text: str, file: str) -> Lock:
    """The lock in *text*, read from *file*. Raises DeployError where something in it has no hash."""
    packages: list[dict[str, Any]] = tomllib.loads(text).get("package", [])
    roots = [one for one in packages if {"virtual", "editable"} & one.get("source", {}).keys()]
    root = next((one for one in roots if "." in one["source"].values()), None)
    if root is None:
        raise DeployError(f"{file} has no package of this folder", "Run: uv lock")
    versions: dict[str, list[dict[str, Any]]] = {}
    for package in packages:
        versions.setdefault(package["name"], []).append(package)
    needed = _needed(root, versions)
    lines, local = [], []
    for (name, version), conditions in sorted(needed.items()):
        package = next(one for one in versions[name] if one.get("version", "") == version)
        what, hashes = _artefacts(package, file)
        if what.startswith("./"):
            local.append(what.removeprefix("./"))
        lines.append(entry(what, hashes, _marker(conditions)))
    return Lock(file, "".join(lines), tuple(local), frozenset(canonical(name) for name, _ in needed))


def _needed(root: Mapping[str, Any], versions: Mapping[str, list[dict[str, Any]]]) -> dict[_Key, _Conditions]:
    """dict: (name, version) -> when it is needed, of all that *root* leads to."""
    found: dict[_Key, _Conditions] = {}
    followed: dict[_Key, set[tuple[frozenset[str], frozenset[str]]]] = {}
    waiting: list[tuple[Mapping[str, Any], frozenset[str], frozenset[str]]] = [(root, frozenset(), frozenset())]
    while waiting:
        package, extras, condition = waiting.pop()
        for needed in _dependencies(package, extras):
            marker = needed.get("marker", "")
            wanted = condition | {marker} if marker else condition
            more = frozenset(needed.get("extra", ()))
            for other in versions[needed["name"]]:
                if "version" in needed and needed["version"] != other.get("version"):
                    continue
                key = (other["name"], other.get("version", ""))
                seen = followed.setdefault(key, set())
                if any(more <= before and one <= wanted for before, one in seen):
                    continue
                seen.add((more, wanted))
                known = found.setdefault(key, set())
                if not any(one <= wanted for one in known):
                    known -= {one for one in known if wanted < one}
                    known.add(wanted)
                waiting.append((other, more, wanted))
    return found


def _dependencies(package: Mapping[str, Any], extras: frozenset[str]) -> Iterator[Mapping[str, Any]]:
    yield from package.get("dependencies", ())
    for extra in sorted(extras):
        yield from package.get("optional-dependencies", {}).get(extra, ())


def _marker(conditions: _Conditions) -> str:
    if frozenset() in conditions:
        return ""
    each = [" and ".join(f"({one})" for one in sorted(condition)) for condition in conditions]
    return " or ".join(sorted(each))


def _artefacts(package: Mapping[str, Any], file: str) -> tuple[str, list[str]]:
    """What pip is to install, and the hashes of its files."""
    source: Mapping[str, str] = package.get("source", {})
    named = [*package.get("wheels", ()), *([package["sdist"]] if "sdist" in package else [])]
    hashes = [one["hash"] for one in named if "hash" in one]
    if not hashes or not {"registry", "path", "url"} & source.keys():
        kind = next(iter(source), "nowhere")
        raise DeployError(
            f"{file} has {package['name']} from {kind}, which has no hash",
            "Put a wheel of it into a folder of the service, and name that in its place: uv add ./wheels/NAME.whl",
        )
    if "path" in source:
        return f"./{PurePosixPath(source['path'])}", hashes
    if "url" in source:
        return f"{package['name']} @ {source['url']}", hashes
    return f"{package['name']}=={package['version']}", hashes
