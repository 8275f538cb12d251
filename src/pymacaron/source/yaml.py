"""
YAML text -> Document: the value is built here from libyaml's events, with a stack of our own, so that nesting and what
aliases expand to can be limited.

What a scalar means is said in scalars.py; here merge keys of YAML 1.1 are followed, too. What is wrong but can be read
over is collected.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, NoReturn

import yaml

from pymacaron.finding import Finding, FindingsError, did_you_mean
from pymacaron.source.document import Document
from pymacaron.source.events import ITEM, KEY, Merge, events
from pymacaron.source.places import YamlPlaces
from pymacaron.source.refusals import control_character, duplicate_key, finding_at, handed_over, quoted, syntax
from pymacaron.source.scalars import SCALAR_TAGS, SPECIAL, TAG, TEXT_TAGS, is_merge, plain, short

__all__ = ["parse_yaml"]

#: What an alias may expand to: so many values, and so many for each one that is written.
_EXPANDED, _EXPANDED_EACH = 1_000_000, 10


def parse_yaml(text: bytes, uri: str, name: str, max_depth: int, findings: list[Finding] | None) -> Document:
    """
    *text* as YAML; see `parse` for *max_depth* and *findings*. Raises FindingsError.
    """
    document = Document(uri, name, text, None)
    construction = _Construction(document, max_depth)
    with _reader_errors(document), events(text) as get_event:
        document.value = construction.value(get_event)
    found = construction.findings
    if construction.duplicated:
        document.places = places = YamlPlaces(text)
        found += [duplicate_key(document, *duplicate) for duplicate in places.duplicates]
    return handed_over(document, found, findings)


@contextlib.contextmanager
def _reader_errors(document: Document) -> Iterator[None]:
    """libyaml's errors as findings."""
    try:
        yield
    except yaml.MarkedYAMLError as error:
        raise FindingsError([syntax(document, error)]) from None
    except yaml.YAMLError:
        raise FindingsError([control_character(document)]) from None


class _Anchor(NamedTuple):
    value: Any
    text: str | None  # as written, of a scalar
    size: int  # the number of values in it, with what its own aliases expand to
    height: int  # how deep it is nested


class _Construction:
    """One pass over the events of a text, which gives its value. No recursion: nesting costs no stack of ours."""

    def __init__(self, document: Document, max_depth: int):
        self._document = document
        self._max_depth = max_depth
        self.findings: list[Finding] = []
        self.duplicated = False

    def value(self, get_event: Callable[[], Any]) -> Any:
        scalar, alias = yaml.ScalarEvent, yaml.AliasEvent
        map_start, map_end = yaml.MappingStartEvent, yaml.MappingEndEvent
        list_start, list_end = yaml.SequenceStartEvent, yaml.SequenceEndEvent
        max_depth, special = self._max_depth, SPECIAL
        anchors: dict[str, _Anchor | None] = {}  # None while what it names is still open
        merges: dict[int, list[tuple[Any, Any]]] = {}  # id of a map -> the maps to be merged into it, and each <<
        names: dict[str, str] = {}  # every key once, since the same few come again and again
        stack: list[tuple[Any, Any, Any, int, int]] = []
        documents = own = expanded = height = 0
        container: Any = []
        key: Any = ITEM
        while True:
            event = get_event()
            kind = event.__class__
            if kind is scalar:
                own += 1
                text = event.value
                if key is KEY:
                    if event.anchor is not None:
                        anchors[event.anchor] = _Anchor(text, text, 1, 0)
                    if text == "<<" and is_merge(event):
                        key = Merge(event)
                        continue
                    if text in container:
                        self.duplicated = True
                    key = names.setdefault(text, text)
                    continue
                value = text
                if event.tag is not None:
                    value = self._tagged(event)
                elif text[:1] in special and event.implicit[0]:
                    value = self._number(event) if len(text) > 1000 else plain(text)
                if event.anchor is not None:
                    anchors[event.anchor] = _Anchor(value, text, 1, 0)
            elif kind is map_start or kind is list_start:
                own += 1
                if key is KEY:
                    self._complex_key(event)
                if len(stack) >= max_depth:
                    self._too_deep(event)
                if event.tag is not None:
                    self._check_tag(event, "map" if kind is map_start else "seq")
                if event.anchor is not None:
                    anchors[event.anchor] = None
                stack.append((container, key, event.anchor, own + expanded - 1, height))
                container, key = ({}, KEY) if kind is map_start else ([], ITEM)
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
                if key is KEY:
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
            if key is ITEM:
                container.append(value)
            elif key.__class__ is Merge:
                merges.setdefault(id(container), []).append((value, key.event))
                key = KEY
            else:
                container[key] = value
                key = KEY
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
            return plain(event.value)
        except ValueError:  # Python's limit on the digits of an int
            self._fail(event, "yaml-syntax", f"a number of {len(event.value)} digits", "Put quotes around it")

    def _tagged(self, event: Any) -> Any:
        tag, text = event.tag, event.value
        if tag in TEXT_TAGS:
            return text
        if tag not in SCALAR_TAGS:
            self._check_tag(event, "")
            return text
        value = self._number(event)
        if not isinstance(value, SCALAR_TAGS[tag]) or (isinstance(value, bool) and tag != f"{TAG}bool"):
            fact = f"{quoted(text)} is no {tag.removeprefix(TAG)}, as its tag {short(tag)} says"
            self.findings.append(self._finding(event, "unknown-tag", fact, "Remove the tag"))
            return text
        return float(text) if tag == f"{TAG}float" and isinstance(value, int) else value

    def _check_tag(self, event: Any, kind: str) -> None:
        if event.tag == "!" or (kind and event.tag == f"{TAG}{kind}"):
            return
        fact = f"{short(event.tag)} is no tag that is known here"
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
        return finding_at(self._document, event.start_mark.index, event.end_mark.index, code, fact, mend)
