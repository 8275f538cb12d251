"""Least privilege of a release: with the deployer's policy it goes, and without one action of it it says which."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cloud.here import PROFILE, ROLE, Cloud, cloud, moto
from releases.served import clone, live
from upstreams.aws import Aws

from pymacaron.deploy.infrastructure import policies
from pymacaron.deploy.infrastructure.actions import ACTIONS
from pymacaron.deploy.infrastructure.needs import Needs
from pymacaron.deploy.settings import Wanted

ROOT = Path(__file__).resolve().parents[3]
IMAGES = [f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop@sha256:{one * 64}" for one in "abcd"]
NEEDS = Needs(
    Wanted(
        "shop",
        "shop",
        "shop-live",
        "http://127.0.0.1",
        instance_profile=PROFILE,
        service_role=ROLE,
        env_secrets=("KEY",),
    )
)
#: All that people do with releases: the first, the second, back, a look at its logs, the rest ended, and one in place
RUNS = (
    ("apply", "--image", IMAGES[0]),
    ("apply", "--image", IMAGES[1], "--keep-previous"),
    ("rollback",),
    ("logs",),
    ("status",),
    ("clean",),
    ("apply", "--image", IMAGES[2], "--with-downtime"),
)
#: Some of all, each of another part of a release
SAMPLE = (
    "s3:ListBucket",
    "elasticbeanstalk:CreateStorageLocation",
    "s3:PutObject",
    "elasticbeanstalk:AddTags",
    "iam:PassRole",
    "elasticbeanstalk:CreateEnvironment",
    "elasticbeanstalk:DescribeEvents",
    "elasticbeanstalk:SwapEnvironmentCNAMEs",
)


@dataclass
class Shop:
    aws: Cloud
    folder: Path

    def deploy(self, *words: str) -> subprocess.CompletedProcess[str]:
        environ = {**self.aws.environ, "PYMACARON_DEPLOY_PAUSE_S": "0.02", "PYTHONPATH": str(ROOT / "src")}
        command = [sys.executable, "-m", "pymacaron", "deploy", *words]
        return subprocess.run(
            command, cwd=self.folder, env=environ, capture_output=True, text=True, check=False, timeout=120
        )


@pytest.fixture(scope="module")
def own_moto() -> Iterator[Aws]:
    with moto(policies=False) as running:
        yield running


@pytest.fixture
def shop(own_moto: Aws, tmp_path: Path) -> Iterator[Shop]:
    with cloud(tmp_path, own_moto, scale=1000) as aws, live(aws) as url:
        folder = clone(tmp_path, url)
        config = folder / "pym-config.yaml"
        config.write_text("env_secrets: [KEY]\n" + config.read_text())
        aws.client("secretsmanager").create_secret(Name="shop/KEY", SecretString="never-told")
        yield Shop(aws, folder)


def test_a_release_asks_for_what_the_table_has_and_for_nothing_else(shop: Shop) -> None:
    policy = shop.aws.permit(policies.deployer(NEEDS))
    for words in RUNS:
        done = shop.deploy(*words, *(["--dirty"] if words[0] == "apply" else []))
        assert done.returncode == 0, (words, done.stderr)
    shop.aws.red("*")
    assert shop.deploy("apply", "--image", IMAGES[3], "--dirty").returncode == 1  # it asks why
    released = {action.name for action in ACTIONS if action.command == "release"}
    assert sorted(policy.used) == sorted({*released, "secretsmanager:DescribeSecret"})


@pytest.mark.parametrize("name", SAMPLE)
def test_a_release_that_lacks_an_action_tells_its_name(shop: Shop, name: str) -> None:
    shop.aws.permit(lacking(policies.deployer(NEEDS), name))
    for words in RUNS:
        done = shop.deploy(*words, *(["--dirty"] if words[0] == "apply" else []))
        if done.returncode:
            break
    assert (done.returncode, name in done.stderr) == (1, True), done.stderr


def lacking(document: dict[str, Any], name: str) -> dict[str, Any]:
    """The policy *document*, of which one action is taken away."""
    left = [{**one, "Action": [other for other in one["Action"] if other != name]} for one in document["Statement"]]
    return {**document, "Statement": left}
