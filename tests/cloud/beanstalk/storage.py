"""The bucket that Beanstalk makes for an account in a region."""

from __future__ import annotations

from typing import Any

from cloud.beanstalk.world import World

__all__ = ["create", "is_there"]


def is_there(world: World) -> bool:
    return any(one["Name"] == world.bucket for one in world.storage.list_buckets()["Buckets"])


def create(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    """CreateStorageLocation: the same one, however often it is asked for."""
    if world.storage is not None and not is_there(world):
        region = {"LocationConstraint": world.region}
        world.storage.create_bucket(Bucket=world.bucket, CreateBucketConfiguration=region)
    return {"S3Bucket": world.bucket}
