"""
From `pymacaron new` to live, with nothing that stands in for a part of ours: git, docker, a registry, boto3, containers
in the place of instances, and callers that go on calling. AWS alone is tests/cloud.
"""

from __future__ import annotations

import http.client
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
from cloud.beanstalk.world import Durations
from cloud.here import cloud, moto
from harbour.bases import base
from harbour.daemon import dock, docker
from harbour.registries import registry
from harbour.wheels import wheels
from releases.live import CNAME, Live, shop

#: It is here only
BASE = "pymacaron-tests-live:slim"
#: Real seconds, for what does not wait for a container
QUICK = Durations(process=0.1, launch=0.1, health=0.1, update=0.1, swap=0.5, terminate=1, logs=0.1)
#: So many call, every other one on one connection, and each waits so many seconds between two calls
CALLERS, PACE_S = 8, 0.02


@pytest.fixture
def live(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Iterator[Live]:
    with ExitStack() as stack:
        host = stack.enter_context(dock())
        place = stack.enter_context(registry())
        content = wheels(tmp_path_factory)
        base(host, BASE)
        stack.callback(removed, host)
        own = stack.enter_context(moto())
        aws = stack.enter_context(cloud(tmp_path, own, scale=1, durations=QUICK, docker=host, has_role=True))
        yield shop(aws, tmp_path, host, place, BASE, content)


def removed(host: str) -> None:
    """What docker has of it, once no container runs."""
    mine = docker(host, "image", "ls", "--quiet", "--filter", "label=org.opencontainers.image.title=shop")
    docker(host, "image", "rm", "--force", *dict.fromkeys(mine.split()), BASE)


# One test, since each part goes on where the one before has ended, and workers of pytest would share out several
def test_from_a_clone_to_live_and_a_release_that_breaks_is_refused_then_allowed_and_loses_no_call(
    live: Live, record_property: Callable[[str, str], None]
) -> None:
    no_release_without_a_lock(live)
    before = released(live)
    removed_operation(live.folder)
    commit = live.commit()
    no_release_that_breaks(live)
    with load(live) as answered:
        done = live.run("deploy", "apply", "--allow-breaking", "--json")
    assert done.returncode == 0, done.stderr
    after = json.loads(done.stdout)["label"]
    failed = sum(number for told, number in answered.items() if told not in (before, after))
    record_property(
        "told",
        f"a release under load, {CALLERS} callers: {answered.total()} calls, {failed} failed; "
        f"{answered[before]} answered by v1, {answered[after]} by v2",
    )
    assert after.startswith(f"{commit}-")
    assert (set(answered), failed, at_the_live_name(live)) == ({before, after}, 0, [after])
    assert live.aws.writes.count("elasticbeanstalk:SwapEnvironmentCNAMEs") == 1
    assert once(live, "/products/tea")[0] == 404
    again = live.run("deploy", "apply", "--allow-breaking")
    assert (again.returncode, live.aws.writes) == (0, []), again.stderr
    assert [one["VersionLabel"] for one in live.aws.beanstalk.environments.values()] == [after]


def no_release_without_a_lock(live: Live) -> None:
    """It is told before anything else, and made."""
    refused = live.pipeline("--push", "--deploy")
    assert (refused.returncode, live.aws.writes) == (1, [])
    assert refused.stderr == (
        "error: refused[no-lock]: requirements.txt has no hashes, and there is no requirements.lock of it for this "
        "base. Have it made, and commit requirements.lock: pymacaron image, or overrule it: --dirty\n"
        "nothing was changed\n"
    )
    made = live.run("image")
    assert made.returncode == 0, made.stderr


def released(live: Live) -> str:
    """The label of the first release, by `deploy_pipeline`."""
    commit = live.commit()
    done = live.pipeline("--push", "--deploy")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line for line in done.stderr.splitlines() if line.startswith("== ") and "done in" not in line] == [
        "== what has changed of the API",
        "== unit tests",
        "== image",
        "== acceptance tests on the container",
        "== push",
        "== release",
    ]
    assert done.stderr.count(" passed in ") == 3  # unit tests; acceptance tests on the container, and on green
    assert [one for one in live.aws.writes if not one.startswith("s3:")] == [
        "elasticbeanstalk:CreateStorageLocation",
        "elasticbeanstalk:CreateApplication",
        "elasticbeanstalk:CreateApplicationVersion",
        "elasticbeanstalk:CreateEnvironment",
    ]
    [label] = at_the_live_name(live)
    assert label.startswith(f"{commit}-")
    status, body = once(live, "/version")
    assert (status, json.loads(body)["container"]) == (200, label)
    return label


def removed_operation(folder: Path) -> None:
    """An operation that callers call is gone."""
    description, code = folder / "apis" / "shop.yaml", folder / "shop" / "api.py"
    for file, first, after in (
        (description, "  /products/{sku}:", "  /me:"),
        (code, "def get_product(", "def get_me("),
    ):
        text = file.read_text()
        file.write_text(text[: text.index(first)] + text[text.index(after) :])
    for name in ("test/test_api.py", "testaccept/test_products.py"):
        (folder / name).unlink()


def no_release_that_breaks(live: Live) -> None:
    for refused in (live.pipeline("--push", "--deploy"), live.run("deploy", "apply")):
        assert (refused.returncode, live.aws.writes) == (1, [])
        assert "breaking[operation-removed]: GET /products/{sku} is " in refused.stderr
        assert refused.stderr.endswith(
            "callers would break. Mend it, or allow it: --allow-breaking, or deploy: {allow_breaking: true}\n"
        )


@contextmanager
def load(live: Live) -> Iterator[Counter[object]]:
    """Callers of /version, while the block lasts: how often which label answered them, or what came instead."""
    answered, ended, lock = Counter[object](), threading.Event(), threading.Lock()

    def call(keeps: bool) -> None:
        with connected(live) as connection:
            while not ended.wait(PACE_S):
                try:
                    status, body = ask(connection, "/version")
                    told: object = json.loads(body)["container"] if status == 200 else status
                except (OSError, http.client.HTTPException, ValueError) as error:
                    told = repr(error)
                with lock:
                    answered[told] += 1
                if not keeps:
                    connection.close()

    callers = [threading.Thread(target=call, args=[number % 2 == 0]) for number in range(CALLERS)]
    for one in callers:
        one.start()
    try:
        yield answered
    finally:
        ended.set()
        for one in callers:
            one.join()


def connected(live: Live) -> closing[http.client.HTTPConnection]:
    """To the balancer; http.client opens it again where the other side has closed it with an answer."""
    assert live.aws.balancer is not None
    return closing(http.client.HTTPConnection("127.0.0.1", live.aws.balancer.port, timeout=30))


def ask(connection: http.client.HTTPConnection, path: str) -> tuple[int, bytes]:
    """What callers of the live name get."""
    connection.request("GET", path, headers={"Host": CNAME})
    answer = connection.getresponse()
    return answer.status, answer.read()


def once(live: Live, path: str) -> tuple[int, bytes]:
    """The same, on a connection of its own."""
    with connected(live) as connection:
        return ask(connection, path)


def at_the_live_name(live: Live) -> list[str]:
    """The labels of the environments that have it."""
    there = live.aws.beanstalk.environments.values()
    return [one["VersionLabel"] for one in there if one["CNAME"] == CNAME]
