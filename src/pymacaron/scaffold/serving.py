"""A server.py -> the names of the apis that it serves, as far as its text says; it is not run."""

from __future__ import annotations

import ast
from pathlib import Path

__all__ = ["served"]


def served(server: Path) -> list[str]:
    """The names in every `serve=` of the file *server*; empty where there is none, or none that is written there."""
    try:
        tree = ast.parse(server.read_bytes(), str(server))
    except (OSError, SyntaxError, ValueError):
        return []
    found: dict[str, None] = {}
    for node in ast.walk(tree):
        for keyword in node.keywords if isinstance(node, ast.Call) else ():
            if keyword.arg == "serve":
                found |= dict.fromkeys(_texts(keyword.value))
    return list(found)


def _texts(node: ast.expr) -> list[str]:
    listed = node.elts if isinstance(node, ast.List | ast.Tuple | ast.Set) else [node]
    return [one.value for one in listed if isinstance(one, ast.Constant) and isinstance(one.value, str)]
