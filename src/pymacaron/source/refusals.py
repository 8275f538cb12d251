"""
What is wrong with a text, as findings: where it is, the fact and the mend, also where libyaml tells only half of it.

Used by json.py and yaml.py, which know when to say what.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pymacaron.finding import Finding, FindingsError
from pymacaron.source.document import Document

if TYPE_CHECKING:
    import yaml

__all__ = ["control_character", "duplicate_key", "finding_at", "handed_over", "quoted", "syntax"]


def finding_at(document: Document, start: int, end: int, code: str, fact: str, mend: str = "") -> Finding:
    """A finding that points at the characters of *document* from *start* to *end*."""
    line, column, width = document.lines.position(start, end)
    return Finding(document.name, line, column, code, fact, mend, document.source_line(line), width)


def duplicate_key(document: Document, name: str, first: int, start: int, end: int) -> Finding:
    """The key *name*, which stands at *first* and again from *start* to *end*: offsets in characters."""
    line = document.lines.position(first, first).line
    fact = f"the key {quoted(name)} stands twice in this map, first in line {line}"
    return finding_at(document, start, end, "duplicate-key", fact, "Remove or rename one of them")


def quoted(text: str) -> str:
    """*text* for a message: in quotes, cut at 80 characters."""
    shown = repr(text)
    return shown if len(shown) <= 80 else f"{shown[:77]}...'"


def handed_over(document: Document, found: list[Finding], findings: list[Finding] | None) -> Document:
    """*document*, what was *found* in it added to *findings*, or raised where nobody takes them."""
    if findings is not None:
        findings += found
    elif found:
        raise FindingsError(found)
    return document


def control_character(document: Document) -> Finding:
    """The first character that YAML does not allow. Source: YAML 1.2.2, 5.1."""
    text = document.lines.text
    found = re.search("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
    index = found.start() if found else 0
    fact = f"a character that YAML does not allow: {text[index : index + 1]!r}"
    mend = "Remove it, or write it as an escape in double quotes"
    return finding_at(document, index, index + 1, "yaml-syntax", fact, mend)


def syntax(document: Document, error: yaml.MarkedYAMLError) -> Finding:
    """What libyaml says, where it says so, and what probably mends it."""
    text = document.lines.text
    mark: Any = error.problem_mark or error.context_mark
    index = min(mark.index, len(text)) if mark else 0
    problem = error.problem or "this is not YAML"
    begun = document.lines.position(error.context_mark.index, 0).line if error.context_mark else 0
    character = text[index : index + 1]
    if not text[index:].strip():  # at the end: show the last line
        index, character = min(index, len(text.rstrip())), ""
    line, column, _ = document.lines.position(index, index)
    fact = f"{problem} ({error.context}, begun in line {begun})" if 0 < begun < line else problem
    mend = _mend(problem, error.context or "", character, begun)
    return Finding(document.name, line, column, "yaml-syntax", fact, mend, document.source_line(line), 1)


def _mend(problem: str, context: str, character: str, begun: int) -> str:
    if character == "\t" or "tab character" in problem:
        return "Indent with blanks: YAML allows no tab here"
    if "cannot start any token" in problem:
        return f"Put quotes around a text that begins with {character!r}"
    if "block sequence entries" in problem:
        return "Begin the list in a line of its own, or put quotes around a text that begins with '-'"
    if "mapping values are not allowed" in problem:
        return "Put quotes around a text that contains ': ', or mend the indentation"
    if "incompatible YAML" in problem:
        return "Write %YAML 1.2, or leave the line away"
    if "escape character" in problem:
        return "Double the backslash, or use single quotes"
    if "quoted scalar" in context:
        return f"Close the quote that is opened in line {begun}"
    if "expected ',' or" in problem:
        return f"Close the bracket that is opened in line {begun}, or add a comma"
    if "expected ':'" in problem:
        return "Add a colon after the key, or mend the indentation"
    if "expected key" in problem or "expected '-' indicator" in problem:
        return "Mend the indentation, or put quotes around the whole text if it contains a quote"
    if "node content" in problem and character:
        return f"Put quotes around a text that begins with {character!r}, or write what is missing before it"
    return "Close what was opened on this line, or mend the indentation"
