"""What the setting `deploy` may say of a release on AWS: its keys, and what their values are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pymacaron.config.checks import Check, says

__all__ = ["DEPLOY_KEYS", "EXAMPLES", "fault"]

_ACCOUNT = re.compile(r"[0-9]{12}")
#: Of an environment, which is a name of a host, too. Source: Elastic Beanstalk API Reference, CreateEnvironment
_PREFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{2,38}[A-Za-z0-9]")
_NAMESPACE = re.compile(r"aws:[a-z0-9]+(?:[:-][A-Za-z0-9_-]+)*")
#: A type of EC2, an image, a package of Debian: what none of them may be becomes no command line
_TYPE = re.compile(r"[a-z][a-z0-9-]*\.[a-z0-9-]+")
_IMAGE = re.compile(
    r"(?:[A-Za-z0-9.-]+(?::[0-9]+)?/)?[a-z0-9._/-]+(?::[A-Za-z0-9_.-]{1,128})?(?:@sha256:[0-9a-f]{64})?"
)
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+(?::[a-z0-9]+)?(?:=[A-Za-z0-9.+:~-]+)?")
_VPC, _SUBNET = re.compile(r"vpc-[0-9a-z]+"), re.compile(r"subnet-[0-9a-z]+")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
#: Source: Elastic Beanstalk Developer Guide, "Tagging resources"; some are ours
_TAG = re.compile(r"(?!aws:)[\w .:/=+@-]+", re.IGNORECASE)
_TAG_SHAPE = r"^(?![aA][wW][sS]:)[^\x00-\x1f!-*,;<>?\[-^`{-\x7f]+$"
_TAGS, _KEY, _VALUE = 44, 128, 256
#: Seconds: more than any resolver keeps a name
_LONGEST_S = 86_400


@says(type="string", pattern=r"^[^\x00-\x1f\x7f-\xa0]+$")
def _text(value: Any) -> str:
    return "" if isinstance(value, str) and value and value.isprintable() else "no text"


@says(type="array", items={"type": "string", "minLength": 1})
def _texts(value: Any) -> str:
    fits = isinstance(value, (list, tuple)) and all(isinstance(one, str) and one for one in value)
    return "" if fits else "no list of texts"


def _like(pattern: re.Pattern[str], fact: str) -> Check:
    @says(type="string", pattern=f"^(?:{pattern.pattern})$")
    def look(value: Any) -> str:
        return "" if isinstance(value, str) and pattern.fullmatch(value) else f"no {fact}"

    return look


def _all_like(pattern: re.Pattern[str], fact: str) -> Check:
    @says(type="array", items={"type": "string", "pattern": f"^(?:{pattern.pattern})$"})
    def look(value: Any) -> str:
        if wrong := _texts(value):
            return wrong
        odd = next((one for one in value if pattern.fullmatch(one) is None), None)
        return "" if odd is None else f"a list in which {odd[:80]!r} is no {fact}"

    return look


@says(type="boolean")
def _switch(value: Any) -> str:
    return "" if isinstance(value, bool) else "neither true nor false"


@says(type="string", pattern=f"^{_ACCOUNT.pattern}$")
def _account(value: Any) -> str:
    fits = isinstance(value, str) and _ACCOUNT.fullmatch(value) is not None
    return "" if fits else 'no id of an AWS account, which is 12 digits in quotes, such as "123456789012"'


@says(type="string", pattern=f"^{_PREFIX.pattern}$")
def _name(value: Any) -> str:
    fits = isinstance(value, str) and _PREFIX.fullmatch(value) is not None
    return "" if fits else "no name of 4 to 40 letters, digits and '-', with no '-' at its ends"


@says(type="number", minimum=0, maximum=_LONGEST_S)
def _seconds(value: Any) -> str:
    fits = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= _LONGEST_S
    return "" if fits else f"no number of seconds from 0 to {_LONGEST_S}"


@says(
    type="object",
    maxProperties=_TAGS,
    propertyNames={"minLength": 1, "maxLength": _KEY, "pattern": _TAG_SHAPE},
    additionalProperties={"type": "string", "minLength": 1, "maxLength": _VALUE, "pattern": _TAG_SHAPE},
)
def _tags(value: Any) -> str:
    fits = isinstance(value, Mapping) and all(isinstance(one, str) and one for pair in value.items() for one in pair)
    if not fits:
        return "no map of texts to texts"
    if len(value) > _TAGS:
        return f"a map of {len(value)} tags, and AWS takes {_TAGS} beside ours"
    odd = next((key for key, one in value.items() if not _is_tag(key, _KEY) or not _is_tag(one, _VALUE)), None)
    return "" if odd is None else f"a map in which AWS does not take {odd[:80]!r}, its length, characters or value"


def _is_tag(text: str, longest: int) -> bool:
    return len(text) <= longest and _TAG.fullmatch(text) is not None


@says(
    type="object",
    propertyNames={"pattern": f"^{_NAMESPACE.pattern}$"},
    additionalProperties={"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}},
)
def _options(value: Any) -> str:
    if not isinstance(value, Mapping):
        return "no map of namespaces"
    for namespace, options in value.items():
        if not isinstance(namespace, str) or _NAMESPACE.fullmatch(namespace) is None:
            return f"a map in which {str(namespace)[:80]!r} is no namespace such as aws:autoscaling:asg"
        if not isinstance(options, Mapping):
            return f"a map whose {namespace} is no map of options to values"
        for name, one in options.items():
            if not isinstance(name, str) or not isinstance(one, (str, int, float)):
                return f"a map in which {namespace} has {str(name)[:80]!r}, which is no text, number, true or false"
    return ""


def _one_of(*choices: str) -> Check:
    @says(enum=list(choices))
    def look(value: Any) -> str:
        return "" if isinstance(value, str) and value in choices else f"not one of {', '.join(choices)}"

    return look


#: dict: key -> what tells what is wrong with its value
DEPLOY_KEYS: Mapping[str, Check] = MappingProxyType(
    {
        "account": _account,
        "application": _name,
        "cname": _name,
        "strategy": _one_of("blue-green", "immutable", "rolling", "in-place"),
        "server": _one_of("gunicorn", "granian"),
        "workers": _one_of("none", "sidecar", "environment"),
        "secrets": _one_of("secretsmanager", "ssm"),
        "soak": _seconds,
        "instance_types": _all_like(_TYPE, "type of EC2"),
        "instance_profile": _text,
        "service_role": _text,
        "vpc": _like(_VPC, "id of a VPC"),
        "subnets": _all_like(_SUBNET, "id of a subnet"),
        "balancer_subnets": _all_like(_SUBNET, "id of a subnet"),
        "base_image": _like(_IMAGE, "name of an image"),
        "system_packages": _all_like(_PACKAGE, "package of Debian"),
        "include": _texts,
        "alarm_email": _like(_ADDRESS, "address of mail"),
        "allow_breaking": _switch,
        "tags": _tags,
        "options": _options,
        "any_options": _switch,
    }
)

#: dict: key -> a value, as it is written in YAML
EXAMPLES: Mapping[str, str] = MappingProxyType(
    {
        "account": '"123456789012"',
        "application": "shop",
        "cname": "shop-live",
        "strategy": "blue-green",
        "server": "gunicorn",
        "workers": "none",
        "secrets": "secretsmanager",
        "soak": "600",
        "instance_types": "[t3.small, t3a.small]",
        "instance_profile": "shop-instance",
        "service_role": "shop-service",
        "vpc": "vpc-0a1b2c3d",
        "subnets": "[subnet-0a1b2c3d]",
        "balancer_subnets": "[subnet-0a1b2c3d]",
        "base_image": "python:3.13-slim-bookworm",
        "system_packages": "[libpq5]",
        "include": "[pages/built]",
        "alarm_email": "team@example.com",
        "allow_breaking": "true",
        "tags": '{team: "web"}',
        "options": "{aws:autoscaling:asg: {Cooldown: 300}}",
        "any_options": "true",
    }
)


def fault(key: Any, value: Any) -> str:
    """What is wrong with *value* of *key*, after "is"; '' where nothing is."""
    look = DEPLOY_KEYS.get(key) if isinstance(key, str) else None
    return "no key of a release" if look is None else look(value)
