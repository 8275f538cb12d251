"""
The options that Beanstalk has, as far as is known here: namespaces.txt has their names and what each may be, and where
that stands. What pym-config.yaml says under `deploy: options` is compared with it before anything happens.

AWS adds options now and then, so `deploy: {any_options: true}` leaves them to AWS, which looks at them before it makes
an environment (ValidateConfigurationSettings).
Source: Elastic Beanstalk Developer Guide, "General options for all environments" and "Platform specific options".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Any

from pymacaron.config.places import Place
from pymacaron.finding import Finding, did_you_mean

__all__ = ["ELSEWHERE", "Known", "findings", "known", "rows", "text"]

_MOMENT = re.compile(r"(?i:mon|tue|wed|thu|fri|sat|sun):(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_PERIOD = re.compile(r"PT(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)S)?")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_OVERRULE = "Where AWS takes it: deploy: {any_options: true}"
_SECRETS = "aws:elasticbeanstalk:application:environmentsecrets"
#: So many names of options are told where none is near
_TOLD = 12

#: dict: beginning of a namespace that AWS has -> what keeps it from being of use here
ELSEWHERE: Mapping[str, str] = {
    "aws:elb:": "is of a classic load balancer, and environments have an application load balancer",
    "aws:elasticbeanstalk:container:": "is of other platforms than that of Docker",
    "aws:elasticbeanstalk:eks:": "is of environments in a cluster of EKS",
    "aws:elasticbeanstalk:sqsd": "is of environments of the tier Worker, and workers here are Celery's",
    "aws:elasticbeanstalk:windows:": "is of Windows",
    "aws:autoscaling:scheduledaction": "wants a name for each action: write it into a file of .ebextensions",
    "aws:rds:dbinstance": "makes a database that ends with its environment, and each release makes another one",
    "aws:cloudformation:template:parameter": "is what Beanstalk works out by itself",
}


@dataclass(frozen=True, slots=True)
class Known:
    """A line of namespaces.txt. `source`: "general", "docker" or "answered"."""

    namespace: str
    name: str
    default: str
    rule: str
    source: str

    @property
    def words(self) -> list[str]:
        """What `rule` allows: words and ranges; none where it allows any text."""
        return [one for part in self.rule.removeprefix("list:").split(",") if (one := part.strip())]

    def takes(self, value: str) -> bool:
        if self.rule in ("", "list"):
            return True
        if self.rule == "moment":
            return _MOMENT.fullmatch(value) is not None
        if self.rule == "arn":
            return value.startswith("arn:aws")
        given = [one.strip() for one in value.split(",")] if self.rule.startswith("list:") else [value]
        return all(any(_fits(one, word) for word in self.words) for one in given)

    @property
    def wanted(self) -> str:
        """What it may be, in words, after "is to be"."""
        if self.rule == "moment":
            return "a day and a time of UTC, such as Sun:03:00"
        if self.rule == "arn":
            return "the ARN of something"
        several = "one or more" if self.rule.startswith("list:") else "one"
        told = [f"from {word.replace('..', ' to ')}" if ".." in word else word for word in self.words]
        return told[0] if len(told) == 1 else f"{several} of {', '.join(told)}"


def _fits(value: str, word: str) -> bool:
    low, dots, high = word.partition("..")
    if not dots:
        return value == word
    if low.startswith("PT"):
        seconds = _seconds(value)
        return seconds is not None and (_seconds(low) or 0) <= seconds <= (_seconds(high) or 0)
    number = _NUMBER.fullmatch(value)
    is_whole = "." not in word.replace("..", "")
    return number is not None and not (is_whole and number[1]) and float(low) <= float(value) <= float(high)


def _seconds(period: str) -> int | None:
    """Of what ISO 8601 writes as PT1H30M; None where it is none."""
    found = _PERIOD.fullmatch(period)
    if found is None or not any(found.groups()):
        return None
    hours, minutes, seconds = (int(one or 0) for one in found.groups())
    return (hours * 60 + minutes) * 60 + seconds


@cache
def rows() -> tuple[Known, ...]:
    lines = files("pymacaron.deploy.beanstalk").joinpath("namespaces.txt").read_text(encoding="utf-8").splitlines()
    return tuple(Known(*(part.strip() for part in line.split("|"))) for line in lines if line and line[0] != "#")


def known(namespace: str, name: str) -> Known | None:
    """What is known of the option *name*; None where nothing is."""
    return next((one for one in _of(namespace) if one.name in (name, "*")), None)


def findings(place: Place, options: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    """What is wrong with *options*, a dict of namespace -> name -> value, which stand at *place*."""
    for namespace, given in options.items():
        at = place.at(namespace)
        if not _of(namespace):
            yield _no_namespace(at, namespace)
            continue
        for name, one in given.items():
            option, value = known(namespace, name), text(one)
            if option is None:
                yield _no_option(at.at(name), namespace, name)
            elif value and not option.takes(value):
                yield _not_taken(at.at(name), option, f"{name} of {namespace}", value)


def text(value: Any) -> str:
    """A value of pym-config.yaml as Beanstalk writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _of(namespace: str) -> list[Known]:
    return [one for one in rows() if fnmatchcase(namespace, one.namespace)]


def _not_taken(place: Place, option: Known, named: str, value: str) -> Finding:
    if option.namespace == _SECRETS:  # what stands there may be the secret itself
        fact = f"{named} is not {option.wanted}"
        mend = "Name it in env_secrets, and run: pymacaron secrets push"
        return _without_line(place.finding("deploy-setting", fact, mend))
    hint = did_you_mean(value, [word for word in option.words if ".." not in word])
    fact = f"{named} is {value!r:.80}, and is to be {option.wanted}"
    return place.finding("deploy-setting", fact, f"{hint or 'Change it.'} {_OVERRULE}")


def _without_line(found: Finding) -> Finding:
    """Values in the line of the file may be secrets: variables are among options, too."""
    return replace(found, source="", width=0)


def _no_namespace(place: Place, namespace: str) -> Finding:
    for begin, why in ELSEWHERE.items():
        if namespace.startswith(begin):
            told = place.finding("deploy-setting", f"{namespace} {why}", f"Leave it out. {_OVERRULE}", key=True)
            return _without_line(told)
    hint = did_you_mean(namespace, [one.namespace.replace("*", "default") for one in rows()])
    fact = f"Beanstalk has no namespace {namespace}, as far as is known here"
    return _without_line(place.finding("deploy-setting", fact, f"{hint} {_OVERRULE}".strip(), key=True))


def _no_option(place: Place, namespace: str, name: str) -> Finding:
    names = [one.name for one in _of(namespace)]
    more = f" and {len(names) - _TOLD} more" if len(names) > _TOLD else ""
    hint = did_you_mean(name, names) or f"There are: {', '.join(names[:_TOLD])}{more}."
    fact = f"{namespace} has no option {name!r:.80}, as far as is known here"
    return place.finding("deploy-setting", fact, f"{hint} {_OVERRULE}", key=True)
