"""Runs the instances of environments: each is the containers of its version's bundle, by the docker command."""

from __future__ import annotations

import http.client
import json
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from harbour.daemon import docker

from cloud.beanstalk.launching import turn
from cloud.beanstalk.versions import bundle
from cloud.beanstalk.world import Environment, Version, World
from cloud.instances.bundle import Container, Unfit, containers

__all__ = ["Containers", "Instance"]

_PLAIN = "aws:elasticbeanstalk:application:environment"
_SECRET = "aws:elasticbeanstalk:application:environmentsecrets"
_PROCESS = "aws:elasticbeanstalk:environment:process:default"
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass
class Instance:
    """`names`: of its containers. `port`: of this machine. `active`: how many requests it is answering."""

    names: list[str] = field(default_factory=list)
    port: int = 0
    network: str = ""
    healthy: bool = False
    draining: bool = False
    active: int = 0
    lock: Any = field(default_factory=threading.Lock, repr=False)


class Containers:
    """
    A Runner. *host*: of the daemon. *clients*: service -> a client of boto3, for secrets. *registries*: the name of one
    in a bundle -> where it is on this machine. *within_s*: so long an instance has until it is healthy. *variables*:
    what all containers have besides.
    """

    def __init__(
        self,
        world: World,
        host: str,
        clients: Callable[[str], Any],
        registries: dict[str, str] | None = None,
        within_s: float = 60,
        variables: dict[str, str] | None = None,
    ) -> None:
        self._world, self._host, self._clients, self._within_s = world, host, clients, within_s
        self._registries, self._more = registries or {}, variables or {}
        self.instances: dict[str, list[Instance]] = {}  # by id of the environment
        self._pool = ThreadPoolExecutor(16)
        self._number = 0
        self._lock, self._closed = threading.Lock(), threading.Event()
        self._pool.submit(self._watch)

    def close(self) -> None:
        """All that runs ends."""
        self._closed.set()
        self._pool.shutdown()
        for running in self.instances.values():
            for one in running:
                self._remove(one, drain_s=0)

    def start(self, environment: Environment, version: Version, done: Callable[[str], None]) -> None:
        self._pool.submit(self._started, environment, version, done)

    def stop(self, environment: Environment) -> None:
        if self._closed.is_set():
            return  # all ends
        for one in self.instances.pop(environment.id, []):
            self._pool.submit(self._remove, one, self._delay(environment))

    def logs(self, environment: Environment) -> str:
        found = ""
        for one in self.instances.get(environment.id, []):
            for name in one.names:
                command = ["docker", "--host", self._host, "logs", "--tail", "100", name]
                found += subprocess.run(command, stdout=-1, stderr=subprocess.STDOUT, text=True, check=False).stdout
        return found

    def _delay(self, environment: Environment) -> float:
        return float(environment.option(_PROCESS, "DeregistrationDelay", "20"))

    def _started(self, environment: Environment, version: Version, done: Callable[[str], None]) -> None:
        try:
            problem = self._replaced(environment, version)
        except Exception as error:  # a thread's end: whatever it is, the environment tells it
            problem = f"Instance deployment failed: {error}"
        done(problem)
        if environment.status in ("Terminating", "Terminated"):  # by force, meanwhile
            self.stop(environment)

    def _replaced(self, environment: Environment, version: Version) -> str:
        """New instances in the place of old ones, if there are. All at once: the old ones end first."""
        files = bundle(self._world, version)
        if files is None:
            raise Unfit("The source bundle is no archive.")
        wanted, old = containers(files, self._variables(environment)), self.instances.get(environment.id, [])
        if old and environment.option("aws:elasticbeanstalk:command", "DeploymentPolicy", "AllAtOnce") == "AllAtOnce":
            self.instances[environment.id] = []
            for one in old:
                self._remove(one, drain_s=0)
            old = []
        new = [Instance() for _ in environment.instances]
        problem = self._up(environment, wanted, new)
        if problem and old:
            for one in new:
                self._remove(one, drain_s=0)
            return problem
        self.instances[environment.id] = new
        for one in old:
            self._remove(one, self._delay(environment))
        return problem

    def _up(self, environment: Environment, wanted: list[Container], new: list[Instance]) -> str:
        """What is wrong with the first that is not healthy, or ""; nothing is left where one cannot be started."""
        try:
            with ThreadPoolExecutor(len(new)) as pool:
                list(pool.map(lambda one: self._run(environment, wanted, one), new))
            return next(filter(None, [self._unhealthy(environment, one) for one in new]), "")
        except Exception:
            for one in new:
                self._remove(one, drain_s=0)
            raise

    def _variables(self, environment: Environment) -> dict[str, str]:
        plain = {name: value for (space, name, _), value in environment.options.items() if space == _PLAIN}
        secret = {name: self._secret(arn) for (space, name, _), arn in environment.options.items() if space == _SECRET}
        return plain | secret

    def _secret(self, arn: str) -> str:
        """The value of a secret, or of one key of it, or of a parameter."""
        service, parts = arn.split(":")[2], arn.split(":")
        if service == "ssm":
            name = arn.partition(":parameter")[2]
            return str(self._clients("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])
        value = self._clients("secretsmanager").get_secret_value(SecretId=":".join(parts[:7]))["SecretString"]
        return str(json.loads(value)[parts[7]] if len(parts) > 7 and parts[7] else value)

    def _run(self, environment: Environment, wanted: list[Container], one: Instance) -> None:
        with self._lock:
            self._number += 1
            prefix = f"pym-{id(self):x}-{environment.id}-{self._number}"
        if len(wanted) > 1:
            docker(self._host, "network", "create", prefix)
            one.network = prefix
        for container in wanted:
            one.names.append(f"{prefix}-{container.name}")
            self._container(prefix, container, alone=len(wanted) == 1)
            if container.port:
                told = docker(self._host, "port", one.names[-1], f"{container.port}/tcp")
                one.port = int(told.splitlines()[0].rpartition(":")[2])

    def _container(self, prefix: str, wanted: Container, alone: bool) -> None:
        image = wanted.image
        for name, here in self._registries.items():
            image = image.replace(name, here, 1) if image.startswith(f"{name}/") else image
        network = [] if alone else ["--network", prefix, "--network-alias", wanted.name]
        port = ["--publish", f"127.0.0.1::{wanted.port}"] if wanted.port else []
        given = self._more | wanted.variables
        variables = [word for name, value in given.items() for word in ("--env", f"{name}={value}")]
        named = ["--name", f"{prefix}-{wanted.name}", "--label", "pymacaron-tests"]
        told = [*named, *network, *port, *variables, *wanted.options, image, *wanted.command]
        docker(self._host, "run", "--detach", *told)

    def _unhealthy(self, environment: Environment, one: Instance) -> str:
        """Why the instance does not become healthy, or ""."""
        deadline, problem = time.monotonic() + self._within_s, "no answer"
        while time.monotonic() < deadline and not self._closed.is_set():
            if not (problem := self._check(environment, one)):
                one.healthy = True
                return ""
            running = docker(self._host, "inspect", "--format", "{{.State.Running}}", *one.names)
            if "false" in running:
                problem = "the container exited"
                break
            time.sleep(0.05)
        return f"Target.FailedHealthChecks: {problem}."

    def _check(self, environment: Environment, one: Instance) -> str:
        path = environment.option(_PROCESS, "HealthCheckPath", "/")
        code = environment.option(_PROCESS, "MatcherHTTPCode", "200")
        try:
            with _OPENER.open(f"http://127.0.0.1:{one.port}{path}", timeout=2) as answer:
                status = answer.status
        except urllib.error.HTTPError as error:
            status = error.code
        except (OSError, http.client.HTTPException) as error:
            return f"{path}: {type(error).__name__}"
        return "" if str(status) in code.split(",") else f"{path} answers {status}"

    def _remove(self, one: Instance, drain_s: float) -> None:
        """No new requests; those under way have *drain_s* seconds; then SIGTERM."""
        with one.lock:
            one.draining = True
        deadline = time.monotonic() + drain_s
        while one.active and time.monotonic() < deadline:
            time.sleep(0.02)
        for name in one.names:
            with suppress(AssertionError):  # it may never have started
                docker(self._host, "stop", "--time", "20", name)
            with suppress(AssertionError):
                docker(self._host, "rm", "--force", name)
        if one.network:
            docker(self._host, "network", "rm", one.network)

    def _watch(self) -> None:
        """Health goes as the checks do, while nothing else is under way."""
        while not self._closed.wait(0.3):
            for key, running in list(self.instances.items()):
                environment = self._world.environments[key]
                if environment.status != "Ready" or not running:
                    continue
                problems = [self._check(environment, one) for one in running]
                for one, problem in zip(running, problems, strict=True):
                    one.healthy = not problem
                self._tell(environment, [problem for problem in problems if problem], len(running))

    def _tell(self, environment: Environment, problems: list[str], number: int) -> None:
        with self._world.lock:
            if environment.status != "Ready":
                return
            if problems and environment.health_status == "Ok":
                status = "Severe" if len(problems) == number else "Degraded"
                turn(self._world, environment, status, f"Target.FailedHealthChecks: {problems[0]}.")
            elif not problems and environment.health_status in ("Severe", "Degraded") and not self._world.sick:
                turn(self._world, environment, "Ok")
