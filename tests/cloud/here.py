"""All of it in the process of a test: `with cloud(tmp_path) as aws:`."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener
from urllib.request import Request as HttpRequest

import boto3
from botocore.config import Config
from harbour import daemon
from upstreams.aws import Aws, aws

from cloud.beanstalk import Beanstalk
from cloud.beanstalk.swaps import FAULTS as SWAPS
from cloud.beanstalk.world import Durations, Sick, World
from cloud.clock import Clock
from cloud.faults import Fault
from cloud.front import Front
from cloud.images import Images
from cloud.instances.balancer import Balancer
from cloud.instances.containers import Containers
from cloud.journal import Call
from cloud.policy import Policy
from cloud.relay import Relay

__all__ = ["PROFILE", "ROLE", "Cloud", "cloud", "moto"]

#: Roles that are there from the beginning, by the names that AWS' console gives them
PROFILE, ROLE = "aws-elasticbeanstalk-ec2-role", "aws-elasticbeanstalk-service-role"
#: One for all, since it keeps what it has read of botocore's models
_SESSION = boto3.Session()
_ONE_AT_A_TIME = threading.Lock()
_OPENER = build_opener(ProxyHandler({}))
_TRUST = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"%s"},"Action":"sts:AssumeRole"}]}'
)


@contextmanager
def moto(policies: bool = True) -> Iterator[Aws]:
    """moto's server, for one cloud after another. *policies*: with those that AWS manages; emptying it takes longer."""
    with aws(MOTO_IAM_LOAD_MANAGED_POLICIES=str(policies).lower()) as running:
        yield running


class Cloud:
    """What a test has in hand. `account`: the number of the account."""

    account = "123456789012"

    def __init__(self, front: Front, world: World, folder: Path, keys: Aws) -> None:
        self.front, self.world, self.beanstalk = front, world, front.beanstalk
        self.endpoint = f"http://127.0.0.1:{front.port}"
        self._quiet, self._folder, self._keys = f"http://127.0.0.1:{front.quiet}", folder, keys
        self._clients: dict[str, Any] = {}
        self.containers: Containers | None = None
        self.balancer: Balancer | None = None

    @property
    def environ(self) -> dict[str, str]:
        """The environment variables of a child process: this one's, and AWS here instead of AWS there."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        proxy = {"HTTP_PROXY": self.balancer.url, "http_proxy": self.balancer.url} if self.balancer else {}
        return kept | {
            **proxy,
            "AWS_ACCESS_KEY_ID": self._keys.key_id,
            "AWS_CONFIG_FILE": str(self._folder / "no-config"),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_DEFAULT_REGION": self.world.region,
            "AWS_REGION": self.world.region,
            "AWS_SECRET_ACCESS_KEY": self._keys.secret,
            "AWS_SHARED_CREDENTIALS_FILE": str(self._folder / "no-credentials"),
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }

    def run_containers(self, stack: ExitStack, host: str, has_role: bool = False, **options: Any) -> Balancer:
        """
        From now on environments run for real, by the docker daemon *host*; *options*: of Containers. *has_role*: they
        find an AWS, which is this one, and who they are, as the role of an instance has it.
        """
        if has_role:
            told = daemon.docker(host, "network", "inspect", "bridge")
            gateway = json.loads(told)[0]["IPAM"]["Config"][0]["Gateway"]
            relay = Relay(gateway, self.front.quiet)
            stack.callback(relay.close)
            options["variables"] = {
                "AWS_ACCESS_KEY_ID": self._keys.key_id,
                "AWS_SECRET_ACCESS_KEY": self._keys.secret,
                "AWS_ENDPOINT_URL": f"http://{gateway}:{relay.port}",
            }
        self.containers = Containers(self.world, host, self.client, **options)
        stack.callback(self.containers.close)
        self.balancer = Balancer(self.world, self.containers)
        stack.callback(self.balancer.close)
        self.world.runner = self.containers
        return self.balancer

    @property
    def images(self) -> Images:
        assert self.front.images is not None, "cloud(..., registry=...)"
        return self.front.images

    @property
    def calls(self) -> list[Call]:
        """Those since the beginning, or since `forget`."""
        return list(self.front.journal.calls)

    @property
    def writes(self) -> list[str]:
        """The actions that changed something, in their order."""
        return [call.action for call in self.calls if call.writes and call.effect]

    def forget(self) -> None:
        """The journal is empty; the next call has the number 1."""
        self.front.journal.clear()

    def fail(self, kind: str, action: str = "*", **more: Any) -> Fault:
        """From now on calls of *action* go wrong: see Fault. Says in `met` which did."""
        return self.front.faults.add(Fault(kind, action, **more))

    def permit(self, *documents: dict[str, Any]) -> Policy:
        """From now on calls need the policies *documents*, by their actions: all else is denied."""
        self.front.permitted = Policy(*documents)
        return self.front.permitted

    def heal(self) -> None:
        """No call goes wrong any more."""
        self.front.faults.clear()

    def kill_after(self, number: int, pid: int | None = None, action: str = "*") -> Fault:
        """
        SIGKILL to *pid*, or to whoever makes the call: once the *number*-th call from now, of those that *action* fits,
        has had its effect, and before its answer.
        """
        return self.fail("kill", action, after=number - 1, pid=pid)

    def meanwhile(self, action: str, do: Callable[[Cloud], object], **more: Any) -> Fault:
        """Before the next call of *action* has its effect, somebody else does *do*."""
        return self.fail("meanwhile", action, do=lambda: do(self), **more)

    def client(self, service: str) -> Any:
        """A client of boto3 whose calls nobody counts, and with which nothing goes wrong."""
        return self._client(service, self._quiet)

    def faulty_client(self, service: str, attempts: int = 1) -> Any:
        """A client of boto3 at the endpoint that counts, and lets things go wrong; so many *attempts* at each call."""
        return self._client(service, self.endpoint, attempts)

    def _client(self, service: str, endpoint: str, attempts: int = 3) -> Any:
        name = f"{service} {endpoint} {attempts}"
        with _ONE_AT_A_TIME:
            if name not in self._clients:
                self._clients[name] = _SESSION.client(
                    service,
                    endpoint_url=endpoint,
                    region_name=self.world.region,
                    aws_access_key_id=self._keys.key_id,
                    aws_secret_access_key=self._keys.secret,
                    config=Config(retries={"total_max_attempts": attempts, "mode": "standard"}, proxies={}),
                )
            return self._clients[name]

    def close(self) -> None:
        """Let go of the connections of its clients."""
        for client in self._clients.values():
            client.close()

    def advance(self, seconds: float) -> None:
        """Let time pass for environments, versions and events."""
        with self.world.lock:
            self.world.clock.advance(seconds)

    def red(self, pattern: str, after_s: float | None = None, **more: Any) -> None:
        """Environments and versions whose name or label fits go Red: at launch, or *after_s* seconds of being well."""
        self.world.sick.append(Sick(pattern, after_s, **more))

    def swap_goes(self, fault: str) -> None:
        """The next swap goes wrong: "half", "stuck" or "fails"."""
        assert fault in SWAPS, f"{fault!r} is none of {SWAPS}"
        self.world.swap_fault = fault


@contextmanager
def cloud(
    folder: Path,
    own: Aws | None = None,
    scale: float = 1000.0,
    durations: Durations | None = None,
    docker: str = "",
    registry: str = "",
    **of_containers: Any,
) -> Iterator[Cloud]:
    """
    AWS, empty but for two roles; *folder*: of the test. *own*: a moto that is running, and is emptied; else one is
    started, in some seconds. *scale*: so many seconds of AWS' waits take one. *docker*: the host of a daemon, which
    runs what environments would; *of_containers*: of `run_containers`. *registry*: host and port of one that lets in
    whom images.HTPASSWD names: ECR's answers lead docker there.
    """
    with ExitStack() as stack:
        keys = own or stack.enter_context(moto())
        world = World(region=keys.region, clock=Clock(scale), durations=durations or Durations())
        front = Front(Beanstalk(world), keys.port)
        stack.callback(front.close)
        made = Cloud(front, world, folder, keys)
        stack.callback(made.close)
        _OPENER.open(HttpRequest(f"{keys.endpoint}/moto-api/reset", method="POST"), timeout=60).close()
        world.storage, world.iam = made.client("s3"), made.client("iam")
        _roles(world.iam)
        if registry:
            front.images = Images(registry, lambda: front.permitted)
            stack.callback(front.images.close)
        if docker:
            made.run_containers(stack, docker, **of_containers)
        yield made


def _roles(iam: Any) -> None:
    for name, service in ((PROFILE, "ec2.amazonaws.com"), (ROLE, "elasticbeanstalk.amazonaws.com")):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=_TRUST % service)
    iam.create_instance_profile(InstanceProfileName=PROFILE)
    iam.add_role_to_instance_profile(InstanceProfileName=PROFILE, RoleName=PROFILE)
