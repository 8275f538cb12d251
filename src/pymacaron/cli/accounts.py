"""What the commands share that look at AWS for a service and release nothing: its folder, its config, the account."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pymacaron.cli.terminal import failed

if TYPE_CHECKING:
    from pymacaron.config.resolving import Resolved
    from pymacaron.deploy.aws import Account, Identity
    from pymacaron.deploy.settings import Wanted

__all__ = ["Service", "asked", "service"]


@dataclass(frozen=True, slots=True)
class Service:
    """That of a folder. `environ`: variables, with what a `.env` says besides."""

    folder: Path
    config: Resolved
    wanted: Wanted
    environ: Mapping[str, str] = field(repr=False)


def service() -> Service:
    """The one in this folder, or above. Ends the command where there is none; raises FindingsError."""
    from pymacaron import config, dotenv
    from pymacaron.config.files import read_file
    from pymacaron.config.resolving import resolve
    from pymacaron.deploy.settings import wanted
    from pymacaron.exceptions import ConfigError

    file = config.find_file(os.getcwd())
    if file is None:
        failed("there is no pym-config.yaml here, which names the service. Go to its folder")
    folder = Path(file).parent
    try:
        environ = {**dotenv.unset(folder), **os.environ}
    except ConfigError as error:
        failed(str(error))
    found = resolve(read_file(file), environ=environ)
    return Service(folder, found, wanted(found), environ)


@contextmanager
def asked(of: Service) -> Iterator[tuple[Account, Identity]]:
    """
    AWS, and who asks it, as the config *of* a service says. What keeps it from answering ends the command with exit
    code 1, and so does another account than that of `deploy: account`.
    """
    from pymacaron.deploy.failures import DeployError

    try:
        from pymacaron.deploy.aws import Account

        names = ("aws_access_key_id", "aws_secret_access_key")
        keys = {name: str(of.config.values[name]) for name in names if of.config.values.get(name)}
        account = Account(of.wanted.region, keys=keys if len(keys) == len(names) else None)
        _ = account.region
        identity = account.identity()
        if of.wanted.account is not None and identity.account != of.wanted.account:
            fact = f"these credentials are of account {identity.account}, and deploy: account is {of.wanted.account}"
            raise DeployError(fact, "Log in to the other")
        yield account, identity
    except DeployError as error:
        failed(str(error))
