"""
JSON text -> Document, by msgspec, which is loaded when the first text comes.

msgspec counts no levels and takes the last of two equal keys: what it does not see is seen in the text's outline, its
brackets and colons. What is no JSON, yaml.py tries to read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import accumulate
from typing import Any

from pymacaron.finding import Finding, FindingsError
from pymacaron.source.document import Document
from pymacaron.source.refusals import duplicate_key, finding_at, handed_over
from pymacaron.source.yaml import parse_yaml

__all__ = ["lenient", "parse_json"]

_MEND = "Correct it, or name the file *.yaml"
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]:]', re.DOTALL)
#: So many characters has a text that is likely to stand elsewhere, too
_SHORT = 60
_DEPTH = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NOT_STRUCTURE = bytes(set(range(256)) - set(b'[]{}:"'))


def parse_json(text: bytes, uri: str, name: str, max_depth: int, findings: list[Finding] | None) -> Document:
    """
    *text* as JSON; where it is none, as YAML's flow style, which allows comments and a comma too many. See `parse` for
    *max_depth* and *findings*; there, a warning is added, unless the name is one of YAML. Raises FindingsError.
    """
    outline = _outline(text)
    if _is_deeper(outline, max_depth):
        return parse_yaml(text, uri, name, max_depth, findings)
    import msgspec

    try:
        document = Document(uri, name, text, msgspec.json.decode(text), json=True)
        found: list[Finding] = []
        if outline.count(b":") != _shared(document.value):
            found += [duplicate_key(document, *duplicate) for duplicate in _duplicates(document.lines.text)]
        return handed_over(document, found, findings)
    except RecursionError:
        return parse_yaml(text, uri, name, max_depth, findings)
    except msgspec.DecodeError as error:
        refused = str(error)
    is_yaml = name.endswith((".yaml", ".yml"))
    try:
        document = parse_yaml(text, uri, name, max_depth, findings)
    except FindingsError as error:
        if is_yaml or any(f.code != "yaml-syntax" for f in error.findings):
            raise
        raise FindingsError([_malformed(text, uri, name, refused)]) from None
    if findings is not None and not is_yaml:
        strict = _malformed(text, uri, name, refused)
        findings.append(replace(strict, code="lenient-json", fact=f"not JSON: {strict.fact}; read as YAML", mend=_MEND))
    return document


def lenient(document: Document) -> Finding:
    """What is said of a file of JSON by its name that does not even begin as one."""
    fact = "not JSON: it does not begin with '{' or '['; read as YAML"
    return finding_at(document, *document.places.span((), False), "lenient-json", fact, "Name it *.yaml, or write JSON")


def _outline(text: bytes) -> bytes:
    """The brackets and colons of *text* that stand outside of strings; it need not be correct."""
    if b"\\" in text:
        text = text.replace(b"\\\\", b"").replace(b'\\"', b"")
    outline = text.translate(None, _NOT_STRUCTURE).replace(b'""', b"")
    return b"".join(outline.split(b'"')[::2]) if b'"' in outline else outline


def _is_deeper(outline: bytes, max_depth: int) -> bool:
    """Whether lists and maps are nested more than *max_depth* deep in a text with this *outline*."""
    brackets = outline.replace(b":", b"")
    for _ in range(min(max_depth // 2, 50)):  # each round takes away one level or two
        if not brackets:
            return False
        brackets = brackets.replace(b"{}", b"").replace(b"[]", b"")
    return max(accumulate(map(_DEPTH.__getitem__, outline.replace(b":", b""))), default=0) > max_depth


def _shared(value: Any) -> int:
    """
    How many members all the maps in *value* have. Short texts in it that are equal become one: descriptions repeat
    themselves, and a fifth of their memory is texts such as 'string'.
    """
    count = 0
    stack = [value]
    texts: dict[str, str] = {}
    while stack:
        container = stack.pop()
        pairs: Iterable[tuple[Any, Any]]
        if container.__class__ is dict:
            count += len(container)
            pairs = container.items()
        else:
            pairs = enumerate(container)
        for key, inner in pairs:
            kind = inner.__class__
            if kind is dict or kind is list:
                stack.append(inner)
            elif kind is str and len(inner) <= _SHORT:
                known = texts.setdefault(inner, inner)
                if known is not inner:
                    container[key] = known
    return count


def _duplicates(text: str) -> Iterator[tuple[str, int, int, int]]:
    """Keys that stand twice in a map: the key, where the first starts, where this one starts and ends."""
    stack: list[dict[str, int]] = []
    start = end = 0
    for token in _TOKEN.finditer(text):
        mark = text[token.start()]
        if mark == '"':
            start, end = token.span()
        elif mark == ":":
            name = json.loads(text[start:end], strict=False)
            first = stack[-1].setdefault(name, start)
            if first != start:
                yield name, first, start, end
        elif mark in "{[":
            stack.append({})
        else:
            stack.pop()


def _malformed(text: bytes, uri: str, name: str, refused: str) -> Finding:
    place = re.search(r" \(byte (\d+)\)$", refused)
    offset = int(place[1]) if place else len(text.rstrip())
    fact = refused.removesuffix(place[0]).removeprefix("JSON is malformed: ") if place else refused
    if "trailing characters" in refused:  # msgspec has read the first of them
        offset -= 1
    if "truncated" in refused:
        fact = "the text ends before all lists, maps and strings are closed"
    document = Document(uri, name, text, None)
    index = len(text[:offset].decode("utf-8", "replace"))
    line, column, width = document.lines.position(index, index + 1)
    return Finding(name, line, column, "json-syntax", fact, "", document.source_line(line), width)
