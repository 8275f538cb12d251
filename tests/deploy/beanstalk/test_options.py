"""The options of an environment: each is one of AWS' own, has a value that AWS takes, and stands in the docs."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from cloud.beanstalk.options import faults
from releases.options import table
from releases.shop import WANTED

from pymacaron.config.deploying import DEPLOY_KEYS
from pymacaron.deploy.beanstalk.namespaces import known
from pymacaron.deploy.beanstalk.option import Given
from pymacaron.deploy.beanstalk.options import TABLE, settings
from pymacaron.deploy.settings import Wanted

PAGE = (Path(__file__).parents[3] / "docs" / "deploy.md").read_text(encoding="utf-8")
FULL = replace(
    WANTED,
    keypair="key",
    certificate="arn:aws:acm:eu-west-1:123456789012:certificate/1",
    vpc="vpc-1",
    subnets=("subnet-1", "subnet-2"),
    balancer_subnets=("subnet-3", "subnet-4"),
)


def of(wanted: Wanted, **more: str) -> dict[str, str]:
    """`last part of the namespace`.`name` -> value."""
    return {f"{a.rpartition(':')[2]}.{b}": c for a, b, c in settings(Given(wanted, secrets=more))}


def test_every_option_is_one_of_aws() -> None:
    found = {(one.namespace, one.name): known(one.namespace, one.name) for one in TABLE}
    assert [option for option, row in found.items() if row is None] == []
    # ... and a document of theirs has each
    assert {row.source for row in found.values() if row is not None} == {"general"}


@pytest.mark.parametrize("wanted", [WANTED, FULL, replace(WANTED, hosts_min=1, instance_types=("t4g.small",))])
def test_aws_takes_every_value(wanted: Wanted) -> None:
    asked = [{"Namespace": a, "OptionName": b, "Value": c} for a, b, c in settings(Given(wanted))]
    assert list(faults({"OptionSettings": asked})) == []
    refused = [one for one in settings(Given(wanted)) if (row := known(*one[:2])) is None or not row.takes(one[2])]
    assert refused == []


def test_what_goes_together_does() -> None:
    # "BreachDuration = Period * EvaluationPeriods", else AWS changes one of them
    found = of(WANTED)
    product = int(found["trigger.Period"]) * int(found["trigger.EvaluationPeriods"])
    assert int(found["trigger.BreachDuration"]) == product
    # Managed updates want a time, a level, and somebody who makes them
    assert found["managedactions.ManagedActionsEnabled"] == "true"
    assert (found["managedactions.PreferredStartTime"], found["platformupdate.UpdateLevel"]) == ("Sun:03:00", "minor")
    assert found["managedactions.ServiceRoleForManagedUpdates"] == found["environment.ServiceRole"]


def test_the_docs_have_the_table() -> None:
    assert table() in PAGE


def test_the_docs_have_every_setting() -> None:
    below = PAGE.partition("\n## Settings\n")[2].partition("\n## ")[0]
    first = re.findall(r"^\| (`.*?) \|", below, re.MULTILINE)
    assert sorted(name for cell in first for name in re.findall("`([^`]+)`", cell)) == sorted(DEPLOY_KEYS)


def test_with_no_configuration_it_is_as_best_practice_has_it() -> None:
    found = of(WANTED)
    assert {
        name: found[name] for name in sorted(found) if name.split(".")[0] in ("asg", "trigger", "default", "logs")
    } == {
        "asg.Availability Zones": "Any 2",
        "asg.Cooldown": "120",
        "asg.MaxSize": "4",
        "asg.MinSize": "2",
        "default.DeregistrationDelay": "25",
        "default.HealthCheckInterval": "15",
        "default.HealthCheckPath": "/readyz",
        "default.HealthCheckTimeout": "5",
        "default.HealthyThresholdCount": "2",
        "default.MatcherHTTPCode": "200",
        "default.UnhealthyThresholdCount": "3",
        "logs.DeleteOnTerminate": "false",
        "logs.RetentionInDays": "30",
        "logs.StreamLogs": "true",
        "trigger.BreachDuration": "3",
        "trigger.EvaluationPeriods": "3",
        "trigger.LowerBreachScaleIncrement": "-1",
        "trigger.LowerThreshold": "20",
        "trigger.MeasureName": "CPUUtilization",
        "trigger.Period": "1",
        "trigger.Statistic": "Average",
        "trigger.Unit": "Percent",
        "trigger.UpperBreachScaleIncrement": "1",
        "trigger.UpperThreshold": "60",
    }
    assert found["launchconfiguration.DisableIMDSv1"] == "true"
    assert found["system.SystemType"] == "enhanced"
    assert not any(name.startswith("443.") for name in found)


def test_a_certificate_makes_it_https() -> None:
    found = of(FULL)
    assert {name: value for name, value in found.items() if name.startswith("443.")} == {
        "443.ListenerEnabled": "true",
        "443.Protocol": "HTTPS",
        "443.SSLCertificateArns": "arn:aws:acm:eu-west-1:123456789012:certificate/1",
        "443.SSLPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
    }


def test_what_the_config_says_wins_and_secrets_are_arns() -> None:
    wanted = replace(WANTED, options={("aws:autoscaling:asg", "Cooldown"): "300", ("aws:x", "Y"): "1"})
    found = of(wanted, JWT_SECRET="arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/JWT_SECRET-1")
    assert (found["asg.Cooldown"], found["x.Y"]) == ("300", "1")
    assert found["environmentsecrets.JWT_SECRET"].startswith("arn:aws:secretsmanager:")


@pytest.mark.parametrize(
    ("types", "architecture"),
    [(("t3.small",), "x86_64"), (("t4g.small", "m7gd.large"), "arm64"), (("g4dn.xlarge",), "x86_64")],
)
def test_types_of_arm_are_known(types: tuple[str, ...], architecture: str) -> None:
    assert of(replace(WANTED, instance_types=types))["instances.SupportedArchitectures"] == architecture
