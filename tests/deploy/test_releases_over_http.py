"""Releases by unmodified boto3, each in a process of its own: killed, throttled, refused, without answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cloud.here import Cloud, cloud, moto
from releases.overhttp import begun, converges, run, states
from upstreams.aws import Aws


@pytest.fixture(scope="module")
def own_moto() -> Iterator[Aws]:
    with moto(policies=False) as running:
        yield running


@pytest.fixture
def aws(own_moto: Aws, tmp_path: Path) -> Iterator[Cloud]:
    with cloud(tmp_path, own_moto, scale=1000) as made:
        yield made


def test_a_first_release_a_second_and_the_same_again(aws: Cloud) -> None:
    begun(aws)
    second = run(aws, "v2")
    assert second.returncode == 0, second.stderr
    assert states(aws) == [("v2", "Ready", "shop-live")]
    assert [one for one in aws.writes if not one.startswith("s3:")] == [
        "elasticbeanstalk:CreateApplicationVersion",
        "elasticbeanstalk:CreateEnvironment",
        "elasticbeanstalk:SwapEnvironmentCNAMEs",
        "elasticbeanstalk:TerminateEnvironment",
    ]
    aws.forget()
    again = run(aws, "v2")
    assert (again.returncode, json.loads(again.stdout), aws.writes) == (0, [], [])


def test_a_release_with_workers_of_its_own_that_is_killed_as_they_are_made_and_ended_goes_on(aws: Cloud) -> None:
    begun(aws, workers=True)
    for action in ("CreateEnvironment", "TerminateEnvironment"):
        aws.kill_after(2, action=action)
        killed = run(aws, "v2", "workers")
        aws.heal()
        assert killed.returncode == -9, (action, killed.stderr)
    again = run(aws, "v2", "workers")
    there = [(label, status) for label, status, _ in states(aws)]
    assert (again.returncode, there) == (0, [("v2", "Ready"), ("v2-workers", "Ready")]), again.stderr
    aws.forget()
    assert (run(aws, "v2", "workers").returncode, aws.writes) == (0, [])


# All of them: python -m soak.releases
@pytest.mark.parametrize("number", [12, 21])
def test_a_release_that_is_killed_at_a_call_goes_on(aws: Cloud, number: int) -> None:
    assert converges(aws, number) == ""


@pytest.mark.parametrize("action", ["CreateEnvironment", "SwapEnvironmentCNAMEs", "TerminateEnvironment"])
def test_a_release_that_is_killed_between_effect_and_answer_goes_on(aws: Cloud, action: str) -> None:
    begun(aws)
    aws.kill_after(1, action=action)
    assert run(aws, "v2").returncode == -9
    aws.heal()
    again = run(aws, "v2")
    assert (again.returncode, states(aws)) == (0, [("v2", "Ready", "shop-live")]), again.stderr
    assert aws.writes.count(f"elasticbeanstalk:{action}") == 1


def test_each_third_call_that_is_throttled_and_the_answers_of_writes_that_are_lost_change_nothing(aws: Cloud) -> None:
    begun(aws)
    aws.fail("throttle", every=3)
    for action in ("CreateApplicationVersion", "CreateEnvironment", "SwapEnvironmentCNAMEs", "TerminateEnvironment"):
        aws.fail("timeout", action)
    done = run(aws, "v2")
    assert (done.returncode, states(aws)) == (0, [("v2", "Ready", "shop-live")]), done.stderr
    assert [aws.writes.count(f"elasticbeanstalk:{one}") for one in ("CreateEnvironment", "SwapEnvironmentCNAMEs")] == [
        1,
        1,
    ]


def test_credentials_that_expire_end_a_run_and_the_next_goes_on(aws: Cloud) -> None:
    begun(aws)
    aws.fail("expired", after=25)
    ended = run(aws, "v2")
    assert ended.returncode == 1
    assert ended.stderr.startswith("ExpiredError: AWS does not take these credentials for ")
    assert ended.stderr.endswith("Log in again, and run the same command: it goes on where this one has stopped\n")
    aws.heal()
    again = run(aws, "v2")
    assert (again.returncode, states(aws)) == (0, [("v2", "Ready", "shop-live")]), again.stderr


def test_a_policy_that_lacks_an_action_is_told_by_its_name(aws: Cloud) -> None:
    begun(aws)
    aws.fail("denied", "SwapEnvironmentCNAMEs")
    ended = run(aws, "v2")
    assert ended.returncode == 1
    assert "AWS does not allow elasticbeanstalk:SwapEnvironmentCNAMEs" in ended.stderr
    assert [one for one in states(aws) if one[2] == "shop-live"] == [("v1", "Ready", "shop-live")]


def test_another_deployer_is_told_who_releases(aws: Cloud) -> None:
    begun(aws)
    other = {"user": "kim", "host": "elsewhere", "process": 7, "run": "r", "since": 0, "expires": 9e9}
    bucket, key = "elasticbeanstalk-eu-west-1-123456789012", "pymacaron/shop/lock.json"
    aws.client("s3").put_object(Bucket=bucket, Key=key, Body=json.dumps(other).encode())
    refused = run(aws, "v2")
    told = "HeldError: another release is under way: kim on elsewhere (process 7), since 1970-01-01 00:00:00 UTC."
    assert (refused.returncode, refused.stderr.startswith(told), aws.writes) == (1, True, []), refused.stderr
    gone = {**other, "expires": 1}
    aws.client("s3").put_object(Bucket=bucket, Key=key, Body=json.dumps(gone).encode())
    assert run(aws, "v2").returncode == 0
    assert states(aws) == [("v2", "Ready", "shop-live")]
