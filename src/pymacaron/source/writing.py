"""
Plain values -> YAML text, by libyaml's emitter: the way back of yaml.py. Read again, it is the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from pymacaron.source.scalars import is_special

__all__ = ["dump_yaml"]

_Emitter: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

_END = object()


def dump_yaml(value: Any) -> str:
    """
    *value* (dicts, lists, text, numbers, booleans, None) as YAML in block style, members in their order.

    Read again, by this room or by a YAML 1.1 parser, it is the same: text that looks like something else is quoted.
    """
    text: str = yaml.emit(_events(value), Dumper=_Emitter, width=-1, allow_unicode=True)
    return text


def _events(value: Any) -> Iterator[Any]:
    yield yaml.StreamStartEvent()
    yield yaml.DocumentStartEvent(explicit=False)
    # Without recursion: a stack of what is still to be written
    stack: list[Iterator[Any]] = [iter((value,))]
    while stack:
        item = next(stack[-1], _END)
        if item is _END:
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
    if is_special(text):
        return True
    rules = yaml.resolver.Resolver.yaml_implicit_resolvers.get(text[:1], ())
    return any(pattern.match(text) for _, pattern in rules)
