"""What a release wants of settings that other commands take as they are: each is answered with its line, and a mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from pymacaron.config.files import read_file
from pymacaron.config.resolving import resolve
from pymacaron.deploy.settings import wanted
from pymacaron.finding import FindingsError, text

NAME = "name: shop"
VARIABLES = "aws:elasticbeanstalk:application:environment"


def faults(folder: Path, config: str) -> list[str]:
    """What is said of *config*, without the file; [] where nothing is wrong."""
    path = folder / "pym-config.yaml"
    path.write_text(config)
    try:
        wanted(resolve(read_file(str(path)), environ={}))
    except FindingsError as error:
        return text(error.findings).replace(f"{path}:", "").splitlines()
    return []


@pytest.mark.parametrize(
    "host",
    [
        "shop-live.eu-west-1.elasticbeanstalk.com",
        "http://shop-live.eu-west-1.elasticbeanstalk.com",
        "http://shop-live.elasticbeanstalk.com",
        "https://shop.example.com/v1",
        "https://xn--kse-qla.example.com:8443",
        "http://127.0.0.1:8080",
    ],
)
def test_an_address_that_callers_can_reach_is_taken(tmp_path: Path, host: str) -> None:
    assert faults(tmp_path, f"{NAME}\naws_region: eu-west-1\nlive_host: {host}\n") == []


@pytest.mark.parametrize(
    ("host", "fact"),
    [
        ("http://a b", "live_host is no URL of http or https, nor a host"),
        ("http://", "live_host is no URL of http or https, nor a host"),
        ("ftp://shop.example.com", "live_host is no URL of http or https, nor a host"),
        ("https://k\u00e4se.example.com", "live_host is no URL of http or https, nor a host"),
        ("http://shop.example.com:http", "live_host is no URL of http or https, nor a host"),
        (
            "http://ab.eu-west-1.elasticbeanstalk.com",
            "live_host begins with 'ab', and no environment of Beanstalk can be called so",
        ),
        (
            "http://shop.us-east-1.elasticbeanstalk.com",
            "live_host is in us-east-1, and the region of the service is eu-west-1",
        ),
        (
            "https://shop.eu-west-1.elasticbeanstalk.com",
            "live_host is https, and nobody but AWS can have a certificate for a name below elasticbeanstalk.com",
        ),
    ],
)
def test_an_address_that_no_release_can_be_reached_at_is_told(tmp_path: Path, host: str, fact: str) -> None:
    told = faults(tmp_path, f'{NAME}\naws_region: eu-west-1\nlive_host: "{host}"\n')
    assert [line for line in told if "error[" in line] == [f"3:12: error[deploy-setting]: {fact}"]


@pytest.mark.parametrize(
    ("line", "fact"),
    [
        ("aws_region: eu west 1", "3:13: error[deploy-setting]: aws_region is no region of AWS"),
        ("aws_default_region: EU-WEST-1", "3:21: error[deploy-setting]: aws_default_region is no region of AWS"),
        ("aws_instance_type: big", "3:20: error[deploy-setting]: aws_instance_type is no type of EC2"),
        ("aws_regoin: eu-west-1", "3:1: error[deploy-setting]: aws_regoin is no setting, and nearly one of a release"),
        ("env_secrets: [A-B]", "3:14: error[deploy-setting]: env_secrets has 'A-B', and no variable can be called so"),
        (
            "{aws_region: eu-west-1, aws_cert_arn: 'arn:aws:acm:us-east-1:123456789012:certificate/1'}",
            "3:39: error[deploy-setting]: aws_cert_arn is of us-east-1, and the region of the service is eu-west-1",
        ),
    ],
)
def test_a_setting_that_aws_would_refuse_is_told_before(tmp_path: Path, line: str, fact: str) -> None:
    if line.startswith("{"):  # of two keys, in one line
        config = f"# two keys\n\n{{name: shop, live_host: shop.example.com, {line[1:]}\n"
        fact = fact.partition(" ")[2]
    else:
        config = f"{NAME}\nlive_host: shop.example.com\n{line}\n"
    told = [one for one in faults(tmp_path, config) if "deploy-setting" in one]
    assert [one.endswith(fact) for one in told] == [True], told


@pytest.mark.parametrize(
    "repo", ["example", "127.0.0.1:5000/shops", "ghcr.io/a/b-c", "localhost:1", "reg.example.com/"]
)
def test_a_registry_is_an_organisation_or_a_host(tmp_path: Path, repo: str) -> None:
    assert faults(tmp_path, f"{NAME}\nlive_host: shop.example.com\ndocker_repo: {repo}\n") == []


@pytest.mark.parametrize(
    "repo",
    ["http://hub.example.com", "Example", "my org", "k\u00e4se", "reg.example.com/UP", "kim:zebra@reg.example.com"],
)
def test_a_registry_that_no_image_can_be_called_by_is_told_without_its_password(tmp_path: Path, repo: str) -> None:
    told = faults(tmp_path, f"{NAME}\nlive_host: shop.example.com\ndocker_repo: {repo}\n")
    assert told[0] == "3:14: error[deploy-setting]: docker_repo is neither an organisation nor a host"
    assert "zebra" not in "\n".join(told)


def test_a_key_of_ones_own_is_nobodys_business(tmp_path: Path) -> None:
    assert faults(tmp_path, f"{NAME}\nlive_host: shop.example.com\naws_photos: 1\nregoin: 2\n") == []


def test_a_secret_among_the_options_is_told_and_not_shown(tmp_path: Path) -> None:
    config = f"{NAME}\nlive_host: shop.example.com\nenv_secrets: [KEY]\ndeploy:\n  options:\n    {VARIABLES}:\n"
    told = faults(tmp_path, f"{config}      KEY: zebra\n")
    assert told[0] == (
        "7:12: error[deploy-setting]: deploy: options gives KEY a value that all can read, and env_secrets names it"
    )
    assert "zebra" not in "\n".join(told)


@pytest.mark.parametrize(
    ("line", "fact", "mend"),
    [
        ("stratgy: rolling", "whose stratgy is no key of a release: did you mean", "{strategy: blue-green}"),
        ("soak: ten", "whose soak is no number of seconds from 0 to 86400", "{soak: 600}"),
        ("instance_types: [big one]", "whose instance_types is a list in which 'big one' is no type of EC2", "{inst"),
        (
            "system_packages: [libpq5; ls]",
            "a list in which 'libpq5; ls' is no package of Debian",
            "{system_packages: [",
        ),
        ("base_image: Not One", "whose base_image is no name of an image", "{base_image: python:3.13-slim-bookworm}"),
        ("alarm_email: nobody", "whose alarm_email is no address of mail", "{alarm_email: team@example.com}"),
        ("vpc: mine", "whose vpc is no id of a VPC", "{vpc: vpc-0a1b2c3d}"),
        ("tags: {'aws:team': web}", "a map in which AWS does not take 'aws:team'", '{tags: {team: "web"}}'),
        (f"tags: {{{'k' * 129}: web}}", f"a map in which AWS does not take '{'k' * 80}'", "{tags: {"),
    ],
)
def test_a_key_of_deploy_is_mended_by_one_of_its_own_kind(tmp_path: Path, line: str, fact: str, mend: str) -> None:
    first, _, last = faults(tmp_path, f"{NAME}\nlive_host: shop.example.com\ndeploy:\n  {line}\n")
    assert first.startswith("4:")
    assert fact in first
    assert f"Write deploy: {mend}" in last


def test_more_tags_than_aws_takes_are_told(tmp_path: Path) -> None:
    tags = ", ".join(f"k{number}: v" for number in range(45))
    told = faults(tmp_path, f"{NAME}\nlive_host: shop.example.com\ndeploy: {{tags: {{{tags}}}}}\n")
    assert "whose tags is a map of 45 tags, and AWS takes 44 beside ours" in told[0]


@pytest.mark.parametrize(
    "image", ["python", "python:3.13-slim", "127.0.0.1:5000/a/b:1", f"ghcr.io/x/y:1@sha256:{'a' * 64}", "localhost/b"]
)
def test_a_name_of_an_image_is_taken(tmp_path: Path, image: str) -> None:
    assert faults(tmp_path, f"{NAME}\nlive_host: shop.example.com\ndeploy:\n  base_image: {image}\n") == []
