"""
The descriptions and suites that nobody here wrote: PYMACARON_CORPUS names their folder, else it is beside the checkout.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from pymacaron.finding import FindingsError
from pymacaron.spec.load import load
from pymacaron.spec.model import Api

__all__ = ["CORPUS", "descriptions", "loaded"]

CORPUS = Path(os.environ.get("PYMACARON_CORPUS") or Path(__file__).parents[3] / "shared" / "corpus")


def descriptions() -> list[Path]:
    """Every description of `specs/` and `features/`, in the order of their paths; empty where they are not there."""
    found = [path for folder in ("specs", "features") for path in (CORPUS / folder).glob("*.*")]
    return sorted(path for path in found if path.suffix in (".json", ".yaml", ".yml"))


@lru_cache(8)
def loaded(path: Path) -> Api | None:
    """The description at *path*; None where it cannot be read as one."""
    try:
        return load(path)
    except FindingsError:
        return None
