"""
Tests of which there are very many of one kind: real descriptions, cases by lot. `make test` takes a share of them, the
same in every run, in which each kind is; `make test-whole`, which sets TEST_WHOLE, takes all of them. And tests that
take long, of what other tests show in parts.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

__all__ = ["WHOLE", "each_version", "number", "version", "whole"]

WHOLE = bool(os.environ.get("TEST_WHOLE"))
_Test = TypeVar("_Test", bound=Callable[..., Any])
_VERSION = re.compile(rb"""(?:swagger|openapi)["']?\s*:\s*["']?(\d\.\d)""")


def number(few: int, many: int) -> int:
    """How many are taken of those that are made by lot."""
    return many if WHOLE else few


def whole(test: _Test) -> _Test:
    """*test* is one of the whole alone."""
    test.__test__ = WHOLE  # type: ignore[attr-defined]
    return test


def each_version(paths: Sequence[Path], every: int) -> list[Path]:
    """
    Of the descriptions at *paths* that are real, in a folder `specs`, each *every*-th, and the first of each version of
    the format. All others, which are written for one feature each.
    """
    first: dict[str, Path] = {}
    for path in paths:
        first.setdefault(version(path), path)
    kept = {*paths[:: 1 if WHOLE else every], *first.values()}
    return [path for path in paths if path in kept or path.parent.name != "specs"]


@cache
def version(path: Path) -> str:
    """2.0, 3.0 and so on, as the text says; empty where it does not."""
    found = _VERSION.search(path.read_bytes())
    return found[1].decode() if found else ""
