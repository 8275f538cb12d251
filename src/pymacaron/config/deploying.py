"""What the setting `deploy` may say of a release on AWS: its keys, and what their values are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pymacaron.config.checks import Check, says

__all__ = ["DEPLOY_KEYS", "fault"]

_ACCOUNT = re.compile(r"[0-9]{12}")
#: Of an environment, which is a name of a host, too. Source: Elastic Beanstalk API Reference, CreateEnvironment
_PREFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{2,38}[A-Za-z0-9]")
_NAMESPACE = re.compile(r"aws:[a-z0-9]+(?:[:-][A-Za-z0-9_-]+)*")
#: Seconds: more than any resolver keeps a name
_LONGEST_S = 86_400


@says(type="string", minLength=1)
def _text(value: Any) -> str:
    return "" if isinstance(value, str) and value and value.isprintable() else "no text"


@says(type="array", items={"type": "string", "minLength": 1})
def _texts(value: Any) -> str:
    fits = isinstance(value, (list, tuple)) and all(isinstance(one, str) and one for one in value)
    return "" if fits else "no list of texts"


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


@says(type="object", propertyNames={"minLength": 1}, additionalProperties={"type": "string", "minLength": 1})
def _tags(value: Any) -> str:
    fits = isinstance(value, Mapping) and all(isinstance(one, str) and one for pair in value.items() for one in pair)
    return "" if fits else "no map of texts to texts"


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
        "instance_types": _texts,
        "instance_profile": _text,
        "service_role": _text,
        "vpc": _text,
        "subnets": _texts,
        "balancer_subnets": _texts,
        "base_image": _text,
        "system_packages": _texts,
        "include": _texts,
        "alarm_email": _text,
        "allow_breaking": _switch,
        "tags": _tags,
        "options": _options,
        "any_options": _switch,
    }
)


def fault(key: Any, value: Any) -> str:
    """What is wrong with *value* of *key*, after "is"; '' where nothing is."""
    look = DEPLOY_KEYS.get(key) if isinstance(key, str) else None
    return "no key of a release" if look is None else look(value)
