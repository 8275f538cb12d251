"""
The door of this room for machines: everything that the service in a folder needs, in the order in which it is met.

What nobody asks for is not looked at: without `broker_url` no Redis, without a release no docker.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pymacaron import config, dotenv
from pymacaron.config.files import find_file, read_file
from pymacaron.doctor import configured, machine
from pymacaron.doctor.need import Need, lacking, met
from pymacaron.exceptions import ConfigError
from pymacaron.finding import FindingsError

__all__ = ["Need", "needs"]


def needs(folder: Path, environ: Mapping[str, str] | None = None) -> list[Need]:
    """
    What the service in *folder*, or above it, needs of this machine. *environ*: variables, os.environ by default; those
    of its `.env` count, too. Opens connections to the stores that it names, changes nothing.
    """
    variables = dict(os.environ if environ is None else environ)
    found = [machine.python(), machine.flask(), *machine.old_names()]
    file = find_file(folder, variables)
    home = Path(file).parent if file is not None else folder
    dotted, variables = _dotenv(home, variables)
    found += dotted
    document = None
    try:
        document = read_file(file) if file is not None else None
    except FindingsError as error:
        fact = f"{len(error.findings)} finding{'s' if len(error.findings) > 1 else ''} in {config.FILE}"
        found.append(lacking(config.FILE, fact, "Run: pymacaron check"))
    if file is None:
        fact = "there is none here: a service without settings"
        found.append(met(config.FILE, fact))
    resolved = config.resolve(document, environ=variables)
    found += configured.variables(resolved, variables)
    found.append(configured.port(resolved, variables))
    found += configured.libraries(resolved)
    found += configured.stores(resolved)
    wants = configured.release(resolved)
    found += machine.git(home, wants)
    found += machine.docker(wants, variables) if wants else []
    return [*found, *configured.aws(resolved, variables, wants)]


def _dotenv(folder: Path, environ: Mapping[str, str]) -> tuple[list[Need], dict[str, str]]:
    """Of a `.env`: whether it can be read, and the variables with it."""
    if not (folder / dotenv.FILE).exists():
        return [], dict(environ)
    try:
        added = dotenv.unset(folder, environ)
    except ConfigError as error:
        mend = f"chmod u+r {dotenv.FILE}, or write lines KEY=VALUE"
        return [lacking(dotenv.FILE, str(error), mend)], dict(environ)
    count = f"{len(added)} variable{'' if len(added) == 1 else 's'} of it not set otherwise"
    return [met(dotenv.FILE, count)], {**added, **environ}
