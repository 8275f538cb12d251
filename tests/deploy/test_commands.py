"""`pymacaron deploy`, as people call it: in a clone, against an AWS on this machine."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cloud.here import Cloud, cloud, moto
from releases.served import clone, commit, live, remote
from upstreams.aws import Aws

_ROOT = Path(__file__).resolve().parents[2]
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop@sha256:" + "a" * 64
OTHER = IMAGE[:-1] + "b"


@dataclass
class Shop:
    """A clone, and the AWS that it is released on."""

    aws: Cloud
    folder: Path
    url: str

    @property
    def environ(self) -> dict[str, str]:
        return {**self.aws.environ, "PYMACARON_DEPLOY_PAUSE_S": "0.02", "PYTHONPATH": str(_ROOT / "src")}

    def deploy(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        self.aws.forget()
        return subprocess.run(
            [sys.executable, "-m", "pymacaron", "deploy", *arguments],
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def labels(self) -> dict[str, str]:
        """First label of the CNAME -> label, of each environment."""
        found = self.aws.beanstalk.environments.values()
        return {one["CNAME"].partition(".")[0]: one["VersionLabel"] for one in found}


@pytest.fixture(scope="module")
def own_moto() -> Iterator[Aws]:
    with moto(policies=False) as running:
        yield running


@pytest.fixture
def shop(own_moto: Aws, tmp_path: Path) -> Iterator[Shop]:
    with cloud(tmp_path, own_moto, scale=1000) as aws, live(aws) as url:
        yield Shop(aws, clone(tmp_path, url), url)


def test_from_an_empty_account_to_a_second_release_and_back(shop: Shop) -> None:
    planned = shop.deploy("plan", "--image", IMAGE)
    assert (planned.returncode, planned.stderr, shop.aws.writes) == (0, "", [])
    assert planned.stdout.endswith("nothing was changed. Run: pymacaron deploy apply\n")
    first = shop.deploy("apply", "--image", IMAGE, "--json")
    assert first.returncode == 0, first.stderr
    label = json.loads(first.stdout)["label"]
    assert shop.labels() == {"shop-live": label}
    again = shop.deploy("apply", "--image", IMAGE)
    assert (again.stdout, again.stderr) == (f"{label} is live at {shop.url}: nothing to do\n", "")
    assert shop.aws.writes == []

    second = shop.deploy("apply", "--image", OTHER, "--keep-previous", "--json")
    assert second.returncode == 0, second.stderr
    newer = json.loads(second.stdout)["label"]
    assert newer[:12] == label[:12]
    assert newer != label
    status = json.loads(shop.deploy("status", "--json").stdout)
    assert [(one["label"], one["live"], one["health"]) for one in status["environments"] if one["live"]] == [
        (newer, True, "Ok")
    ]
    back = shop.deploy("rollback")
    assert (back.returncode, back.stdout) == (0, f"{label} is live at {shop.url}\n"), back.stderr
    assert shop.aws.writes.count("elasticbeanstalk:SwapEnvironmentCNAMEs") == 1
    twice = shop.deploy("rollback")
    assert (twice.returncode, twice.stdout) == (0, f"{label} is live at {shop.url}: nothing to do\n")
    assert shop.aws.writes == []
    assert shop.deploy("clean").returncode == 0
    assert shop.labels() == {"shop-live": label}


def test_workers_of_their_own_environment_are_released_and_shown(shop: Shop) -> None:
    config = shop.folder / "pym-config.yaml"
    config.write_text(config.read_text() + "  workers: environment\n")
    commit(shop.folder)
    done = shop.deploy("apply", "--image", IMAGE, "--json")
    assert done.returncode == 0, done.stderr
    label = json.loads(done.stdout)["label"]
    assert sorted(shop.labels().values()) == [label, f"{label}-workers"]
    status = json.loads(shop.deploy("status", "--json").stdout)
    told = {one["label"]: (one["live"], one["ours"], one["workers"]) for one in status["environments"]}
    assert told == {label: (True, True, False), f"{label}-workers": (False, True, True)}
    assert "  (workers)\n" in shop.deploy("status").stdout
    variables = {
        (name, value)
        for one in shop.aws.world.environments.values()
        for (space, name, _), value in one.options.items()
        if space == "aws:elasticbeanstalk:application:environment"
    }
    assert variables == {("PYM_CONTAINER_VERSION", label), ("PYM_WITH_ASYNC", "false")}
    other = shop.deploy("apply", "--image", OTHER, "--json")
    assert other.returncode == 0, other.stderr
    newer = json.loads(other.stdout)["label"]
    assert sorted(shop.labels().values()) == [newer, f"{newer}-workers"]


def test_a_plan_as_json_has_the_calls_and_no_value_of_a_variable(shop: Shop) -> None:
    config = shop.folder / "pym-config.yaml"
    variables = "  options:\n    aws:elasticbeanstalk:application:environment: {GREETING: hidden-greeting}\n"
    config.write_text(config.read_text() + variables)
    commit(shop.folder)
    planned = shop.deploy("plan", "--image", IMAGE, "--json")
    told = json.loads(planned.stdout)
    calls = [f"{call['service']}:{call['operation']}" for step in told["steps"] for call in step["calls"]]
    assert calls == [
        "elasticbeanstalk:CreateStorageLocation",
        "s3:PutObject",
        "elasticbeanstalk:CreateApplication",
        "elasticbeanstalk:CreateApplicationVersion",
        "elasticbeanstalk:CreateEnvironment",
    ]
    assert "GREETING" in planned.stdout
    assert "hidden-greeting" not in planned.stdout + planned.stderr


def test_a_smoke_test_that_fails_gives_the_name_back_and_says_why(shop: Shop) -> None:
    first = json.loads(shop.deploy("apply", "--image", IMAGE, "--json").stdout)["label"]
    config = shop.folder / "pym-config.yaml"
    config.write_text(config.read_text().replace(shop.url, "http://127.0.0.1:1"))  # where nobody answers
    commit(shop.folder)
    ended = shop.deploy("apply", "--image", OTHER)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].endswith(
        "What was live before is made live again, where it is there. Mend it, and release again"
    )
    assert shop.labels()["shop-live"] == first


def test_what_is_not_committed_is_refused_and_overruled(shop: Shop) -> None:
    (shop.folder / "notes.txt").write_text("mine")
    refused = shop.deploy("apply", "--image", IMAGE)
    assert refused.returncode == 1
    assert "refused[dirty]: not in commit " in refused.stderr
    assert refused.stderr.endswith(": notes.txt. Commit or ignore it, or overrule it: --dirty\nnothing was changed\n")
    assert shop.aws.writes == []
    planned = json.loads(shop.deploy("plan", "--image", IMAGE, "--dirty", "--json").stdout)
    assert re.fullmatch(r"[0-9a-f]{12}-dirty-[0-9a-f]{8}", planned["label"])


def test_a_profile_that_is_called_as_aws_user_asks(shop: Shop, tmp_path: Path) -> None:
    config = shop.folder / "pym-config.yaml"
    config.write_text(f"aws_user: releaser\n{config.read_text()}")
    commit(shop.folder)
    refused = shop.deploy("plan", "--image", IMAGE)
    assert refused.stderr.splitlines()[0].endswith(
        ", and aws_user is releaser. Have a profile of that name: aws configure --profile releaser, and no keys in the "
        "config, or overrule it: --any-user"
    )
    keys = ("aws_access_key_id", "AWS_ACCESS_KEY_ID"), ("aws_secret_access_key", "AWS_SECRET_ACCESS_KEY")
    lines = [f"{name} = {shop.aws.environ[variable]}" for name, variable in keys]
    Path(shop.aws.environ["AWS_SHARED_CREDENTIALS_FILE"]).write_text("\n".join(["[releaser]", *lines, ""]))
    planned = shop.deploy("plan", "--image", IMAGE)
    assert (planned.returncode, planned.stderr) == (0, "")


def test_a_live_commit_that_is_not_in_the_clone_is_told(shop: Shop, tmp_path: Path) -> None:
    (shop.folder / "apis").mkdir()
    (shop.folder / "apis" / "shop.yaml").write_text("openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {}\n")
    commit(shop.folder)
    label = json.loads(shop.deploy("apply", "--image", IMAGE, "--json").stdout)["label"]
    shutil.rmtree(shop.folder / ".git")
    remote(shop.folder, tmp_path / "other.git")
    (shop.folder / "more.py").write_text("MORE = 1\n")
    commit(shop.folder)
    refused = shop.deploy("apply", "--image", IMAGE)
    assert (refused.returncode, refused.stderr) == (
        1,
        f"error: commit {label[:12]} is live, and not in this clone, so nobody can tell what has changed of the API. "
        "Fetch it: git fetch --unshallow, or go on without: --allow-breaking\n",
    )
    assert shop.deploy("plan", "--image", IMAGE, "--allow-breaking").returncode == 0


def test_all_refusals_are_told_at_once(shop: Shop) -> None:
    config = shop.folder / "pym-config.yaml"
    config.write_text(
        "aws_user: releaser\nenv_secrets: [JWT_SECRET, DB_PASSWORD]\n"
        + config.read_text().replace("deploy:\n", 'deploy:\n  account: "999999999999"\n')
    )
    (shop.folder / "work.py").write_text("@asynctask\ndef f(): ...\n")
    (shop.folder / "apis").mkdir()
    (shop.folder / "apis" / "shop.yaml").write_text("components:\n  schemas:\n    A:\n      x-persist: {}\n")
    refused = shop.deploy("apply", "--image", IMAGE)
    assert refused.returncode == 1
    codes = [line.partition("[")[2].partition("]")[0] for line in refused.stderr.splitlines()[:-1]]
    assert codes == ["account", "user", "secrets", "dirty", "embedded-queue", "embedded-store"]
    assert shop.aws.writes == []


def test_secrets_go_by_their_arns(shop: Shop) -> None:
    arn = shop.aws.client("secretsmanager").create_secret(Name="shop/JWT_SECRET", SecretString="s" * 40)["ARN"]
    config = shop.folder / "pym-config.yaml"
    config.write_text("env_secrets: [JWT_SECRET]\n" + config.read_text())
    commit(shop.folder)
    done = shop.deploy("apply", "--image", IMAGE)
    assert done.returncode == 0, done.stderr
    environment = next(iter(shop.aws.world.environments.values()))
    assert environment.option("aws:elasticbeanstalk:application:environmentsecrets", "JWT_SECRET") == arn
    everything = done.stdout + done.stderr + json.dumps([str(one.arguments) for one in shop.aws.calls])
    assert "s" * 40 not in everything


def test_an_image_without_its_digest_is_refused(shop: Shop) -> None:
    refused = shop.deploy("plan", "--image", "shop:latest")
    assert (refused.returncode, refused.stderr) == (
        1,
        "error: image 'shop:latest' is not named by its digest. Name it as in: repo/shop@sha256:...\n",
    )


def test_a_stop_says_that_the_same_command_goes_on_and_it_does(shop: Shop) -> None:
    command = [sys.executable, "-m", "pymacaron", "deploy", "apply", "--image", IMAGE]
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)  # who runs the tests may ignore it, which is inherited
    try:
        process = subprocess.Popen(command, cwd=shop.folder, env=shop.environ, stderr=subprocess.PIPE, text=True)
    finally:
        signal.signal(signal.SIGINT, before)
    shop.aws.meanwhile("DescribeEvents", lambda aws: os.kill(process.pid, signal.SIGINT))
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert said.endswith("stopped. Nothing is lost: the same command goes on from here\n")
    shop.aws.heal()
    done = shop.deploy("apply", "--image", IMAGE)
    assert done.returncode == 0, done.stderr
    assert list(shop.labels()) == ["shop-live"]


def test_what_costs_is_ended_also_where_a_secret_is_gone(shop: Shop) -> None:
    first = shop.deploy("apply", "--image", IMAGE)
    assert first.returncode == 0, first.stderr
    second = shop.deploy("apply", "--image", OTHER, "--keep-previous")
    assert second.returncode == 0, second.stderr
    config = shop.folder / "pym-config.yaml"
    config.write_text(f"{config.read_text()}\nenv_secrets: [GONE]\n")
    done = shop.deploy("clean")
    assert (done.returncode, len(shop.labels())) == (0, 1), done.stderr


def test_a_region_that_nobody_has_said_is_told_with_its_mend(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    config = shop.folder / "pym-config.yaml"
    config.write_text(config.read_text().replace("aws_region: eu-west-1\n", ""))
    without = {name: value for name, value in shop.environ.items() if "REGION" not in name}
    monkeypatch.setattr(Shop, "environ", without)
    done = shop.deploy("status")
    assert (done.returncode, done.stderr) == (
        1,
        "error: no AWS region is set. Write aws_region: eu-west-1 into pym-config.yaml, or such\n",
    )
