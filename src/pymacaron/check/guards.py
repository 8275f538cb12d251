"""
What a pym-config.yaml says of descriptions, looked at as a start does: the keys of tokens, who enforces what, and paths
that operations have, too.

The functions that `security` names are imported from its folder, and forgotten afterwards.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from pymacaron import config
from pymacaron.auth import keys
from pymacaron.check.handlers import importable, names_code
from pymacaron.check.requirements import required, unsatisfiable
from pymacaron.client import credentials
from pymacaron.finding import Finding, FindingsError
from pymacaron.server import binding
from pymacaron.server.guards import guards
from pymacaron.server.probed import hidden_paths
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
        found += guards(resolved, {}, apis, complete=complete and bool(apis))[1]
    found += credentials.faults(resolved, apis)
    found += required(resolved, apis, complete)
    for api in apis:
        found += unsatisfiable(api, resolved.values.get("security", True))
    return [*found, *hidden_paths(resolved, _answered(resolved, apis))]


def _answered(resolved: config.Resolved, apis: Sequence[Api]) -> set[str]:
    """The paths that operations with handlers have; those without may be of a service that is called."""
    ignores = resolved.values.get("ignore_base_path")
    return {
        ("" if ignores else api.base_path) + operation.path
        for api in apis
        for operation in api.operations
        if operation.method == "GET" and binding.is_served(operation) and names_code(operation)
    }
