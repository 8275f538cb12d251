"""
Where the values of a text stand: JSON pointer -> offsets into its characters.

Made when the first position is asked for, of a text that was read without an error. In JSON, only the lists and maps
on the way are looked through; YAML is read again, event by event, as yaml.py did.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import yaml

from pymacaron.source.events import ITEM, KEY, Merge, events
from pymacaron.source.scalars import is_merge

__all__ = ["JsonPlaces", "YamlPlaces"]


class JsonPlaces:
    """The places of values in a JSON text, level by level: only the lists and maps on the way are looked through."""

    _blank = re.compile(r"[ \t\r\n]*")

    def __init__(self, text: str):
        self._text = text
        # Numbers as text, so that one of many digits is not refused.
        self._skip = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str, strict=False).raw_decode
        self._levels: dict[int, dict[str, tuple[int, int, int, int]]] = {}

    def span(self, pointer: tuple[str, ...], key: bool) -> tuple[int, int]:
        """Offsets of start and end of the value at *pointer*, or with *key* of its key; see `Document.position`."""
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


#: Where something stands: offsets of its first and after its last character, and its members with the places of their
#: keys, or its items.
_Children = dict[str, tuple[int, int, "_Place"]]
_Place = tuple[int, int, "_Children | None"]


class YamlPlaces:
    """The places of all values of a YAML text that was read without an error, and its duplicate keys."""

    def __init__(self, text: bytes):
        self.duplicates: list[tuple[str, int, int, int]] = []  # key, start of the first, start and end of this one
        with events(text) as get_event:
            self._root = self._place(get_event)

    def span(self, pointer: tuple[str, ...], key: bool) -> tuple[int, int]:
        """Offsets of start and end of the value at *pointer*, or with *key* of its key; see `Document.position`."""
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
        key: Any = ITEM
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
                if key is KEY:
                    key_start, key_end = mark
                    if kind is scalar and text == "<<" and is_merge(event):
                        key = Merge(event)
                        continue
                    key = text
                    if key in children:
                        self.duplicates.append((key, children[key][0], *mark))
                    continue
                place: _Place = anchors[event.anchor] if kind is alias else (*mark, None)
            elif kind in starts:
                stack.append((children, key, key_start, key_end, event.start_mark.index, event.anchor, merged))
                children, key, merged = {}, KEY if kind is map_start else ITEM, []
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
            if key is ITEM:
                children[str(len(children))] = 0, 0, place
            elif key.__class__ is Merge:
                # A list of maps counts as the maps in it.
                inside = [item for _, _, item in (place[2] or {}).values()]
                merged += inside if _is_list(place) else [place]
                key = KEY
            else:
                children[key] = key_start, key_end, place
                key = KEY
        return children["0"][2]


def _is_list(place: _Place) -> bool:
    """Whether *place* is that of a list with items: they have no keys."""
    return any(not end for _, end, _ in (place[2] or {}).values())
