"""
What somebody typed as the name of a new service -> its folder, its package and its title, or why it cannot be one.

A package hides whatever is called the same: a service called `flask` would import itself. So a name is refused while
nothing is written yet, with what to write instead.
"""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from dataclasses import dataclass
from importlib.machinery import PathFinder
from importlib.metadata import requires
from keyword import iskeyword
from pathlib import Path

__all__ = ["BUILT_IN", "Name", "UnusableNameError"]

_FITS = re.compile(r"[A-Za-z](?:[A-Za-z0-9_-]*[A-Za-z0-9])?")
_LONGEST, _LONGEST_TITLE = 60, 100
#: What a service has besides its package, and the apis that every service has
_PARTS = {"apis", "conftest", "server", "test", "testaccept", "tests"}
BUILT_IN = {"crash", "ping"}
#: Folders that tools pass over, or make
_PASSED_OVER = {"build", "dist", "node_modules", "site_packages", "venv"}


class UnusableNameError(ValueError):
    """Nothing can be called so: `fact` says why, `mend` what to write instead."""

    def __init__(self, fact: str, mend: str):
        self.fact = fact
        self.mend = mend
        super().__init__(f"{fact}. {mend}")


@dataclass(frozen=True, slots=True)
class Name:
    """
    What a service is called: in its *folder*, `my-shop`; in Python, `my_shop`, which its api is called, too; and for
    people, *title*.
    """

    folder: Path
    name: str
    package: str
    title: str

    @classmethod
    def of(cls, given: str, title: str | None = None) -> Name:
        """
        *given* as somebody typed it: a name, or a path whose last part is one. Raises UnusableNameError.

        Looks for modules of that name, imports none.
        """
        if not given.strip():  # which Path() takes for the current folder: a variable that is not set, in a script
            raise UnusableNameError("A service needs a name", "Try: pymacaron new shop")
        folder = Path(given)
        name = folder.name if folder.name not in ("", "..") else folder.resolve().name
        if not _FITS.fullmatch(name) or len(name) > _LONGEST:
            fact = f"{_brief(name)} is no name of a service: letters of A to Z, digits, - and _, at most {_LONGEST}"
            raise UnusableNameError(fact, f"Try: pymacaron new {_proposed(name)}")
        package = name.replace("-", "_").lower()
        why = _why_not(package, folder)
        if why:
            raise UnusableNameError(f"A service cannot be called {name!r}: {why}", f"Try: pymacaron new {name}-service")
        return cls(folder, name, package, _titled(title, name))

    @property
    def host(self) -> str:
        """A part of the name of a host: `my-shop`."""
        return self.package.replace("_", "-")


def _titled(title: str | None, name: str) -> str:
    shown = name if title is None else title.strip()
    if shown and shown.isprintable() and len(shown) <= _LONGEST_TITLE:
        return shown
    raise UnusableNameError(
        f"{_brief(shown)} is no title", f"A title is a line of 1 to {_LONGEST_TITLE} characters: --title 'My shop'"
    )


def _proposed(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^a-z0-9]+", "-", letters.lower()).strip("-0123456789")[: _LONGEST // 2].strip("-")
    return plain or "shop"


def _why_not(package: str, folder: Path) -> str:
    """Why a package in *folder* cannot have that name; empty where it can."""
    if iskeyword(package):
        return "it is a word of Python"
    if package in _PARTS:
        return "another part of every service is called so"
    if package in BUILT_IN:
        return "it is the name of an api that every service has"
    if package in _PASSED_OVER:
        return "tools pass over folders of that name"
    if package in sys.stdlib_module_names:
        return f"it would hide the module {package!r} of Python"
    if package == "pymacaron" or package in _wanted() or _is_installed(package, folder):
        return f"it would hide the module {package!r} that is installed"
    return ""


def _wanted() -> set[str]:
    """What pymacaron itself needs, now or with an extra, as modules are mostly called."""
    names = (re.match(r"[A-Za-z0-9._-]+", line) for line in requires("pymacaron") or [])
    return {name[0].lower().replace("-", "_") for name in names if name is not None}


def _is_installed(package: str, folder: Path) -> bool:
    """Whether there is a module of that name elsewhere than here, where it may be the service itself."""
    here = {os.path.realpath(place) for place in (os.curdir, folder)}
    path = [place for place in sys.path if place and os.path.realpath(place) not in here]
    if PathFinder.find_spec(package, path) is not None:
        return True
    others = (finder for finder in sys.meta_path if finder is not PathFinder)
    return any(finder.find_spec(package, None) is not None for finder in others)


def _brief(text: str) -> str:
    shown = repr(text)
    return shown if len(shown) <= 80 else f"{shown[:77]}..."
