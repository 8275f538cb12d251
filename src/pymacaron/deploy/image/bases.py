"""What an image stands on: the name that the config says, and the very image of that name, by its digest."""

from __future__ import annotations

from dataclasses import dataclass

from pymacaron.deploy.failures import DockerError
from pymacaron.deploy.image.docker import Docker

__all__ = ["DEFAULT", "Base", "base"]

#: Debian's, since wheels of manylinux fit it, and musl's are fewer; slim has pip, and no compiler
DEFAULT = "python:3.13-slim-bookworm"


@dataclass(frozen=True, slots=True)
class Base:
    """
    `name`: as the config has it; `digest`: sha256:... of it in its registry, '' where none has it; `reference`: what
    the Dockerfile is to begin FROM; `identity`: what tells it from any other.
    """

    name: str
    digest: str
    reference: str
    identity: str


def base(name: str, docker: Docker) -> Base:
    """
    The image *name*: the one that is here, else the one that its registry has, which is fetched. Raises DockerError
    where there is neither.
    """
    plain, _, pinned = name.partition("@")
    found = docker.image(name)
    if found is None:
        try:
            docker.ask("pull", "--quiet", name)
        except DockerError as error:
            fact = f"the base image {name} is not here, and cannot be fetched: {error.args[0].partition(': ')[2]}"
            raise DockerError(fact, error.mend or "Look at deploy.base_image", error.lines) from None
        found = docker.image(name)
    if found is None:
        raise DockerError(f"docker has fetched {name}, and does not know it", "Run the same command again")
    digest = pinned or _digest(found)
    if not digest:
        return Base(name, "", name, str(found["Id"]))
    machine = str(found.get("Architecture") or "")  # one digest may stand for images of several
    repository = plain.rpartition(":")[0] if "/" not in plain.rpartition(":")[2] and ":" in plain else plain
    return Base(name, digest, f"{repository}@{digest}", f"{digest} {machine}".rstrip())


def _digest(found: dict[str, object]) -> str:
    """Of what docker knows: the first, since one image has one digest in each registry that it was fetched from."""
    told = found.get("RepoDigests") or ()
    assert isinstance(told, (list, tuple))
    return str(told[0]).partition("@")[2] if told else ""
