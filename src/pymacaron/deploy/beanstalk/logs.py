"""The last lines that an environment's instances have logged: asked for, waited for, fetched where Beanstalk says."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable
from contextlib import suppress

from pymacaron.deploy.failures import DeployError, UnknownOutcomeError
from pymacaron.deploy.target import Cloud

__all__ = ["tail"]

_EB = "elasticbeanstalk"
_LOOKS = 12
_LINES, _BYTES = 60, 1_000_000
_TIMEOUT_S = 30


def tail(cloud: Cloud, environment: str, pause: Callable[[], None], lines: int = _LINES) -> str:
    """
    The last *lines* of each instance of *environment*, an id; '' where there are none. Asks Beanstalk to gather them,
    which changes nothing but its storage. Raises DeployError.
    """
    with suppress(UnknownOutcomeError):
        cloud.call(_EB, "RequestEnvironmentInfo", EnvironmentId=environment, InfoType="tail")
    for _ in range(_LOOKS):
        pause()
        answer = cloud.call(_EB, "RetrieveEnvironmentInfo", EnvironmentId=environment, InfoType="tail")
        found = answer.get("EnvironmentInfo", ())
        if found:
            return "\n".join(_of_instance(one["Ec2InstanceId"], one["Message"], lines) for one in found)
    return ""


def _of_instance(instance: str, url: str, lines: int) -> str:
    if not url.startswith(("https://", "http://127.0.0.1:")):
        raise DeployError(f"the logs of {instance} lie at an address that is none of AWS")
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer:
            text = answer.read(_BYTES).decode("utf-8", "replace")
    except OSError as error:
        return f"{instance}: its log could not be fetched: {type(error).__name__}"
    return "\n".join(f"{instance}: {line}" for line in text.splitlines()[-lines:])
