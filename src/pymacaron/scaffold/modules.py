"""
A Python module's text and what is to be added -> its text with it: functions at the end, imports below the others.

Nothing else of it changes, not a character. The text is parsed, never imported. Neighbours: handlers.py writes the
functions.
"""

from __future__ import annotations

import ast
import re
import symtable
import sys
from collections.abc import Iterable, Sequence

from pymacaron.finding import Finding, FindingsError
from pymacaron.stubs.classes import WIDTH

__all__ = ["Source"]

#: A line as Python counts them, with its end
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")


class Source:
    """
    The *text* of the module in *file*, `original`, in the dotted *package*. `names`: what is defined or imported there;
    `functions`: which of them are functions. `imported`: dict of name -> the dotted path that it was imported by.
    `stars`: the dotted modules that it has all names of. `is_open`: whether its text does not tell all names.

    Raises FindingsError for what is no Python.
    """

    def __init__(self, text: str, file: str, package: str = ""):
        #: What editors of old put before a text in UTF-8; Python reads past it
        self._mark = "\ufeff" if text.startswith("\ufeff") else ""
        self.original = text
        self.text = text = text.removeprefix(self._mark)
        self.file = file
        self._end = "\r\n" if "\r\n" in text else "\n"
        try:
            self._tree = ast.parse(text, file)
            table = symtable.symtable(text, file, "exec")
        except (SyntaxError, ValueError) as error:
            line, column = getattr(error, "lineno", 0) or 0, getattr(error, "offset", 0) or 0
            fact = f"it is no Python: {getattr(error, 'msg', error)}"
            fact = "it is not UTF-8" if isinstance(error, UnicodeError) else fact
            raise FindingsError([Finding(file, line, column, "module-import", fact)]) from None
        self.names = {one.get_name() for one in table.get_symbols() if one.is_assigned() or one.is_imported()}
        body = self._tree.body
        self.functions = {one.name for one in body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}
        self.imported = dict(_imported(body, package))
        stars = [_origin(one, package) for one in body if _is_star(one)]
        self.stars = [module for module in stars if module is not None]
        self.is_open = "__getattr__" in self.names or None in stars

    def with_added(self, imports: Sequence[str], functions: Iterable[Sequence[str]], package: str) -> str:
        """
        The text with the lines *imports*, of the form `from a import b`, where ruff and isort have them, and each of
        *functions*, its lines, at the end. *package* is the service's own.
        """
        source = self
        for line in filter(None, imports):
            source = Source(source._with_import(line, package), self.file)
        lines = source._lines()
        for function in functions:
            while lines and not lines[-1].strip():
                lines.pop()
            lines += [f"{line}{self._end}" for line in (*(("", "") if lines else ()), *function)]
        return self._mark + "".join(lines)

    def _lines(self) -> list[str]:
        lines = _LINE.findall(self.text)
        if lines and not lines[-1].endswith(("\r", "\n")):
            lines[-1] += self._end
        return lines

    def _with_import(self, line: str, package: str) -> str:
        lines = self._lines()
        start, stop, new = self._import(line, lines, package)
        lines[start:stop] = [f"{one}{self._end}" for one in new]
        return "".join(lines)

    def _import(self, line: str, lines: Sequence[str], package: str) -> tuple[int, int, list[str]]:
        """Which lines to replace by which, for the import that *line* says."""
        (wanted,) = ast.parse(line).body
        assert isinstance(wanted, ast.ImportFrom)
        head = [one for one in self._tree.body[: self._head] if isinstance(one, ast.Import | ast.ImportFrom)]
        for one in head:
            joined = _joined(one, wanted)
            if (
                joined is not None
                and one.end_lineno == one.lineno
                and lines[one.lineno - 1].strip() == ast.unparse(one)
            ):
                return one.lineno - 1, one.lineno, [joined]
        place = _rank(wanted, package)
        above = [one for one in head if _rank(one, package) <= place]
        below = [one for one in head if _rank(one, package) > place]
        if above and (_rank(above[-1], package)[0] == place[0] or not below or _rank(below[0], package)[0] != place[0]):
            at = above[-1].end_lineno or 0
            return at, at, [*([] if _rank(above[-1], package)[0] == place[0] else [""]), line]
        if below:
            at = below[0].lineno - 1
            return at, at, [line, *([] if _rank(below[0], package)[0] == place[0] else [""])]
        return self._first_import(line, lines)

    def _first_import(self, line: str, lines: Sequence[str]) -> tuple[int, int, list[str]]:
        """Below the docstring, or the comments that the file begins with."""
        at = next((number for number, one in enumerate(lines) if not one.startswith("#")), len(lines))
        if self._head:
            at = self._tree.body[0].end_lineno or at
        is_followed = at < len(lines) and bool(lines[at].strip())
        return at, at, [*([""] if at else []), line, *([""] if is_followed else [])]

    @property
    def _head(self) -> int:
        """How many statements stand before all others: a docstring, and imports."""
        for number, one in enumerate(self._tree.body):
            is_docstring = not number and isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)
            if not is_docstring and not isinstance(one, ast.Import | ast.ImportFrom):
                return number
        return len(self._tree.body)


def _rank(one: ast.Import | ast.ImportFrom, package: str) -> tuple[int, int, str]:
    """Where isort puts an import: by section, `import` before `from`, by name."""
    is_from = isinstance(one, ast.ImportFrom)
    name = one.module or "" if isinstance(one, ast.ImportFrom) else one.names[0].name
    top = name.partition(".")[0]
    is_own = top == package or (isinstance(one, ast.ImportFrom) and one.level > 0)
    section = 0 if name == "__future__" else 3 if is_own else 1 if top in sys.stdlib_module_names else 2
    return section, is_from, name


def _joined(one: ast.stmt, wanted: ast.ImportFrom) -> str | None:
    """The import *one* with the names of *wanted*; None where it is of another module, or grows too long."""
    if not isinstance(one, ast.ImportFrom) or (one.module, one.level) != (wanted.module, wanted.level):
        return None
    names = sorted({ast.unparse(alias) for alias in (*one.names, *wanted.names)}, key=_type_first)
    line = f"from {one.module} import {', '.join(names)}"
    return line if len(line) <= WIDTH else None


def _type_first(name: str) -> tuple[int, str]:
    """As isort orders names: CONSTANTS, Classes, functions."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2), name


def _is_star(one: ast.stmt) -> bool:
    return isinstance(one, ast.ImportFrom) and one.names[0].name == "*"


def _origin(one: ast.stmt, package: str) -> str | None:
    """The dotted module that *one* in *package* imports from; None where that is not known."""
    if not isinstance(one, ast.ImportFrom) or not one.level:
        return getattr(one, "module", None)
    parts = package.split(".") if package else []
    if one.level > len(parts):
        return None
    return ".".join([*parts[: len(parts) - one.level + 1], *([one.module] if one.module else [])])


def _imported(statements: Iterable[ast.stmt], package: str) -> Iterable[tuple[str, str]]:
    for one in statements:
        module = _origin(one, package)
        if isinstance(one, ast.ImportFrom) and module is not None:
            yield from ((alias.asname or alias.name, f"{module}.{alias.name}") for alias in one.names)
        elif isinstance(one, ast.Import):
            yield from ((alias.asname, alias.name) for alias in one.names if alias.asname)
