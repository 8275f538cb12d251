"""Tags of applications, versions and environments, by ARN."""

from __future__ import annotations

from typing import Any

from cloud.beanstalk.world import World
from cloud.refusal import Refusal

__all__ = ["describe", "tags_of", "update"]

Asked = dict[str, Any]
_MOST = 47  # 50, of which Beanstalk needs three for itself


def tags_of(asked: Asked, member: str = "Tags") -> dict[str, str]:
    """Name -> value. Raises Refusal where AWS would take none of the kind."""
    tags = {one.get("Key", ""): one.get("Value", "") for one in asked.get(member, [])}
    if len(tags) > _MOST:
        raise Refusal("TooManyTagsException", f"The number of tags in the request exceeds the limit of {_MOST}.")
    for name, value in tags.items():
        if not name or len(name) > 128 or len(value) > 256 or name.lower().startswith(("aws:", "elasticbeanstalk:")):
            raise Refusal("InvalidParameterValue", f"Tag key '{name}' is invalid.")
        if name == "Name":
            raise Refusal("InvalidParameterValue", "Tag key 'Name' is reserved.")
    return tags


def describe(world: World, asked: Asked) -> Asked:
    tags = _tags(world, asked["ResourceArn"])
    listed = [{"Key": name, "Value": value} for name, value in sorted(tags.items())]
    return {"ResourceArn": asked["ResourceArn"], "ResourceTags": listed}


def update(world: World, asked: Asked) -> None:
    tags, added = _tags(world, asked["ResourceArn"]), tags_of(asked, "TagsToAdd")
    if set(added) & set(asked.get("TagsToRemove", [])):
        raise Refusal("InvalidParameterValue", "A tag key can't be in both TagsToAdd and TagsToRemove.")
    if len(tags | added) > _MOST:
        raise Refusal("TooManyTagsException", f"The resource would have more than {_MOST} tags.")
    for name in asked.get("TagsToRemove", []):
        tags.pop(name, None)
    tags |= added


def _tags(world: World, arn: str) -> dict[str, str]:
    kind, _, name = arn.removeprefix(f"{world.arn}:").partition("/")
    application, _, last = name.partition("/")
    found: Any = None
    match kind:
        case "application":
            found = world.applications.get(name)
        case "applicationversion":
            found = world.versions.get((application, last))
        case "environment":
            there = [one for one in world.environments.values() if one.there]
            found = next((one for one in there if (one.application, one.name) == (application, last)), None)
    if found is None:
        raise Refusal("ResourceNotFoundException", f"Resource not found for arn: '{arn}'.")
    tags: dict[str, str] = found.tags
    return tags
