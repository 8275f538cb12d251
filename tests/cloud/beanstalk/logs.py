"""The logs of an environment: asked for, gathered in S3, and fetched by a URL that is signed."""

from __future__ import annotations

from typing import Any

from cloud.beanstalk import storage
from cloud.beanstalk.world import Environment, World
from cloud.refusal import invalid

__all__ = ["request", "retrieve"]


def request(world: World, asked: dict[str, Any]) -> None:
    one, kind = world.ready(world.environment(asked)), asked["InfoType"]
    world.tell("requestEnvironmentInfo is starting.", one)
    world.clock.after(world.durations.logs, lambda: _gather(world, one, kind))


def _gather(world: World, one: Environment, kind: str) -> None:
    text = world.runner.logs(one) if world.runner is not None else ""
    head = f"----------------------------------------\n/var/log/eb-docker/containers/eb-current-app/{one.id}.log\n"
    one.logs[kind] = []
    for instance in one.instances:
        key = f"resources/environments/logs/{kind}/{one.id}/{instance}/TailLogs.txt"
        if world.storage is not None:
            storage.create(world, {})
            world.storage.put_object(Bucket=world.bucket, Key=key, Body=f"{head}{'-' * 40}\n{text}".encode())
        one.logs[kind].append((key, world.clock.now()))
        world.tell(f"[Instance: {instance}] Successfully finished tailing 1 log(s)", one, RequestId=None)


def retrieve(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    """`Message` is the URL of the text."""
    one, kind = world.environment(asked), asked["InfoType"]
    if kind not in ("tail", "bundle", "analyze"):
        raise invalid(f"Invalid info type: {kind}")
    told = [
        {"InfoType": kind, "Ec2InstanceId": key.split("/")[-2], "SampleTimestamp": at, "Message": _url(world, key)}
        for key, at in one.logs.get(kind, [])
    ]
    return {"EnvironmentInfo": told}


def _url(world: World, key: str) -> str:
    if world.storage is None:
        return f"https://{world.bucket}.s3.{world.region}.amazonaws.com/{key}"
    url = world.storage.generate_presigned_url("get_object", Params={"Bucket": world.bucket, "Key": key})
    return str(url)
