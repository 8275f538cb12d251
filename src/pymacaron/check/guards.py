"""
What a pym-config.yaml says of who may call, looked at as a start does: the keys of tokens, and who enforces what.

The functions that `security` names are imported from its folder, and forgotten afterwards.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from pymacaron import config
from pymacaron.auth import keys
from pymacaron.check.handlers import importable
from pymacaron.finding import Finding, FindingsError
from pymacaron.server.guards import guards
from pymacaron.source import read
from pymacaron.spec.model import Api

__all__ = ["guard_findings"]


def guard_findings(config_file: str, apis: Sequence[Api], complete: bool) -> list[Finding]:
    """
    What of the keys, schemes and functions that *config_file* names cannot be used, or is not there; *apis* are those
    whose config it is. *complete*: whether there are no others, in which such a scheme could be.
    """
    try:
        resolved = config.resolve(read(config_file), {}, os.environ)
    except FindingsError:
        return []  # which is told already
    folder = os.path.dirname(config_file)
    found = keys.faults(resolved, folder)
    with importable(folder):
        return found + guards(resolved, {}, apis, complete=complete and bool(apis))[1]
