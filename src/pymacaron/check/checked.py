"""
Everything that there is to find, once, in the order of files and lines.

Asks the other files of this room, of each description in turn.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pymacaron import config
from pymacaron.check.files import MAX_BYTES, config_beside, found_in, max_bytes, names_beside, no_files
from pymacaron.check.guards import guard_findings
from pymacaron.check.handlers import code_findings, names_code
from pymacaron.check.ignored import ignored
from pymacaron.check.installed import old_distributions
from pymacaron.check.kept import tables
from pymacaron.check.named import unknown_names, unknown_scopes
from pymacaron.check.pages import unknown_places
from pymacaron.check.regexes import patterns
from pymacaron.check.requirements import unsatisfiable
from pymacaron.check.values import examples
from pymacaron.finding import Finding, FindingsError, did_you_mean, sorted_findings
from pymacaron.schema.codec import Schemas
from pymacaron.spec.load import load
from pymacaron.spec.model import Api

__all__ = ["Checked", "check"]


@dataclass(frozen=True, slots=True)
class Checked:
    """
    What `check` found, in the order of files and lines, and the files that it looked at. `unseen`: whether descriptions
    name handlers that it did not look at, for want of a pym-config.yaml.
    """

    findings: list[Finding]
    files: tuple[str, ...]
    unseen: bool = False


def check(
    paths: Sequence[str | os.PathLike[str]] = (),
    *,
    serve: Sequence[str] = (),
    each: Callable[[Path], None] = lambda path: None,
) -> Checked:
    """
    Everything wrong with the descriptions in *paths*, files and folders; without any in ./apis, else in the folder.

    *serve*: names of the apis whose handlers must all be there. Without it, handlers are looked at where a
    pym-config.yaml lies beside or above a description, of the operations that name one, unless no module that they name
    exists: then it is the description of a service that is called. Handlers of webhooks are looked at where their
    module exists. *each* is told of a file before it is looked at. Imports handlers.

    Raises FindingsError where there is nothing to look at.
    """
    found: list[Finding] = old_distributions()
    files: dict[str, None] = {}
    configs: dict[str, int] = {}
    guarded: dict[str, list[Api]] = {}
    others: set[str] = set()
    names: dict[str, None] = {}
    unseen = False
    given = found_in(paths)
    known = {path.stem for path in given}
    for path in given:
        each(path)
        files[os.path.abspath(path)] = None
        config_file = config_beside(path)
        if config_file is not None and config_file not in configs:
            configs[config_file] = max_bytes(config_file)
            found += config.findings(config_file)
        try:
            api = load(path, max_bytes=configs[config_file] if config_file else MAX_BYTES)
        except FindingsError as error:
            found += error.findings
            continue
        names[api.name] = None
        if config_file is not None:
            guarded.setdefault(config_file, []).append(api)
            if names_beside(path) - known:
                others.add(config_file)
        else:
            found += unsatisfiable(api)
        unseen = unseen or (not serve and config_file is None and any(map(names_code, api.operations)))
        found += api.findings
        schemas = Schemas(api)
        found += examples(api, schemas)
        found += patterns(api)
        found += ignored(api, schemas)
        found += unknown_names(api)
        found += unknown_scopes(api)
        found += unknown_places(api, schemas)
        found += tables(api, schemas)
        found += code_findings(api, schemas, serve, config_file, known | names_beside(path))
    for config_file in configs:
        found += guard_findings(config_file, guarded.get(config_file, []), config_file not in others)
    for name in serve:
        if name not in names:
            fact = f"no api named {name!r} is here (there are: {', '.join(names) or 'none'})"
            found.append(Finding("--serve", 0, 0, "unknown-api", fact, did_you_mean(name, names)))
    if not files and not found:
        raise FindingsError([no_files(paths)])
    return Checked(sorted_findings(found), (*files, *configs), unseen)
