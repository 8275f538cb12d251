"""
Which files a service is made of, and which of them changed.

Looked at by stat, a few times in a second: whatever way an editor writes (in place, or a new file renamed over the
old), and new files as well. Reads no file's content.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping

__all__ = ["Files", "Stamps", "changed"]

#: dict of path -> what tells that a file was written anew
Stamps = Mapping[str, tuple[int, int, int]]

#: Folders that hold nothing a running service is made of, besides those whose name begins with a dot
_IGNORED = frozenset(("__pycache__", "node_modules", "site-packages", "test", "testaccept", "tests"))
_DESCRIPTIONS = (".yaml", ".yml", ".json")


class Files:
    """
    The files of the service in *folder*: its Python files, its pym-config.yaml and .env, and its descriptions.

    `others`: the files that it was made of besides, wherever they are. `folders`: where descriptions stand, so that a
    new one is seen; each with all below it, *folder* itself without. `cost_s`: CPU seconds that the last look took.
    """

    def __init__(self, folder: str):
        self.folder = os.path.abspath(folder)
        self.others: frozenset[str] = frozenset()
        self.folders: frozenset[str] = frozenset([os.path.join(self.folder, "apis")])
        self.cost_s = 0.0

    def learn(self, others: Iterable[str], folders: Iterable[str]) -> None:
        """Take over what a version of the service was made of; where it is not known, [] changes nothing."""
        self.others = frozenset(others) or self.others
        self.folders = frozenset(folders) or self.folders

    def stamps(self) -> Stamps:
        """What all of them are like now."""
        began = time.thread_time()
        found: dict[str, tuple[int, int, int]] = {}
        for path in self._paths():
            try:
                about = os.stat(path)
            except OSError:
                continue
            found[path] = about.st_mtime_ns, about.st_size, about.st_ino
        self.cost_s = time.thread_time() - began
        return found

    def _paths(self) -> Iterator[str]:
        for path in _below(self.folder):
            if path.endswith(".py") or _is_setting(os.path.basename(path)):
                yield path
        for folder in self.folders:
            is_deep = os.path.commonpath([self.folder, folder]) != folder
            yield from (path for path in _below(folder, is_deep=is_deep) if path.endswith(_DESCRIPTIONS))
        yield from self.others


def changed(before: Stamps, after: Stamps) -> list[str]:
    """The paths that are new, gone or different, sorted."""
    return sorted(path for path in {*before, *after} if before.get(path) != after.get(path))


def _is_setting(name: str) -> bool:
    return name == ".env" or (name.startswith("pym-config.") and name.endswith(".yaml"))


def _below(folder: str, *, is_deep: bool = True) -> Iterator[str]:
    waiting = [folder]
    while waiting:
        place = waiting.pop()
        try:
            entries = list(os.scandir(place))
        except OSError:
            continue
        if place != folder and any(entry.name == "pyvenv.cfg" for entry in entries):
            continue
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                yield entry.path
            elif is_deep and not entry.name.startswith(".") and entry.name not in _IGNORED:
                waiting.append(entry.path)
