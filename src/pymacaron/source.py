"""
YAML or JSON -> plain values whose file:line:column can be told; used by descriptions and by config.

Only findings need positions, so a Document keeps its text and looks for a position when it is asked. YAML is built here
from libyaml's events, with a stack of our own: its composer crashes on deep nesting and counts no aliases. The rules
are those of YAML 1.2's core schema (`no`, `on` and dates are strings), except that the key of a map is always the
text that was written: `200:` is "200". The one place that knows yaml; JSON is read by msgspec.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate
from typing import Any, NamedTuple, NoReturn

import yaml

from pymacaron.finding import Finding, FindingsError, did_you_mean

__all__ = ["Document", "Node", "Position", "dump_yaml", "parse", "read"]

#: What an alias may expand to: so many values, and so many for each one that is written.
_EXPANDED, _EXPANDED_EACH = 1_000_000, 10


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
        self._places: _JsonPlaces | _YamlPlaces | None = None
        self._json = json
        self._lines: _Lines | None = None

    def position(self, pointer: tuple[str, ...], *, key: bool = False) -> Position:
        """
        Where the value at *pointer* stands, or with *key* the key that names it. The nearest parent if it is not there.

        What came in through an alias or a merge is found where it is written.
        """
        if self._places is None:
            lines = self._located()
            self._places = _JsonPlaces(lines.text) if self._json else _YamlPlaces(self.text)
        return self._located().position(*self._places.span(pointer, key))

    def source_line(self, line: int) -> str:
        """The text of *line* (from 1), without its end; an empty string where there is no such line."""
        return self._located().line(line)

    def _located(self) -> _Lines:
        if self._lines is None:
            self._lines = _Lines(self.text)
        return self._lines


class Node(NamedTuple):
    """A value of a document and its place: `pointer` is a tuple of unescaped JSON pointer tokens, indexes as text."""

    value: Any
    document: Document
    pointer: tuple[str, ...] = ()

    @property
    def identity(self) -> tuple[str, tuple[str, ...]]:
        """Equal for two Nodes that stand at the same place."""
        return self.document.uri, self.pointer

    def child(self, key: str | int) -> Node:
        """The member or item *key*, which must exist."""
        return Node(self.value[key], self.document, (*self.pointer, str(key)))

    def get(self, key: str) -> Node | None:
        """The member *key*, or None where this is no map or has no such member."""
        if isinstance(self.value, dict) and key in self.value:
            return Node(self.value[key], self.document, (*self.pointer, key))
        return None

    def members(self) -> list[tuple[str, Node]]:
        """Of a map: every key and the Node of its value; an empty list for anything else."""
        if not isinstance(self.value, dict):
            return []
        return [(key, Node(value, self.document, (*self.pointer, key))) for key, value in self.value.items()]

    def items(self) -> list[Node]:
        """Of a list: the Node of each item; an empty list for anything else."""
        if not isinstance(self.value, list):
            return []
        return [Node(value, self.document, (*self.pointer, str(index))) for index, value in enumerate(self.value)]

    def finding(self, code: str, fact: str, mend: str = "", *, key: bool = False) -> Finding:
        """A finding that points at this value, or with *key* at the key that names it."""
        line, column, width = self.document.position(self.pointer, key=key)
        return Finding(self.document.name, line, column, code, fact, mend, self.document.source_line(line), width)


def read(
    path: str, *, max_bytes: int = 50_000_000, max_depth: int = 1000, findings: list[Finding] | None = None
) -> Document:
    """
    The file at *path*, as `parse` reads it. Raises FindingsError, also where there is no such file.
    """
    uri = os.path.abspath(path)
    name = _shown(uri)
    try:
        size = os.stat(uri).st_size
        if size > max_bytes:
            raise FindingsError([_too_large(name, size, max_bytes)])
        with open(uri, "rb") as file:
            text = file.read(max_bytes + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise FindingsError([_missing(uri, name)]) from None
    except IsADirectoryError:
        fact, mend = "this is a directory", "Name the file in it that is meant"
        raise FindingsError([Finding(name, 0, 0, "unreadable-file", fact, mend)]) from None
    except (OSError, ValueError) as error:
        fact = f"it cannot be read: {getattr(error, 'strerror', None) or error}"
        raise FindingsError([Finding(name, 0, 0, "unreadable-file", fact)]) from None
    return parse(text, uri, name, max_bytes=max_bytes, max_depth=max_depth, findings=findings)


def parse(
    text: bytes,
    uri: str,
    name: str,
    *,
    max_bytes: int = 50_000_000,
    max_depth: int = 1000,
    findings: list[Finding] | None = None,
) -> Document:
    """
    *text* as YAML, or as JSON where it starts like it. Raises FindingsError.

    *max_bytes* limits the text, *max_depth* the nesting of lists and maps. What is wrong but can be read over (a key
    that stands twice, an unknown tag) is added to *findings* where that is given, and raised where it is not.
    Source: YAML 1.2.2, chapter 10.3 (core schema), with 1.1's merge keys; RFC 8259.
    """
    if len(text) > max_bytes:
        raise FindingsError([_too_large(name, len(text), max_bytes)])
    refused = _encoding(text, name)
    if refused is not None:
        raise FindingsError([refused])
    if _JSON_START.match(text):
        return _parse_json(text, uri, name, max_depth, findings)
    return _parse_yaml(text, uri, name, max_depth, findings)


# --------------------------------------------------------------------------------------------------------------- files


def _shown(path: str) -> str:
    """*path* relative to the working directory where it lies below it, else as it is."""
    try:
        below = os.path.join(os.getcwd(), "")
    except FileNotFoundError:
        return path
    return path[len(below) :] if path.startswith(below) else path


def _missing(uri: str, name: str) -> Finding:
    """What is not there: the file, or the folder on the way to it."""
    fact, missing = "there is no such file", os.path.basename(uri)
    folder = os.path.dirname(uri)
    while not os.path.isdir(folder) and folder != os.path.dirname(folder):
        missing, folder = os.path.basename(folder), os.path.dirname(folder)
        fact = f"there is no such file: {_shown(folder)!r} has no {missing!r}"
    try:
        names = os.listdir(folder)
    except OSError:
        names = []
    return Finding(name, 0, 0, "missing-file", fact, did_you_mean(missing, sorted(names)))


def _too_large(name: str, size: int, max_bytes: int) -> Finding:
    fact = f"it has {size} bytes, where {max_bytes} are allowed"
    return Finding(name, 0, 0, "too-large", fact, "Split it, or raise the setting max_document_bytes")


_BOMS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
_NULS = ((b"\x00\x00\x00.", "UTF-32BE"), (b".\x00\x00\x00", "UTF-32LE"), (b"\x00.", "UTF-16BE"), (b".\x00", "UTF-16LE"))


def _encoding(text: bytes, name: str) -> Finding | None:
    """What keeps *text* from being UTF-8 without a byte order mark, or None."""
    if text.startswith(b"\xef\xbb\xbf"):
        first = text[3:].split(b"\n", 1)[0].decode("utf-8", "replace").rstrip("\r")
        fact = "it begins with a UTF-8 byte order mark"
        return Finding(name, 1, 1, "encoding", fact, "Save the file as UTF-8 without a byte order mark", first)
    for mark, encoding in _BOMS:
        if text.startswith(mark):
            return _recode(name, f"it is {encoding}, not UTF-8", encoding)
    if b"\x00" in text[:4]:
        pattern = re.sub(rb"[^\x00]", b".", text[:4])
        for nuls, encoding in _NULS:
            if pattern.startswith(nuls):
                return _recode(name, f"it looks like {encoding}, not UTF-8", encoding)
    if text.isascii():
        return None
    try:
        text.decode()
    except UnicodeDecodeError as error:
        return _not_utf8(text, name, error.start)
    return None


def _recode(name: str, fact: str, encoding: str) -> Finding:
    return Finding(name, 0, 0, "encoding", fact, _iconv(name, encoding))


def _iconv(name: str, encoding: str) -> str:
    return f"Save the file as UTF-8: iconv -f {encoding} -t UTF-8 {name} > utf8 && mv utf8 {name}"


def _not_utf8(text: bytes, name: str, start: int) -> Finding:
    line_start = text.rfind(b"\n", 0, start) + 1
    line_end = text.find(b"\n", start)
    source = text[line_start : line_end if line_end >= 0 else len(text)].rstrip(b"\r")
    encoding = "WINDOWS-1252" if re.search(rb"[\x80-\x9f]", source) else "ISO-8859-1"
    column = len(text[line_start:start].decode("utf-8", "replace")) + 1
    fact = f"byte 0x{text[start]:02x} is not UTF-8; the file looks like {encoding}"
    rest = text[start : line_start + len(source)].decode("cp1252", "replace")
    shown = text[line_start:start].decode("utf-8", "replace") + rest
    return Finding(name, text.count(b"\n", 0, start) + 1, column, "encoding", fact, _iconv(name, encoding), shown)


class _Lines:
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
        if not 1 <= number <= len(self._starts):
            return ""
        if number not in self._cut:
            end = self._starts[number] if number < len(self._starts) else len(self.text)
            self._cut[number] = self.text[self._starts[number - 1] : end].rstrip("\r\n")
        return self._cut[number]


_LINE_END = re.compile(r"\r\n|\n|\r")


# ---------------------------------------------------------------------------------------------------------------- JSON

_JSON_START = re.compile(rb"\s*[{\[]")
_JSON_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]:]', re.DOTALL)
_JSON_DEPTH = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NOT_JSON_STRUCTURE = bytes(set(range(256)) - set(b'[]{}:"'))


def _json_outline(text: bytes) -> bytes:
    """The brackets and colons of *text* that stand outside of strings; it need not be correct."""
    if b"\\" in text:
        text = text.replace(b"\\\\", b"").replace(b'\\"', b"")
    outline = text.translate(None, _NOT_JSON_STRUCTURE).replace(b'""', b"")
    return b"".join(outline.split(b'"')[::2]) if b'"' in outline else outline


def _is_deeper(outline: bytes, max_depth: int) -> bool:
    """Whether lists and maps are nested more than *max_depth* deep in a text with this *outline*."""
    brackets = outline.replace(b":", b"")
    for _ in range(min(max_depth // 2, 50)):  # each round takes away one level or two
        if not brackets:
            return False
        brackets = brackets.replace(b"{}", b"").replace(b"[]", b"")
    return max(accumulate(map(_JSON_DEPTH.__getitem__, outline.replace(b":", b""))), default=0) > max_depth


def _member_count(value: Any) -> int:
    """How many members all the maps in *value* have."""
    count = 0
    stack = [value]
    while stack:
        container = stack.pop()
        if container.__class__ is dict:
            count += len(container)
            container = container.values()
        for inner in container:
            kind = inner.__class__
            if kind is dict or kind is list:
                stack.append(inner)
    return count


def _json_duplicates(text: str) -> Iterator[tuple[str, int, int, int]]:
    """Keys that stand twice in a map: the key, where the first starts, where this one starts and ends."""
    stack: list[dict[str, int]] = []
    start = end = 0
    for token in _JSON_TOKEN.finditer(text):
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


def _parse_json(text: bytes, uri: str, name: str, max_depth: int, findings: list[Finding] | None) -> Document:
    """JSON; where it is none, YAML's flow style, which allows comments and a comma too many."""
    outline = _json_outline(text)
    if _is_deeper(outline, max_depth):
        return _parse_yaml(text, uri, name, max_depth, findings)
    import msgspec

    try:
        document = Document(uri, name, text, msgspec.json.decode(text), json=True)
        found: list[Finding] = []
        if outline.count(b":") != _member_count(document.value):
            found += [_duplicate(document, *duplicate) for duplicate in _json_duplicates(document._located().text)]
        return _with_findings(document, found, findings)
    except RecursionError:
        return _parse_yaml(text, uri, name, max_depth, findings)
    except msgspec.DecodeError as error:
        refused = str(error)
    try:
        return _parse_yaml(text, uri, name, max_depth, findings)
    except FindingsError as error:
        if name.endswith((".yaml", ".yml")) or any(f.code != "yaml-syntax" for f in error.findings):
            raise
    raise FindingsError([_json_syntax(text, uri, name, refused)])


def _json_syntax(text: bytes, uri: str, name: str, refused: str) -> Finding:
    place = re.search(r" \(byte (\d+)\)$", refused)
    offset = int(place[1]) if place else len(text.rstrip())
    fact = refused.removesuffix(place[0]).removeprefix("JSON is malformed: ") if place else refused
    if "truncated" in refused:
        fact = "the text ends before all lists, maps and strings are closed"
    document = Document(uri, name, text, None)
    index = len(text[:offset].decode("utf-8", "replace"))
    line, column, width = document._located().position(index, index + 1)
    return Finding(name, line, column, "json-syntax", fact, "", document.source_line(line), width)


class _JsonPlaces:
    """The places of values in a JSON text, level by level: only the lists and maps on the way are looked through."""

    _blank = re.compile(r"[ \t\r\n]*")

    def __init__(self, text: str):
        self._text = text
        # Numbers as text, so that one of many digits is not refused.
        self._skip = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str, strict=False).raw_decode
        self._levels: dict[int, dict[str, tuple[int, int, int, int]]] = {}

    def span(self, pointer: tuple[str, ...], key: bool) -> tuple[int, int]:
        value, end = self._after_blank(0), 0
        name: tuple[int, int] | None = None
        try:
            end = self._skip(self._text, value)[1] if not pointer else 0
            for token in pointer:
                found = self._level(value).get(token)
                if found is None:
                    break
                key_start, key_end, value, end = found
                name = (key_start, key_end) if key_end else None
        except (RecursionError, ValueError):
            pass
        if key and name is not None:
            return name
        return value, value + 1 if self._text[value] in "[{" else end

    def _after_blank(self, index: int) -> int:
        return self._blank.match(self._text, index).end()  # type: ignore[union-attr]

    def _level(self, start: int) -> dict[str, tuple[int, int, int, int]]:
        """Of the list or map at *start*: name -> start and end of the key (0, 0 in a list), and of the value."""
        if start not in self._levels:
            self._levels[start] = dict(self._children(start))
        return self._levels[start]

    def _children(self, start: int) -> Iterator[tuple[str, tuple[int, int, int, int]]]:
        text, blank = self._text, self._after_blank
        opened = text[start]
        if opened not in "[{":
            return
        index, number = blank(start + 1), 0
        while text[index] not in "]}":
            name, key_start, key_end = str(number), 0, 0
            if opened == "{":
                key_start = index
                name, key_end = self._skip(text, index)
                index = blank(blank(key_end) + 1)
            end = self._skip(text, index)[1]
            yield name, (key_start, key_end, index, end)
            index, number = blank(end), number + 1
            if text[index] == ",":
                index = blank(index + 1)


# ---------------------------------------------------------------------------------------------------------------- YAML

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
#: What a plain scalar that is no string begins with.
_SPECIAL = frozenset(["", *"~nNtTfF.+-0123456789"])
_NUMBER = re.compile(
    r"(?P<int>[-+]?[0-9]+)|0o(?P<oct>[0-7]+)|0x(?P<hex>[0-9a-fA-F]+)|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
)

_TAG = "tag:yaml.org,2002:"
#: dict: tag -> the types that its plain scalar may have.
_SCALAR_TAGS: dict[str, tuple[type, ...]] = {
    f"{_TAG}null": (type(None),),
    f"{_TAG}bool": (bool,),
    f"{_TAG}int": (int,),
    f"{_TAG}float": (float, int),
}
#: Texts with a meaning that JSON does not know stay texts.
_TEXT_TAGS = {"!", f"{_TAG}str", f"{_TAG}binary", f"{_TAG}timestamp"}


class _Mark(NamedTuple):
    """What a key of a map or an item of a list waits for, in place of a name."""

    what: str


_KEY, _ITEM = _Mark("a key comes next"), _Mark("an item comes next")


class _Merge(NamedTuple):
    """What stands in place of a name after the key `<<`, which `event` is."""

    event: Any


class _Anchor(NamedTuple):
    value: Any
    text: str | None  # as written, of a scalar
    size: int  # the number of values in it, with what its own aliases expand to
    height: int  # how deep it is nested


def _is_merge(event: Any) -> bool:
    """Whether the scalar `<<` of *event* is YAML 1.1's merge key: it is where it has no quotes."""
    return bool(event.implicit[0]) or event.tag == f"{_TAG}merge"


def _plain(text: str) -> Any:
    """The value of a plain scalar. Source: YAML 1.2.2, 10.3.2."""
    if text in _WORDS:
        return _WORDS[text]
    number = _NUMBER.fullmatch(text)
    if number is None:
        return text
    if number["int"]:
        return int(text)
    if number["oct"]:
        return int(number["oct"], 8)
    if number["hex"]:
        return int(number["hex"], 16)
    return float(text)


def _parse_yaml(text: bytes, uri: str, name: str, max_depth: int, findings: list[Finding] | None) -> Document:
    document = Document(uri, name, text, None)
    construction = _Construction(document, max_depth)
    was_enabled = gc.isenabled()
    gc.disable()  # nothing that is built here is garbage: three times as fast
    try:
        with _reader_errors(document):
            document.value = construction.run()
    finally:
        if was_enabled:
            gc.enable()
    found = construction.findings
    if construction.duplicated:
        document._places = places = _YamlPlaces(text)
        found += [_duplicate(document, *duplicate) for duplicate in places.duplicates]
    return _with_findings(document, found, findings)


def _with_findings(document: Document, found: list[Finding], findings: list[Finding] | None) -> Document:
    """*document*, what was *found* in it added to *findings*, or raised where nobody takes them."""
    if findings is not None:
        findings += found
    elif found:
        raise FindingsError(found)
    return document


@contextlib.contextmanager
def _reader_errors(document: Document) -> Iterator[None]:
    """libyaml's errors as findings."""
    try:
        yield
    except yaml.MarkedYAMLError as error:
        raise FindingsError([_syntax(document, error)]) from None
    except yaml.YAMLError:
        raise FindingsError([_control_character(document)]) from None


class _Construction:
    """One pass over the events of a text, which gives its value. No recursion: nesting costs no stack of ours."""

    def __init__(self, document: Document, max_depth: int):
        self._document = document
        self._max_depth = max_depth
        self.findings: list[Finding] = []
        self.duplicated = False

    def run(self) -> Any:
        loader = _Loader(self._document.text)
        try:
            return self._value(loader.get_event)
        finally:
            loader.dispose()

    def _value(self, get_event: Callable[[], Any]) -> Any:
        scalar, alias = yaml.ScalarEvent, yaml.AliasEvent
        map_start, map_end = yaml.MappingStartEvent, yaml.MappingEndEvent
        list_start, list_end = yaml.SequenceStartEvent, yaml.SequenceEndEvent
        max_depth, special = self._max_depth, _SPECIAL
        anchors: dict[str, _Anchor | None] = {}  # None while what it names is still open
        merges: dict[int, list[tuple[Any, Any]]] = {}  # id of a map -> the maps to be merged into it, and each <<
        names: dict[str, str] = {}  # every key once, since the same few come again and again
        stack: list[tuple[Any, Any, Any, int, int]] = []
        documents = own = expanded = height = 0
        container: Any = []
        key: Any = _ITEM
        while True:
            event = get_event()
            kind = event.__class__
            if kind is scalar:
                own += 1
                text = event.value
                if key is _KEY:
                    if event.anchor is not None:
                        anchors[event.anchor] = _Anchor(text, text, 1, 0)
                    if text == "<<" and _is_merge(event):
                        key = _Merge(event)
                        continue
                    if text in container:
                        self.duplicated = True
                    key = names.setdefault(text, text)
                    continue
                value = text
                if event.tag is not None:
                    value = self._tagged(event)
                elif text[:1] in special and event.implicit[0]:
                    value = self._number(event) if len(text) > 1000 else _plain(text)
                if event.anchor is not None:
                    anchors[event.anchor] = _Anchor(value, text, 1, 0)
            elif kind is map_start or kind is list_start:
                own += 1
                if key is _KEY:
                    self._complex_key(event)
                if len(stack) >= max_depth:
                    self._too_deep(event)
                if event.tag is not None:
                    self._check_tag(event, "map" if kind is map_start else "seq")
                if event.anchor is not None:
                    anchors[event.anchor] = None
                stack.append((container, key, event.anchor, own + expanded - 1, height))
                container, key = ({}, _KEY) if kind is map_start else ([], _ITEM)
                height = 0
                continue
            elif kind is map_end or kind is list_end:
                value = container
                if merges and kind is map_end:
                    self._merge(value, merges.pop(id(value), ()))
                inner = height + 1
                container, key, anchor, before, height = stack.pop()
                if inner > height:
                    height = inner
                if anchor is not None:
                    anchors[anchor] = _Anchor(value, None, own + expanded - before, inner)
            elif kind is alias:
                named = self._anchor(event, anchors)
                if key is _KEY:
                    if named.text is None:
                        self._complex_key(event)
                    key = named.text
                    if key in container:
                        self.duplicated = True
                    continue
                value = named.value
                expanded += named.size
                if expanded > _EXPANDED + _EXPANDED_EACH * own:
                    self._expanded(event)
                if len(stack) + named.height > max_depth:
                    self._too_deep(event)
                height = max(height, named.height)
            elif kind is yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    self._second_document(event)
                continue
            elif kind is yaml.StreamEndEvent:
                break
            else:
                continue
            if key is _ITEM:
                container.append(value)
            elif key.__class__ is _Merge:
                merges.setdefault(id(container), []).append((value, key.event))
                key = _KEY
            else:
                container[key] = value
                key = _KEY
        if not container or (own == 1 and container[0] is None):
            fact = "it is empty"
            raise FindingsError([Finding(self._document.name, 0, 0, "empty-file", fact, "Write something into it")])
        return container[0]

    def _anchor(self, event: Any, anchors: dict[str, _Anchor | None]) -> _Anchor:
        named = anchors.get(event.anchor)
        if named is None:
            if event.anchor in anchors:
                fact = f"the alias *{event.anchor} stands inside the value that it names"
                self._fail(event, "yaml-syntax", fact, "Use $ref for what contains itself")
            self._fail(
                event,
                "yaml-syntax",
                f"the alias *{event.anchor} names no anchor",
                did_you_mean(event.anchor, anchors) or f"Write &{event.anchor} before the value that is meant, above",
            )
        return named

    def _number(self, event: Any) -> Any:
        try:
            return _plain(event.value)
        except ValueError:  # Python's limit on the digits of an int
            self._fail(event, "yaml-syntax", f"a number of {len(event.value)} digits", "Put quotes around it")

    def _tagged(self, event: Any) -> Any:
        tag, text = event.tag, event.value
        if tag in _TEXT_TAGS:
            return text
        if tag not in _SCALAR_TAGS:
            self._check_tag(event, "")
            return text
        value = self._number(event)
        if not isinstance(value, _SCALAR_TAGS[tag]) or (isinstance(value, bool) and tag != f"{_TAG}bool"):
            fact = f"{_cut(text)} is no {tag.removeprefix(_TAG)}, as its tag {_short(tag)} says"
            self.findings.append(self._finding(event, "unknown-tag", fact, "Remove the tag"))
            return text
        return float(text) if tag == f"{_TAG}float" and isinstance(value, int) else value

    def _check_tag(self, event: Any, kind: str) -> None:
        if event.tag == "!" or (kind and event.tag == f"{_TAG}{kind}"):
            return
        fact = f"{_short(event.tag)} is no tag that is known here"
        self.findings.append(self._finding(event, "unknown-tag", fact, "Remove the tag"))

    def _merge(self, value: dict[str, Any], merged: Iterable[tuple[Any, Any]]) -> None:
        """Add to *value* what it has not yet. Source: YAML 1.1, "Merge Key Language-Independent Type"."""
        for one, event in merged:
            for other in one if isinstance(one, list) else [one]:
                if not isinstance(other, dict):
                    fact = "<< merges maps, and what stands after it is neither a map nor a list of maps"
                    self._fail(event, "yaml-syntax", fact, "Put quotes around it, if a key of that name is meant")
                for name, member in other.items():
                    value.setdefault(name, member)

    def _complex_key(self, event: Any) -> NoReturn:
        fact = "the key of a map must be a text, not a list or a map"
        self._fail(event, "yaml-syntax", fact, "Put quotes around it, if it is a text that contains braces or brackets")

    def _too_deep(self, event: Any) -> NoReturn:
        fact = f"lists and maps are nested more than {self._max_depth} deep"
        self._fail(event, "too-deep", fact, "Name the inner parts and refer to them with $ref")

    def _expanded(self, event: Any) -> NoReturn:
        fact = f"the aliases up to here expand to more than {_EXPANDED} values"
        self._fail(event, "too-large", fact, "Name what repeats and refer to it with $ref")

    def _second_document(self, event: Any) -> NoReturn:
        fact = "a second YAML document begins here, and a file is read as one"
        self._fail(event, "yaml-syntax", fact, "Put it into a file of its own, or remove the '---'")

    def _fail(self, event: Any, code: str, fact: str, mend: str = "") -> NoReturn:
        raise FindingsError([*self.findings, self._finding(event, code, fact, mend)])

    def _finding(self, event: Any, code: str, fact: str, mend: str) -> Finding:
        return _finding(self._document, event.start_mark.index, event.end_mark.index, code, fact, mend)


def _finding(document: Document, start: int, end: int, code: str, fact: str, mend: str = "") -> Finding:
    line, column, width = document._located().position(start, end)
    return Finding(document.name, line, column, code, fact, mend, document.source_line(line), width)


def _duplicate(document: Document, name: str, first: int, start: int, end: int) -> Finding:
    line = document._located().position(first, first).line
    fact = f"the key {_cut(name)} stands twice in this map, first in line {line}"
    return _finding(document, start, end, "duplicate-key", fact, "Remove or rename one of them")


def _cut(text: str) -> str:
    shown = repr(text)
    return shown if len(shown) <= 80 else f"{shown[:77]}...'"


def _short(tag: str) -> str:
    return f"!!{tag.removeprefix(_TAG)}" if tag.startswith(_TAG) else tag


def _control_character(document: Document) -> Finding:
    """The first character that YAML does not allow. Source: YAML 1.2.2, 5.1."""
    text = document._located().text
    found = re.search("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
    index = found.start() if found else 0
    fact = f"a character that YAML does not allow: {text[index : index + 1]!r}"
    mend = "Remove it, or write it as an escape in double quotes"
    return _finding(document, index, index + 1, "yaml-syntax", fact, mend)


def _syntax(document: Document, error: yaml.MarkedYAMLError) -> Finding:
    """What libyaml says, where it says so, and what probably mends it."""
    text = document._located().text
    mark: Any = error.problem_mark or error.context_mark
    index = min(mark.index, len(text)) if mark else 0
    problem = error.problem or "this is not YAML"
    begun = document._located().position(error.context_mark.index, 0).line if error.context_mark else 0
    line, column, _ = document._located().position(index, index)
    fact = f"{problem} ({error.context}, begun in line {begun})" if begun and begun != line else problem
    mend = _mend(problem, error.context or "", text[index : index + 1], begun)
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
    return ""


#: Where something stands: offsets of its first and after its last character, and its members with the places of their
#: keys, or its items.
_Children = dict[str, tuple[int, int, "_Place"]]
_Place = tuple[int, int, "_Children | None"]


class _YamlPlaces:
    """The places of all values of a YAML text that was read without an error, and its duplicate keys."""

    def __init__(self, text: bytes):
        self.duplicates: list[tuple[str, int, int, int]] = []  # key, start of the first, start and end of this one
        loader = _Loader(text)
        was_enabled = gc.isenabled()
        gc.disable()
        try:
            self._root = self._place(loader.get_event)
        finally:
            loader.dispose()
            if was_enabled:
                gc.enable()

    def span(self, pointer: tuple[str, ...], key: bool) -> tuple[int, int]:
        place = self._root
        name: tuple[int, int] | None = None
        for token in pointer:
            found = (place[2] or {}).get(token)
            if found is None:
                break
            start, end, place = found
            name = (start, end) if end else None
        if key and name is not None:
            return name
        start, end, children = place
        return start, end if children is None else start + 1

    def _place(self, get_event: Callable[[], Any]) -> _Place:
        scalar, alias, map_start = yaml.ScalarEvent, yaml.AliasEvent, yaml.MappingStartEvent
        starts = (map_start, yaml.SequenceStartEvent)
        ends = (yaml.MappingEndEvent, yaml.SequenceEndEvent)
        anchors: dict[str, _Place] = {}
        texts: dict[str, str] = {}
        stack: list[tuple[Any, Any, int, int, int, str | None, list[_Place]]] = []
        children: _Children = {}
        key: Any = _ITEM
        merged: list[_Place] = []
        key_start = key_end = start = 0
        while True:
            event = get_event()
            kind = event.__class__
            if kind is scalar or kind is alias:
                mark = event.start_mark.index, event.end_mark.index
                text = event.value if kind is scalar else texts.get(event.anchor)
                if kind is scalar and event.anchor is not None:
                    texts[event.anchor] = event.value
                    anchors[event.anchor] = (*mark, None)
                if key is _KEY:
                    key_start, key_end = mark
                    if kind is scalar and text == "<<" and _is_merge(event):
                        key = _Merge(event)
                        continue
                    key = text
                    if key in children:
                        self.duplicates.append((key, children[key][0], *mark))
                    continue
                place: _Place = anchors[event.anchor] if kind is alias else (*mark, None)
            elif kind in starts:
                stack.append((children, key, key_start, key_end, event.start_mark.index, event.anchor, merged))
                children, key, merged = {}, _KEY if kind is map_start else _ITEM, []
                continue
            elif kind in ends:
                for one in merged:
                    for name, member in (one[2] or {}).items():
                        children.setdefault(name, member)
                inner = children
                children, key, key_start, key_end, start, anchor, merged = stack.pop()
                place = start, event.end_mark.index, inner
                if anchor is not None:
                    anchors[anchor] = place
            elif kind is yaml.StreamEndEvent:
                break
            else:
                continue
            if key is _ITEM:
                children[str(len(children))] = 0, 0, place
            elif key.__class__ is _Merge:
                # A list of maps counts as the maps in it.
                inside = [item for _, _, item in (place[2] or {}).values()]
                merged += inside if _is_list(place) else [place]
                key = _KEY
            else:
                children[key] = key_start, key_end, place
                key = _KEY
        return children["0"][2]


def _is_list(place: _Place) -> bool:
    """Whether *place* is that of a list with items: they have no keys."""
    return any(not end for _, end, _ in (place[2] or {}).values())


# ------------------------------------------------------------------------------------------------------- Writing YAML

_Emitter: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def dump_yaml(value: Any) -> str:
    """
    *value* (dicts, lists, text, numbers, booleans, None) as YAML in block style, members in their order.

    Read again, by this module or by a YAML 1.1 parser, it is the same: text that looks like something else is quoted.
    """
    text: str = yaml.emit(_events(value), Dumper=_Emitter, width=-1, allow_unicode=True)
    return text


def _events(value: Any) -> Iterator[Any]:
    yield yaml.StreamStartEvent()
    yield yaml.DocumentStartEvent(explicit=False)
    # Without recursion: a stack of what is still to be written
    stack: list[Iterator[Any]] = [iter((value,))]
    while stack:
        item = next(stack[-1], _KEY)
        if item is _KEY:
            stack.pop()
        elif isinstance(item, yaml.Event):
            yield item
        elif isinstance(item, dict):
            yield yaml.MappingStartEvent(None, None, True, flow_style=not item)
            stack.append(_members(item))
        elif isinstance(item, (list, tuple)):
            yield yaml.SequenceStartEvent(None, None, True, flow_style=not item)
            stack.append(_sequence(item))
        else:
            yield _scalar(item)
    yield yaml.DocumentEndEvent(explicit=False)
    yield yaml.StreamEndEvent()


def _members(value: dict[Any, Any]) -> Iterator[Any]:
    for key, member in value.items():
        yield _scalar(str(key))
        yield member
    yield yaml.MappingEndEvent()


def _sequence(value: Any) -> Iterator[Any]:
    yield from value
    yield yaml.SequenceEndEvent()


def _scalar(value: Any) -> Any:
    if isinstance(value, str):
        if "\n" in value:
            return yaml.ScalarEvent(None, None, (False, True), value, style="|")
        return yaml.ScalarEvent(None, None, (not _looks_otherwise(value), True), value)
    text = "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    if isinstance(value, float):
        # YAML 1.1 wants a point in a number with an exponent
        text = {"inf": ".inf", "-inf": "-.inf", "nan": ".nan"}.get(text, text)
        text = text if "." in text else text.replace("e", ".0e")
    return yaml.ScalarEvent(None, None, (True, False), text)


def _looks_otherwise(text: str) -> bool:
    """Whether *text*, without quotes, would be read as something else: by us, or by the rules of YAML 1.1."""
    if text[:1] in _SPECIAL and (text in _WORDS or _NUMBER.fullmatch(text)):
        return True
    rules = yaml.resolver.Resolver.yaml_implicit_resolvers.get(text[:1], ())
    return any(pattern.match(text) for _, pattern in rules)
