"""A repository of Amazon's registry: made where it is not there, asked for a tag, and a login for docker."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pymacaron.deploy.failures import RefusedError, UnknownOutcomeError
from pymacaron.deploy.image.docker import Docker
from pymacaron.deploy.image.labels import of_commit

if TYPE_CHECKING:
    from pymacaron.deploy.aws import Account

__all__ = ["Repository"]


class Repository:
    """The repository *name* of *account*. *tags*: of AWS, which it is made with. *number*: of another account."""

    def __init__(self, account: Account, name: str, tags: Mapping[str, str], number: str | None = None):
        self._account, self._name, self._tags = account, name, tags
        self._registry = {"registryId": number} if number else {}

    def made(self) -> str:
        """What images of it are called, before the colon; it is there afterwards, and no tag of it is ever moved."""
        try:
            return self.found()
        except RefusedError as error:
            if error.code != "RepositoryNotFoundException":
                raise
        arguments: dict[str, Any] = {
            "repositoryName": self._name,
            "imageTagMutability": "IMMUTABLE",
            "imageScanningConfiguration": {"scanOnPush": True},
            "tags": [{"Key": key, "Value": value} for key, value in sorted(self._tags.items())],
        }
        try:
            made = self._account.call("ecr", "CreateRepository", **self._registry, **arguments)
            return str(made["repository"]["repositoryUri"])
        except UnknownOutcomeError:
            return self.found()
        except RefusedError as error:
            if error.code != "RepositoryAlreadyExistsException":  # another release has made it
                raise
            return self.found()

    def digest(self, tag: str) -> str | None:
        """sha256:... of the image *tag*; None where there is none, nor the repository."""
        try:
            told = self._account.call(
                "ecr", "DescribeImages", **self._registry, repositoryName=self._name, imageIds=[{"imageTag": tag}]
            )
        except RefusedError as error:
            if error.code not in ("ImageNotFoundException", "RepositoryNotFoundException"):
                raise
            return None
        return next((str(one["imageDigest"]) for one in told["imageDetails"]), None)

    def of_commit(self, commit: str) -> str | None:
        """sha256:... of the image pushed last whose label begins with *commit*, 12 digits; None where there is none."""
        tagged = {"filter": {"tagStatus": "TAGGED"}}
        images = self._account.pages(
            "ecr", "DescribeImages", "imageDetails", **self._registry, repositoryName=self._name, **tagged
        )
        found = [
            (one["imagePushedAt"], str(one["imageDigest"]))
            for one in images
            if any(of_commit(tag) == commit for tag in one["imageTags"])
        ]
        return max(found)[1] if found else None

    def log_in(self, docker: Docker) -> None:
        """Have *docker* be let in, for twelve hours. The password goes over stdin."""
        told = self._account.call("ecr", "GetAuthorizationToken")["authorizationData"][0]
        user, _, password = base64.b64decode(told["authorizationToken"]).decode().partition(":")
        uri = self.found()
        docker.ask("login", "--username", user, "--password-stdin", uri.partition("/")[0], stdin=password.encode())

    def found(self) -> str:
        """What images of it are called, before the colon. Raises RefusedError where it is not there."""
        told = self._account.call("ecr", "DescribeRepositories", **self._registry, repositoryNames=[self._name])
        return str(told["repositories"][0]["repositoryUri"])
