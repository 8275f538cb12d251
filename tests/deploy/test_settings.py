from __future__ import annotations

from pathlib import Path

import pytest

from pymacaron.config.files import read_file
from pymacaron.config.resolving import resolve
from pymacaron.deploy.settings import Wanted, wanted
from pymacaron.finding import FindingsError, text


def read(folder: Path, config: str) -> Wanted:
    path = folder / "pym-config.yaml"
    path.write_text(config)
    return wanted(resolve(read_file(str(path)), environ={}))


def faults(folder: Path, config: str) -> str:
    with pytest.raises(FindingsError) as caught:
        read(folder, config)
    return text(caught.value.findings).replace(str(folder), "FOLDER")


def test_a_file_of_old_is_enough(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
name: shop
live_host: shop-live.eu-west-1.elasticbeanstalk.com
aws_region: eu-west-1
aws_user: releaser
aws_keypair: shop-key
aws_instance_type: t2.micro
docker_repo: example
docker_bucket: shop-releases
""",
    )
    assert found == Wanted(
        name="shop",
        application="shop",
        cname="shop-live",
        live_url="http://shop-live.eu-west-1.elasticbeanstalk.com",
        region="eu-west-1",
        user="releaser",
        instance_types=("t2.micro",),
        keypair="shop-key",
        instance_profile="shop-instance",
        service_role="shop-service",
        repo="example",
        bucket="shop-releases",
    )


def test_what_deploy_says_wins(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
name: a name with spaces
live_host: https://shop.example.com
env_secrets: [SHOP_KEY]
aws_hosts_min: 6
aws_instance_type: t2.micro
aws_cert_arn: arn:aws:acm:eu-west-1:123456789012:certificate/1
deploy:
  account: "123456789012"
  application: shop
  cname: shop-live
  strategy: rolling
  soak: 30
  secrets: ssm
  instance_types: [t3.small, t3a.small]
  tags: {team: web}
  options:
    aws:autoscaling:asg: {Cooldown: 60}
    aws:elasticbeanstalk:command: {IgnoreHealthCheck: false}
""",
    )
    assert (found.application, found.cname, found.account, found.strategy) == (
        "shop",
        "shop-live",
        "123456789012",
        "rolling",
    )
    assert (found.hosts_min, found.hosts_max, found.soak, found.secrets) == (6, 6, 30, "ssm")
    assert found.instance_types == ("t3.small", "t3a.small")
    assert found.tags == {"team": "web"}
    assert found.options == {
        ("aws:autoscaling:asg", "Cooldown"): "60",
        ("aws:elasticbeanstalk:command", "IgnoreHealthCheck"): "false",
    }


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    told = faults(
        tmp_path,
        """
name: s
aws_hosts_min: 0
aws_hosts_max: 1
aws_cert_arn: certificate
docker_bucket: Bucket
deploy:
  subnets: [subnet-1]
  secrets: ssm
""",
    )
    places = [line.replace("FOLDER/pym-config.yaml:", "") for line in told.splitlines() if "deploy-setting" in line]
    assert places == [
        "2:7: error[deploy-setting]: name is 's', and no application or environment of Beanstalk can be called so",
        "3:16: error[deploy-setting]: aws_hosts_min is 0: nobody would answer",
        "4:16: error[deploy-setting]: aws_hosts_max is 1, less than the 2 that are needed",
        "5:15: error[deploy-setting]: aws_cert_arn is no ARN of a certificate",
        "6:16: error[deploy-setting]: docker_bucket is 'Bucket', and no bucket can be called so",
        "8:12: error[deploy-setting]: deploy has subnets, and no vpc that they are in",
        "9:12: error[deploy-setting]: deploy says where secrets lie, and env_secrets names none",
    ]
    assert "error[missing-setting]: live_host is not set, and a release needs it" in told


@pytest.mark.parametrize(
    ("line", "fact"),
    [
        ("strategie: rolling", "whose strategie is no key of a release: did you mean 'strategy'?"),
        ("strategy: green-blue", "whose strategy is not one of blue-green, immutable, rolling, in-place"),
        ("account: 123456789012", "whose account is no id of an AWS account, which is 12 digits in quotes"),
        ("soak: -1", "whose soak is no number of seconds from 0 to 86400"),
        ("options: {autoscaling: {MinSize: 1}}", "in which 'autoscaling' is no namespace such as aws:autoscaling:asg"),
        ("tags: [web]", "whose tags is no map of texts to texts"),
    ],
)
def test_a_key_of_deploy_is_answered_with_its_line(line: str, fact: str, tmp_path: Path) -> None:
    told = faults(tmp_path, f"name: shop\nlive_host: http://shop.example.com\ndeploy:\n  {line}\n")
    assert fact in told
    assert "pym-config.yaml:4:" in told
