"""What `pymacaron deploy plan` says: each step with its calls of AWS, and how the options differ from what is live."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pymacaron.config.settings import MASK

if TYPE_CHECKING:
    from pymacaron.deploy.beanstalk.found import Found
    from pymacaron.deploy.beanstalk.release import Release
    from pymacaron.deploy.target import Call, Step

__all__ = ["planned_members", "planned_text"]

_VARIABLES = "aws:elasticbeanstalk:application:environment"
_OWN = "PYM_CONTAINER_VERSION"


def planned_members(release: Release, found: Found, steps: Sequence[Step[Any]]) -> dict[str, Any]:
    """The plan, as JSON shows it."""
    return {
        "label": release.label,
        "strategy": release.strategy,
        "account": release.account,
        "region": release.region,
        "platform": found.platform,
        "live": [one.name for one in found.at_name(release.cname)],
        "steps": [
            {"name": one.name, "calls": [_call(call) for call in one.calls], "trial": one.trial, "failure": one.failure}
            for one in steps
        ],
        "options": _differences(release, found),
        "kept": _kept(release) if steps else [],
    }


def planned_text(release: Release, found: Found, steps: Sequence[Step[Any]]) -> str:
    """The plan, for people."""
    live = found.at_name(release.cname)
    lines = [
        f"release {release.label} ({release.strategy}) at {release.host}, account {release.account}",
        f"live now: {', '.join(f'{one.name} with {one.label}' for one in live) or 'nobody'}",
        f"platform: {found.platform}",
    ]
    for number, step in enumerate(steps, 1):
        lines.append(f"{number:3}. {step.name}")
        for call in step.calls:
            shown = _call(call)
            lines.append(f"     {shown['service']}:{shown['operation']} {json.dumps(shown['arguments'])}")
    for one in _differences(release, found) if live and steps else ():
        lines.append(f"  ~ {one['namespace']} {one['name']}: {one['live'] or 'not set'} -> {one['wanted']}")
    if not steps:
        return "\n".join([*lines, "it is as it is wanted: nothing to do"])
    lines += [f"beside these: {', '.join(_kept(release))}", "nothing was changed. Run: pymacaron deploy apply"]
    return "\n".join(lines)


def _kept(release: Release) -> list[str]:
    """What keeps the lock and the journal."""
    place = f"s3://{release.bucket}/{release.prefix}"
    return [
        f"s3:PutObject and s3:DeleteObject of {place}/lock.json",
        f"s3:PutObject of {place}/journal/{release.label}.json",
    ]


def _call(call: Call) -> dict[str, Any]:
    arguments = dict(call.arguments)
    if "OptionSettings" in arguments:
        arguments["OptionSettings"] = [_shown(one) for one in arguments["OptionSettings"]]
    if call.body is not None:
        arguments["Body"] = f"({len(call.body)} bytes)"
    return {"service": call.service, "operation": call.operation, "arguments": arguments}


def _shown(setting: Mapping[str, str]) -> dict[str, str]:
    """Without the values of variables, of which nobody knows whether they are secrets."""
    hides = setting["Namespace"] == _VARIABLES and setting["OptionName"] != _OWN
    return {**setting, "Value": MASK} if hides else dict(setting)


def _differences(release: Release, found: Found) -> list[dict[str, str]]:
    """What a new environment has otherwise than the one that is live."""
    told = []
    for namespace, name, value in release.options:
        now = found.options.get((namespace, name), "")
        if now == value:
            continue
        hides = namespace == _VARIABLES and name != _OWN
        told.append(
            {
                "namespace": namespace,
                "name": name,
                "live": MASK if hides and now else now,
                "wanted": MASK if hides else value,
            }
        )
    return told
