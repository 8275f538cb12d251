"""Where images go, by `docker_repo`: ECR where it is absent, an organisation of Docker Hub, or another registry."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from pymacaron.deploy.failures import DockerError
from pymacaron.deploy.image.docker import Docker
from pymacaron.deploy.image.ecr import Repository
from pymacaron.deploy.settings import Wanted

if TYPE_CHECKING:
    from pymacaron.deploy.aws import Account

__all__ = ["Registry", "ecr_name", "registry"]

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
        insecure = ["--insecure"] if _LOCAL.match(self.repository) else []
        try:
            told = json.loads(docker.ask("manifest", "inspect", "--verbose", *insecure, f"{self.repository}:{tag}"))
        except DockerError:  # what keeps it from being asked keeps an image from being pushed, too, which tells it
            return None
        return str(told["Descriptor"]["digest"]) if isinstance(told, dict) else None

    def push(self, tag: str, docker: Docker, *, is_content: bool) -> str:
        """
        The digest of the image *tag*, which is here, once it is there. *is_content*: the tag tells what is in it, so
        one that is there, and is not to be moved, is it. Raises DeployError.
        """
        if self._ecr is not None:
            self._ecr.log_in(docker)
        try:
            return docker.push(f"{self.repository}:{tag}")
        except DockerError as error:
            there = self.digest(tag, docker) if "immutable" in " ".join(error.lines).lower() else None
            if there is None:
                raise
            if is_content:
                return there
            fact = f"{self.repository}:{tag} is there already, and its tags are not moved"
            raise DockerError(fact, "Choose another --tag, or leave it out") from None


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
    repo, name = _repo(wanted), ecr_name(wanted)
    if name is None:
        return Registry(f"{repo}/{wanted.application.lower()}")
    amazon = _ECR.fullmatch(repo)
    ecr = Repository(account(), name, wanted.tags, amazon["number"] if amazon else wanted.account)
    return Registry(ecr.made(), ecr)


def _repo(wanted: Wanted) -> str:
    return (wanted.repo or "").strip("/")
