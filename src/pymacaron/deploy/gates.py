"""
What keeps a release from being made, all of it at once, before anything happens: whose account it is, what was not
committed or pushed, secrets that are not there, queues and stores that end with an instance.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pymacaron.config.resolving import Resolved
from pymacaron.deploy.failures import DeployError
from pymacaron.deploy.git import Revision
from pymacaron.deploy.image.bases import DEFAULT
from pymacaron.deploy.image.locks.found import MADE, lock_of
from pymacaron.deploy.image.locks.found import wanted as requirements_of
from pymacaron.deploy.settings import Wanted

if TYPE_CHECKING:
    from pymacaron.deploy.aws import Identity

__all__ = [
    "SECRET",
    "Refusal",
    "Uses",
    "of_account",
    "of_clone",
    "of_data",
    "of_lock",
    "of_secrets",
    "overruled",
    "urls",
    "uses",
]

_SHOWN = 5
_VARIABLES = "aws:elasticbeanstalk:application:environment"
#: In the place of a URL that only instances know
SECRET = "secret:"
_LEFT_OUT = re.compile(r"test|\.|venv|node_modules|__pycache__|build$|dist$")
_LARGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Refusal:
    """`flag`: the option of a command that overrules it; '' where nothing does."""

    code: str
    fact: str
    mend: str
    flag: str = ""

    def __str__(self) -> str:
        flag = f", or overrule it: {self.flag}" if self.flag else ""
        return f"refused[{self.code}]: {self.fact}. {self.mend}{flag}"


@dataclass(frozen=True, slots=True)
class Uses:
    """Where a service sends tasks, and where it keeps models: a file; '' where it does not."""

    tasks: str = ""
    store: str = ""


def of_account(wanted: Wanted, identity: Identity, is_profile: bool = False) -> Iterator[Refusal]:
    """What is wrong with who asks. *is_profile*: it is the profile that aws_user names, whatever its ARN says."""
    if wanted.account is not None and identity.account != wanted.account:
        fact = f"these credentials are of account {identity.account}, and deploy: account is {wanted.account}"
        yield Refusal("account", fact, "Log in to the other", "--any-account")
    user = identity.arn.rpartition(":")[2].split("/")
    if wanted.user is not None and not is_profile and wanted.user not in user[1:]:
        fact = f"these credentials are {identity.arn}'s, and aws_user is {wanted.user}"
        mend = f"Have a profile of that name: aws configure --profile {wanted.user}, and no keys in the config"
        yield Refusal("user", fact, mend, "--any-user")


def of_clone(revision: Revision | None) -> Iterator[Refusal]:
    """What of a release nobody could make again."""
    if revision is None:
        mend = "Commit the service: git init; git add .; git commit"
        yield Refusal("no-commit", "this folder is no clone with a commit", mend, "--dirty")
        return
    if revision.dirty:
        names = ", ".join(revision.dirty[:_SHOWN])
        more = f" and {len(revision.dirty) - _SHOWN} more" if len(revision.dirty) > _SHOWN else ""
        yield Refusal("dirty", f"not in commit {revision.commit[:12]}: {names}{more}", "Commit or ignore it", "--dirty")
    if not revision.is_pushed:
        fact = f"commit {revision.commit[:12]} is in no branch of a remote"
        yield Refusal("unpushed", fact, "Push it: git push", "--unpushed")


def of_lock(folder: Path, wanted: Wanted) -> Iterator[Refusal]:
    """
    Whether an image that is built of *folder* would make a lock first, which is a file that is in no commit; or could
    not, since nothing says what the service needs.
    """
    try:
        if (folder / "Dockerfile").is_file() or lock_of(folder, wanted.base_image or DEFAULT) is not None:
            return
        source = requirements_of(folder).file
    except DeployError as error:
        yield Refusal("no-lock", error.args[0], error.mend)
        return
    fact = f"{source} has no hashes, and there is no {MADE} of it for this base"
    yield Refusal("no-lock", fact, f"Have it made, and commit {MADE}: pymacaron image", "--dirty")


def of_secrets(wanted: Wanted, found: Mapping[str, str]) -> Iterator[Refusal]:
    """What env_secrets names and is not there; *found*: dict of variable -> ARN."""
    missing = [name for name in wanted.env_secrets if name not in found]
    if missing:
        where = "Parameter Store" if wanted.secrets == "ssm" else "Secrets Manager"
        fact = f"{', '.join(missing)} of env_secrets {'is' if len(missing) == 1 else 'are'} not in {where}"
        yield Refusal("secrets", fact, "Put them there: pymacaron secrets push")


def urls(bare: Resolved, wanted: Wanted) -> dict[str, str]:
    """
    broker_url and store_url as instances have them, '' where nothing is said; "secret:" where a secret has it. *bare*:
    the config without the variables of this machine, which no instance has.
    """
    variables = {name: value for (space, name), value in wanted.options.items() if space == _VARIABLES}
    found: dict[str, str] = {}
    for key in ("broker_url", "store_url"):
        variable = f"PYM_{key.upper()}"
        is_secret = variable in wanted.env_secrets or key in bare.broken
        found[key] = SECRET if is_secret else variables.get(variable) or str(bare.values.get(key) or "")
    return found


def of_data(urls: Mapping[str, str], used: Uses) -> Iterator[Refusal]:
    """Queues and stores that are on an instance; *urls*: as above. None is shown: it may have a password."""
    ends = "instances come and go, and it goes with them"
    if used.tasks and _is_local(urls["broker_url"], ("memory", "embedded")):
        fact = f"tasks ({used.tasks}) wait in a file of the instance: {ends}"
        yield Refusal(
            "embedded-queue", fact, "Set broker_url: sqs://, or the variable of env_secrets that has rediss://..."
        )
    if used.store and _is_local(urls["store_url"], ("sqlite", "memory")):
        fact = f"models ({used.store}) are kept in a file of the instance: {ends}"
        yield Refusal("embedded-store", fact, "Set store_url: dynamodb://")


def overruled(refusals: Iterable[Refusal], flags: Collection[str]) -> list[Refusal]:
    """Those that none of *flags* overrules."""
    return [one for one in refusals if not one.flag or one.flag not in flags]


def uses(folder: Path) -> Uses:
    """What the service in *folder* uses, as far as its files tell."""
    tasks = store = ""
    for path in sorted(_files(folder)):
        kind = path.suffix
        if (kind == ".py" and tasks) or (kind != ".py" and store) or path.stat().st_size > _LARGEST:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        name = path.relative_to(folder).as_posix()
        if kind == ".py" and re.search(r"^\s*@(?:\w+\.)*asynctask\b", text, re.MULTILINE):
            tasks = name
        elif kind != ".py" and re.search(r"^(?:[^#\n]*[\s{,])?[\"']?x-persist[\"']?\s*:", text, re.MULTILINE):
            store = name
    return Uses(tasks, store)


def _is_local(url: str, schemes: tuple[str, ...]) -> bool:
    """Whether *url* names what is on an instance, as it does where it is not set."""
    return not url or url.partition(":")[0] in schemes


def _files(folder: Path) -> Iterator[Path]:
    for place, names, files in os.walk(folder):
        names[:] = [name for name in names if _LEFT_OUT.match(name) is None]
        yield from (Path(place, name) for name in files if name.endswith((".py", ".yaml", ".yml", ".json")))
