"""What the standing resources of a service are worked out of: its settings, its tables, where its tasks wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pymacaron.deploy.image.registries import ecr_name
from pymacaron.deploy.settings import Wanted
from pymacaron.store.definition import Definition

__all__ = ["TAG", "Needs", "arn", "asks_redis", "asks_sqs", "global_arn"]

#: The tag that says whose a resource is
TAG = "pymacaron:application"
_REDIS_URLS = ("broker_url", "idempotency_store", "rate_limit_store")
_AMAZON = (".amazonaws.com", ".amazonaws.com.cn")


@dataclass(frozen=True, slots=True)
class Needs:
    """
    `tables`: of models with x-persist, and of the states of tasks. `queues`: what the names of the queues in SQS begin
    with, '' where tasks wait elsewhere. `has_redis`: a Redis of ElastiCache is wanted.
    """

    wanted: Wanted
    tables: tuple[Definition, ...] = ()
    queues: str = ""
    has_redis: bool = False

    @property
    def application(self) -> str:
        return self.wanted.application

    @property
    def repository(self) -> str | None:
        """The repository in ECR; None where images are elsewhere."""
        return ecr_name(self.wanted)

    @property
    def buckets(self) -> list[dict[str, str]]:
        """ARNs: Beanstalk's own bucket, which has the logs, and that of docker_bucket."""
        own = global_arn("s3", "elasticbeanstalk-${AWS::Region}-${AWS::AccountId}")
        return [own, *([global_arn("s3", self.wanted.bucket)] if self.wanted.bucket else [])]

    @property
    def has_profile(self) -> bool:
        """Whether the instance profile is the service's own, and not one of the user's that is there already."""
        return self.wanted.instance_profile == f"{self.application}-instance"

    @property
    def has_service_role(self) -> bool:
        """As has_profile."""
        return self.wanted.service_role == f"{self.application}-service"

    @property
    def logins(self) -> list[dict[str, str]]:
        """ARNs of what Beanstalk logs in to another registry with, which lies in docker_bucket."""
        if self.repository or not self.wanted.bucket:
            return []
        return [global_arn("s3", f"{self.wanted.bucket}/{name}") for name in (".dockercfg", "dockercfg")]

    @property
    def tags(self) -> list[dict[str, str]]:
        found = {**self.wanted.tags, TAG: self.application}
        return [{"Key": key, "Value": value} for key, value in sorted(found.items())]

    @property
    def secrets(self) -> list[dict[str, str]]:
        """ARNs of the secrets. AWS puts a '-' and six characters behind the name of one in Secrets Manager."""
        if self.wanted.secrets == "ssm":
            return [arn("ssm", f"parameter/{self.application}/{name}") for name in self.wanted.env_secrets]
        return [arn("secretsmanager", f"secret:{self.application}/{name}-??????") for name in self.wanted.env_secrets]


def arn(service: str, rest: str) -> dict[str, str]:
    """Of something in the region and account of a stack."""
    return {"Fn::Sub": f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{rest}"}


def global_arn(service: str, rest: str, account: str = "") -> dict[str, str]:
    """Of something that is in no region: S3 knows no *account* either."""
    return {"Fn::Sub": f"arn:${{AWS::Partition}}:{service}::{account}:{rest}"}


def asks_redis(values: Mapping[str, Any]) -> bool:
    """
    Whether the settings want a Redis that is to be made: one over TLS that is Amazon's, or whose host has no dot, as
    long as nobody knows its name.
    """
    return any(_is_ours(str(values.get(name) or "")) for name in _REDIS_URLS)


def asks_sqs(values: Mapping[str, Any]) -> bool:
    """Whether tasks wait in Amazon's SQS, and not in a stand-in at a host."""
    return str(values.get("broker_url") or "").rstrip("/") == "sqs:"


def _is_ours(url: str) -> bool:
    parts = urlsplit(url)
    host = parts.hostname or ""
    return parts.scheme == "rediss" and bool(host) and ("." not in host or host.endswith(_AMAZON))
