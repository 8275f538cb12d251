"""What Beanstalk holds in one account and region: applications, versions, environments, events; how long all takes."""

from __future__ import annotations

import base64
import hashlib
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from cloud.clock import Clock
from cloud.refusal import invalid

__all__ = [
    "ACCOUNT",
    "Application",
    "Durations",
    "Environment",
    "Limits",
    "Option",
    "Runner",
    "Sick",
    "Version",
    "World",
]

ACCOUNT = "123456789012"
#: (namespace, name, resource or "")
Option = tuple[str, str, str]


@dataclass
class Durations:
    """Seconds of the world's clock, as AWS needs them about."""

    process: float = 10
    launch: float = 240
    health: float = 30  # from Ready until enhanced health has seen enough
    update: float = 90
    swap: float = 10
    terminate: float = 120
    logs: float = 10
    application: float = 20  # until a deleted one is gone


@dataclass
class Limits:
    """How many there may be, as AWS has them unless asked for more."""

    applications: int = 75
    versions: int = 1000
    environments: int = 200


@dataclass
class Application:
    name: str
    description: str
    created: datetime
    tags: dict[str, str]
    lifecycle: dict[str, Any] = field(default_factory=dict)
    updated: datetime | None = None
    deleting: bool = False


@dataclass
class Version:
    application: str
    label: str
    created: datetime
    status: str
    members: dict[str, Any]  # SourceBundle and Description, as they were given
    tags: dict[str, str]
    updated: datetime | None = None


@dataclass
class Environment:
    """`work`: what is under way, and may be aborted. `deployment`: how often a version was deployed to it."""

    id: str
    name: str
    application: str
    version: str | None
    platform: str
    stack: str
    cname: str
    tier: dict[str, str]
    created: datetime
    updated: datetime
    description: str = ""
    template: str | None = None
    operations_role: str | None = None
    options: dict[Option, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    status: str = "Launching"
    health: str = "Grey"
    health_status: str = "Pending"
    causes: list[str] = field(default_factory=list)
    url: str = ""
    instances: list[str] = field(default_factory=list)
    work: str = ""
    undo: tuple[dict[Option, str], str, str, str] | None = None  # what an abort goes back to
    deployment: int = 0
    deployed: datetime | None = None
    logs: dict[str, list[tuple[str, datetime]]] = field(default_factory=dict)  # kind -> key in S3

    def option(self, namespace: str, name: str, default: str = "") -> str:
        return self.options.get((namespace, name, ""), default)

    @property
    def there(self) -> bool:
        return self.status != "Terminated"


@dataclass
class Sick:
    """`pattern`: of an environment's name or a version's label. `after_s`: None, at its launch, or its deployment."""

    pattern: str
    after_s: float | None = None
    cause: str = "100.0 % of the requests are failing with HTTP 5xx."


class Runner(Protocol):
    """What runs the environments' instances: nothing does unless there is a runner."""

    def start(self, environment: Environment, version: Version, done: Callable[[str], None]) -> None:
        """Start, or renew, what runs; then call *done* with what is wrong, or "". Returns at once."""

    def stop(self, environment: Environment) -> None: ...

    def logs(self, environment: Environment) -> str: ...


@dataclass
class World:
    """`swap_fault`: how the next swap goes wrong: "half", "stuck", "fails", or "": it does not."""

    region: str = "eu-west-1"
    clock: Clock = field(default_factory=Clock)
    durations: Durations = field(default_factory=Durations)
    limits: Limits = field(default_factory=Limits)
    sick: list[Sick] = field(default_factory=list)
    swap_fault: str = ""
    runner: Runner | None = None
    storage: Any = None  # a client of S3, or None: bundles are not looked at
    iam: Any = None  # a client of IAM, or None: roles are not looked at
    applications: dict[str, Application] = field(default_factory=dict)
    versions: dict[tuple[str, str], Version] = field(default_factory=dict)
    environments: dict[str, Environment] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    request: str = ""  # of the call that is being answered
    lock: Any = field(default_factory=threading.RLock)
    _number: Any = field(default_factory=itertools.count)

    @property
    def bucket(self) -> str:
        return f"elasticbeanstalk-{self.region}-{ACCOUNT}"

    @property
    def arn(self) -> str:
        return f"arn:aws:elasticbeanstalk:{self.region}:{ACCOUNT}"

    def fqdn(self, prefix: str) -> str:
        return f"{prefix.lower()}.{self.region}.elasticbeanstalk.com"

    def new_id(self, prefix: str, length: int) -> str:
        """An id that looks like one of AWS', and is the same in every run."""
        digest = hashlib.sha256(str(next(self._number)).encode()).digest()
        return prefix + base64.b32encode(digest).decode().lower()[:length]

    def application(self, name: str) -> Application:
        if name not in self.applications:
            raise invalid(f"No Application named '{name}' found.")
        return self.applications[name]

    def version(self, application: str, label: str) -> Version:
        if (application, label) not in self.versions:
            raise invalid(f"No Application Version named '{label}' found.")
        return self.versions[application, label]

    def environment(
        self, asked: dict[str, Any], name: str = "EnvironmentName", key: str = "EnvironmentId"
    ) -> Environment:
        """The one that *asked* names, by id, by name, or by both."""
        if key not in asked and name not in asked:
            raise invalid("You must specify either an environment name or an environment ID.")
        for one in self.environments.values():
            if one.there and asked.get(key, one.id) == one.id and asked.get(name, one.name) == one.name:
                return one
        told = f"{key} = '{asked[key]}'" if key in asked else f"{name} = '{asked[name]}'"
        raise invalid(f"No Environment found for {told}.")

    def ready(self, environment: Environment) -> Environment:
        """*environment*, where nothing is under way."""
        if environment.status != "Ready":
            raise invalid(
                f"Environment named {environment.name} is in an invalid state for this operation. Must be Ready."
            )
        return environment

    def tell(self, text: str, about: Environment | None = None, severity: str = "INFO", **more: Any) -> None:
        """An event."""
        event = {"EventDate": self.clock.now(), "Message": text, "Severity": severity, **more}
        if about is not None:
            event |= {"ApplicationName": about.application, "EnvironmentName": about.name, "_id": about.id}
            event |= {"PlatformArn": about.platform}
        event.setdefault("RequestId", self.request)
        self.events.append({name: value for name, value in event.items() if value})
