"""What is installed into an image: lines of pip's format, each with its hashes, and the files that they name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Lock", "canonical", "entry"]

_RUNS = re.compile(r"[-_.]+")


@dataclass(frozen=True, slots=True)
class Lock:
    """
    `file`: what it was read from; `text`: requirements with hashes, all that is needed among them; `local`: files and
    folders of wheels that it names, below the service's folder; `names`: canonical names of distributions.
    """

    file: str
    text: str
    local: tuple[str, ...]
    names: frozenset[str]


def canonical(name: str) -> str:
    """The name of a distribution as indexes compare it. Source: PyPA specifications, "Names and normalization"."""
    return _RUNS.sub("-", name).lower()


def entry(what: str, hashes: Iterable[str], marker: str = "") -> str:
    """The lines of one distribution: *what*, such as `flask==3.1.3` or `./wheels/x.whl`; *hashes*: `sha256:...`."""
    condition = f" ; {marker}" if marker else ""
    return "".join([what, condition, *(f" \\\n    --hash={one}" for one in sorted(set(hashes))), "\n"])
