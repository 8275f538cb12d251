"""The aws command line, unmodified, reads it: `make aws-cli` installs it, in a venv of its own."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cloud.here import Cloud
from cloud.shop import environment, version

COMMAND = Path(__file__).resolve().parents[2] / ".venv-aws" / "bin" / "aws"


@pytest.fixture(autouse=True)
def _there() -> None:
    if not COMMAND.exists():
        assert not os.environ.get("CI"), "the aws command line is not installed: make aws-cli"
        pytest.skip("the aws command line is not installed: make aws-cli")


def run(aws: Cloud, *arguments: str) -> Any:
    done = subprocess.run([COMMAND, *arguments], env=aws.environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout or "null")


def test_it_describes_the_environments(aws: Cloud) -> None:
    environment(aws, "shop-a", "shop-live", "v1")
    (found,) = run(aws, "elasticbeanstalk", "describe-environments", "--output", "json")["Environments"]
    told = aws.client("elasticbeanstalk").describe_environments()["Environments"][0]
    assert set(found) == set(told)
    assert (found["EnvironmentName"], found["Status"], found["Health"], found["HealthStatus"], found["CNAME"]) == (
        *("shop-a", "Ready", "Green", "Ok", "shop-live.eu-west-1.elasticbeanstalk.com"),
    )


def test_it_releases_and_fetches_what_is_in_s3(aws: Cloud, tmp_path: Path) -> None:
    version(aws, "v1")
    run(aws, "elasticbeanstalk", "create-application", "--application-name", "other")
    platform = run(aws, "elasticbeanstalk", "list-platform-versions")["PlatformSummaryList"][0]["PlatformArn"]
    asked = ["--application-name", "shop", "--environment-name", "shop-a", "--version-label", "v1"]
    made = run(aws, "elasticbeanstalk", "create-environment", *asked, "--platform-arn", platform)
    assert (made["Status"], made["PlatformArn"]) == ("Launching", platform)
    bucket = run(aws, "elasticbeanstalk", "create-storage-location")["S3Bucket"]
    get = ["s3api", "get-object", "--bucket", bucket, "--key", "shop/v1.zip", str(tmp_path / "v1.zip")]
    assert run(aws, *get)["ContentLength"] == (tmp_path / "v1.zip").stat().st_size
    assert run(aws, "sts", "get-caller-identity")["Account"] == aws.account


def test_what_is_refused_is_told(aws: Cloud) -> None:
    aws.fail("denied")
    command = [str(COMMAND), "elasticbeanstalk", "describe-events"]
    done = subprocess.run(command, env=aws.environ, capture_output=True, text=True, check=False)
    assert done.returncode == 255
    assert "(AccessDenied) when calling the DescribeEvents operation" in done.stderr
