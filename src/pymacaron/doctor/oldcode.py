"""
Python of an old service, by its syntax tree: imports that are gone or have moved, names that Flask and unittest no
longer have, arguments that API() does not take. None of it runs.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path

import pymacaron
from pymacaron.doctor.change import Legacy
from pymacaron.finding import did_you_mean

__all__ = ["CONNEXION", "of_code"]

#: The fact of an import of Connexion
CONNEXION = "a service of Connexion"

_OURS = ("pymacaron", "pymacaron_core", "pymacaron_async", "pymacaron_unit")
#: dict: import name of old that goes on working -> where its names live
_MOVED = {
    "pymacaron_core.swagger.apipool": "pymacaron",
    "pymacaron_core.swagger": "pymacaron",
    "pymacaron_core.exceptions": "pymacaron.exceptions",
    "pymacaron_async": "pymacaron.tasks",
    "pymacaron_unit.testcase": "pymacaron.test",
}
#: dict: package that is gone -> the fact, and the mend
_GONE = {
    "pymacaron_aws": ("pymacaron_aws is gone", "Releases are commands: pymacaron deploy"),
    "pymacaron_dynamodb": (
        "pymacaron_dynamodb is gone",
        "Say x-persist: {table: ...} in the schema: docs/persistence.md",
    ),
    "klue": ("klue is pymacaron's name of old", "Write pymacaron_core.swagger, or pymacaron"),
    "klue_microservice": ("klue_microservice is pymacaron's name of old", "Write pymacaron"),
    "klue_async": ("klue_async is a name of old", "Write: from pymacaron.tasks import asynctask"),
    "klue_unit": ("klue_unit is a name of old", "Write: from pymacaron.test import PyMacaronTestCase"),
    "bravado_core": ("models are no longer bravado's", "Use ApiPool.<api>.model.<Name>: docs/models.md"),
    "bravado": ("clients are no longer bravado's", "Use ApiPool.<api>.call.<name>(): docs/clients.md"),
    "nose": ("nose does not run on this Python", "Write plain tests, and run them with pytest"),
}
#: dict: name that Flask 3 no longer has -> what to write
_FLASK = {
    "Markup": "from markupsafe import Markup",
    "escape": "from markupsafe import escape",
    "_request_ctx_stack": "use flask.g, or pymacaron.context",
    "_app_ctx_stack": "use flask.g",
}
_ATTRIBUTES = {
    "before_first_request": "call it in start(), before api.start()",
    "json_encoder": "have handlers return models or plain values: docs/responses.md",
}
#: dict: assertion of unittest that Python 3.12 no longer has -> its name
_ASSERTIONS = {
    "assertEquals": "assertEqual",
    "assertNotEquals": "assertNotEqual",
    "assertAlmostEquals": "assertAlmostEqual",
    "assertRegexpMatches": "assertRegex",
    "assertNotRegexpMatches": "assertNotRegex",
    "assertRaisesRegexp": "assertRaisesRegex",
    "assertItemsEqual": "assertCountEqual",
    "assert_": "assertTrue",
    "failUnless": "assertTrue",
    "failIf": "assertFalse",
}

#: Where this distribution has its packages
_HOME = Path(pymacaron.__file__).parents[1]

_Told = Callable[[ast.AST, bool, str, str], None]


def of_code(text: str) -> list[Legacy]:
    """What is to change in the Python *text*; one change where Python 3 cannot read it."""
    lines = text.splitlines()
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        line, column = getattr(error, "lineno", None) or 1, getattr(error, "offset", None) or 1
        fact = f"Python 3 cannot read it: {getattr(error, 'msg', None) or error}"
        return [Legacy(line, max(1, column), True, fact, "Move it to Python 3.11 first", _line(lines, line))]
    found: list[Legacy] = []

    def tell(node: ast.AST, is_must: bool, fact: str, mend: str) -> None:
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1
        found.append(Legacy(line, column, is_must, fact, mend, _line(lines, line)))

    apis = _names_of_api(tree)
    for node in ast.walk(tree):
        _look(node, apis, tell)
    return found


def _line(lines: list[str], number: int) -> str:
    return lines[number - 1] if 0 < number <= len(lines) else ""


def _look(node: ast.AST, apis: set[str], tell: _Told) -> None:
    if isinstance(node, ast.Import):
        for one in node.names:
            _module(one, one.name, [], tell)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        _module(node, node.module, node.names, tell)
    elif isinstance(node, ast.Attribute):
        _attribute(node, tell)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in apis:
        _call_of_api(node, tell)


def _module(node: ast.AST, module: str, names: list[ast.alias], tell: _Told) -> None:
    top = module.partition(".")[0]
    if top == "connexion":
        tell(node, True, CONNEXION, f"Write: {_instead(node, module, names)}; see docs/migrate-from-connexion.md")
    elif top in _GONE:
        tell(node, True, *_GONE[top])
    elif top in _OURS:
        _ours(node, module, names, tell)
    elif module == "flask":
        for one in names:
            if one.name in _FLASK:
                tell(one, True, f"flask has no {one.name} any more", f"Instead: {_FLASK[one.name]}")
    elif module.startswith("flask.ext"):
        tell(node, True, "flask.ext is gone", "Import the extension by its own name")


def _instead(node: ast.AST, module: str, names: list[ast.alias]) -> str:
    """What to write for an import of Connexion: its names are in the module of that name here, or in the one above."""
    wanted = {one.name for one in names}
    for home in (f"pymacaron.{module}", "pymacaron.connexion"):
        if wanted and wanted <= (_public(home) or set()):
            return f"from {home} import {', '.join(ast.unparse(one) for one in names)}"
    alias = f" as {node.asname}" if isinstance(node, ast.alias) and node.asname and module == "connexion" else ""
    return f"from pymacaron import connexion{alias}"


def _ours(node: ast.AST, module: str, names: list[ast.alias], tell: _Told) -> None:
    """A module that should be ours: whether it is, and has the *names*."""
    known = _public(module)
    if known is None:
        home = _MOVED.get(module.rpartition(".")[0], "pymacaron")
        tell(node, True, f"there is no module {module!r} any more", f"Look for what it had in {home}")
        return
    missing = [
        one for one in names if one.name != "*" and one.name not in known and _public(f"{module}.{one.name}") is None
    ]
    for one in missing:
        mend = did_you_mean(one.name, known) or f"It has {', '.join(sorted(known)[:8]) or 'nothing public'}"
        tell(one, True, f"{module} has no {one.name!r} any more", mend)
    if module in _MOVED and not missing:
        what = ", ".join(ast.unparse(one) for one in names) or "..."
        tell(node, False, f"{module} is a name of old, which goes on working", f"from {_MOVED[module]} import {what}")


def _public(module: str) -> set[str] | None:
    """
    The names that a module of ours has for others; None where there is none. Its file is read: an import might find
    a module of the service's own of that name, and run it.
    """
    place = _HOME.joinpath(*module.split("."))
    file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    if not file.is_file():
        return None
    for node in ast.parse(file.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return set(ast.literal_eval(node.value))
    return set()


def _attribute(node: ast.Attribute, tell: _Told) -> None:
    name = node.attr
    if name in _ASSERTIONS and isinstance(node.value, ast.Name) and node.value.id == "self":
        tell(node, True, f"Python 3.12 has no {name}", f"Write self.{_ASSERTIONS[name]}")
    elif name in _ATTRIBUTES and isinstance(node.value, ast.Name) and node.value.id in ("app", "application"):
        tell(node, True, f"Flask 3 has no app.{name}", _ATTRIBUTES[name].capitalize())


def _names_of_api(tree: ast.AST) -> set[str]:
    """What the class API is called in the module."""
    imports = (one for one in ast.walk(tree) if isinstance(one, ast.ImportFrom) and one.module in _HOMES_OF_API)
    return {name.asname or name.name for one in imports for name in one.names if name.name == "API"}


_HOMES_OF_API = ("pymacaron", "pymacaron.api", "klue_microservice")


def _call_of_api(node: ast.Call, tell: _Told) -> None:
    from pymacaron.api import API

    known = inspect.signature(API).parameters
    for one in _unknown(node, set(known)):
        mend = did_you_mean(str(one.arg), known) or "Leave it out"
        tell(one, True, f"API() takes no {one.arg!r}", mend)


def _unknown(node: ast.Call, known: set[str]) -> Iterator[ast.keyword]:
    return (one for one in node.keywords if one.arg is not None and one.arg not in known)
