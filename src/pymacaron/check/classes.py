"""Whether the classes that schemas name are there and fit: in `x-parent` a parent of models, in `x-persist` a store."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from pymacaron.check.kept import FUNCTIONS, hidden_functions
from pymacaron.finding import Finding
from pymacaron.schema.codec import Schemas
from pymacaron.schema.models import parent_problem
from pymacaron.server import dotted
from pymacaron.source import Node
from pymacaron.spec.grammar import objects
from pymacaron.spec.model import Api

__all__ = ["class_paths", "parents"]


def class_paths(api: Api) -> set[str]:
    """What `x-parent` and `x-persist` name."""
    return {node.value for _, node, _ in _classes(api) if isinstance(node.value, str)}


def _classes(api: Api) -> Iterator[tuple[str, Node, Node]]:
    """Every `x-parent` and `x-persist` of a schema that is no map: which of them, its Node, and that of the schema."""
    texts = [document.text for document in api.references.documents.values()]
    keys = [key for key in ("x-parent", "x-persist") if any(key.encode() in text for text in texts)]
    if not keys:
        return
    for schema in objects(api.root, api.dialect, api.references, ["Schema"])["Schema"]:
        for key in keys:
            node = schema.get(key)
            if node is not None and not (key == "x-persist" and isinstance(node.value, dict)):
                yield key, node, schema


def parents(api: Api, schemas: Schemas) -> list[Finding]:
    """
    Every `x-parent` of a schema whose class cannot be imported or mixed into a model, and every `x-persist` whose class
    cannot be imported or lacks what models ask of it. Imports them.
    """
    importer = dotted.Importer()
    found: list[Finding] = []
    for key, node, schema in _classes(api):
        if key == "x-persist":
            found += hidden_functions(schema, schemas.shapes)
        what = f"{key} {node.value!r}"
        try:
            if not isinstance(node.value, str):
                raise dotted.Problem(key, f"{what} is no dotted path", "Write it as package.module.Class")
            named = importer.named(node.value, what, code=key, kind="class")
            problem = _unfit_parent(named, what) if key == "x-parent" else _unfit_store(named, what)
            if problem is not None:
                raise problem
        except dotted.Problem as problem:
            found += problem.findings(node)
    return found


def _unfit_parent(cls: Any, what: str) -> dotted.Problem | None:
    reason = parent_problem(cls)
    if reason is None:
        return None
    mend = "Name a class without __init__ and __new__; set what it needs in its methods"
    return dotted.Problem("x-parent", f"{what} cannot be mixed into a model: {reason}", mend)


def _unfit_store(cls: Any, what: str) -> dotted.Problem | None:
    lacking = [name for name in FUNCTIONS if not _is_static(cls, name)]
    if not lacking:
        return None
    each = "each " if len(lacking) > 1 else ""
    mend = f"Add {' and '.join(lacking)} to it, {each}as a @staticmethod"
    return dotted.Problem("x-persist", f"{what} has no static {' and no static '.join(lacking)}", mend)


def _is_static(cls: Any, name: str) -> bool:
    """Whether *cls* has a function *name* that is called without an instance."""
    function = getattr(cls, name, None)
    if not callable(function):
        return False
    return not (inspect.isfunction(function) and next(iter(inspect.signature(function).parameters), "") == "self")
