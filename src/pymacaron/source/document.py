"""
What was read: a Document, which can tell where each of its values stands, and a Node, one value with its place.

Nothing is looked for before a position is asked for. Neighbours: places.py finds offsets, which Lines makes lines and
columns of; reading.py makes Documents.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from typing import Any, NamedTuple

from pymacaron.finding import Finding
from pymacaron.source.places import JsonPlaces, YamlPlaces

__all__ = ["Document", "Lines", "Node", "Position"]


#: The URI of a document and the pointer to a value in it
Place = tuple[str, tuple[str, ...]]


class Position(NamedTuple):
    """Line and column from 1, and the number of characters of the value or key there (on that line)."""

    line: int
    column: int
    width: int


class Document:
    """
    A file or other text that was read: `uri` (absolute path, or URL), `name` (for messages: relative to the working
    directory where it lies below it), `text` (bytes), `value` (dict, list, str, int, float, bool, None).

    What a YAML alias names is one and the same object wherever it is used: do not change a value.
    """

    def __init__(self, uri: str, name: str, text: bytes, value: Any, *, json: bool = False):
        self.uri = uri
        self.name = name
        self.text = text
        self.value = value
        self._json = json

    @cached_property
    def lines(self) -> Lines:
        """Its text by lines."""
        return Lines(self.text)

    @cached_property
    def places(self) -> JsonPlaces | YamlPlaces:
        """Where every value of it stands; only of a text that was read without an error."""
        return JsonPlaces(self.lines.text) if self._json else YamlPlaces(self.text)

    def position(self, pointer: tuple[str, ...], *, key: bool = False) -> Position:
        """
        Where the value at *pointer* stands, or with *key* the key that names it. The nearest parent if it is not there.

        What came in through an alias or a merge is found where it is written.
        """
        return self.lines.position(*self.places.span(pointer, key))

    def source_line(self, line: int) -> str:
        """The text of *line* (from 1), without its end; an empty string where there is no such line."""
        return self.lines.line(line)


class Node(NamedTuple):
    """
    A value of a document and its place: `pointer` is a tuple of unescaped JSON pointer tokens, indexes as text.

    `scope` is what tells apart the meanings that one place has, by the way that led there: (name, place) of what
    names in it stand for. All inside has it too. Almost always there is one meaning, and none is told.
    """

    value: Any
    document: Document
    pointer: tuple[str, ...] = ()
    scope: tuple[tuple[str, Place], ...] = ()

    @property
    def place(self) -> Place:
        """Equal for two Nodes that stand at the same place: the URI of the document and the pointer."""
        return self.document.uri, self.pointer

    @property
    def identity(self) -> tuple[str, tuple[str, ...], tuple[tuple[str, Place], ...]]:
        """Equal for two Nodes that stand at the same place and mean the same."""
        return self.document.uri, self.pointer, self.scope

    def child(self, key: str | int) -> Node:
        """The member or item *key*, which must exist."""
        return Node(self.value[key], self.document, (*self.pointer, str(key)), self.scope)

    def get(self, key: str) -> Node | None:
        """The member *key*, or None where this is no map or has no such member."""
        if isinstance(self.value, dict) and key in self.value:
            return Node(self.value[key], self.document, (*self.pointer, key), self.scope)
        return None

    def members(self) -> list[tuple[str, Node]]:
        """Of a map: every key and the Node of its value; an empty list for anything else."""
        if not isinstance(self.value, dict):
            return []
        document, pointer, scope = self.document, self.pointer, self.scope
        return [(key, Node(value, document, (*pointer, key), scope)) for key, value in self.value.items()]

    def items(self) -> list[Node]:
        """Of a list: the Node of each item; an empty list for anything else."""
        if not isinstance(self.value, list):
            return []
        document, pointer, scope = self.document, self.pointer, self.scope
        return [Node(value, document, (*pointer, str(index)), scope) for index, value in enumerate(self.value)]

    def finding(self, code: str, fact: str, mend: str = "", *, key: bool = False) -> Finding:
        """A finding that points at this value, or with *key* at the key that names it."""
        line, column, width = self.document.position(self.pointer, key=key)
        return Finding(self.document.name, line, column, code, fact, mend, self.document.source_line(line), width)


_LINE_END = re.compile(r"\r\n|\n|\r")


class Lines:
    """A text by lines, which end in LF, CR LF or CR."""

    def __init__(self, text: bytes):
        self.text = text.decode("utf-8", "replace")
        self._starts = [0, *(end.end() for end in _LINE_END.finditer(self.text))]
        self._cut: dict[int, str] = {}  # the lines that were asked for: many findings stand in one of a megabyte

    def position(self, start: int, end: int) -> Position:
        """Of the characters from *start* to *end*, offsets into the text."""
        number = bisect_right(self._starts, start)
        begin = self._starts[number - 1]
        width = min(end, begin + len(self.line(number))) - start
        return Position(number, start - begin + 1, max(1, width))

    def line(self, number: int) -> str:
        """The line *number* (from 1) without its end; an empty string where there is none."""
        if not 1 <= number <= len(self._starts):
            return ""
        if number not in self._cut:
            end = self._starts[number] if number < len(self._starts) else len(self.text)
            self._cut[number] = self.text[self._starts[number - 1] : end].rstrip("\r\n")
        return self._cut[number]
