"""
The operations of an api -> the handlers that each is to have, and which of them are not there yet.

The service's modules are parsed, not imported: what they need may not be there. Neighbours: handlers.py writes what is
missing, growth.py puts it where it belongs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pymacaron.scaffold.modules import Source
from pymacaron.server.binding import is_served, path_of
from pymacaron.server.dotted import shown
from pymacaron.spec.model import Api, Operation
from pymacaron.spec.names import handler_names

__all__ = ["Modules", "Wanted", "wanted"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    The handler of *operation*: the function *name* of the dotted *module*. `is_named`: whether the description says so;
    `is_there`: whether the function is.
    """

    operation: Operation
    module: str
    name: str
    is_named: bool
    is_there: bool

    @property
    def path(self) -> str:
        return f"{self.module}.{self.name}"


class Modules:
    """The Python modules below the folder *root*, read when they are asked for."""

    def __init__(self, root: Path):
        self._root = root
        self._known: dict[str, Source] = {}

    def file(self, module: str) -> Path:
        """Where *module* is, or is to be."""
        base = self._root.joinpath(*module.split("."))
        package = base / "__init__.py"
        return package if package.is_file() else base.with_suffix(".py")

    def source(self, module: str) -> Source:
        """What is in it; the empty text where it is not there. Raises FindingsError for what is no Python."""
        if module not in self._known:
            file = self.file(module)
            text = file.read_bytes().decode("utf-8", "surrogateescape") if file.is_file() else ""
            package = module if file.name == "__init__.py" else module.rpartition(".")[0]
            self._known[module] = Source(text, shown(str(file)), package)
        return self._known[module]

    def has(self, path: str, *, surely: bool = False) -> bool:
        """
        Whether the dotted *path* of a function, or of a method of a class, is defined in a module here, or may be where
        its text does not tell: by a `__getattr__`, or the `import *` of an installed module. *surely*: where it does.
        """
        parts = path.split(".")
        for cut in range(len(parts) - 1, 0, -1):
            module = ".".join(parts[:cut])
            if self.file(module).is_file():
                return self._defines(module, parts[cut], surely, {module})
        return False

    def _defines(self, module: str, name: str, surely: bool, seen: set[str]) -> bool:
        source = self.source(module)
        if name in source.names or (source.is_open and not surely):
            return True
        for star in source.stars:
            if self.file(star).is_file():
                if star not in seen and self._defines(star, name, surely, seen | {star}):
                    return True
            elif not surely and star.partition(".")[0] not in sys.stdlib_module_names:
                return True
        return False

    def is_function(self, path: str) -> bool:
        """Whether the dotted *path* is a function in the text of a module here."""
        module, _, name = path.rpartition(".")
        return bool(module) and self.file(module).is_file() and name in self.source(module).functions

    def is_own(self, path: str) -> bool:
        """Whether the first part of the dotted *path* is a module or a package here."""
        first = path.partition(".")[0]
        return (self._root / first).is_dir() or (self._root / f"{first}.py").is_file()


def wanted(api: Api, modules: Modules, module: str, others: Iterable[str] = ()) -> list[Wanted]:
    """
    The handlers of all operations that are served, in their order. *module* is where those of operations are that name
    none: by `x-bind-server`, or by an operationId with a dot that leads into the service or into *module*'s package.
    Operations that are written at one place have one handler. These are called otherwise than *others*, dotted paths of
    the handlers of other apis.
    """
    served = [operation for operation in api.operations if is_served(operation)]
    paths = [_named(operation, modules, module.partition(".")[0]) for operation in served]
    taken = {*others, *filter(None, paths)}
    names = _Names(modules, module, taken)
    called = {id(operation): name for name, operation in handler_names(served).items()}
    found = []
    for operation, path in zip(served, paths, strict=True):
        if path is not None:
            home, _, name = path.rpartition(".")
            found.append(Wanted(operation, home, name, True, modules.has(path)))
        else:
            name = names.of(operation, called[id(operation)])
            found.append(Wanted(operation, module, name, False, modules.has(f"{module}.{name}", surely=True)))
    return found


def _named(operation: Operation, modules: Modules, package: str) -> str | None:
    """The dotted path that the description names for *operation*, if it is one of the service; see wanted()."""
    path = path_of(operation)
    if path is None or "." not in path or not all(part.isidentifier() for part in path.split(".")):
        return None
    counts = "x-bind-server" in operation.extensions or path.partition(".")[0] == package or modules.is_own(path)
    return path if counts else None


class _Names:
    """What functions of *module* are called that nobody named: none as another of *taken*, or as what it imports."""

    def __init__(self, modules: Modules, module: str, taken: set[str]):
        source = modules.source(module)
        imported = source.imported if source.text else {"annotations": ""}  # which a new module begins with
        self._module = module
        self._taken = taken
        self._reserved = {name for name, path in imported.items() if not modules.is_function(path)}
        self._written: dict[tuple[str, int], str] = {}

    def of(self, operation: Operation, name: str) -> str:
        """That of *operation*: *name*, where it is free."""
        place = _place(operation)
        if place not in self._written:
            while f"{self._module}.{name}" in self._taken or name in self._reserved:
                name += "_"
            self._taken.add(f"{self._module}.{name}")
            self._written[place] = name
        return self._written[place]


def _place(operation: Operation) -> tuple[str, int]:
    """Where *operation* is written: one place for all that aliases and references make of it."""
    node = operation.node
    return node.document.uri, node.document.places.span(node.pointer, False)[0]
