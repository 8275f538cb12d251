"""
Option settings: what they may be, and what an environment has. Which there are stands in namespaces.txt of the product,
where each has its source: there is one list of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cloud.beanstalk.platforms import platform
from cloud.beanstalk.world import Environment, Option, World
from cloud.refusal import Refusal
from pymacaron.deploy.beanstalk.namespaces import Known, known, rows

__all__ = ["changed", "describe", "faults", "settings", "validate"]

Asked = dict[str, Any]


def _fault(rule: Known, value: str) -> str:
    """What is wrong with *value*, as AWS says it, or ""."""
    if rule.takes(value):
        return ""
    low, dots, high = rule.rule.partition("..")
    if dots and "," not in rule.rule:
        whole = value.lstrip("-").isdigit()
        return f"Value is outside of the range {low} - {high}." if whole else "Value is not an integer."
    return f"Value is not one of the allowed values: {rule.words}"


def faults(asked: Asked) -> Iterator[Asked]:
    """ValidationMessages of the option settings of *asked*."""
    seen = set()
    for one in asked.get("OptionSettings", []):
        namespace, name, value = one.get("Namespace", ""), one.get("OptionName", ""), one.get("Value", "")
        rule, text = known(namespace, name), ""
        told = f"(Namespace: '{namespace}', OptionName: '{name}')"
        if rule is None:
            text = f"Invalid option specification {told}: Unknown configuration setting."
        elif fault := _fault(rule, value) if value else "":
            text = f"Invalid option value: '{value}' {told}: {fault}"
        elif (key := (namespace, name, one.get("ResourceName", ""))) in seen:
            text = f"Invalid option specification {told}: Duplicate option specification."
        else:
            seen.add(key)
        if text:
            yield {"Message": text, "Severity": "error", "Namespace": namespace, "OptionName": name}
    yield from _between(_pairs(asked))


def _between(options: dict[Option, str]) -> Iterator[Asked]:
    """What two options together break."""
    low = options.get(("aws:autoscaling:asg", "MinSize", ""))
    high = options.get(("aws:autoscaling:asg", "MaxSize", ""))
    if low and high and low.isdigit() and high.isdigit() and int(low) > int(high):
        text = "Invalid option value: MinSize is greater than MaxSize."
        yield {"Message": text, "Severity": "error", "Namespace": "aws:autoscaling:asg", "OptionName": "MinSize"}
    secure = "aws:elbv2:listener:443"
    if options.get((secure, "Protocol", "")) == "HTTPS" and not options.get((secure, "SSLCertificateArns", "")):
        text = "You must specify an SSL certificate to configure a listener to use HTTPS."
        yield {"Message": text, "Severity": "error", "Namespace": secure, "OptionName": "SSLCertificateArns"}
    plain, secret = (
        "aws:elasticbeanstalk:application:environment",
        "aws:elasticbeanstalk:application:environmentsecrets",
    )
    for namespace, name, _ in options:
        if namespace == secret and (plain, name, "") in options:
            text = f"Environment variable {name} is both a plain value and a secret."
            yield {"Message": text, "Severity": "error", "Namespace": namespace, "OptionName": name}


def _pairs(asked: Asked) -> dict[Option, str]:
    return {
        (one.get("Namespace", ""), one.get("OptionName", ""), one.get("ResourceName", "")): one.get("Value", "")
        for one in asked.get("OptionSettings", [])
    }


def changed(before: dict[Option, str], asked: Asked) -> dict[Option, str]:
    """*before* with what *asked* sets and removes. Raises Refusal where that is wrong."""
    told = [one["Message"] for one in faults(asked)]
    if told:
        raise Refusal("ConfigurationValidationException", f"Configuration validation exception: {'; '.join(told)}")
    removed = {(o.get("Namespace"), o.get("OptionName")) for o in asked.get("OptionsToRemove", [])}
    kept = {option: value for option, value in before.items() if option[:2] not in removed}
    return kept | _pairs(asked)


def validate(world: World, asked: Asked) -> Asked:
    world.application(asked["ApplicationName"])
    if "EnvironmentName" in asked:
        world.environment(asked)
    return {"Messages": list(faults(asked))}


def settings(world: World, asked: Asked) -> Asked:
    """DescribeConfigurationSettings: what was set, and the defaults of the rest."""
    world.application(asked["ApplicationName"])
    environment = world.environment(asked)
    listed = {**{(k.namespace, k.name, ""): k.default for k in rows() if "*" not in k.namespace + k.name}}
    listed |= environment.options
    told = [
        {"Namespace": namespace, "OptionName": name, "Value": value or None, "ResourceName": resource or None}
        for (namespace, name, resource), value in sorted(listed.items())
    ]
    return {"ConfigurationSettings": [_description(environment, told)]}


def _description(environment: Environment, told: list[Asked]) -> Asked:
    return {
        "ApplicationName": environment.application,
        "EnvironmentName": environment.name,
        "SolutionStackName": environment.stack,
        "PlatformArn": environment.platform,
        "DeploymentStatus": "pending" if environment.status in ("Launching", "Updating") else "deployed",
        "DateCreated": environment.created,
        "DateUpdated": environment.updated,
        "OptionSettings": told,
    }


def describe(world: World, asked: Asked) -> Asked:
    """DescribeConfigurationOptions."""
    named = world.environment(asked) if "EnvironmentName" in asked else None
    arn, stack = (named.platform, named.stack) if named else platform(world, asked)
    wanted = {(one.get("Namespace"), one.get("OptionName")) for one in asked.get("Options", [])}
    found = []
    for one in rows():
        if "*" in one.name or (wanted and (one.namespace, one.name) not in wanted):
            continue
        told: Asked = {"Namespace": one.namespace.replace("*", "default"), "Name": one.name, "UserDefined": False}
        told |= {"DefaultValue": one.default or None, "ValueType": "List" if one.rule.startswith("list") else "Scalar"}
        told |= {"ChangeSeverity": "NoInterruption"}
        ranges = [word.partition("..") for word in one.words if ".." in word]
        if ranges and ranges[0][0].isdigit():
            told |= {"MinValue": int(ranges[0][0]), "MaxValue": int(ranges[0][2])}
        elif not ranges and one.rule not in ("", "list", "arn", "moment"):
            told["ValueOptions"] = one.words
        found.append(told)
    return {"PlatformArn": arn, "SolutionStackName": stack, "Options": found}
