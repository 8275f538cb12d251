"""Least privilege: the deployer's policy has what the commands ask for, and nothing besides."""

from __future__ import annotations

import json
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

import moto.iam.aws_managed_policies
import pytest
from cloud.here import Cloud
from cloud.standing import make

from pymacaron.deploy.aws import Account
from pymacaron.deploy.failures import DeniedError
from pymacaron.deploy.infrastructure import policies
from pymacaron.deploy.infrastructure.actions import ACTIONS, PLACES
from pymacaron.deploy.infrastructure.comparison import compared
from pymacaron.deploy.infrastructure.needs import Needs
from pymacaron.deploy.infrastructure.template import template
from pymacaron.deploy.secrets import arns, pushed, secrets
from pymacaron.deploy.settings import Wanted
from pymacaron.store.definition import Attribute, Definition, Key

from .conftest import Service

#: Characters of a managed policy, without spaces. Source: IAM User Guide, "IAM and AWS STS quotas"
LONGEST = 6144


def needs(place: str = "secretsmanager", application: str = "shop", **more: Any) -> Needs:
    wanted = Wanted(
        "shop",
        application,
        "shop",
        "https://shop.example.com",
        instance_profile="shop-instance",
        service_role="shop-service",
        bucket="shop-releases",
        alarm_email="ops@example.com",
        secrets=place,
        env_secrets=("SHOP_KEY", "SHOP_TOKEN"),
        **more,
    )
    table = Definition("shop-orders", Key(Attribute("id", "S")), ttl="ends")
    return Needs(wanted, (table,), "shop-", has_redis=True)


def names(document: dict[str, Any]) -> list[str]:
    return [name for one in document["Statement"] for name in one["Action"]]


def of_commands(*commands: str) -> set[str]:
    return {action.name for action in ACTIONS if action.command in commands}


def without(document: dict[str, Any], name: str) -> dict[str, Any]:
    """The policy *document*, of which one action is taken away."""
    left = [{**one, "Action": [other for other in one["Action"] if other != name]} for one in document["Statement"]]
    return {**document, "Statement": left}


@pytest.fixture
def account(aws: Cloud, monkeypatch: pytest.MonkeyPatch) -> Account:
    for name, value in aws.environ.items():
        monkeypatch.setenv(name, value)
    return Account("eu-west-1", sleep=lambda seconds: None)


def all_of_secrets(aws: Cloud, account: Account, place: str, application: str) -> None:
    """Every call that is made of secrets: one is made, changed, to be deleted, and kept."""
    wanted = needs(place, application).wanted
    at = secrets(wanted, account)
    assert [pushed(at, name, "a") for name in wanted.env_secrets] == ["created", "created"]
    assert pushed(at, "SHOP_KEY", "b") == "updated"
    if place == "secretsmanager":
        aws.client(place).delete_secret(SecretId=f"{application}/SHOP_KEY")
        assert pushed(at, "SHOP_KEY", "b") == "updated"
    assert list(arns(wanted, account)) == list(wanted.env_secrets)


def lacking(aws: Cloud, document: dict[str, Any], name: str, run: Callable[[], object]) -> bool:
    """Whether *run* fails with the name of the action that is not allowed any more."""
    aws.permit(without(document, name))
    with pytest.raises(DeniedError) as caught:
        run()
    return f"perform: {name}" in str(caught.value) or f"does not allow {name}:" in str(caught.value)


@pytest.mark.parametrize("place", ["secretsmanager", "ssm"])
def test_secrets_need_each_action_of_the_policy_and_no_other(aws: Cloud, account: Account, place: str) -> None:
    document = policies.deployer(needs(place))
    policy = aws.permit(document)
    all_of_secrets(aws, account, place, "shop")
    asked = sorted(name for name in of_commands("secrets") if name.startswith(f"{place}:"))
    assert sorted(policy.used) == asked
    for number, name in enumerate(asked):
        assert lacking(aws, document, name, lambda of=f"shop-{number}": all_of_secrets(aws, account, place, of)), name


def test_a_check_of_what_stands_needs_each_action_and_no_other(aws: Cloud, account: Account) -> None:
    given = needs()
    made = template(given)
    make(aws, made)
    who = account.identity()
    document = policies.deployer(given)
    policy = aws.permit(document)
    assert compared(made, account, who)[0] == []
    asked = sorted(of_commands("infra"))
    assert sorted(policy.used) == asked
    for name in asked:
        assert lacking(aws, document, name, lambda: compared(made, account, who)), name


def test_a_command_tells_the_action_that_is_lacking(shop: Service) -> None:
    document = policies.deployer(needs())
    shop.aws.permit(without(document, "secretsmanager:CreateSecret"))
    done = shop.run("secrets", "push", SHOP_KEY="a-never-told", SHOP_TOKEN="b-never-told")
    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "",
        "error: AWS does not allow secretsmanager:CreateSecret: User: arn:aws:iam::123456789012:user/deployer is not "
        "authorized to perform: secretsmanager:CreateSecret. Allow it: `pymacaron infra write` has the policy of the "
        "deployer, with secretsmanager:CreateSecret in it\n",
    )
    shop.aws.permit(without(document, "iam:GetRole"))
    done = shop.run("infra", "check")
    assert done.stderr.startswith("error: AWS does not allow iam:GetRole: ")


def test_the_policy_has_what_stands_in_the_table_and_writes_nothing_everywhere() -> None:
    given = needs()
    document = policies.deployer(given)
    known = {action.name for action in ACTIONS if PLACES[action.on](given)}
    assert sorted(set(names(document))) == sorted(known)
    everywhere = [name for one in document["Statement"] if one["Resource"] == ["*"] for name in one["Action"]]
    reads = ("Describe", "List", "Get", "Check", "Request", "Retrieve", "Validate")
    writes = [name for name in everywhere if not name.partition(":")[2].startswith(reads)]
    assert writes == ["elasticbeanstalk:CreateStorageLocation"]  # of which IAM knows no resource
    assert not any("*" in name for name in names(document))


def test_what_a_service_has_not_nobody_is_allowed() -> None:
    plain = Wanted("shop", "shop", "shop", "https://x", repo="acme", instance_profile="i", service_role="s")
    services = {name.partition(":")[0] for name in names(policies.deployer(Needs(plain)))}
    assert services == {"elasticbeanstalk", "iam", "s3"}
    assert {name.partition(":")[0] for name in names(policies.instance(Needs(plain)))} == {
        "elasticbeanstalk",
        "logs",
        "s3",
    }


def test_an_instance_reads_its_secrets_and_no_other() -> None:
    found = {one["Sid"]: one for one in policies.instance(needs())["Statement"]}
    begin = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:shop/"
    assert found["Secrets"] == {
        "Sid": "Secrets",
        "Effect": "Allow",
        "Action": ["secretsmanager:GetSecretValue"],
        "Resource": [{"Fn::Sub": f"{begin}SHOP_KEY-??????"}, {"Fn::Sub": f"{begin}SHOP_TOKEN-??????"}],
    }
    found = {one["Sid"]: one for one in policies.instance(needs("ssm"))["Statement"]}
    assert found["Secrets"]["Action"] == ["ssm:GetParameter"]
    assert found["Secrets"]["Resource"][0]["Fn::Sub"].endswith(":parameter/shop/SHOP_KEY")


def test_what_beanstalk_does_is_less_than_aws_own_policy_allows() -> None:
    managed = json.loads(moto.iam.aws_managed_policies.aws_managed_policies_data)
    whole = managed["AdministratorAccess-AWSElasticBeanstalk"]["Document"]
    allowed = [name for one in whole["Statement"] for name in _listed(one["Action"])]
    asked = names(policies.on_behalf(needs()))
    assert [name for name in asked if not _fits(name, allowed)] == []


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else value


def _fits(name: str, allowed: list[str]) -> bool:
    """Whether one of *allowed* has it, also where it is a pattern itself."""
    return any(fnmatchcase(name.lower(), one.lower()) for one in allowed)


def test_policies_are_as_short_as_iam_wants_them() -> None:
    long = needs(application="a" * 40)
    for document in (policies.deployer(long), policies.on_behalf(long)):
        text = json.dumps(document, separators=(",", ":"))
        for name, value in (("Partition", "aws-us-gov"), ("Region", "us-gov-west-1"), ("AccountId", "1" * 12)):
            text = text.replace(f"${{AWS::{name}}}", value)
        assert len(text.replace('{"Fn::Sub":', "")) < LONGEST
