"""The bundles of services with workers, as an environment runs them: real containers of this Python and the package."""

from __future__ import annotations

import http.client
import io
import json
import re
import secrets
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from harbour.daemon import dock, docker
from harbour.images import helloworld
from upstreams.aws import Aws

from cloud.beanstalk.world import Durations
from cloud.here import Cloud, cloud
from cloud.shop import environment, options, version
from cloud.test_instances import PYTHON
from pymacaron.deploy.beanstalk.bundle import Bundle, bundle, worker_bundle

IMAGE = "pymacaron-tests-workers:well"
PINNED = "shop@sha256:" + "a" * 64
#: Nobody answers there: so no task is taken
LIVE = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    with dock() as found:
        helloworld(found, IMAGE)
        yield found
        docker(found, "image", "rm", "--force", IMAGE)


@pytest.fixture
def aws(own_moto: Aws, tmp_path: Path, host: str) -> Iterator[Cloud]:
    quick = Durations(health=0.1, update=0.1, swap=0.2, terminate=1, logs=0.1)
    with cloud(tmp_path, own_moto, scale=1, durations=quick, docker=host) as made:
        yield made


def here(made: Bundle) -> bytes:
    """*made*, with the image and the command as this machine has them."""
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made.content)) as before, zipfile.ZipFile(content, "w") as after:
        for name in before.namelist():
            text = before.read(name).decode().replace(PINNED, IMAGE).replace('"true"', '"false"')
            text = text.replace("pymacaron worker --when", f"{PYTHON} -m pymacaron worker --when")
            after.writestr(name, re.sub(r"( +)- pymacaron\n", rf"\1- {PYTHON}\n\1- -m\n\1- pymacaron\n", text))
    return content.getvalue()


def running(aws: Cloud, host: str, content: bytes, path: str) -> dict[str, str]:
    """An environment of *content* becomes well; dict: id of each container -> the end of its name."""
    process, variables = "aws:elasticbeanstalk:environment:process:default", {"PYM_CONTAINER_VERSION": "v1"}
    settings = options(JWT_SECRET=secrets.token_hex(32), **variables)
    settings = [one for one in settings if one["OptionName"] != "MinSize"]
    settings.append({"Namespace": process, "OptionName": "HealthCheckPath", "Value": path})
    version(aws, "v1", content)
    environment(aws, "shop-a", "shop-live", "v1", OptionSettings=settings)
    deadline = time.monotonic() + 60
    while (one := aws.beanstalk.environments["shop-a"])["HealthStatus"] != "Ok":
        causes = aws.world.environments[one["EnvironmentId"]].causes
        assert one["HealthStatus"] != "Severe", (causes, _logs(host))
        assert time.monotonic() < deadline, causes
        time.sleep(0.02)
    lines = docker(host, "ps", "--filter", "label=pymacaron-tests", "--format", "{{.ID}} {{.Names}}").splitlines()
    return {name.rpartition("-")[2]: id for id, name in map(str.split, lines)}


def _logs(host: str) -> str:
    ids = docker(host, "ps", "--all", "--quiet", "--filter", "label=pymacaron-tests").split()
    return "\n".join(docker(host, "logs", one) for one in ids)


def test_a_sidecar_waits_for_its_turn_and_the_server_writes_the_log_of_its_health(aws: Cloud, host: str) -> None:
    found = running(aws, host, here(bundle(PINNED, workers="sidecar", live_url=LIVE)), "/ping")
    assert sorted(found) == ["web", "worker"]
    assert aws.balancer is not None
    with closing(http.client.HTTPConnection("127.0.0.1", aws.balancer.port, timeout=30)) as connection:
        connection.request("GET", "/version?x=1", headers={"Host": "shop-live.eu-west-1.elasticbeanstalk.com"})
        assert connection.getresponse().status == 200
    read = "import glob; print(*[open(one).read() for one in glob.glob('/var/log/nginx/healthd/application.log.*')])"
    told = docker(host, "exec", found["web"], PYTHON, "-c", read)
    assert re.search(r'^ ?[0-9.]+"/version"200"[0-9.]+"[0-9.]+"127\.0\.0\.1$', told, re.MULTILINE), told
    for one in found.values():
        made = json.loads(docker(host, "inspect", "--format", "{{json .HostConfig}}", one))
        assert (made["ReadonlyRootfs"], made["CapDrop"]) == (True, ["ALL"])
    docker(host, "stop", "--time", "20", found["worker"])
    assert docker(host, "inspect", "--format", "{{.State.ExitCode}}", found["worker"]).strip() == "0"


def test_workers_of_an_environment_of_their_own_say_that_they_are_well(aws: Cloud, host: str) -> None:
    found = running(aws, host, here(worker_bundle(PINNED, live_url=LIVE)), "/")
    assert list(found) == ["app"]
    command = json.loads(docker(host, "inspect", "--format", "{{json .Config.Cmd}}", found["app"]))
    assert command == [PYTHON, "-m", "pymacaron", "worker", "--when-live", LIVE, "--probe", "8080"]
