"""
What docs/reference.md says is public -> lines of text, one for each name and each parameter, that can be compared.

`pymacaron.API`, `pymacaron.API.start`, `pymacaron.API(port) 3 = 80`: behind the name of a parameter stand its number,
or `*` where it has to be named, and its default. What a class inherits from a public one stands there. Types are not
told: what fits a parameter is for type checkers.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Collection, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

__all__ = ["PAGE", "ROOT", "SNAPSHOT", "listed", "name_of", "public", "surface"]

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference.md"
SNAPSHOT = Path(__file__).parent / "public.txt"
_CODE = re.compile(r"`([^`]+)`")
_ROW = re.compile(r"^\| `([a-z_.]+)` \| .* \| (.*) \|$", re.MULTILINE)
_PARAMETERS = {
    inspect.Parameter.VAR_POSITIONAL: "*args",
    inspect.Parameter.VAR_KEYWORD: "**kwargs",
    inspect.Parameter.KEYWORD_ONLY: "*",
}


def public() -> dict[str, list[str]]:
    """dict: public module -> its public names, of which docs/reference.md has the list."""
    rows = listed(PAGE.read_text(encoding="utf-8"))
    return {module: names or list(import_module(module).__all__) for module, names in rows}


def listed(page: str) -> list[tuple[str, list[str]]]:
    """Of the text of docs/reference.md: each public module, and its public names; none where `__all__` says them."""
    return [(module, [] if names == "all" else _CODE.findall(names)) for module, names in _ROW.findall(page)]


def surface() -> list[str]:
    """The lines, in order."""
    values = {
        f"{module}.{name}": getattr(import_module(module), name) for module, names in public().items() for name in names
    }
    classes = {value for value in values.values() if inspect.isclass(value)}
    return sorted({line for path, value in values.items() for line in _lines(path, value, classes)})


def name_of(line: str) -> str:
    """What a line is about: `pymacaron.API(port)` of `pymacaron.API(port) 2 = None`."""
    return line.partition(" ")[0]


def _lines(path: str, value: Any, classes: Collection[type]) -> Iterator[str]:
    yield path
    if inspect.isclass(value):
        yield from _of_class(path, value, classes)
    elif inspect.isroutine(value):
        yield from _of_function(path, value, is_method=False)
    elif _is_ours(type(value)):
        yield from _members(path, type(value).__mro__)


def _of_class(path: str, cls: type, classes: Collection[type]) -> Iterator[str]:
    """What it has by itself, and which public classes it inherits, which tell of the rest."""
    above = [one for one in cls.__mro__[1:] if one in classes]
    own = [one for one in cls.__mro__ if _is_ours(one) and not any(issubclass(base, one) for base in above)]
    yield from (f"{path} is a {one.__name__}" for one in above)
    if any("__init__" in vars(one) or "__new__" in vars(one) for one in own):
        yield from _of_function(path, cls, is_method=False)
    yield from _members(path, own)


def _members(path: str, mro: Sequence[type]) -> Iterator[str]:
    """Of the first of *mro*, what it has from those of them that are ours."""
    cls = mro[0]
    names = {name for one in mro if _is_ours(one) for name in vars(one) if not name.startswith("_")}
    for name in names:
        member = inspect.getattr_static(cls, name)
        yield f"{path}.{name}"
        if isinstance(member, (staticmethod, classmethod)):
            yield from _of_function(f"{path}.{name}", member.__func__, is_method=isinstance(member, classmethod))
        elif inspect.isfunction(member):
            yield from _of_function(f"{path}.{name}", member, is_method=True)


def _of_function(path: str, function: Any, *, is_method: bool) -> Iterator[str]:
    parameters = list(inspect.signature(function).parameters.values())[int(is_method) :]
    for number, one in enumerate(parameters, 1):
        if not one.name.startswith("_"):
            default = "" if one.default is one.empty else f" = {_shown(one.default)}"
            yield f"{path}({one.name}) {_PARAMETERS.get(one.kind, number)}{default}"


def _shown(default: Any) -> str:
    """A literal as it is written; of anything else, that there is one."""
    is_literal = type(default) in (str, bytes, bool, int, float, type(None))  # an enum's repr is Python's affair
    return repr(default) if is_literal or default in ((), []) else "..."


def _is_ours(cls: type) -> bool:
    return cls.__module__.partition(".")[0].startswith("pymacaron")
