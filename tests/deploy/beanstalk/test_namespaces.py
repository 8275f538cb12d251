"""The options that Beanstalk has: as AWS has told of them, as botocore shows them, as pym-config.yaml may name them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore
import pytest

from pymacaron.config.files import read_file
from pymacaron.config.resolving import resolve
from pymacaron.deploy.beanstalk.namespaces import ELSEWHERE, known, rows
from pymacaron.deploy.settings import wanted
from pymacaron.finding import Finding, FindingsError

EXAMPLES = Path(botocore.__file__).with_name("data") / "elasticbeanstalk" / "2010-12-01" / "examples-1.json"
ANSWERED = Path(__file__).with_name("answered.txt")
OVERRULE = "Where AWS takes it: deploy: {any_options: true}"


def answered() -> set[tuple[str, str]]:
    found = set()
    for line in ANSWERED.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            namespace, names = line.split(" | ")
            found |= {(namespace, name) for name in names.split(", ")}
    return found


def shown(value: Any) -> Iterator[tuple[str, str]]:
    """The options that an example of botocore's has."""
    if isinstance(value, dict):
        name = value.get("OptionName") or value.get("Name")
        if "Namespace" in value and name:
            yield value["Namespace"], name
        value = list(value.values())
    for one in value if isinstance(value, list) else ():
        yield from shown(one)


def unknown(options: set[tuple[str, str]]) -> list[tuple[str, str]]:
    here = {one for one in options if not one[0].startswith(tuple(ELSEWHERE))}
    return sorted(one for one in here if known(*one) is None)


def test_what_aws_has_answered_is_known() -> None:
    assert unknown(answered()) == []


def test_what_botocore_shows_is_known() -> None:
    options = set(shown(json.loads(EXAMPLES.read_text(encoding="utf-8"))))
    assert len(options) > 5
    assert unknown(options) == []


def test_each_has_a_source_and_what_no_document_has_was_answered() -> None:
    assert {one.source for one in rows()} == {"answered", "docker", "general"}
    undocumented = {(one.namespace, one.name) for one in rows() if one.source == "answered"}
    assert undocumented <= answered()
    assert {namespace for namespace, _ in undocumented} == {
        "aws:elasticbeanstalk:control",
        "aws:elasticbeanstalk:environment",
    }


def test_none_stands_twice_and_each_default_may_be() -> None:
    assert len({(one.namespace, one.name) for one in rows()}) == len(rows())
    assert [one for one in rows() if one.default and not one.takes(one.default)] == []


@pytest.mark.parametrize(
    ("namespace", "name", "value", "is_taken"),
    [
        ("aws:autoscaling:asg", "MinSize", "10000", True),
        ("aws:autoscaling:asg", "MinSize", "0", False),
        ("aws:autoscaling:asg", "MinSize", "2.5", False),
        ("aws:autoscaling:asg", "MinSize", "two", False),
        ("aws:autoscaling:trigger", "UpperThreshold", "62.5", True),
        ("aws:autoscaling:updatepolicy:rollingupdate", "Timeout", "PT1H", True),
        ("aws:autoscaling:updatepolicy:rollingupdate", "Timeout", "PT4M59S", False),
        ("aws:autoscaling:updatepolicy:rollingupdate", "Timeout", "30", False),
        ("aws:ec2:instances", "SpotMaxPrice", "0.05", True),
        ("aws:ec2:instances", "SpotMaxPrice", "null", True),
        ("aws:ec2:instances", "SpotMaxPrice", "0.0001", False),
        ("aws:ec2:instances", "SupportedArchitectures", "arm64, x86_64", True),
        ("aws:ec2:instances", "SupportedArchitectures", "arm64,sparc", False),
        ("aws:elasticbeanstalk:application:environmentsecrets", "KEY", "arn:aws:ssm:eu-west-1:1:parameter/k", True),
        ("aws:elasticbeanstalk:application:environmentsecrets", "KEY", "its-value", False),
        ("aws:elasticbeanstalk:managedactions", "PreferredStartTime", "Tue:09:00", True),
        ("aws:elasticbeanstalk:managedactions", "PreferredStartTime", "Tue:24:00", False),
        ("aws:elasticbeanstalk:environment:process:api", "Port", "8080", True),
        ("aws:elbv2:listener:8443", "Protocol", "TCP", False),
    ],
)
def test_what_an_option_may_be(namespace: str, name: str, value: str, is_taken: bool) -> None:
    option = known(namespace, name)
    assert option is not None
    assert option.takes(value) is is_taken


def faults(folder: Path, options: str, more: str = "") -> list[Finding]:
    """What is wrong with a config of which line 5, and the following ones, are *options*."""
    path = folder / "pym-config.yaml"
    path.write_text(f"name: shop\nlive_host: https://x.example.com\ndeploy:{more}\n  options:\n{options}")
    try:
        wanted(resolve(read_file(str(path)), environ={}))
    except FindingsError as error:
        return error.findings
    return []


@pytest.mark.parametrize(
    ("options", "place", "fact", "mend"),
    [
        (
            "    aws:autoscaling:asgs: {MinSize: 1}\n",
            (5, 5),
            "Beanstalk has no namespace aws:autoscaling:asgs, as far as is known here",
            f"Did you mean 'aws:autoscaling:asg'? {OVERRULE}",
        ),
        (
            "    aws:moon:landing: {Crew: 3}\n",
            (5, 5),
            "Beanstalk has no namespace aws:moon:landing, as far as is known here",
            OVERRULE,
        ),
        (
            "    aws:elb:loadbalancer: {CrossZone: true}\n",
            (5, 5),
            "aws:elb:loadbalancer is of a classic load balancer, and environments have an application load balancer",
            f"Leave it out. {OVERRULE}",
        ),
        (
            "    aws:autoscaling:asg:\n      MinSiz: 1\n",
            (6, 7),
            "aws:autoscaling:asg has no option 'MinSiz', as far as is known here",
            f"Did you mean 'MinSize'? {OVERRULE}",
        ),
        (
            "    aws:elasticbeanstalk:managedactions: {Never: true}\n",
            (5, 43),
            "aws:elasticbeanstalk:managedactions has no option 'Never', as far as is known here",
            f"There are: ManagedActionsEnabled, PreferredStartTime, ServiceRoleForManagedUpdates. {OVERRULE}",
        ),
        (
            "    aws:autoscaling:asg: {Cooldown: 1h}\n",
            (5, 37),
            "Cooldown of aws:autoscaling:asg is '1h', and is to be from 0 to 10000",
            f"Change it. {OVERRULE}",
        ),
        (
            "    aws:elasticbeanstalk:healthreporting:system: {SystemType: enhance}\n",
            (5, 63),
            "SystemType of aws:elasticbeanstalk:healthreporting:system is 'enhance', and is to be one of basic, "
            "enhanced",
            f"Did you mean 'enhanced'? {OVERRULE}",
        ),
        (
            "    aws:elasticbeanstalk:xray: {XRayEnabled: 1}\n",
            (5, 46),
            "XRayEnabled of aws:elasticbeanstalk:xray is '1', and is to be one of true, false",
            f"Change it. {OVERRULE}",
        ),
    ],
)
def test_a_wrong_option_is_told_with_its_place_and_the_nearest_that_is_right(
    tmp_path: Path, options: str, place: tuple[int, int], fact: str, mend: str
) -> None:
    (found,) = faults(tmp_path, options)
    assert (found.code, (found.line, found.column), found.fact, found.mend) == ("deploy-setting", place, fact, mend)


@pytest.mark.parametrize(
    ("options", "fact"),
    [
        (
            "    aws:elasticbeanstalk:application:environmentsecrets: {KEY: never-told}\n",
            "KEY of aws:elasticbeanstalk:application:environmentsecrets is not the ARN of something",
        ),
        (
            "    aws:elasticbeanstalk:application:enviroment: {KEY: never-told}\n",
            "Beanstalk has no namespace aws:elasticbeanstalk:application:enviroment, as far as is known here",
        ),
    ],
)
def test_what_may_be_a_secret_is_not_shown(tmp_path: Path, options: str, fact: str) -> None:
    (found,) = faults(tmp_path, options)
    assert (found.line, found.fact, found.source) == (5, fact, "")
    assert "never-told" not in repr(found)


def test_all_that_is_wrong_is_told_at_once_and_aws_may_judge_instead(tmp_path: Path) -> None:
    wrong = "    aws:moon:landing: {Crew: 3}\n    aws:autoscaling:asg: {MinSiz: 1, MaxSize: 0}\n"
    assert [one.line for one in faults(tmp_path, wrong)] == [5, 6, 6]
    assert faults(tmp_path, wrong, "\n  any_options: true") == []


def test_what_is_right_is_not_told(tmp_path: Path) -> None:
    right = (
        "    aws:autoscaling:asg: {Cooldown: 300, MinSize: ''}\n"
        "    aws:elasticbeanstalk:xray: {XRayEnabled: true}\n"
        "    aws:elasticbeanstalk:environment:process:Admin_api: {Port: 81}\n"
        "    aws:elasticbeanstalk:application:environment: {ANY_NAME: any value}\n"
    )
    assert faults(tmp_path, right) == []


def test_types_of_two_kinds_of_processors_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "pym-config.yaml"
    path.write_text("name: shop\nlive_host: https://x.example.com\ndeploy: {instance_types: [t4g.small, t3.small]}\n")
    with pytest.raises(FindingsError) as caught:
        wanted(resolve(read_file(str(path)), environ={}))
    (found,) = caught.value.findings
    assert (found.line, found.fact, found.mend) == (
        3,
        "instance_types are of arm64 and x86_64, and an image is for one of them",
        "Write types of one kind of processor",
    )
