"""
libyaml's events of a text, and what the two readers of them (yaml.py for values, places.py for where they stand) note
while they wait for the next one.

Only events are taken from libyaml: its composer crashes on deep nesting and counts no aliases.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import yaml

__all__ = ["ITEM", "KEY", "Merge", "events"]

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Mark(NamedTuple):
    """What a key of a map or an item of a list waits for, in place of a name."""

    what: str


KEY, ITEM = _Mark("a key comes next"), _Mark("an item comes next")


class Merge(NamedTuple):
    """What stands in place of a name after the key `<<`, which `event` is."""

    event: Any


@contextlib.contextmanager
def events(text: bytes) -> Iterator[Callable[[], Any]]:
    """The function that gives the next event of *text*. Raises yaml.YAMLError, here or there, where it is no YAML."""
    was_enabled = gc.isenabled()
    gc.disable()  # nothing that is built of events is garbage: three times as fast
    try:
        loader = _Loader(text)
        try:
            yield loader.get_event
        finally:
            loader.dispose()
    finally:
        if was_enabled:
            gc.enable()
