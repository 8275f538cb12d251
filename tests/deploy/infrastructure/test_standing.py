"""`pymacaron infra`: what it writes is what it looks for, in a stand-in for AWS."""

from __future__ import annotations

import json
from typing import Any

from cloud.standing import make

from .conftest import Service

ALL = [
    "IAM::Role shop-instance is missing",
    "IAM::InstanceProfile shop-instance is missing",
    "IAM::Role shop-service is missing",
    "IAM::ManagedPolicy shop-deployer is missing",
    "IAM::ManagedPolicy shop-deployer-beanstalk is missing",
    "ECR::Repository shop is missing",
    "S3::Bucket shop-releases is missing",
    "S3::BucketPolicy shop-releases is missing",
    "DynamoDB::Table orders is missing",
    "DynamoDB::Table shop-tasks is missing",
    "SNS::Topic shop-alarms is missing",
]


def written(shop: Service) -> dict[str, Any]:
    done = shop.run("infra", "write", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    made: dict[str, Any] = json.loads(done.stdout)
    return made


def test_an_empty_account_lacks_all_of_it(shop: Service) -> None:
    done = shop.run("infra", "check")
    assert done.stdout.splitlines() == [*ALL, "11 resources, 11 differences"]
    assert done.stderr == "Mend it: pymacaron infra write --out infra.yaml, and the command that it tells\n"
    assert (done.returncode, shop.aws.writes) == (1, [])


def test_what_the_template_makes_is_what_is_looked_for(shop: Service) -> None:
    make(shop.aws, written(shop))
    done = shop.run("infra", "check")
    assert (done.stdout, done.stderr, done.returncode) == ("11 resources, 0 differences\n", "", 0)
    assert shop.aws.writes == []


def test_where_development_keeps_models_says_nothing_of_instances(shop: Service) -> None:
    (shop.folder / ".env").write_text("PYM_STORE_URL=sqlite://\n")
    assert "OrdersTable" in written(shop)["Resources"]


def test_what_somebody_has_changed_is_named(shop: Service) -> None:
    make(shop.aws, written(shop))
    iam, s3 = shop.aws.client("iam"), shop.aws.client("s3")
    wide = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.put_role_policy(RoleName="shop-instance", PolicyName="more", PolicyDocument=json.dumps(wide))
    iam.detach_role_policy(
        RoleName="shop-service",
        PolicyArn="arn:aws:iam::aws:policy/service-role/AWSElasticBeanstalkEnhancedHealth",
    )
    s3.delete_public_access_block(Bucket="shop-releases")
    shop.aws.client("ecr").put_image_tag_mutability(repositoryName="shop", imageTagMutability="MUTABLE")
    shop.aws.client("dynamodb").delete_table(TableName="shop-tasks")
    done = shop.run("infra", "check", "--json")
    told = json.loads(done.stdout)
    assert [(one["resource"], one["state"], one["property"]) for one in told["differences"]] == [
        ("InstanceRole", "differs", "Policies"),
        ("ServiceRole", "differs", "ManagedPolicyArns"),
        ("Repository", "differs", "ImageTagMutability"),
        ("Bucket", "differs", "PublicAccessBlockConfiguration"),
        ("ShopTasksTable", "missing", None),
    ]
    assert (done.returncode, told["unseen"], shop.aws.writes) == (1, [], [])


def test_a_redis_is_looked_at_too(shop: Service) -> None:
    shop.configure("broker_url: sqs://", "broker_url: rediss://shop-redis:6379/0")
    make(shop.aws, written(shop))
    done = shop.run("infra", "check")
    unseen = "RedisCallers, RedisFull, RedisGroup, RedisLog, RedisParameters, RedisSubnets"
    assert (done.stdout, done.returncode) == (f"11 resources, 0 differences; not looked at: {unseen}\n", 0)


def test_the_template_is_a_file_and_the_command_that_makes_it_is_told(shop: Service) -> None:
    shop.configure("broker_url: sqs://", "broker_url: rediss://shop-redis:6379/0")
    done = shop.run("infra", "write", "--out", "infra.yaml")
    assert done.stdout == (
        "infra.yaml written. Make it so, or change it, by: aws cloudformation deploy --stack-name shop-standing "
        "--template-file infra.yaml --capabilities CAPABILITY_NAMED_IAM --parameter-overrides Vpc=... Subnets=...\n"
    )
    assert (done.returncode, shop.aws.calls) == (0, [])
    assert (shop.folder / "infra.yaml").read_text() == shop.run("infra", "write").stdout


def test_a_variable_that_is_not_set_here_is_said_to_be_left_out(shop: Service) -> None:
    shop.configure("broker_url: sqs://", "broker_url: SHOP_TOKEN")
    done = shop.run("infra", "write", "--json")
    note = "note: broker_url: the variable is not set here, so what it wants is left out\n"
    assert (done.returncode, done.stderr) == (0, note)
    assert "Redis" not in json.loads(done.stdout)["Resources"]
    with_it = shop.run("infra", "write", "--json", SHOP_TOKEN="rediss://:pass-word@shop-redis:6379/0")
    assert (with_it.returncode, with_it.stderr) == (0, "")
    assert "Redis" in json.loads(with_it.stdout)["Resources"]
    assert "pass-word" not in with_it.stdout


def test_another_account_is_refused(shop: Service) -> None:
    shop.configure('"123456789012"', '"999999999999"')
    for words in (("infra", "check"), ("secrets", "list")):
        done = shop.run(*words)
        assert (done.returncode, done.stdout, done.stderr) == (
            1,
            "",
            "error: these credentials are of account 123456789012, and deploy: account is 999999999999. "
            "Log in to the other\n",
        )
