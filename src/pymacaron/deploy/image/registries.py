"""Where images go, by `docker_repo`: ECR where it is absent, an organisation of Docker Hub, or another registry."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from pymacaron.deploy.failures import DeployError, DockerError, RefusedError
from pymacaron.deploy.image.docker import Docker
from pymacaron.deploy.image.ecr import Repository
from pymacaron.deploy.image.labels import of_commit
from pymacaron.deploy.settings import Wanted

if TYPE_CHECKING:
    from pymacaron.deploy.aws import Account

__all__ = ["Registry", "ecr_name", "pushed", "registry"]

_ECR = re.compile(r"(?P<number>[0-9]{12})\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?(?:/(?P<path>.+))?")
#: What docker speaks plain http to. Source: Docker's documentation, "insecure registries"
_LOCAL = re.compile(r"(?:localhost|127\.\d+\.\d+\.\d+)(?::\d+)?/")


class Registry:
    """Where the images of a service go. `repository`: what they are called before the colon."""

    def __init__(self, repository: str, ecr: Repository | None = None):
        self.repository = repository
        self._ecr = ecr

    def digest(self, tag: str, docker: Docker) -> str | None:
        """sha256:... of the image *tag* that is there; None where there is none, or it cannot be told."""
        if self._ecr is not None:
            return self._ecr.digest(tag)
        try:
            return self._inspected(tag, docker)
        except DockerError:  # what keeps it from being asked keeps an image from being pushed, too, which tells it
            return None

    def of_commit(self, commit: str, docker: Docker) -> str | None:
        """
        sha256:... of the image of *commit*, 12 digits, that was pushed last, as `push` has named it; None where there
        is none. Raises DeployError where that cannot be told.
        """
        if self._ecr is not None:
            return self._ecr.of_commit(commit)
        try:
            return self._inspected(commit, docker)
        except DockerError as error:
            if "no such manifest" in "\n".join(error.lines).lower():
                return None
            raise

    def push(self, tag: str, docker: Docker, *, is_content: bool) -> str:
        """
        The digest of the image *tag*, which is here, once it is there. *is_content*: the tag tells what is in it, so
        one that is there, and is not to be moved, is it; and it gets the tag of its commit, too, by which `of_commit`
        finds it. Raises DeployError.
        """
        if self._ecr is not None:
            self._ecr.log_in(docker)
        try:
            digest = docker.push(f"{self.repository}:{tag}")
        except DockerError as error:
            there = self.digest(tag, docker) if "immutable" in " ".join(error.lines).lower() else None
            if there is None:
                raise
            if is_content:
                return there
            fact = f"{self.repository}:{tag} is there already, and its tags are not moved"
            raise DockerError(fact, "Choose another --tag, or leave it out") from None
        if is_content and self._ecr is None:
            self._name_commit(tag, docker)
        return digest

    def _name_commit(self, tag: str, docker: Docker) -> None:
        commit = of_commit(tag)
        if not commit:
            return
        with suppress(DockerError):  # where no tag is moved, an image of the same commit has it
            docker.ask("tag", f"{self.repository}:{tag}", f"{self.repository}:{commit}")
            docker.push(f"{self.repository}:{commit}")

    def _inspected(self, tag: str, docker: Docker) -> str | None:
        insecure = ["--insecure"] if _LOCAL.match(self.repository) else []
        told = json.loads(docker.ask("manifest", "inspect", "--verbose", *insecure, f"{self.repository}:{tag}"))
        return str(told["Descriptor"]["digest"]) if isinstance(told, dict) else None


def ecr_name(wanted: Wanted) -> str | None:
    """The repository in ECR that images of what is *wanted* go to; None where their registry is another."""
    name, repo = wanted.application.lower(), _repo(wanted)
    amazon = _ECR.fullmatch(repo)
    if repo and amazon is None:
        return None
    return f"{amazon['path']}/{name}" if amazon and amazon["path"] else name


def registry(wanted: Wanted, account: Callable[[], Account]) -> Registry:
    """
    That of what is *wanted*; *account*: AWS, asked for where the registry is its own, whose repository is there
    afterwards. Raises DeployError.
    """
    ecr = _ecr(wanted, account)
    return Registry(ecr.made(), ecr) if ecr is not None else _other(wanted)


def pushed(wanted: Wanted, account: Callable[[], Account], commit: str, docker: Docker) -> str:
    """
    The reference by digest of the image of *commit*, 12 digits, which was pushed last; nothing is made. Raises
    DeployError, also where there is none.
    """
    ecr = _ecr(wanted, account)
    try:
        place = Registry(ecr.found(), ecr) if ecr is not None else _other(wanted)
        digest, where = place.of_commit(commit, docker), place.repository
    except RefusedError as error:
        if error.code != "RepositoryNotFoundException":
            raise
        digest, where = None, f"the repository {ecr_name(wanted)} of ECR, which is not there"
    if digest is None:
        fact = f"no image of commit {commit} is in {where}"
        raise DeployError(fact, "Have it made: deploy_pipeline --push, or leave --no-build out")
    return f"{where}@{digest}"


def _ecr(wanted: Wanted, account: Callable[[], Account]) -> Repository | None:
    name = ecr_name(wanted)
    if name is None:
        return None
    amazon = _ECR.fullmatch(_repo(wanted))
    return Repository(account(), name, wanted.tags, amazon["number"] if amazon else wanted.account)


def _other(wanted: Wanted) -> Registry:
    return Registry(f"{_repo(wanted)}/{wanted.application.lower()}")


def _repo(wanted: Wanted) -> str:
    return (wanted.repo or "").strip("/")
