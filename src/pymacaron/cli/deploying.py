"""What the commands of a release share: the service and its config, AWS as it sees it, and a Release made of both."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from pymacaron.cli.accounts import service
from pymacaron.cli.terminal import failed

if TYPE_CHECKING:
    from pymacaron.config.resolving import Resolved
    from pymacaron.deploy.apply import Apply, Progress
    from pymacaron.deploy.aws import Account, Identity
    from pymacaron.deploy.beanstalk.release import Release
    from pymacaron.deploy.git import Revision
    from pymacaron.deploy.journal import Journals
    from pymacaron.deploy.settings import Wanted

__all__ = [
    "Desk",
    "acceptance",
    "image_of",
    "opened",
    "passed_gates",
    "progress_line",
    "pushed_image",
    "releasing",
    "spotless",
]

#: Seconds that a server which is told to end has at most, and at least for calls under way. Source: gunicorn.py
_STOP_S, _LEAST_S = 25, 8
_INTERRUPTED = 130
_VARIABLES = "aws:elasticbeanstalk:application:environment"
#: Where in docker_bucket the login of a registry is looked for
_LOGINS = (".dockercfg", "dockercfg")
#: Variable: seconds between two looks, for a stand-in of AWS that is faster than AWS
_PAUSE = "PYMACARON_DEPLOY_PAUSE_S"
#: dict: code of a refusal -> what of the config it is about
_SAID = {
    "account": ("deploy", "account"),
    "user": ("aws_user",),
    "secrets": ("env_secrets",),
    "embedded-queue": ("broker_url",),
    "embedded-store": ("store_url",),
}
_COLOURS = {"done": "green", "failed": "red", "begin": None, "wait": "yellow", "event": "cyan", "note": "yellow"}


@dataclass(frozen=True, slots=True)
class Desk:
    """What a command has in hand. `config`: as it is here; `urls`: where instances have tasks and models."""

    folder: Path
    config: Resolved
    wanted: Wanted
    account: Account
    identity: Identity
    bucket: str
    urls: Mapping[str, str]

    @property
    def values(self) -> Mapping[str, Any]:
        return self.config.values

    def where(self, *keys: str) -> str:
        """`pym-config.yaml:8:12: `, where the config says what *keys* lead to; '' where it does not."""
        place = self.config.places.get(keys[0])
        if place is None or place.node is None:
            return ""
        found = place.at(*keys[1:]).finding("", "")
        return f"{os.path.basename(found.file)}:{found.line}:{found.column}: "

    @property
    def prefix(self) -> str:
        return f"pymacaron/{self.wanted.application}"

    @property
    def journals(self) -> Journals:
        from pymacaron.deploy.journal import Journals

        return Journals(self.account, self.bucket, self.prefix)

    def release(self, label: str, **more: Any) -> Release:
        """That of *label*, of which nothing else is known."""
        from pymacaron.deploy.beanstalk.release import Release

        given = {"soak": self.wanted.soak, "strategy": self.wanted.strategy, **more}
        return Release(self.wanted, label, self.identity.account, self.account.region, self.bucket, **given)

    def options(self, label: str, secrets: Mapping[str, str]) -> tuple[tuple[str, str, str], ...]:
        """Of a new environment; without *label* those that its label is made of."""
        from pymacaron.deploy.beanstalk.option import Given
        from pymacaron.deploy.beanstalk.options import settings

        delay = float(self.values.get("shutdown_delay") or 0)
        stop_s = delay + max(_LEAST_S, _STOP_S - math.ceil(delay))
        found = settings(Given(self.wanted, stop_s, secrets))
        if self.wanted.workers != "none":  # then the server starts none, whatever the config says
            found = (*found, (_VARIABLES, "PYM_WITH_ASYNC", "false"))
        return (*found, (_VARIABLES, "PYM_CONTAINER_VERSION", label)) if label else found

    def of_image(self, image: str, revision: Revision | None, secrets: Mapping[str, str], **more: Any) -> Release:
        """The release of *image*, a reference by digest."""
        from pymacaron.deploy.beanstalk.bundle import bundle, extensions, worker_bundle
        from pymacaron.deploy.beanstalk.release import label_of
        from pymacaron.deploy.infrastructure.alarms import extension

        wanted, login, files = self.wanted, self._login(), extensions(self.folder)
        alarmed = {**files, **extension(wanted)}
        url, is_secure = wanted.live_url, bool(wanted.certificate)
        made = bundle(image, workers=wanted.workers, live_url=url, is_secure=is_secure, login=login, files=alarmed)
        content = made.content
        more |= {"key": made.key(self.prefix), "bundle": content}
        if wanted.workers == "environment":
            theirs = worker_bundle(image, live_url=url, login=login, files=files)
            content += theirs.content
            more |= {"worker_key": theirs.key(self.prefix), "worker_bundle": theirs.content}
        commit = revision.name if revision is not None else "unversioned"
        label = more.pop("label", None) or label_of(commit, content, self.options("", secrets))
        return self.release(label, options=self.options(label, secrets), **more)

    def _login(self) -> tuple[str, str] | None:
        """Bucket and key of what Beanstalk logs in to the registry with; None where docker_bucket has nothing such."""
        from pymacaron.deploy.failures import RefusedError

        for key in _LOGINS if self.wanted.repo and self.wanted.bucket else ():
            try:
                self.account.call("s3", "HeadObject", Bucket=self.bucket, Key=key)
            except RefusedError as error:
                if error.code not in ("404", "NoSuchKey", "NoSuchBucket"):
                    raise
            else:
                return self.bucket, key
        return None


@contextmanager
def opened() -> Iterator[Desk]:
    """
    What the service in this folder and AWS say. What is wrong ends the command with a message and exit code 1; a Ctrl-C
    says that the same command goes on.
    """
    from pymacaron.deploy.failures import DeployError
    from pymacaron.exceptions import ConfigError

    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield _desk()
    except (DeployError, ConfigError) as error:
        failed(str(error))
    except KeyboardInterrupt:
        click.echo("\nstopped. Nothing is lost: the same command goes on from here", err=True)
        raise click.exceptions.Exit(_INTERRUPTED) from None
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt(signal.Signals(number).name)


def _desk() -> Desk:
    from pymacaron.deploy.credentials import account
    from pymacaron.deploy.gates import urls

    of = service()
    asked = account(of.wanted, of.config.values)
    region = asked.region  # first: who asks is asked in a region, too
    identity = asked.identity()
    bucket = of.wanted.bucket or f"elasticbeanstalk-{region}-{identity.account}"
    return Desk(of.folder, of.config, of.wanted, asked, identity, bucket, urls(of.bare, of.wanted))


def passed_gates(
    desk: Desk, flags: Collection[str], *, is_new: bool = True, builds: bool = False, makes: bool = True
) -> tuple[Revision | None, dict[str, str]]:
    """
    The commit, and the ARNs of secrets. Ends the command with everything that keeps the release from being made.
    *is_new*: something new is released, so the clone counts, too; *builds*: an image is built of it; *makes*: an
    environment may be made, which wants its secrets.
    """
    from pymacaron.deploy import gates, git
    from pymacaron.deploy.credentials import is_profile
    from pymacaron.deploy.secrets import there

    revision = git.revision(desk.folder) if is_new else None
    secrets = there(desk.wanted, desk.account) if makes else {}
    known = is_profile(desk.wanted, desk.values)
    found = [*gates.of_account(desk.wanted, desk.identity, known)]
    if makes:
        found += gates.of_secrets(desk.wanted, secrets)
    if is_new:
        found += [*gates.of_clone(revision), *gates.of_data(desk.urls, gates.uses(desk.folder))]
    if builds:
        found += gates.of_lock(desk.folder, desk.wanted)
    refusals = gates.overruled(found, flags)
    for one in refusals:
        where = desk.where(*_SAID[one.code]) if one.code in _SAID else ""
        click.echo(f"{where}{click.style('error', fg='red', bold=True)}: {one}", err=True)
    if refusals:
        click.echo("nothing was changed", err=True)
        raise click.exceptions.Exit(1)
    return revision, secrets


def spotless() -> dict[str, str]:
    """The variables of tests: they leave no `.pyc` in the clone, which would be dirty after them."""
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}


def acceptance(folder: Path) -> Callable[[str], bool] | None:
    """Runs the tests in testaccept/ against a URL, by `pymacaron test`; None where there are none."""
    if not (folder / "testaccept").is_dir():
        return None

    def run(url: str) -> bool:
        scheme, _, host = url.partition("://")
        port = "443" if scheme == "https" else "80"
        command = [sys.executable, "-m", "pymacaron", "test", "--host", host, "--port", port]
        # Until the swap it answers by another name than its certificate's
        command += ["--no-ssl-check"] if scheme == "https" else []
        return subprocess.run(command, cwd=folder, env=spotless(), stdout=sys.stderr, check=False).returncode == 0

    return run


def image_of(folder: Path, *more: str) -> dict[str, Any]:
    """The image of the service in *folder*, by `pymacaron image`, as its JSON tells of it. Raises DeployError."""
    from pymacaron.deploy.failures import DeployError

    command = [sys.executable, "-m", "pymacaron", "image", "--json", *more]
    ran = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True, check=False)
    if ran.returncode:
        raise DeployError("there is no image: see above")
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def pushed_image(folder: Path) -> str:
    """The reference by digest of the image of the service in *folder*, which is in its registry then."""
    from pymacaron.deploy.failures import DeployError

    told = image_of(folder, "--push")
    if not told.get("digest"):
        raise DeployError(f"the registry has not told the digest of {told.get('image')}")
    return f"{str(told['image']).rpartition(':')[0]}@{told['digest']}"


def releasing(desk: Desk, release: Release, *, only_cleans: bool = False, first: Mapping[str, Any]) -> Apply[Any]:
    """The run that carries *release* out."""
    from pymacaron.deploy.apply import Apply
    from pymacaron.deploy.beanstalk.target import Beanstalk
    from pymacaron.deploy.beanstalk.waiting import Pauses
    from pymacaron.deploy.lock import Lock, this_process
    from pymacaron.deploy.smoke import smoke

    tests = acceptance(desk.folder) if release.has_acceptance else None
    release = replace(release, has_acceptance=tests is not None)
    pauses, tried = Pauses(), smoke
    if pause_s := os.environ.get(_PAUSE):
        pauses = Pauses(shortest_s=float(pause_s), longest_s=float(pause_s))
        tried = partial(smoke, pause_s=float(pause_s), longest_s=50 * float(pause_s))
    target = Beanstalk(desk.account, release, acceptance=tests, smoke=tried, pauses=pauses, only_cleans=only_cleans)
    lock = Lock(desk.account, desk.bucket, f"{desk.prefix}/lock.json", this_process())
    return Apply(target, desk.journals, lock, release.label, told=progress_line, first=first)


def progress_line(progress: Progress) -> None:
    """Say on stderr what goes on, with the time since the begin."""
    minutes, seconds = divmod(int(progress.seconds), 60)
    colour = "red" if progress.severity in ("ERROR", "FATAL", "WARN") else _COLOURS[progress.kind]
    sign = {"begin": ">", "done": "=", "wait": "~", "event": "|", "note": "!", "failed": "x"}[progress.kind]
    text = "".join(char if char.isprintable() or char == "\n" else "?" for char in progress.text)
    click.echo(f"{minutes:3}:{seconds:02} {sign} {click.style(text, fg=colour)}", err=True)
