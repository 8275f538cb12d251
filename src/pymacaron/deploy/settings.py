"""A config -> what a release is to lead to: names, size, where secrets lie; and what is wrong with it, all at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from pymacaron.config.places import Place
from pymacaron.config.resolving import Resolved
from pymacaron.deploy.beanstalk import namespaces
from pymacaron.deploy.demands import CNAMES, demands
from pymacaron.deploy.processors import architectures
from pymacaron.finding import Finding, FindingsError, sorted_findings

__all__ = ["Wanted", "wanted"]

_FILE = "pym-config.yaml"
#: What an environment, an application and the first label of its name may be called
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{2,38}[A-Za-z0-9]")
_CERTIFICATE = re.compile(
    r"arn:aws[a-z-]*:(?:acm:[a-z0-9-]+:[0-9]{12}:certificate|iam::[0-9]{12}:server-certificate)/.+"
)
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    What a release is to lead to. `cname`: first label of the name that callers reach behind elasticbeanstalk.com;
    `region`, `account`, `keypair`, `certificate`, `repo`, `bucket`: None where nothing is said. Times in seconds.
    """

    name: str
    application: str
    cname: str
    live_url: str
    region: str | None = None
    account: str | None = None
    user: str | None = None
    strategy: str = "blue-green"
    server: str = "gunicorn"
    workers: str = "none"
    instance_types: tuple[str, ...] = ("t3.small",)
    hosts_min: int = 2
    hosts_max: int = 4
    keypair: str | None = None
    certificate: str | None = None
    instance_profile: str = ""
    service_role: str = ""
    repo: str | None = None
    bucket: str | None = None
    secrets: str = "secretsmanager"
    env_secrets: tuple[str, ...] = ()
    soak: float = 600
    health_path: str = "/readyz"
    vpc: str | None = None
    subnets: tuple[str, ...] = ()
    balancer_subnets: tuple[str, ...] = ()
    base_image: str | None = None
    system_packages: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    alarm_email: str | None = None
    allow_breaking: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    #: dict: (namespace, option) -> value; they win over what stands in beanstalk's table
    options: Mapping[tuple[str, str], str] = field(default_factory=dict)


def wanted(config: Resolved) -> Wanted:
    """What *config* says of a release. Raises FindingsError, with everything that is wrong for a release in it."""
    values = config.values
    given: Mapping[str, Any] = values.get("deploy") or {}
    found = [*_broken(config), *_faults(config, given), *demands(config, given)]
    if found:
        raise FindingsError(sorted_findings(found))
    name = str(values["name"])
    application = given.get("application") or name
    least = values.get("aws_hosts_min") or 2
    return Wanted(
        name=name,
        application=application,
        cname=given.get("cname") or _label(values["live_host"]) or application,
        live_url=_url(values["live_host"], bool(values.get("aws_cert_arn"))),
        region=values.get("aws_region") or values.get("aws_default_region"),
        account=given.get("account"),
        user=values.get("aws_user"),
        strategy=given.get("strategy", "blue-green"),
        server=given.get("server", "gunicorn"),
        workers=given.get("workers", "none"),
        instance_types=tuple(given.get("instance_types") or [values.get("aws_instance_type") or "t3.small"]),
        hosts_min=least,
        hosts_max=values.get("aws_hosts_max") or max(4, least),
        keypair=values.get("aws_keypair"),
        certificate=values.get("aws_cert_arn"),
        instance_profile=given.get("instance_profile") or f"{application}-instance",
        service_role=given.get("service_role") or f"{application}-service",
        repo=values.get("docker_repo"),
        bucket=values.get("docker_bucket"),
        secrets=given.get("secrets", "secretsmanager"),
        env_secrets=tuple(values.get("env_secrets") or ()),
        soak=given.get("soak", 600),
        health_path=values.get("readiness_path") or "/ping",
        vpc=given.get("vpc"),
        subnets=tuple(given.get("subnets") or ()),
        balancer_subnets=tuple(given.get("balancer_subnets") or ()),
        base_image=given.get("base_image"),
        system_packages=tuple(given.get("system_packages") or ()),
        include=tuple(given.get("include") or ()),
        alarm_email=given.get("alarm_email"),
        allow_breaking=given.get("allow_breaking", False),
        tags=MappingProxyType(dict(given.get("tags") or {})),
        options=MappingProxyType(
            {
                (namespace, name): namespaces.text(one)
                for namespace, options in (given.get("options") or {}).items()
                for name, one in options.items()
            }
        ),
    )


_KEYS = ("name", "live_host", "deploy", "docker_repo", "docker_bucket", "env_secrets", "readiness_path")


def _broken(config: Resolved) -> Iterator[Finding]:
    """What was said already of keys that a release reads."""
    for key, finding in config.broken.items():
        if key in _KEYS or key.startswith("aws_"):
            yield finding
        if key == "deploy":  # of which there may be several
            wrong = (finding.code, finding.fact.partition(", ")[0])
            others = [one for one in config.findings if (one.code, one.fact.partition(", ")[0]) == wrong]
            yield from (one for one in others if one != finding)


def _faults(config: Resolved, given: Mapping[str, Any]) -> Iterator[Finding]:
    values = config.values
    for key, such in (("name", "shop"), ("live_host", "http://shop.eu-west-1.elasticbeanstalk.com")):
        if not values.get(key) and key not in config.broken:
            yield Finding(
                _FILE, 0, 0, "missing-setting", f"{key} is not set, and a release needs it", f"Write {key}: {such}"
            )
    name = values.get("name")
    if name and not given.get("application") and _NAME.fullmatch(str(name)) is None:
        fact = f"name is {str(name)!r:.80}, and no application or environment of Beanstalk can be called so"
        mend = "Write deploy: {application: ...}: 4 to 40 letters, digits and '-', with no '-' at its ends"
        yield _place(config, "name").finding("deploy-setting", fact, mend)
    yield from _sizes(config)
    certificate, bucket = values.get("aws_cert_arn"), values.get("docker_bucket")
    if certificate and _CERTIFICATE.fullmatch(certificate) is None:
        mend = "Write the ARN that `aws acm list-certificates` shows, in the region of the service"
        yield _place(config, "aws_cert_arn").finding("deploy-setting", "aws_cert_arn is no ARN of a certificate", mend)
    if bucket and _BUCKET.fullmatch(bucket) is None:
        mend = "Write 3 to 63 lower case letters, digits, '-' and '.', or leave it out for Beanstalk's own bucket"
        fact = f"docker_bucket is {bucket!r:.80}, and no bucket can be called so"
        yield _place(config, "docker_bucket").finding("deploy-setting", fact, mend)
    if given.get("subnets") and not given.get("vpc"):
        place = _place(config, "deploy").at("subnets")
        yield place.finding("deploy-setting", "deploy has subnets, and no vpc that they are in", "Write vpc: vpc-...")
    if len(found := architectures(given.get("instance_types") or ())) > 1:
        place = _place(config, "deploy").at("instance_types")
        fact = f"instance_types are of {' and '.join(found)}, and an image is for one of them"
        yield place.finding("deploy-setting", fact, "Write types of one kind of processor")
    if given.get("options") and not given.get("any_options"):
        yield from namespaces.findings(_place(config, "deploy").at("options"), given["options"])
    if given.get("secrets") and not values.get("env_secrets"):
        place = _place(config, "deploy").at("secrets")
        fact, mend = "deploy says where secrets lie, and env_secrets names none", "Name their variables in env_secrets"
        yield place.finding("deploy-setting", fact, mend)


def _sizes(config: Resolved) -> Iterator[Finding]:
    least, most = config.values.get("aws_hosts_min"), config.values.get("aws_hosts_max")
    if least == 0:
        place = _place(config, "aws_hosts_min")
        yield place.finding("deploy-setting", "aws_hosts_min is 0: nobody would answer", "Write aws_hosts_min: 2")
    if most is not None and most < (least or 2):
        known = f"aws_hosts_min, which is {least}" if least else "the 2 that are needed"
        fact = f"aws_hosts_max is {most}, less than {known}"
        yield _place(config, "aws_hosts_max").finding(
            "deploy-setting", fact, f"Write aws_hosts_max: {least or 2} or more"
        )


def _place(config: Resolved, key: str) -> Place:
    return config.places.get(key) or Place(key, _FILE)


def _label(host: str) -> str:
    """The first label of *host* where Beanstalk gives its name, else ''."""
    name = urlsplit(host if "://" in host else f"//{host}").hostname or ""
    return name.partition(".")[0] if name.endswith(CNAMES) else ""


def _url(host: str, is_https: bool) -> str:
    return host if "://" in host else f"{'https' if is_https else 'http'}://{host}"
