"""What a bundle wants to have run: a Dockerrun, or a compose file, as Beanstalk reads them. No I/O here."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, field
from typing import Any

import yaml

__all__ = ["Container", "Unfit", "containers"]

_VARIABLE = re.compile(r"\$\{(\w+)(?::?-([^}]*))?\}|\$(\w+)")
_KNOWN = {
    *("cap_drop", "command", "depends_on", "entrypoint", "env_file", "environment", "healthcheck", "image", "init"),
    *(
        "labels",
        "logging",
        "ports",
        "read_only",
        "restart",
        "security_opt",
        "stop_grace_period",
        "tmpfs",
        "user",
        "volumes",
    ),
}


class Unfit(Exception):
    """Beanstalk would not run such a bundle; says why."""


@dataclass(frozen=True)
class Container:
    """`port`: where it listens for the balancer; 0: nobody asks it. `options`: of `docker run`."""

    name: str
    image: str
    port: int = 0
    variables: dict[str, str] = field(default_factory=dict, repr=False)
    options: tuple[str, ...] = ()
    command: tuple[str, ...] = ()


def containers(files: dict[str, bytes], variables: dict[str, str]) -> list[Container]:
    """
    Of an instance. *variables*: the environment's properties, with secrets as they are. What a volume would be is a
    folder in memory that everybody may write to.
    """
    compose = next((name for name in ("docker-compose.yml", "docker-compose.yaml") if name in files), "")
    if (
        compose
        and "Dockerrun.aws.json" in files
        and json.loads(files["Dockerrun.aws.json"])["AWSEBDockerrunVersion"] != "3"
    ):
        raise Unfit("The bundle has a compose file and a Dockerrun.aws.json that is not of version 3.")
    if compose:
        return _composed(yaml.safe_load(files[compose]), files, variables)
    if "Dockerrun.aws.json" in files:
        return [_single(json.loads(files["Dockerrun.aws.json"]), variables)]
    raise Unfit("Both 'Dockerfile' and 'Dockerrun.aws.json' are missing! Exiting.")


def _single(run: Any, variables: dict[str, str]) -> Container:
    if str(run.get("AWSEBDockerrunVersion")) != "1":
        raise Unfit("Dockerrun.aws.json of this platform has AWSEBDockerrunVersion 1.")
    try:
        image, port = run["Image"]["Name"], int(run["Ports"][0]["ContainerPort"])
    except (KeyError, IndexError, ValueError):
        raise Unfit("Dockerrun.aws.json names no image, or no port.") from None
    entry = ("--entrypoint", run["Entrypoint"]) if "Entrypoint" in run else ()
    return Container("current-app", image, port, variables, entry, tuple(shlex.split(run.get("Command", ""))))


def _composed(document: Any, files: dict[str, bytes], variables: dict[str, str]) -> list[Container]:
    written = dict(variables)  # what Beanstalk writes to .env, unless the bundle has one of its own
    if ".env" in files:
        lines = files[".env"].decode().splitlines()
        written = dict(line.split("=", 1) for line in lines if "=" in line and line[0] != "#")
    found = [_service(name, told, written) for name, told in _filled(document["services"], written).items()]
    if sum(bool(one.port) for one in found) != 1:
        raise Unfit("One service, and no more, must be bound to port 80 of the instance.")
    return found


def _filled(value: Any, variables: dict[str, str]) -> Any:
    """*value* with ${NAME} in its place."""
    if isinstance(value, dict):
        return {name: _filled(one, variables) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, variables) for one in value]
    if isinstance(value, str):
        return _VARIABLE.sub(lambda m: variables.get(m[1] or m[3], m[2] or ""), value.replace("$$", "\0")).replace(
            "\0", "$"
        )
    return value


def _service(name: str, told: Any, written: dict[str, str]) -> Container:
    strange = sorted(set(told) - _KNOWN)
    if strange:
        raise Unfit(f"The stand-in does not know {', '.join(strange)} of the service {name}.")
    given = told.get("environment", {})
    own = dict(one.partition("=")[::2] for one in given) if isinstance(given, list) else given
    files = told.get("env_file", [])
    files = [files] if isinstance(files, str) else [one["path"] if isinstance(one, dict) else one for one in files]
    if set(files) - {".env"}:
        raise Unfit(f"The stand-in has only .env for the service {name}.")
    variables = {**(written if files else {}), **{key: str(value) for key, value in own.items()}}
    return Container(
        name, told["image"], _port(told), variables, tuple(_options(told)), _words(told.get("command", []))
    )


def _words(told: Any) -> tuple[str, ...]:
    return tuple(shlex.split(told)) if isinstance(told, str) else tuple(map(str, told))


def _port(told: Any) -> int:
    """Of the container, where port 80 of the instance leads to it."""
    for one in told.get("ports", []):
        outside, _, inside = str(one).rpartition(":")
        if isinstance(one, dict):
            outside, inside = str(one.get("published")), str(one["target"])
        if outside.rpartition(":")[2] == "80":
            return int(inside.partition("/")[0])
    return 0


def _options(told: Any) -> list[str]:
    found = ["--read-only"] * bool(told.get("read_only")) + ["--init"] * bool(told.get("init"))
    tmpfs = told.get("tmpfs", [])
    for option, values in (
        ("--tmpfs", [tmpfs] if isinstance(tmpfs, str) else tmpfs),
        ("--tmpfs", [f"{one.split(':')[1]}:mode=1777" for one in told.get("volumes", [])]),
        ("--cap-drop", told.get("cap_drop", [])),
        ("--security-opt", told.get("security_opt", [])),
        ("--user", [told["user"]] if "user" in told else []),
        ("--entrypoint", [told["entrypoint"]] if isinstance(told.get("entrypoint"), str) else []),
    ):
        found += [word for value in values for word in (option, str(value))]
    return found
