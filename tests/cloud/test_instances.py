"""Environments whose instances run: containers of the bundle's image, and the balancer that follows the CNAMEs."""

from __future__ import annotations

import http.client
import json
import secrets
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from harbour.daemon import dock, docker
from harbour.images import helloworld
from lots import whole
from upstreams.aws import Aws

from cloud.beanstalk.world import Durations
from cloud.here import Cloud, cloud
from cloud.shop import bundle, environment, options, version

IMAGE = "pymacaron-tests-cloud:well"
LIVE, GREEN = "shop-live.eu-west-1.elasticbeanstalk.com", "shop-green.eu-west-1.elasticbeanstalk.com"
#: Real seconds, for what does not wait for a container
QUICK = Durations(health=0.1, update=0.1, swap=0.2, terminate=1, logs=0.1)
PYTHON = str(Path(sys.base_prefix, "bin", f"python{sys.version_info[0]}.{sys.version_info[1]}"))
#: Until it is told to stop: the first process of a container has to listen for that
WAITING = ["-c", "import signal; signal.signal(signal.SIGTERM, lambda *_: exit()); signal.pause()"]
COMPOSE = f"""
services:
  web:
    image: {IMAGE}
    ports: ["80:8080"]
    env_file: [.env]
    environment: {{WHO: "${{NAME}} in compose"}}
    read_only: true
    tmpfs: [/tmp, /dev/shm]
    cap_drop: [ALL]
  worker:
    image: {IMAGE}
    env_file: [.env]
    entrypoint: {PYTHON}
    command: {json.dumps(WAITING)}
"""


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    with dock() as found:
        helloworld(found, IMAGE)
        yield found
        docker(found, "image", "rm", "--force", IMAGE)


@pytest.fixture
def aws(own_moto: Aws, tmp_path: Path, host: str) -> Iterator[Cloud]:
    with cloud(tmp_path, own_moto, scale=1, durations=QUICK, docker=host) as made:
        yield made
    assert docker(host, "ps", "--all", "--quiet", "--filter", "label=pymacaron-tests") == ""


def until(fact: Callable[[], Any], within_s: float = 60) -> None:
    deadline = time.monotonic() + within_s
    while not fact():
        assert time.monotonic() < deadline, "not within the time"
        time.sleep(0.02)


def settled(aws: Cloud, name: str, health: str = "Ok") -> Callable[[], bool]:
    def fact() -> bool:
        one = aws.beanstalk.environments[name]
        if one["Status"] == "Ready" and one["HealthStatus"] not in ("Pending", health):
            told = [event["Message"] for event in aws.world.events[-5:]]
            raise AssertionError(
                f"{name} is {one['HealthStatus']}: {aws.world.environments[one['EnvironmentId']].causes}, {told}"
            )
        return (one["Status"], one["HealthStatus"]) == ("Ready", health)

    return fact


def started(aws: Cloud, name: str, prefix: str, label: str, content: bytes | None = None, **more: Any) -> None:
    settings = options(JWT_SECRET=secrets.token_hex(32), PYM_SHUTDOWN_DELAY="0")
    process = "aws:elasticbeanstalk:environment:process:default"
    settings.append({"Namespace": process, "OptionName": "HealthCheckPath", "Value": "/ping"})
    version(aws, label, content or bundle(IMAGE))
    environment(aws, name, prefix, label, OptionSettings=settings + more.pop("settings", []), **more)


def ask(aws: Cloud, host: str, path: str = "/ping") -> int:
    assert aws.balancer is not None
    with closing(http.client.HTTPConnection("127.0.0.1", aws.balancer.port, timeout=30)) as connection:
        connection.request("GET", path, headers={"Host": host})
        answer = connection.getresponse()
        answer.read()
        return answer.status


def test_an_environment_runs_as_many_containers_as_it_has_instances(aws: Cloud, host: str) -> None:
    started(aws, "shop-a", "shop-live", "v1")
    assert ask(aws, LIVE) == 503
    until(settled(aws, "shop-a"))
    assert len(docker(host, "ps", "--quiet", "--filter", "label=pymacaron-tests").split()) == 2
    assert (ask(aws, LIVE), ask(aws, GREEN)) == (200, 502)
    by_name = f"import urllib.request; print(urllib.request.urlopen('http://{LIVE}/ping').status)"
    done = subprocess.run([sys.executable, "-c", by_name], env=aws.environ, capture_output=True, text=True, check=True)
    assert done.stdout == "200\n"
    eb = aws.client("elasticbeanstalk")
    eb.terminate_environment(EnvironmentName="shop-a")
    until(lambda: docker(host, "ps", "--quiet", "--filter", "label=pymacaron-tests") == "")


def test_what_is_secret_comes_from_where_it_is_kept(aws: Cloud, host: str) -> None:
    name = "aws:elasticbeanstalk:application:environmentsecrets"
    arn = aws.client("secretsmanager").create_secret(Name="one", SecretString='{"KEY": "in json"}')["ARN"]
    aws.client("ssm").put_parameter(Name="/shop/two", Value="in ssm", Type="SecureString")
    kept = {"ONE": f"{arn}:KEY::", "TWO": "arn:aws:ssm:eu-west-1:123456789012:parameter/shop/two"}
    settings = [{"Namespace": name, "OptionName": one, "Value": value} for one, value in kept.items()]
    started(aws, "shop-a", "shop-live", "v1", settings=settings)
    until(settled(aws, "shop-a"))
    container = docker(host, "ps", "--quiet", "--filter", "label=pymacaron-tests").split()[0]
    told = json.loads(docker(host, "inspect", "--format", "{{json .Config.Env}}", container))
    assert {"ONE=in json", "TWO=in ssm"} <= set(told)


def test_a_secret_that_is_missing_makes_it_red(aws: Cloud) -> None:
    name = "aws:elasticbeanstalk:application:environmentsecrets"
    settings = [{"Namespace": name, "OptionName": "ONE", "Value": "arn:aws:ssm:eu-west-1:123456789012:parameter/none"}]
    started(aws, "shop-a", "shop-live", "v1", settings=settings)
    until(settled(aws, "shop-a", "Severe"))


def test_a_compose_file_runs_as_beanstalk_reads_it(aws: Cloud, host: str) -> None:
    content = bundle("", {"docker-compose.yml": COMPOSE})
    started(aws, "shop-a", "shop-live", "v1", content, settings=[
        {"Namespace": "aws:elasticbeanstalk:application:environment", "OptionName": "NAME", "Value": "Ann"},
    ])  # fmt: skip
    until(settled(aws, "shop-a"))
    assert ask(aws, LIVE) == 200
    running = docker(host, "ps", "--quiet", "--filter", "label=pymacaron-tests").split()
    told = [json.loads(docker(host, "inspect", "--format", "{{json .Config}}", one)) for one in running]
    assert Counter(one["Cmd"] == WAITING for one in told) == {True: 2, False: 2}
    assert sum("WHO=Ann in compose" in one["Env"] for one in told) == 2
    assert all("NAME=Ann" in one["Env"] for one in told)


def test_a_release_under_load_loses_no_request(aws: Cloud) -> None:
    started(aws, "shop-a", "shop-live", "v1")
    until(settled(aws, "shop-a"))
    statuses: Counter[int] = Counter()
    over, lock = threading.Event(), threading.Lock()

    def load() -> None:
        while not over.is_set():
            status = ask(aws, LIVE)
            with lock:
                statuses[status] += 1

    threads = [threading.Thread(target=load) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        started(aws, "shop-b", "shop-green", "v2")
        until(settled(aws, "shop-b"))
        eb = aws.client("elasticbeanstalk")
        eb.swap_environment_cnames(SourceEnvironmentName="shop-b", DestinationEnvironmentName="shop-a")
        until(lambda: aws.beanstalk.environments["shop-b"]["CNAME"] == LIVE)
        until(settled(aws, "shop-a"))
        eb.terminate_environment(EnvironmentName="shop-a")
        until(lambda: "shop-a" not in aws.beanstalk.environments)
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert list(statuses) == [200]
    assert aws.balancer is not None
    assert set(aws.balancer.answered) == {("shop-a", 200), ("shop-b", 200)}


@whole
def test_an_update_in_place_all_at_once_loses_requests(aws: Cloud) -> None:
    started(aws, "shop-a", "shop-live", "v1")
    until(settled(aws, "shop-a"))
    version(aws, "v2", bundle(IMAGE))
    aws.client("elasticbeanstalk").update_environment(EnvironmentName="shop-a", VersionLabel="v2")
    until(lambda: ask(aws, LIVE) == 503)
    until(settled(aws, "shop-a"))
    assert ask(aws, LIVE) == 200


def test_an_instance_that_dies_is_seen(aws: Cloud, host: str) -> None:
    started(aws, "shop-a", "shop-live", "v1")
    until(settled(aws, "shop-a"))
    first, second = docker(host, "ps", "--quiet", "--filter", "label=pymacaron-tests").split()
    docker(host, "kill", first)
    until(lambda: aws.beanstalk.environments["shop-a"]["HealthStatus"] == "Degraded")
    docker(host, "kill", second)
    until(lambda: ask(aws, LIVE) == 503)


def test_a_bundle_without_an_image_makes_it_red(aws: Cloud) -> None:
    started(aws, "shop-a", "shop-live", "v1", bundle("none:here"))
    until(settled(aws, "shop-a", "Severe"))
    told = aws.client("elasticbeanstalk").describe_environment_health(EnvironmentName="shop-a", AttributeNames=["All"])
    assert told["Causes"][0].startswith("Instance deployment failed: ")
