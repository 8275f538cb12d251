"""A new environment: what it is made with, and what it means when it does not come up. No I/O here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from pymacaron.deploy.beanstalk.found import Environment, Found
from pymacaron.deploy.beanstalk.release import PLATFORM_BRANCH, Release
from pymacaron.deploy.failures import DeployError
from pymacaron.deploy.target import Call, Step

__all__ = ["AFRESH", "PLANNED", "SIZE", "create", "named", "options_of", "waiting"]

_EB = "elasticbeanstalk"
#: Id of an environment that a plan only thinks of
PLANNED = "(its id)"
SIZE, _MOST = ("aws:autoscaling:asg", "MinSize"), ("aws:autoscaling:asg", "MaxSize")
#: What the journal forgets of an environment that is tried anew
AFRESH: Mapping[str, str | float] = MappingProxyType(
    {
        "healthy": "",
        "accepted": "",
        "smoked": "",
        "soaked": "",
        "workers": "",
        "failed": "",
        "failed_at": "",
        "reason": "",
        "asked_at": 0.0,
        "smoked_at": 0.0,
    }
)


def create(release: Release, found: Found) -> Step[Found]:
    """
    Makes the environment of *release*, green where something is live, else the live one. Raises DeployError where it
    cannot be.
    """
    is_first = not found.at_name(release.cname)
    if is_first and not found.is_name_free:
        mend = "Choose another name: deploy: {cname: ...}, and live_host by it"
        raise DeployError(f"{release.host} is somebody else's, or of another application", mend)
    ending = next((one for one in found.environments if one.is_ending and one.cname == release.cname), None)
    if is_first and ending is not None:
        return waiting(ending, f"{ending.name}, which had the name, has ended", found.without(ending.id))
    name = named(release, found, release.names())
    if not isinstance(name, str):
        return name
    cname = release.cname if is_first else release.green_cname(name)
    hosts = _hosts(release, found)
    return Step(
        f"make the environment {name} at {cname}",
        lambda before: replace(before, environments=(*before.environments, _planned(release, before, name, cname))),
        "What is live was not touched. The events above say why; the commonest reason is a missing instance profile "
        f"({release.wanted.instance_profile}) or service role ({release.wanted.service_role}): pymacaron infra check",
        (
            Call(
                _EB,
                "CreateEnvironment",
                {
                    "ApplicationName": release.application,
                    "EnvironmentName": name,
                    "CNAMEPrefix": cname,
                    "VersionLabel": release.label,
                    "PlatformArn": found.platform,
                    "Tier": {"Name": "WebServer", "Type": "Standard"},
                    "OptionSettings": options_of(release, hosts),
                    "Tags": release.tags(),
                },
            ),
        ),
        notes={**AFRESH, "hosts": hosts if hosts > _least(release) else 0, "is_first": is_first},
        there="already exists",
    )


def named(release: Release, found: Found, names: Iterable[str]) -> str | Step[Found]:
    """
    Which of *names* a new environment gets; or what is waited for before it may have one. Raises DeployError where
    there is nothing to make it on.
    """
    if not found.platform:
        mend = "Look at: aws elasticbeanstalk list-platform-versions"
        raise DeployError(f"AWS recommends no platform of {PLATFORM_BRANCH!r} in {release.region}", mend)
    taken = {one.name: one for one in found.environments}
    name = next(one for one in names if one not in taken or taken[one].is_ending)
    if name in taken:
        return waiting(taken[name], f"{name} has ended", found.without(taken[name].id))
    return name


def options_of(release: Release, hosts: int = 0) -> list[dict[str, str]]:
    """As AWS takes them, with room for *hosts* instances from the start, so that a swap drops none that is needed."""
    values = {(namespace, name): value for namespace, name, value in release.options}
    if hosts > _least(release):
        values[SIZE] = str(hosts)
        values[_MOST] = str(max(hosts, release.wanted.hosts_max))
    return [{"Namespace": key[0], "OptionName": key[1], "Value": value} for key, value in sorted(values.items())]


def waiting(one: Environment, until: str, after: Found) -> Step[Found]:
    """Waits until something has come of *one*."""
    return Step(
        f"wait until {until}",
        lambda before: after,
        "Beanstalk did not come to an end with it: look at its events in the console",
        awaited=until,
        subject=one.id,
    )


def _least(release: Release) -> int:
    values = {(namespace, name): value for namespace, name, value in release.options}
    size = values.get(SIZE, "")
    return int(size) if size.isdigit() else release.wanted.hosts_min


def _hosts(release: Release, found: Found) -> int:
    """As many as what is live has just now, and those that are wanted at least."""
    return max(found.hosts, _least(release))


def _planned(release: Release, found: Found, name: str, cname: str) -> Environment:
    address = f"{cname}.{release.region}.elasticbeanstalk.com"
    return Environment(
        PLANNED, name, address, "Ready", release.label, "Green", "Ok", is_ours=True, platform=found.platform
    )
