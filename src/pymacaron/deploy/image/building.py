"""The door: what is to be built of a service's folder, and the image of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pymacaron.deploy import git
from pymacaron.deploy.failures import DeployError
from pymacaron.deploy.git import Revision
from pymacaron.deploy.image import archive, bases, dockerfile
from pymacaron.deploy.image.bases import Base
from pymacaron.deploy.image.content import carried, files
from pymacaron.deploy.image.docker import Docker
from pymacaron.deploy.image.labels import label, said
from pymacaron.deploy.image.locks import found as locks
from pymacaron.deploy.image.locks import requirements
from pymacaron.deploy.image.locks.lock import Lock
from pymacaron.deploy.image.resolving import INDEXES, locked, sent
from pymacaron.deploy.settings import Wanted

__all__ = ["Image", "Plan", "build", "plan", "shown"]

_OWN = "Dockerfile"


@dataclass(frozen=True, slots=True)
class Plan:
    """
    What is to be built. `label`: of the release; `context`: dict of name -> file or content, which docker gets; `base`
    and `lock`: None where the Dockerfile is the user's own; `notes`: what people should know.
    """

    application: str
    label: str
    revision: Revision | None
    base: Base | None
    lock: Lock | None
    context: Mapping[str, Path | bytes]
    labels: Mapping[str, str]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Image:
    """An image that is here. `size`: bytes, of all its layers; `layers`: their digests, those of the base first."""

    name: str
    id: str
    size: int
    layers: tuple[str, ...]


def shown(folder: Path, wanted: Wanted) -> str:
    """The Dockerfile: the user's own where there is one."""
    own = folder / _OWN
    return (
        own.read_text(encoding="utf-8")
        if own.is_file()
        else dockerfile.text(wanted, wanted.base_image or bases.DEFAULT)
    )


def plan(
    folder: Path,
    wanted: Wanted,
    docker: Docker,
    environ: Mapping[str, str],
    told: Callable[[str], None] = lambda at: None,
) -> Plan:
    """
    What is to be built of *folder*. Fetches the base and writes a lock where none is there. *environ*: variables, the
    values of secrets among them, which no file may hold. Raises DeployError.
    """
    if (folder / _OWN).is_file():
        return _own(folder, wanted, environ)
    base = bases.base(wanted.base_image or bases.DEFAULT, docker)
    lock, notes = _lock(folder, base, docker, environ, told)
    _demand(lock, wanted)
    local = sent(folder, lock.local)
    content = files(folder, wanted.include)
    if "server.py" not in content:
        raise DeployError(f"there is no server.py in {folder}, which the image is to run", "Go to the service's folder")
    context: dict[str, Path | bytes] = {
        **{f"app/{name}": path for name, path in content.items() if name not in {*local, lock.file, locks.MADE}},
        **{f"lock/{name}": path for name, path in local.items()},
        "lock/requirements.txt": lock.text.encode(),
        _OWN: dockerfile.text(wanted, base.name).encode(),
    }
    _demand_no_secret(content, wanted, environ)
    return _planned(folder, wanted, context, base, lock, [*_of_base(base), *notes])


def _own(folder: Path, wanted: Wanted, environ: Mapping[str, str]) -> Plan:
    content = files(folder, wanted.include)
    own = folder / _OWN
    _demand_no_secret({**content, _OWN: own}, wanted, environ)
    notes = [f"the {_OWN} of this folder is used: base, dependencies and user are what it says"]
    if "PYM_CONTAINER_VERSION" not in own.read_text(encoding="utf-8"):
        notes.append(
            f"/version will not tell the release: add ARG PYM_CONTAINER_VERSION and "
            f"ENV PYM_CONTAINER_VERSION=$PYM_CONTAINER_VERSION to {_OWN}"
        )
    return _planned(folder, wanted, {**content, _OWN: own}, None, None, notes)


def _planned(
    folder: Path,
    wanted: Wanted,
    context: Mapping[str, Path | bytes],
    base: Base | None,
    lock: Lock | None,
    notes: list[str],
) -> Plan:
    revision = git.revision(folder)  # after a lock was written, which is a file more
    name = label(revision, archive.fingerprint(context, base.identity if base else ""))
    if revision is None:
        notes.append("this folder is no clone of git with a commit: nobody will know what the image was made of")
    elif revision.dirty:
        notes.append(f"{_counted(revision.dirty)} not as the commit has it: the label says dirty")
    told = said(wanted.application, name, revision, base)
    return Plan(wanted.application, name, revision, base, lock, context, told, tuple(notes))


def build(plan: Plan, name: str, docker: Docker, environ: Mapping[str, str]) -> Image:
    """The image of *plan*, called *name*. Raises DockerError."""
    time = str(int(plan.revision.committed.timestamp()) if plan.revision else archive.FIXED_TIME)
    given = [f"PYM_CONTAINER_VERSION={plan.label}", f"SOURCE_DATE_EPOCH={time}"]
    if plan.base is not None:
        given += [f"BASE={plan.base.reference}", *(name for name in INDEXES if environ.get(name))]
    arguments = ["--tag", name]
    arguments += [word for one in given for word in ("--build-arg", one)]
    arguments += [word for key, value in plan.labels.items() for word in ("--label", f"{key}={value}")]
    docker.build(arguments, partial(archive.write, plan.context))
    made = docker.image(name)
    if made is None:
        raise DeployError(
            f"docker has built {name}, and does not know it", "Look at which builder it uses: docker info"
        )
    return Image(name, made["Id"], made["Size"], tuple(made["RootFS"]["Layers"]))


def _lock(
    folder: Path, base: Base, docker: Docker, environ: Mapping[str, str], told: Callable[[str], None]
) -> tuple[Lock, list[str]]:
    """The lock of *folder*, made where there is none, and what is to be said of it."""
    found = locks.lock_of(folder, base.name)
    if found is not None:
        return found, []
    wanted = locks.wanted(folder)
    told(f"finding what {wanted.file} needs")
    text = locked(wanted, folder, base.reference, base.name, docker, environ)
    (folder / locks.MADE).write_text(text, encoding="utf-8")
    note = f"{locks.MADE} was made of {wanted.file}: commit it, and the next image has the same in it"
    return requirements.lock(requirements.read(folder, locks.MADE)), [note]


def _demand(lock: Lock, wanted: Wanted) -> None:
    missing = sorted({"pymacaron", wanted.server} - lock.names)
    if missing:
        extra = "pymacaron[granian]" if missing == ["granian"] else " and ".join(missing)
        raise DeployError(f"{lock.file} lacks {' and '.join(missing)}, which the image runs", f"Add {extra}")


def _demand_no_secret(content: Mapping[str, Path], wanted: Wanted, environ: Mapping[str, str]) -> None:
    found = carried(content, {name: environ[name] for name in wanted.env_secrets if environ.get(name)})
    if found:
        raise DeployError(
            f"a secret would be in the image: {'; '.join(found)}", "Read it from the environment, or use another value"
        )


def _of_base(base: Base) -> list[str]:
    if not base.digest:
        return [
            f"{base.name} is on this machine only, so there is no digest to pin it by: others cannot make this image"
        ]
    if "@" in base.name:
        return []
    return [f"{base.name} is {base.digest} today. To stay with it: deploy: {{base_image: {base.name}@{base.digest}}}"]


def _counted(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{more} {'is' if len(names) == 1 else 'are'}"
