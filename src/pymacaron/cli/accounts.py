"""What the commands share that ask AWS for a service: its folder, its config, the account."""

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

__all__ = ["Service", "asked", "configured", "service"]


@dataclass(frozen=True, slots=True)
class Service:
    """
    That of a folder. `environ`: variables, with what a `.env` says besides; `bare`: the config without any, as it is on
    instances.
    """

    folder: Path
    config: Resolved
    bare: Resolved
    wanted: Wanted
    environ: Mapping[str, str] = field(repr=False)


def configured() -> tuple[Path, Resolved, Resolved, dict[str, str]]:
    """
    The folder of the service here, or above, its config, that without variables, and these with what a `.env` says
    besides. Ends the command where there is none.
    """
    from pymacaron import config, dotenv
    from pymacaron.config.files import read_file
    from pymacaron.config.resolving import resolve
    from pymacaron.exceptions import ConfigError

    file = config.find_file(os.getcwd())
    if file is None:
        failed("there is no pym-config.yaml here, which names the service. Go to its folder")
    folder = Path(file).parent
    try:
        environ = {**dotenv.unset(folder), **os.environ}
    except ConfigError as error:
        failed(str(error))
    document = read_file(file)
    return folder, resolve(document, environ=environ), resolve(document, environ={}), environ


def service() -> Service:
    """The one here. Ends the command where there is none; raises FindingsError."""
    from pymacaron.deploy.settings import wanted

    folder, found, bare, environ = configured()
    return Service(folder, found, bare, wanted(found), environ)


@contextmanager
def asked(of: Service) -> Iterator[tuple[Account, Identity]]:
    """
    AWS, and who asks it, as the config *of* a service says. What keeps it from answering ends the command with exit
    code 1, and so does another account than that of `deploy: account`.
    """
    from pymacaron.deploy.failures import DeployError

    try:
        from pymacaron.deploy import credentials, gates

        account = credentials.account(of.wanted, of.config.values)
        _ = account.region
        identity = account.identity()
        refusals = gates.of_account(of.wanted, identity, credentials.is_profile(of.wanted, of.config.values))
        for one in refusals:
            if one.code == "account":
                raise DeployError(one.fact, one.mend)
        yield account, identity
    except DeployError as error:
        failed(str(error))
