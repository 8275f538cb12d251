"""What is installed beside this distribution and owns some of its import names."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from pymacaron.finding import Finding
from pymacaron.server import dotted

__all__ = ["old_distributions"]

_OLD = ("pymacaron-core", "pymacaron-async", "pymacaron-unit", "pymacaron-aws")


def old_distributions(folders: Iterable[str] | None = None) -> list[Finding]:
    """
    Of the distributions that this one replaces, those that are installed in *folders* (default: where Python imports
    from): they own some of the import names of this one, so that it works by chance.
    """
    found: dict[str, str] = {}
    where = ""
    for folder in sys.path if folders is None else folders:
        try:
            names = os.listdir(folder or ".")
        except OSError:
            continue
        for name in names:
            if name.lower().startswith("pymacaron") and name.endswith((".dist-info", ".egg-info")):
                distribution, _, version = name.rpartition(".")[0].partition("-")
                distribution = distribution.lower().replace("_", "-").replace(".", "-")
                if distribution in _OLD:
                    found[distribution] = version.partition("-")[0]
                    where = where or folder or "."
    if not found:
        return []
    listed = ", ".join(f"{name} {found[name]}".strip() for name in sorted(found))
    fact = f"{listed} {'is' if len(found) == 1 else 'are'} installed, and bring modules that belong to pymacaron now"
    commands = f"pip uninstall -y {' '.join(sorted(found))} && pip install --force-reinstall --no-deps pymacaron"
    return [Finding(dotted.shown(where), 0, 0, "old-distribution", fact, f"Run: {commands}")]
