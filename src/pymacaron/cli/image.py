"""
`pymacaron image`: the container image of a service, built, and sent to where a release fetches it.

What goes into it is worked out in deploy/image/; here is what it is called, and what is said of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pymacaron.cli.accounts import configured
from pymacaron.cli.terminal import failed, progress

if TYPE_CHECKING:
    from pymacaron.config.resolving import Resolved
    from pymacaron.deploy.image.building import Image, Plan
    from pymacaron.deploy.image.registries import Registry
    from pymacaron.deploy.settings import Wanted

__all__ = ["image"]

#: Source: OCI Distribution Specification, "Pulling manifests"
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


@click.command(short_help="Build the container image of a service.")
@click.option("--tag", metavar="T", help="Tag of the image, instead of the label of the release.")
@click.option("--push", is_flag=True, help="Send it to the registry of docker_repo; ECR where that is not set.")
@click.option("--show", is_flag=True, help="Print the Dockerfile, and build nothing.")
@click.option("--json", "is_json", is_flag=True, help="JSON instead of text.")
def image(tag: str | None, push: bool, show: bool, is_json: bool) -> None:
    """
    Build the container image of the service in this folder, with docker.

    It is called NAME:LABEL, where LABEL tells the commit and the content. What it installs is what a lock file says
    (uv.lock, poetry.lock, Pipfile.lock, or a requirements.txt with hashes); without one, requirements.lock is made. A
    Dockerfile in this folder is used instead of ours. With --push an image that is in the registry already is not
    built again.

    \b
    Examples:
      pymacaron image
      pymacaron image --show
      pymacaron image --push --json

    Exits with 0 when there is an image, 1 when the config, docker or the registry does not allow it, 2 when it was
    called wrongly.
    """
    from pymacaron.deploy.failures import DeployError, DockerError
    from pymacaron.deploy.settings import wanted as wanted_of

    if show and (push or tag):
        raise click.UsageError("--show prints a Dockerfile, and builds nothing. Leave out --push and --tag")
    if tag is not None and _TAG.fullmatch(tag) is None:
        raise click.BadParameter(f"{tag!r:.80} is no tag: letters, digits, '_', '.' and '-'.", param_hint="'--tag'")
    folder, config, bare, environ = configured()
    wanted = wanted_of(config)
    try:
        if show:
            _show(folder, wanted, is_json)
        else:
            told = _made(folder, config, _embedded(folder, bare, wanted), wanted, environ, tag, push)
            click.echo(json.dumps(told, indent=2) if is_json else _text(told))
    except DockerError as error:
        for line in error.lines:
            click.echo(f"  {_hidden(line, wanted, environ)}", err=True)
        failed(str(error))
    except DeployError as error:
        failed(str(error))


def _embedded(folder: Path, bare: Resolved, wanted: Wanted) -> list[str]:
    """What is to be said of a queue and a store that are files beside the service. *bare*: without variables."""
    from pymacaron.deploy.gates import Uses, of_data, urls, uses

    lost = "in a file of the container, which is gone with it, and cannot be written: set"
    said = {"embedded-queue": f"tasks wait {lost} broker_url", "embedded-store": f"models are kept {lost} store_url"}
    used, at = uses(folder), urls(bare, wanted)
    tasks = used.tasks or ("with_async" if bare.values.get("with_async") else "")
    store = used.store or ("store_url" if at["store_url"].startswith("sqlite:") else "")
    return [said[one.code] for one in of_data(at, Uses(tasks, store))]


def _hidden(line: str, wanted: Wanted, environ: Mapping[str, str]) -> str:
    """What docker, or a step of a build, has written, without the values of secrets and where private indexes are."""
    from pymacaron.deploy.image.resolving import INDEXES

    for name in (*wanted.env_secrets, *INDEXES):
        if value := environ.get(name):
            line = line.replace(value, "********")
    return line


def _show(folder: Path, wanted: Wanted, is_json: bool) -> None:
    from pymacaron.deploy.image.building import shown

    text = shown(folder, wanted)
    click.echo(json.dumps({"dockerfile": text}, indent=2) if is_json else text, nl=is_json)


def _made(
    folder: Path,
    config: Resolved,
    notes: Sequence[str],
    wanted: Wanted,
    environ: Mapping[str, str],
    tag: str | None,
    push: bool,
) -> dict[str, Any]:
    """Build the image, and push it where it is to be. What is said of it, *notes* among it."""
    from pymacaron.deploy.image.building import build, plan
    from pymacaron.deploy.image.docker import Docker

    with progress("making the image:") as at:
        docker = Docker(environ, at)
        planned = plan(folder, wanted, docker, environ, at)
        planned = replace(planned, notes=(*notes, *planned.notes))
        _tell(planned)
        tag_or_label = tag or planned.label
        place = _registry(config, wanted) if push else None
        name = f"{place.repository if place else wanted.application.lower()}:{tag_or_label}"
        if place is not None and tag is None and (there := place.digest(tag_or_label, docker)):
            return _member(planned, name, None, there, False)
        made = build(planned, name, docker, environ)
        digest = place.push(tag_or_label, docker, is_content=tag is None) if place else None
        return _member(planned, name, made, digest, place is not None)


def _registry(config: Resolved, wanted: Wanted) -> Registry:
    from pymacaron.deploy.image.registries import registry

    def account() -> Any:
        from pymacaron.deploy import credentials

        return credentials.account(wanted, config.values)

    return registry(wanted, account)


def _tell(planned: Plan) -> None:
    for note in planned.notes:
        click.echo(f"{click.style('note', bold=True)}: {note}", err=True)


def _member(planned: Plan, name: str, made: Image | None, digest: str | None, is_pushed: bool) -> dict[str, Any]:
    return {
        "image": name,
        "label": planned.label,
        "id": made.id if made else None,
        "size": made.size if made else None,
        "digest": digest,
        "pushed": is_pushed,
        "commit": planned.revision.commit if planned.revision else None,
        "dirty": list(planned.revision.dirty) if planned.revision else [],
        "base": planned.base.name if planned.base else None,
        "base_digest": (planned.base.digest or None) if planned.base else None,
        "lock": planned.lock.file if planned.lock else None,
        "notes": list(planned.notes),
    }


def _text(told: Mapping[str, Any]) -> str:
    if told["digest"] and not told["pushed"]:
        return f"{told['image']} is in the registry already: {told['digest']}"
    size = f"{told['size'] / 1_000_000:.0f} MB"
    return f"{told['image']} pushed, {size}: {told['digest']}" if told["pushed"] else f"{told['image']} built, {size}"
