"""The template: what is in it by what a service has, and what cfn-lint says of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pymacaron.deploy.infrastructure import alarms, rediscluster
from pymacaron.deploy.infrastructure.needs import Needs, asks_redis, asks_sqs
from pymacaron.deploy.infrastructure.template import template
from pymacaron.deploy.settings import Wanted
from pymacaron.source.writing import dump_yaml
from pymacaron.store.definition import Attribute, Definition, Key

TABLE = Definition("shop-orders", Key(Attribute("id", "S")), {"by_at": Key(Attribute("at", "N"))}, ttl="ends")
LEAST = ["BeanstalkPolicy", "DeployerPolicy", "InstanceProfile", "InstanceRole", "ServiceRole"]


def wanted(**more: Any) -> Wanted:
    given = {"instance_profile": "shop-instance", "service_role": "shop-service", **more}
    return Wanted("shop", "shop", "shop", "https://shop.example.com", **given)


NEEDS = {
    "least": Needs(wanted(repo="acme")),
    "usual": Needs(wanted(env_secrets=("SHOP_KEY",)), (TABLE,)),
    "all": Needs(
        wanted(bucket="shop-releases", alarm_email="ops@example.com", env_secrets=("SHOP_KEY",), tags={"team": "a"}),
        (TABLE,),
        "shop-",
        has_redis=True,
    ),
    "in a vpc": Needs(
        wanted(vpc="vpc-0123456789abcdef0", subnets=("subnet-0123456789abcdef0", "subnet-0123456789abcdef1")),
        has_redis=True,
    ),
    "roles of others": Needs(
        wanted(instance_profile="aws-elasticbeanstalk-ec2-role", service_role="aws-elasticbeanstalk-service-role")
    ),
    "parameters": Needs(wanted(secrets="ssm", env_secrets=("SHOP_KEY",))),
}
MADE = {
    "least": LEAST,
    "usual": [*LEAST, "Repository", "ShopOrdersTable"],
    "all": [
        *LEAST,
        *("AlarmTopic", "Bucket", "BucketPolicy", "Redis", "RedisCallers", "RedisFull", "RedisGroup", "RedisLog"),
        *("RedisParameters", "RedisSubnets", "Repository", "ShopOrdersTable"),
    ],
    "in a vpc": [
        *LEAST,
        *("Redis", "RedisCallers", "RedisGroup", "RedisLog", "RedisParameters", "RedisSubnets", "Repository"),
    ],
    "roles of others": ["BeanstalkPolicy", "DeployerPolicy", "InstancePolicy", "Repository"],
    "parameters": [*LEAST, "Repository"],
}


def lint(text: str, tmp_path: Path) -> tuple[int, str]:
    """What cfn-lint says, with its advice, for three regions."""
    file = tmp_path / "template.yaml"
    file.write_text(text)
    program = str(Path(sys.executable).parent / "cfn-lint")
    regions = ("--regions", "eu-west-1", "us-east-1", "ap-southeast-2")
    command = [program, "--template", str(file), "--include-checks", "I", *regions]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("case", NEEDS)
def test_cfn_lint_has_nothing_to_say(case: str, tmp_path: Path) -> None:
    made = template(NEEDS[case])
    assert sorted(made["Resources"]) == sorted(MADE[case])
    assert lint(dump_yaml(made), tmp_path) == (0, "")


def test_cfn_lint_would_say_it(tmp_path: Path) -> None:
    made = template(NEEDS["usual"])
    made["Resources"]["Repository"]["Properties"]["ImageTagMutability"] = "SOMETIMES"
    code, said = lint(dump_yaml(made), tmp_path)
    assert (code != 0, "'SOMETIMES' is not one of" in said) == (True, True)


def test_what_holds_something_outlives_the_stack() -> None:
    resources = template(NEEDS["all"])["Resources"]
    kept = {name: one["DeletionPolicy"] for name, one in resources.items() if "DeletionPolicy" in one}
    assert kept == {
        "Repository": "Retain",
        "Bucket": "Retain",
        "ShopOrdersTable": "Retain",
        "RedisLog": "Delete",
        "Redis": "Snapshot",
    }
    assert all(one.get("UpdateReplacePolicy") == kept.get(name) for name, one in resources.items())


def test_no_secret_is_in_the_template() -> None:
    text = json.dumps(template(NEEDS["all"]))
    assert "SHOP_KEY" in text
    assert "SecretString" not in text


@pytest.mark.parametrize(
    ("url", "made"),
    [
        ("rediss://shop-redis:6379/0", True),
        ("rediss://:word@master.shop-redis.abc.euw1.cache.amazonaws.com:6379/0", True),
        ("rediss://redis.example.com:6379/0", False),
        ("redis://shop-redis:6379/0", False),
        ("sqs://", False),
        ("", False),
    ],
)
def test_a_redis_is_made_where_it_is_amazons_or_has_no_name_yet(url: str, made: bool) -> None:
    assert asks_redis({"broker_url": url}) is made
    assert asks_redis({"rate_limit_store": url}) is made


def test_queues_are_amazons_where_no_host_is_named() -> None:
    found = [asks_sqs({"broker_url": url}) for url in ("sqs://", "sqs://127.0.0.1:4566", "redis://x", None)]
    assert found == [True, False, False, False]


def test_a_redis_is_called_as_amazon_wants_it() -> None:
    assert rediscluster.group_id("Shop-" + "a" * 35) == f"shop-{'a' * 29}-redis"


def test_alarms_watch_the_balancer_of_their_environment(tmp_path: Path) -> None:
    assert alarms.extension(wanted()) == {}
    files = alarms.extension(wanted(alarm_email="ops@example.com"))
    assert list(files) == [".ebextensions/pymacaron-alarms.config"]
    resources = json.loads(files[alarms.FILE])["Resources"]
    watched = {name: one["Properties"]["MetricName"] for name, one in resources.items()}
    assert watched == {
        "PymacaronErrors": "HTTPCode_Target_5XX_Count",
        "PymacaronUnreached": "HTTPCode_ELB_5XX_Count",
        "PymacaronSlow": "TargetResponseTime",
        "PymacaronUnhealthy": "UnHealthyHostCount",
    }
    # What Beanstalk has in its own template, under these names
    of_beanstalk = {
        "AWSEBV2LoadBalancer": {
            "Type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "Properties": {"Subnets": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]},
        },
        "AWSEBV2LoadBalancerTargetGroup": {
            "Type": "AWS::ElasticLoadBalancingV2::TargetGroup",
            "Properties": {"Port": 80, "Protocol": "HTTP", "VpcId": "vpc-0123456789abcdef0"},
        },
    }
    whole = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {**of_beanstalk, **resources}}
    assert lint(dump_yaml(whole), tmp_path) == (0, "")
