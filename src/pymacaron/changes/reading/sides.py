"""
Two things that somebody names, files, folders, git revisions or URLs, -> what has changed between them.

A revision is read from git and written to a folder that is gone at the end; the checkout is not touched.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from pymacaron.changes.change import Change, Place
from pymacaron.changes.comparing import changes, changes_of_apis
from pymacaron.changes.reading import network, revisions
from pymacaron.finding import Finding, FindingsError
from pymacaron.spec.load import load
from pymacaron.spec.model import Api

__all__ = ["compared"]

_ENDINGS = (".yaml", ".yml", ".json")
#: The line that says that a file is a description
_VERSION = re.compile(rb"""^\s*(?:\{\s*)?["']?(?:openapi|swagger)["']?\s*:""", re.M)


@dataclass(frozen=True, slots=True)
class _Side:
    """What one name stands for: `apis` by their names; `folder` was read in place of what is shown as `prefix`."""

    apis: Mapping[str, Api]
    is_one: bool
    folder: str = ""
    prefix: str = ""

    def shown(self, file: str) -> str:
        """*file* as people know it."""
        if not self.folder:
            return file
        path = os.path.abspath(file)
        return f"{self.prefix}{path[len(self.folder) + 1 :]}" if path.startswith(self.folder + os.sep) else file


def compared(old: str, new: str, at: Callable[[str], None] = lambda name: None) -> list[Change]:
    """
    What has changed from *old* to *new*, each a file, a folder of descriptions, `REVISION`, `REVISION:PATH` or a URL.
    *at* is told what is looked at. Raises FindingsError where one cannot be read, or is wrong.
    """
    with ExitStack() as until:
        before, after = _side(old, new, until, at), _side(new, old, until, at)
        at("changes")
        if before.is_one and after.is_one:
            pair = next(iter(before.apis.values())), next(iter(after.apis.values()))
            found = changes(*pair)
        else:
            found = changes_of_apis(before.apis, after.apis)
    return [
        replace(one, old=_place(one.old, before), new=_place(one.new, after)) if before.folder or after.folder else one
        for one in found
    ]


def _place(place: Place | None, side: _Side) -> Place | None:
    return None if place is None else replace(place, file=side.shown(place.file))


def _side(said: str, other: str, until: ExitStack, at: Callable[[str], None]) -> _Side:
    at(said)
    if network.is_url(said):
        return _fetched(said, until)
    if os.path.exists(said):
        files = list(_files(Path(said))) if os.path.isdir(said) else [Path(said)]
        return _loaded(said, files, os.path.isfile(said))
    return _revised(said, other, until)


def _fetched(url: str, until: ExitStack) -> _Side:
    text = network.fetched(url)
    path = Path(until.enter_context(TemporaryDirectory(prefix="pymacaron-diff-")), network.file_name(url))
    path.write_bytes(text)
    return _loaded(network.shown(url), [path], True, network.neighbours(url))


def _revised(said: str, other: str, until: ExitStack) -> _Side:
    named = revisions.named(said, other)
    folder = os.path.realpath(until.enter_context(TemporaryDirectory(prefix="pymacaron-diff-")))
    revisions.write(named, folder, _ENDINGS)
    path = Path(folder, named.path)
    is_folder = path.is_dir()
    side = _Side({}, not is_folder, folder, f"{named.revision}:")
    return _told(side, lambda: _loaded(said, list(_files(path)) if is_folder else [path], not is_folder))


def _told(side: _Side, load_it: Callable[[], _Side]) -> _Side:
    try:
        return replace(side, apis=load_it().apis)
    except FindingsError as error:
        raise FindingsError(replace(one, file=side.shown(one.file)) for one in error.findings) from None


def _loaded(said: str, files: list[Path], is_one: bool, retrieve: Callable[[str], bytes] | None = None) -> _Side:
    if not files:
        fact = "no description lies in it: no file says openapi or swagger at its top"
        raise FindingsError([Finding(said, 0, 0, "missing-file", fact, "Name the folder of your descriptions")])
    apis: dict[str, Api] = {}
    wrong: list[Finding] = []
    for file in files:
        api = load(file, retrieve=retrieve, url=said if retrieve is not None else None)
        apis[api.name] = api
        wrong += [finding for finding in api.findings if finding.severity == "error"]
    if wrong:
        raise FindingsError(wrong)
    return _Side(apis, is_one)


def _files(folder: Path) -> Iterator[Path]:
    """The descriptions below *folder*, in the order of their names."""
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "node_modules")
        for name in sorted(files):
            path = Path(root, name)
            if name.endswith(_ENDINGS) and path.is_file() and _VERSION.search(path.read_bytes()):
                yield path
