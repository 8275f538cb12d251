"""
A dotted path in a description (`shop.api.get_pets`) -> the object that it names, or why it names none.

Imports what users wrote, so anything can go wrong: a missing module, a syntax error, any exception at all. Each becomes
a Problem that points at the file to mend. binding.py asks for handlers and decorators, check/classes.py for parents of
models.
"""

from __future__ import annotations

import importlib
import inspect
import os
import pkgutil
import sys
import traceback
from collections.abc import Callable, Iterable
from dataclasses import replace
from types import ModuleType, TracebackType
from typing import Any

from pymacaron.finding import Finding, did_you_mean, nearest, with_article
from pymacaron.source import Node

__all__ = ["Importer", "Problem", "is_own", "line_of", "no_callable", "not_importable", "shown", "there"]

#: How many names a mend lists before it says how many more there are
_LISTED = 8

_STDLIB = os.path.dirname(os.__file__)
_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


class Problem(Exception):
    """
    Why a dotted path names nothing of use. `where` is a finding in the user's own file, instead of one at the path.

    `told`: somebody was told already: the module of another path is the same.
    """

    def __init__(self, code: str, fact: str, mend: str = "", where: Finding | None = None, *, told: bool = False):
        super().__init__(fact)
        self.code = code
        self.fact = fact
        self.mend = mend
        self.where = where
        self.told = told

    def findings(self, place: Node) -> list[Finding]:
        """What to report, at *place* unless it belongs into a file of its own; nothing where it was told already."""
        if self.told:
            return []
        return [self.where or place.finding(self.code, self.fact, self.mend, key=isinstance(place.value, dict))]


class Importer:
    """Imports each module once, also one that fails, and remembers why."""

    def __init__(self) -> None:
        self._failed: dict[str, Problem] = {}

    def named(self, path: str, what: str, *, code: str = "unbound", kind: str = "function") -> Any:
        """
        The object that *path* names. *what* is how messages call the path, *kind* what is looked for.

        Raises Problem. The rule is that of pkgutil.resolve_name: the longest importable module, then attributes.
        """
        parts = path.split(".")
        if len(parts) < 2 or not all(part.isidentifier() for part in parts):
            raise Problem(
                code, f"{what} is no dotted path", f"Write the module and the {kind}, as in package.module.name"
            )
        module, rest = self._module(parts, what, code, kind)
        found: Any = module
        for index, part in enumerate(rest):
            try:
                found = getattr(found, part)
            except AttributeError:
                owner = parts[: len(parts) - len(rest) + index]
                raise self._nothing(found, owner, rest[index:], what, code, kind) from None
        return found

    def _module(self, parts: list[str], what: str, code: str, kind: str) -> tuple[ModuleType, list[str]]:
        """The longest prefix of *parts* that is a module, and what is left; at least one part is left."""
        module: ModuleType | None = None
        for count in range(1, len(parts)):
            name = ".".join(parts[:count])
            try:
                module = self._imported(name, what)
            except ModuleNotFoundError:
                if module is None:
                    raise _no_module(parts, what, code, kind) from None
                return module, parts[count - 1 :]
        assert module is not None
        return module, parts[-1:]

    def _imported(self, name: str, what: str) -> ModuleType:
        """The module *name*, whose parent is imported already. Raises ModuleNotFoundError if there is none, Problem."""
        known = self._failed.get(name)
        if known is not None:
            raise Problem(known.code, known.fact, known.mend, known.where, told=True)
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name == name or (error.name is not None and name.startswith(f"{error.name}.")):
                raise
            problem = _raised(name, error, what)
        except SyntaxError as error:
            problem = (_syntax if os.path.isfile(error.filename or "") else _raised)(name, error, what)
        except (Exception, SystemExit) as error:  # a hook of the user's ends here, and it is reported
            problem = _raised(name, error, what)
        self._failed[name] = problem
        raise problem

    def _nothing(self, owner: Any, path: list[str], rest: list[str], what: str, code: str, kind: str) -> Problem:
        """*owner*, which *path* names, has no attribute *rest[0]*."""
        is_package = isinstance(owner, ModuleType) and hasattr(owner, "__path__")
        modules = _modules(owner.__path__) if is_package else []
        fact, names, where = f"{what} names no {kind}", _names(owner, kind), there(owner)
        if len(rest) == 1 and rest[0] in modules:
            return Problem(code, f"{what} names a module, not a {kind}", f"Name a {kind} in it")
        if len(rest) > 1 and modules:
            fact += f": there is no module {'.'.join([*path, rest[0]])!r}"
            names, where = modules, _folder(owner)
        mend = f"{where} has {_listed(names, rest[0])}" if names else f"{where} has no {kind}"
        if len(rest) > 1 and is_package and not names:
            fact += f": there is no module {'.'.join([*path, rest[0]])!r}"
            mend = f"Is {rest[0]}.py, or the folder {rest[0]}, in {_folder(owner)}?"
        meant = nearest(rest[0], names)
        if meant:
            mend += f". Did you mean {'.'.join([*path, meant, *rest[1:]])!r}?"
        return Problem(code, fact, mend)


def shown(file: str) -> str:
    """*file* as messages write it: relative to the working directory where it lies below it."""
    path = os.path.abspath(file)
    folder = os.getcwd()
    return os.path.relpath(path, folder) if path.startswith(folder.rstrip(os.sep) + os.sep) else path


def there(owner: Any) -> str:
    """The file of the user's that a module, class or function stands in, for a message; the module's name elsewhere."""
    module = owner if isinstance(owner, ModuleType) else sys.modules.get(getattr(owner, "__module__", "") or "")
    file = getattr(module, "__file__", None)
    if file and _is_users(file):
        return shown(file)
    return str(getattr(module, "__name__", "its module"))


def line_of(function: Any) -> str:
    """Where a function of the user's begins, `shop/api.py:12`, for a message; what `there` gives of all others."""
    code = getattr(inspect.unwrap(function), "__code__", None) if callable(function) else None
    if code is None or not _is_users(code.co_filename) or not os.path.isfile(code.co_filename):
        return there(function)
    return f"{shown(code.co_filename)}:{code.co_firstlineno}"


def is_own(owner: Any) -> bool:
    """Whether a function or class stands in a file of the user's, where they can change it."""
    module = sys.modules.get(getattr(owner, "__module__", "") or "")
    if module is None or module.__name__ == "__main__":
        return True
    file = getattr(module, "__file__", None)
    return bool(file) and _is_users(str(file))


def no_callable(found: Any, what: str, code: str, kind: str) -> Problem:
    """*found*, which *what* names, cannot be called."""
    return Problem(code, f"{what} names {with_article(type(found).__name__)}, which cannot be called", f"Name a {kind}")


def _folder(package: ModuleType) -> str:
    return shown(next(iter(package.__path__), "")) + os.sep


def _no_module(parts: list[str], what: str, code: str, kind: str) -> Problem:
    """There is no top-level module *parts[0]* anywhere."""
    folders = [folder or os.getcwd() for folder in sys.path]
    local = [folder for folder in folders if os.path.isdir(folder) and not _is_installed(folder)]
    modules = sorted(set(_modules(local)))
    meant = nearest(parts[0], modules)
    fact = f"{what} names no {kind}: there is no module {parts[0]!r}"
    if meant:
        return Problem(code, fact, did_you_mean(parts[0], modules).replace(meant, ".".join([meant, *parts[1:]])))
    return Problem(code, fact, f"Is {parts[0]}.py, or the folder {parts[0]}, in the folder of pym-config.yaml?")


def _modules(folders: Iterable[str]) -> list[str]:
    """The modules in *folders*, without what `pymacaron stubs` wrote: no handler stands there."""
    from pymacaron.stubs.module import HEAD  # not to be loaded by each start, which misses nothing

    found = list(pkgutil.iter_modules(folders))
    return [one.name for one in found if one.name != "apis" or not _begins(one.module_finder, one.name, HEAD)]


def _begins(finder: Any, name: str, text: str) -> bool:
    """Whether the file of the module *name* in the folder of *finder* begins with *text*."""
    try:
        with open(os.path.join(finder.path, f"{name}.py"), encoding="utf-8") as file:
            return file.read(len(text)) == text
    except (OSError, UnicodeDecodeError):
        return False


def _is_installed(folder: str) -> bool:
    """Whether *folder* holds the interpreter's own or installed packages, which nobody misspells in a description."""
    return "site-packages" in folder or "dist-packages" in folder or folder.startswith(_STDLIB)


def _syntax(name: str, error: SyntaxError, what: str) -> Problem:
    line, column = error.lineno or 0, error.offset or 0
    width = 1
    if error.end_lineno == line and error.end_offset is not None:
        width = max(1, error.end_offset - column)
    fact = f"{error.msg}, so the module {name!r} cannot be imported"
    text = (error.text or "").rstrip("\n")
    mend = f"{what} names something in it"
    column = max(1, column) if line else 0
    where = Finding(shown(error.filename or ""), line, column, "module-syntax", fact, mend, text, width)
    return Problem("module-syntax", fact, mend, where)


def _raised(name: str, error: BaseException, what: str) -> Problem:
    """The module *name*, or one that it imports, raised *error* when it was imported."""
    text = " ".join(traceback.format_exception_only(error)[-1].split())
    fact = f"the module {name!r} cannot be imported: {text if len(text) <= 200 else text[:197] + '...'}"
    place = _last_of_the_user(error.__traceback__)
    mend = f"{place} raised it" if place else ""
    if isinstance(error, ModuleNotFoundError) and error.name:
        mend = f"Install what has {error.name!r}, or correct its name" + (f" in {place}" if place else "")
    if _asks_for_stubs(error):
        mend = "Run: pymacaron stubs" + (f", which writes what {place} imports" if place else "")
    return Problem("module-import", fact, mend)


def not_importable(name: str, file: str, error: BaseException) -> Finding:
    """That the module *name*, which is *file* and no handler's, raised *error* when it was imported."""
    if isinstance(error, SyntaxError) and os.path.isfile(error.filename or ""):
        where = _syntax(name, error, name).where
        assert where is not None
        return replace(where, mend="")
    problem = _raised(name, error, name)
    return Finding(shown(file), 0, 0, problem.code, problem.fact, problem.mend)


def _asks_for_stubs(error: BaseException) -> bool:
    """Whether *error* says that the module is not there which `pymacaron stubs` writes."""
    if isinstance(error, ModuleNotFoundError):
        return (error.name or "").rpartition(".")[2] == "apis"
    return isinstance(error, ImportError) and error.msg.startswith("cannot import name 'apis' from ")


def _last_of_the_user(trace: TracebackType | None) -> str:
    """`file:line` of the last line that ran in a file of the user's; '' if there is none."""
    frames = [frame for frame in traceback.extract_tb(trace) if _is_users(frame.filename)]
    return f"{shown(frames[-1].filename)}:{frames[-1].lineno}" if frames else ""


def _is_users(file: str) -> bool:
    return not file.startswith(("<", _OURS)) and not _is_installed(file)


def _names(owner: Any, kind: str) -> list[str]:
    """The public functions (or classes) of a module or class, its own before those that it imported."""
    fits: Callable[[Any], bool] = inspect.isclass if kind == "class" else callable
    found = (
        [(name, value) for name, value in vars(owner).items() if not name.startswith("_")] if _has_names(owner) else []
    )
    fitting = [(name, value) for name, value in found if fits(value)]
    module = getattr(owner, "__name__", None)
    own = [name for name, value in fitting if getattr(value, "__module__", None) == module]
    return sorted(own) if own or not isinstance(owner, ModuleType) else sorted(name for name, _ in fitting)


def _has_names(owner: Any) -> bool:
    return isinstance(owner, (ModuleType, type))


def _listed(names: Iterable[str], wanted: str = "") -> str:
    names = list(names)
    if len(names) <= _LISTED:
        return ", ".join(names)
    first = sorted(names, key=lambda name: (nearest(wanted, [name]) is None, name))[:_LISTED]
    return f"{', '.join(sorted(first))} and {len(names) - _LISTED} more"
