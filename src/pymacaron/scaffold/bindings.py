"""
A description -> the same with `x-bind-server` where operations name no handler; all else of its text is as it was.

Neighbours: missing.py decides which operations get which handler.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from pymacaron.source import Document, Node
from pymacaron.spec.model import Operation

__all__ = ["with_handlers"]

#: What may stand between the start of a value and its first key: an anchor, a tag, comments
_BEFORE = re.compile(r"(?:[&!]\S*\s+|#[^\r\n]*\s+)*")
_BROKEN = re.compile(r"[ \t]*(\r\n|\n|\r)([ \t]*)")


def with_handlers(paths: Iterable[tuple[Operation, str]]) -> dict[str, str]:
    """
    dict: path of a document -> its text, in which each operation has the dotted path that is given as its handler.

    Several operations that stand at one place, by references, have one handler: the first that is given.
    """
    places: dict[str, dict[tuple[str, ...], tuple[Node, str]]] = {}
    for operation, path in paths:
        node = operation.node
        places.setdefault(node.document.uri, {}).setdefault(node.pointer, (node, path))
    return {uri: _edited(known.values()) for uri, known in places.items()}


def _edited(named: Iterable[tuple[Node, str]]) -> str:
    listed = list(named)
    document = listed[0][0].document
    text = document.lines.text
    edits: dict[int, str] = {}
    for node, path in listed:
        at, line = _edit(text, document, node, path)
        edits.setdefault(at, line)  # an anchor that stands for several operations
    for at in sorted(edits, reverse=True):
        text = text[:at] + edits[at] + text[at:]
    return text


def _edit(text: str, document: Document, node: Node, path: str) -> tuple[int, str]:
    """Where to put what: the first member of the operation *node*."""
    start = _BEFORE.match(text, document.places.span(node.pointer, False)[0]).end()  # type: ignore[union-attr]
    if text[start] == "{":
        member = f'"x-bind-server": {json.dumps(path, ensure_ascii=False)}'
        if not node.value:
            return start + 1, member
        broken = _BROKEN.match(text, start + 1)
        if broken is None:
            return start + 1, f"{member}, "
        return start + 1, f"{broken[1]}{broken[2]}{member},"
    begin = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
    end = "\r\n" if "\r\n" in text else "\n"
    indentation = re.sub(r"\S", " ", text[begin:start])  # of `? get`, a colon stands there
    return start, f"x-bind-server: {path}{end}{indentation}"
