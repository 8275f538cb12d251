"""What a service needs by its config: variables, a port, libraries of extras, stores that answer, AWS."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator, Mapping
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pymacaron.config import FILE, Resolved
from pymacaron.doctor.need import Need, lacking, met

__all__ = ["aws", "libraries", "port", "release", "stores", "variables"]

_PORT = 8080
_REDIS_PORT = 6379
_CONNECTS_WITHIN_S = 3.0

#: Settings that only releases read; the first that is there is who asks for them
_OF_RELEASES = ("deploy", "docker_repo", "docker_bucket", "aws_instance_type", "aws_keypair", "aws_cert_arn")
#: dict: setting -> the module that it wants, and the extra that brings it along
_EXTRAS = {
    "metrics": ("prometheus_client", "prometheus"),
    "traces": ("opentelemetry.sdk", "otel"),
    "sentry_dsn": ("sentry_sdk", "sentry"),
    "jwt_key_files": ("cryptography", "crypto"),
    "jwt_issuers": ("cryptography", "crypto"),
}
#: dict: setting that is a URL -> dict of its scheme -> modules, and the extra that brings them along
_Wanted = tuple[tuple[str, ...], str]
_REDIS: dict[str, _Wanted] = {
    "redis": (("redis",), "redis"),
    "rediss": (("redis",), "redis"),
    "unix": (("redis",), "redis"),
}
_CELERY: _Wanted = (("celery", "redis"), "async")
_URLS: dict[str, dict[str, _Wanted]] = {
    "broker_url": {"redis": _CELERY, "rediss": _CELERY, "sqs": (("celery", "boto3"), "sqs")},
    "store_url": {"dynamodb": (("boto3",), "dynamodb")},
    "rate_limit_store": _REDIS,
    "idempotency_store": _REDIS,
}


def variables(resolved: Resolved, environ: Mapping[str, str]) -> list[Need]:
    """The variables that the config names."""
    found: dict[str, Need] = {}
    for name in resolved.values.get("env_secrets") or ():
        if environ.get(name):
            found[name] = met(name, f"it is set; env_secrets in {FILE} asks for it")
        else:
            fact = f"it is not set, and env_secrets in {FILE} asks for it"
            found[name] = lacking(name, fact, f"Set it: export {name}=..., or a line {name}=... in .env")
    for one in resolved.findings:
        if one.code == "missing-secret" and not any(name in one.fact for name in found):
            found.setdefault(one.fact, lacking("variable", one.fact, one.mend))
    return list(found.values())


def port(resolved: Resolved, environ: Mapping[str, str]) -> Need:
    """The port that `pymacaron run` listens on."""
    said = environ.get("PORT", "").strip() or environ.get("PYM_SERVER_PORT", "").strip()
    wanted = int(said) if said.isascii() and said.isdigit() else resolved.values.get("server_port") or _PORT
    with closing(socket.socket()) as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("127.0.0.1", wanted))
        except (OSError, OverflowError) as error:
            code = getattr(error, "errno", None)
            why = {errno.EADDRINUSE: "somebody listens on it", errno.EACCES: "you may not listen on it"}
            fact = f"{wanted}: {why.get(code or 0, str(error))}"
            return lacking("port", fact, "Name another: pymacaron run --port 8081, or server_port in pym-config.yaml")
    return met("port", f"{wanted} is free")


def libraries(resolved: Resolved) -> list[Need]:
    """The libraries of extras that settings ask for."""
    asked: dict[str, tuple[str, str]] = {}
    for setting, (module, extra) in _EXTRAS.items():
        if resolved.values.get(setting):
            asked.setdefault(module, (setting, extra))
    for setting, schemes in _URLS.items():
        modules, extra = schemes.get(_scheme(resolved.values.get(setting)), ((), ""))
        for module in modules:
            asked.setdefault(module, (setting, extra))
    return [_library(module, setting, extra) for module, (setting, extra) in asked.items()]


def _library(module: str, setting: str, extra: str) -> Need:
    try:
        is_there = find_spec(module) is not None
    except ModuleNotFoundError:
        is_there = False
    name = module.partition(".")[0]
    if is_there:
        return met(name, f"it is installed; {setting} asks for it")
    return lacking(name, f"it is not installed, and {setting} asks for it", f"Run: pip install 'pymacaron[{extra}]'")


def stores(resolved: Resolved) -> Iterator[Need]:
    """Every Redis that a setting names: whether it can be reached."""
    asked: dict[str, list[str]] = {}
    for setting in _URLS:
        url = resolved.values.get(setting)
        if _scheme(url) in _REDIS:
            asked.setdefault(str(url), []).append(setting)
    for url, settings in asked.items():
        who, place = f"{' and '.join(settings)} ask{'s' if len(settings) == 1 else ''}", _place(url)
        fault = _unreachable(url)
        if fault is None:
            yield met("Redis", f"{place} answers; {who} for it")
        else:
            mend = (
                f"Start one: redis-server, or docker run -p {_REDIS_PORT}:{_REDIS_PORT} redis; or correct {settings[0]}"
            )
            yield lacking("Redis", f"{place}: {fault}; {who} for it", mend)


def _place(url: str) -> str:
    """Where *url* leads, without user and password."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return parts.path
    try:
        return f"{parts.hostname or 'localhost'}:{parts.port or _REDIS_PORT}"
    except ValueError:
        return f"{parts.hostname}, at a port that is none"


def _unreachable(url: str) -> str | None:
    """Why nothing takes connections where *url* leads."""
    parts = urlsplit(url)
    try:
        if parts.scheme == "unix":
            with closing(socket.socket(socket.AF_UNIX)) as one:
                one.settimeout(_CONNECTS_WITHIN_S)
                one.connect(parts.path)
        else:
            place = (parts.hostname or "localhost", parts.port or _REDIS_PORT)
            socket.create_connection(place, _CONNECTS_WITHIN_S).close()
    except (OSError, ValueError) as error:
        return (getattr(error, "strerror", None) or str(error)).lower() or type(error).__name__
    return None


def release(resolved: Resolved) -> str:
    """The setting that asks for releases on AWS; "" where none does."""
    return next((name for name in _OF_RELEASES if resolved.values.get(name)), "")


def aws(resolved: Resolved, environ: Mapping[str, str], release: str) -> list[Need]:
    """boto3, a region and credentials, for *release*, or a store in AWS. Nobody is asked whether they are good."""
    of_stores = [name for name in _URLS if _scheme(resolved.values.get(name)) in ("dynamodb", "sqs")]
    who = release or next((name for name in of_stores if not urlsplit(str(resolved.values[name])).netloc), "")
    if not who:
        return []
    values = resolved.values
    region = values.get("aws_region") or values.get("aws_default_region")
    region = region or environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or _of_file(environ, "region")
    found = [_library("boto3", who, "aws")] if release and not of_stores else []
    if region:
        found.append(met("AWS region", str(region)))
    else:
        mend = f"Write aws_region: eu-central-1 in {FILE}, or export AWS_REGION=..."
        found.append(lacking("AWS region", f"none is named, and {who} asks for AWS", mend))
    how = _credentials(values, environ)
    if how:
        found.append(met("AWS credentials", how))
    else:
        fact = f"there are none in {FILE}, the variables or ~/.aws, and {who} asks for AWS"
        mend = "Run: aws configure; an instance whose role is asked as needs none"
        found.append(lacking("AWS credentials", fact, mend))
    return found


def _credentials(values: Mapping[str, Any], environ: Mapping[str, str]) -> str:
    """Where credentials of AWS come from; "" where there are none."""
    if values.get("aws_access_key_id") and values.get("aws_secret_access_key"):
        return f"keys in {FILE}"
    if environ.get("AWS_ACCESS_KEY_ID") and environ.get("AWS_SECRET_ACCESS_KEY"):
        return "keys in the variables"
    for name in ("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"):
        if environ.get(name):
            return f"those that {name} leads to"
    for key in ("aws_access_key_id", "sso_session", "sso_start_url", "role_arn", "credential_process"):
        if _of_file(environ, key):
            return "those in ~/.aws"
    return ""


def _of_file(environ: Mapping[str, str], key: str) -> str:
    """What ~/.aws, or the files that variables name in its place, say of *key*, in any profile."""
    home = Path(environ.get("HOME") or "~").expanduser() / ".aws"
    for name, variable in (("credentials", "AWS_SHARED_CREDENTIALS_FILE"), ("config", "AWS_CONFIG_FILE")):
        file = Path(environ.get(variable) or home / name)
        try:
            lines = file.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            continue
        for line in lines:
            said, equals, value = line.partition("=")
            if equals and said.strip() == key and value.strip():
                return value.strip()
    return ""


def _scheme(url: Any) -> str:
    return urlsplit(url).scheme if isinstance(url, str) else ""
