"""
The settings that say where a process answers besides operations, against what is answered there already.

Neighbours: health.py, whose endpoints give way to a route of the service, and config/faults.py, which compares them
with each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pymacaron.config import PATHS, Resolved
from pymacaron.finding import Finding

__all__ = ["hidden_paths"]


def hidden_paths(resolved: Resolved, answered: Collection[str]) -> Iterator[Finding]:
    """A Finding for each such setting that somebody gave, whose path is one of *answered*, by GET."""
    for key in PATHS:
        path = resolved.values.get(key)
        if path and key in resolved.places and path in answered:
            fact = f"{key} is {path!r}, where the service answers itself: that stays, and {key} is nowhere"
            yield resolved.places[key].finding("setting-clash", fact, "Give it a path of its own, or false")
