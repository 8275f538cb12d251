"""The public names of this tree beside those of the last release, a tag of git: by griffe, which runs no code."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import griffe
from promises.surface import listed

__all__ = ["breakages", "last_tag"]

#: A name is promised, what is behind it in a class or module is not
_NO_PROMISE = {griffe.BreakageKind.ATTRIBUTE_CHANGED_VALUE}


def last_tag(root: Path) -> str | None:
    """The newest version that was tagged on the way to what is checked out in *root*; None where there is none."""
    listed = _git(root, "tag", "--list", "v[0-9]*", "--merged", "HEAD", "--sort=-version:refname")
    return next((tag for tag in listed.split() if tag), None)


def breakages(root: Path, tag: str) -> list[str]:
    """The public names and parameters that were there at *tag* and are not, or not as they were, in *root*."""
    page = _git(root, "show", f"{tag}:docs/reference.md")
    found: dict[str, None] = {}
    for package, rows in _packages(listed(page)).items():
        before = griffe.load_git(package, ref=tag, repo=root, search_paths=["src"], resolve_aliases=True)
        now = griffe.load(package, search_paths=[str(root / "src")], resolve_aliases=True)
        found |= dict.fromkeys(_of_package(before, now, rows))
    return list(found)


def _packages(rows: list[tuple[str, list[str]]]) -> dict[str, list[tuple[str, list[str]]]]:
    packages: dict[str, list[tuple[str, list[str]]]] = {}
    for module, names in rows:
        packages.setdefault(module.partition(".")[0], []).append((module, names))
    return packages


def _of_package(before: griffe.Module, now: griffe.Module, rows: list[tuple[str, list[str]]]) -> Iterator[str]:
    for module, names in rows:
        old = _member(before, module)
        assert isinstance(old, griffe.Module), module
        for name in names or old.exports or []:
            path = f"{module}.{name}"
            one, other = _member(before, path), _member(now, path)
            if other is None:
                yield path
            elif isinstance(one, griffe.Object) and isinstance(other, griffe.Object):
                yield from _of_object(path, one, other)


def _of_object(path: str, one: griffe.Object, other: griffe.Object) -> Iterator[str]:
    """Of an object by its public *path*: griffe compares what modules hold, so each is put into one."""
    for breakage in griffe.find_breaking_changes(_alone(one), _alone(other)):
        if breakage.kind in _NO_PROMISE:
            continue
        where = breakage.obj.path
        for target in (one, other):
            if where == target.path or where.startswith(f"{target.path}."):
                where = path + where.removeprefix(target.path)
        parameter = next(
            (one for one in (breakage.old_value, breakage.new_value) if isinstance(one, griffe.Parameter)), None
        )
        yield f"{where}({parameter.name})" if parameter is not None else where


def _alone(value: griffe.Object) -> griffe.Module:
    module = griffe.Module("public")
    module.members["it"] = griffe.Alias("it", target=value, parent=module)
    module.exports = ["it"]
    return module


def _member(package: griffe.Module, path: str) -> griffe.Object | griffe.Alias | None:
    """
    What stands at *path*, where it is defined; an Alias of what another package defines, None where nothing stands.
    """
    inside = path.partition(".")[2]
    try:
        found = package[inside] if inside else package
    except KeyError:
        return None
    try:
        return found.final_target if isinstance(found, griffe.Alias) else found
    except griffe.AliasResolutionError:
        return found


def _git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""
