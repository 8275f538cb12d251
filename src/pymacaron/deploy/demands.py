"""What a release wants of settings that other commands take as they are: an address, a region, names that AWS takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from pymacaron.config.places import Place
from pymacaron.config.resolving import Resolved
from pymacaron.config.settings import SETTINGS
from pymacaron.finding import Finding, nearest

__all__ = ["CNAMES", "demands"]

CNAMES = ".elasticbeanstalk.com"
_CODE = "deploy-setting"
_FILE = "pym-config.yaml"
_HOST = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*|[0-9a-fA-F:]+")
#: First label of a name of Beanstalk. Source: Elastic Beanstalk API Reference, CreateEnvironment, CNAMEPrefix
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]")
_REGION = re.compile(r"[a-z]{2,3}(?:-[a-z]+)+-[0-9]{1,2}")
_TYPE = re.compile(r"[a-z][a-z0-9-]*\.[a-z0-9-]+")
#: An organisation, or a host with a port and a path. Source: OCI Distribution Specification, "Pulling manifests"
_PATH = r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*"
_REPO = re.compile(rf"(?:{_PATH}|(?:[A-Za-z0-9-]+\.)+[A-Za-z0-9-]+|[A-Za-z0-9.-]+:[0-9]+)(?:/{_PATH})*/?")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_VARIABLES = "aws:elasticbeanstalk:application:environment"
#: What settings of a release begin with
_BEGINNINGS = ("aws", "docker", "env", "live")


def demands(config: Resolved, given: Mapping[str, Any]) -> Iterator[Finding]:
    """What is wrong; *given*: what `deploy` says."""
    values = config.values
    key = "aws_region" if values.get("aws_region") else "aws_default_region"
    region = values.get(key)
    if region and _REGION.fullmatch(region) is None:
        yield _place(config, key).finding(_CODE, f"{key} is no region of AWS", f"Write {key}: eu-west-1, or such")
        region = None
    if values.get("live_host"):
        yield from _address(config, given, region)
    yield from _region_of_certificate(config, region)
    kind = values.get("aws_instance_type")
    if kind and _TYPE.fullmatch(kind) is None:
        place = _place(config, "aws_instance_type")
        yield place.finding(_CODE, "aws_instance_type is no type of EC2", "Write aws_instance_type: t3.small, or such")
    repo = values.get("docker_repo")
    if repo and _REPO.fullmatch(repo) is None:
        mend = "Write docker_repo: example, an organisation of Docker Hub, or registry.example.com/shops"
        fact = "docker_repo is neither an organisation nor a host"
        found = _place(config, "docker_repo").finding(_CODE, fact, mend)
        yield replace(found, source="", width=0) if "@" in repo else found  # which may have a password
    yield from _variables(config, given)
    yield from _misspelt(config)


def _address(config: Resolved, given: Mapping[str, Any], region: str | None) -> Iterator[Finding]:
    place, host = _place(config, "live_host"), str(config.values["live_host"])
    parts = _split(host)
    if parts is None or _HOST.fullmatch(parts[1]) is None or parts[0] not in ("http", "https"):
        mend = "Write live_host: https://shop.example.com, or such; a name of other letters as xn--..."
        yield place.finding(_CODE, "live_host is no URL of http or https, nor a host", mend)
        return
    scheme, name = parts
    if not name.endswith(CNAMES):
        return
    label, *others = name.removesuffix(CNAMES).split(".")
    if not given.get("cname") and _LABEL.fullmatch(label) is None:
        fact = f"live_host begins with {label!r:.80}, and no environment of Beanstalk can be called so"
        mend = "Write 4 to 63 letters, digits and '-', with no '-' at its ends, before the first dot"
        yield place.finding(_CODE, fact, mend)
    if region and others and others != [region]:
        fact = f"live_host is in {'.'.join(others):.80}, and the region of the service is {region}"
        yield place.finding(_CODE, fact, f"Write {label}.{region}{CNAMES}, or the other region")
    if scheme == "https":
        fact = f"live_host is https, and nobody but AWS can have a certificate for a name below {CNAMES[1:]}"
        mend = f"Write live_host: http://{name}, or a name of your own, with aws_cert_arn"
        yield place.finding(_CODE, fact, mend)


def _split(host: str) -> tuple[str, str] | None:
    """Scheme and name of a host, or of a URL; None where it is neither."""
    try:
        parts = urlsplit(host if "://" in host else f"http://{host}")
        _ = parts.port
    except ValueError:
        return None
    return parts.scheme, parts.hostname or ""


def _region_of_certificate(config: Resolved, region: str | None) -> Iterator[Finding]:
    words = str(config.values.get("aws_cert_arn") or "").split(":")
    if region and len(words) > 3 and words[2] == "acm" and words[3] != region:
        fact = f"aws_cert_arn is of {words[3]:.80}, and the region of the service is {region}"
        yield _place(config, "aws_cert_arn").finding(_CODE, fact, "Have a certificate in the region of the service")


def _variables(config: Resolved, given: Mapping[str, Any]) -> Iterator[Finding]:
    secrets = list(config.values.get("env_secrets") or ())
    for name in secrets:
        if _VARIABLE.fullmatch(str(name)) is None:
            fact = f"env_secrets has {str(name)!r:.80}, and no variable can be called so"
            yield _place(config, "env_secrets").finding(_CODE, fact, "Write letters of A to Z, digits and '_'")
    options = given.get("options") or {}
    for name in options.get(_VARIABLES) or ():
        if name in secrets:
            place = _place(config, "deploy").at("options", _VARIABLES, name)
            fact = f"deploy: options gives {name} a value that all can read, and env_secrets names it"
            found = place.finding(_CODE, fact, "Take it out of the options: pymacaron secrets push puts it there")
            yield replace(found, source="", width=0)  # which has the value


def _misspelt(config: Resolved) -> Iterator[Finding]:
    """Keys are anybody's; but one that is nearly a setting of a release is that, and would have no effect."""
    for key in config.values:
        meant = nearest(key, SETTINGS) if key not in SETTINGS and key.startswith(_BEGINNINGS) else None
        if meant is not None and meant.startswith(_BEGINNINGS) and key in config.places:
            fact = f"{key} is no setting, and nearly one of a release"
            yield _place(config, key).finding(_CODE, fact, f"Did you mean {meant}? Or call it otherwise", key=True)


def _place(config: Resolved, key: str) -> Place:
    return config.places.get(key) or Place(key, _FILE)
