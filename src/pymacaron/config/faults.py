"""
What is wrong with values that are of their kinds: weak secrets, addresses that nothing can be sent to, and settings
that do not go together, or not with what is installed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from pymacaron.config import clients, stores
from pymacaron.config.kinds import brief
from pymacaron.config.places import Place
from pymacaron.config.variables import AWS_KEYS
from pymacaron.finding import Finding

__all__ = ["PATHS", "faults"]

#: The settings that say where something is answered besides operations
PATHS = ("liveness_path", "readiness_path", "startup_path", "metrics")

#: Of headers. Source: RFC 9110, section 5.6.2
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
#: dict: scheme of broker_url -> the extra that installs what it needs, and what that is
_LIBRARIES = {
    "redis": ("async", ("celery", "redis")),
    "rediss": ("async", ("celery", "redis")),
    "sqs": ("sqs", ("celery", "boto3")),
}
#: Of a table there are at least 3 behind it. Source: DynamoDB Developer Guide, "Supported data types and naming rules"
_is_prefix = re.compile(r"[A-Za-z0-9_.-]{0,252}").fullmatch
_HERE = ("localhost", "127.0.0.1", "::1")


def faults(
    values: Mapping[str, Any], broken: Mapping[str, Finding], places: Mapping[str, Place], dev: bool
) -> Iterator[Finding]:
    """Of *values*, which came from *places*. *broken*: the keys of which something was said already."""
    yield from _jwt_findings(values, broken, places, dev)
    yield from _aws_findings(values, places)
    yield from _store_findings(values, places)
    yield from _broker_findings(values, places)
    yield from _cors_findings(values, broken, places)
    yield from _report_findings(values, places)
    yield from _mail_findings(values, places)
    yield from _queue_findings(values, places)
    yield from _kept_findings(values, places)
    yield from _path_findings(values, places)
    if values.get("clients"):
        yield from clients.findings(values["clients"], places["clients"], values.get("env_secrets") or ())


def _jwt_findings(
    values: Mapping[str, Any], broken: Mapping[str, Finding], places: Mapping[str, Place], dev: bool
) -> Iterator[Finding]:
    secrets = values.get("jwt_secret")
    given = [secrets] if isinstance(secrets, str) else secrets or []
    for index, secret in enumerate(given):
        place = places["jwt_secret"].at(*([] if isinstance(secrets, str) else [str(index)]), masked=True)
        mend = "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        length = len(secret.encode("utf-8", "surrogatepass"))
        if "-----BEGIN " in secret:
            fact = "jwt_secret is a PEM file; if its key is a public one, everybody can sign tokens"
            yield place.finding("weak-secret", fact, "Name PEM files in jwt_key_files")
        elif length < 32:
            fact = f"jwt_secret has {length} bytes; HS256 needs 32 or more, or the key can be guessed"
            yield place.finding("weak-development-secret" if dev else "weak-secret", fact, mend)
        elif place.node is not None and place.node.value == secret:
            fact = "jwt_secret stands in the file itself: who can read the file can sign tokens"
            yield place.finding("plain-secret", fact, "Write the name of an environment variable that holds it")
    owner = "jwt_secret" if secrets is not None else "jwt_key_files" if values.get("jwt_key_files") else None
    for key in ("jwt_issuer", "jwt_audience") if owner else ():
        if key not in broken and not values.get(key):
            fact = f"{owner} is set, but {key} is not: no token can be made or verified"
            mend = f"Add a line such as: {key}: {'https://example.com' if key == 'jwt_issuer' else 'myservice'}"
            yield replace(places[str(owner)], masked=True).finding("missing-setting", fact, mend, key=True)


def _aws_findings(values: Mapping[str, Any], places: Mapping[str, Place]) -> Iterator[Finding]:
    """Of keys that stand in the file itself."""
    for key in AWS_KEYS:
        place, value = places.get(key), values.get(key)
        if (
            value
            and place is not None
            and place.node is not None
            and place.node.value == value
            and not clients.is_constant(value)
        ):
            fact = f"{key} stands in the file itself: who can read the file can ask AWS with it"
            mend = "Write the name of an environment variable that holds it"
            yield replace(place, masked=True).finding("plain-secret", fact, mend)


def _store_findings(values: Mapping[str, Any], places: Mapping[str, Place]) -> Iterator[Finding]:
    for key in ("idempotency_store", "rate_limit_store"):
        if key not in values or values[key] == "memory":
            continue
        if values[key].startswith(stores.SCHEMES):
            wrong = stores.fault(values[key])
            if wrong is None:
                continue
            fact, mend = f"{key} is the URL of a Redis that cannot be used: {wrong}", stores.ENCODE
        else:
            fact = f"{key} is neither memory nor the URL of a Redis"
            mend = "Write redis://host:6379/0, or the name of a variable that stands in env_secrets and holds it"
        yield replace(places[key], masked=True).finding("config-type", fact, mend)


def _broker_findings(values: Mapping[str, Any], places: Mapping[str, Place]) -> Iterator[Finding]:
    wrong = stores.broker_fault(values.get("broker_url") or "")
    if wrong is not None:
        yield replace(places["broker_url"], masked=True).finding("config-type", *wrong)


def _cors_findings(
    values: Mapping[str, Any], broken: Mapping[str, Finding], places: Mapping[str, Place]
) -> Iterator[Finding]:
    if values.get("cors_credentials") is True and values.get("cors") is True and "cors" not in broken:
        fact = "cors_credentials is true, and cors lets scripts of every origin call"
        mend = "Name the origins that may: cors: [https://www.example.com]"
        yield places["cors_credentials"].finding("cors-credentials", fact, mend)
    for index, name in enumerate(values.get("cors_expose") or ()):
        if "cors_expose" not in broken and not _NAME.fullmatch(name):
            mend = "Write names such as RateLimit, or * for all where there are no credentials"
            yield places["cors_expose"].at(str(index)).finding("config-type", f"{name!r} is no name of a header", mend)


def _report_findings(values: Mapping[str, Any], places: Mapping[str, Place]) -> Iterator[Finding]:
    webhook, dsn = values.get("report_webhook"), values.get("sentry_dsn")
    if webhook and not _is_url(webhook):
        mend = "Name a variable that holds the URL that your Slack gave you, and list it in env_secrets"
        fact = "report_webhook is no URL such as https://hooks.slack.com/services/..."
        yield replace(places["report_webhook"], masked=True).finding("config-type", fact, mend)
    if dsn and not (_is_url(dsn) and urlsplit(dsn).username and urlsplit(dsn).path.strip("/")):
        mend = "Name a variable that holds the DSN that Sentry shows for the project, and list it in env_secrets"
        fact = "sentry_dsn is no DSN such as https://KEY@HOST/PROJECT"
        yield replace(places["sentry_dsn"], masked=True).finding("config-type", fact, mend)
    if dsn and find_spec("sentry_sdk") is None:
        fact, mend = "sentry_dsn is set, but sentry-sdk is not installed", "pip install 'pymacaron[sentry]'"
        yield replace(places["sentry_dsn"], masked=True).finding("config-type", fact, mend)


def _mail_findings(values: Mapping[str, Any], places: Mapping[str, Place]) -> Iterator[Finding]:
    addresses = [("report_email_to", address) for address in values.get("report_email_to") or ()]
    if values.get("report_email_from"):
        addresses.append(("report_email_from", values["report_email_from"]))
    for key, address in addresses:
        if "@" not in address or not address.isprintable():
            fact = f"{brief(address)} is no e-mail address"
            yield places[key].finding("config-type", fact, "Write one such as ops@example.com")
    host = values.get("smtp_host") or _HERE[0]
    if values.get("smtp_user") and values.get("smtp_security") == "off" and host not in _HERE:
        fact = "smtp_user is set, and smtp_security is off: the password would cross the network in clear"
        yield places["smtp_security"].finding("config-type", fact, "Write smtp_security: starttls, or tls")


def _queue_findings(values: Mapping[str, Any], places: Mapping[str, Place]) -> Iterator[Finding]:
    """Of a queue whose libraries are not installed: no task could be sent, and no worker started."""
    scheme = str(values.get("broker_url") or "").partition("://")[0]
    if scheme not in _LIBRARIES:
        return
    extra, names = _LIBRARIES[scheme]
    missing = [name for name in names if find_spec(name) is None]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        fact = f"broker_url begins with {scheme}://, but {' and '.join(missing)} {verb} not installed"
        mend = f"pip install 'pymacaron[{extra}]'"
        yield replace(places["broker_url"], masked=True).finding("config-type", fact, mend)


def _kept_findings(values: Mapping[str, Any], places: Mapping[str, Place]) -> Iterator[Finding]:
    """Of a store of models that cannot be asked, and of names that no table can have."""
    prefix = values.get("table_prefix")
    if prefix and _is_prefix(prefix) is None:
        fact = f"table_prefix is {prefix!r:.80}, and no name of a table can begin so"
        mend = "Write at most 252 letters, digits, '_', '-' and '.', such as staging-"
        yield places["table_prefix"].finding("config-type", fact, mend)
    url = values.get("store_url")
    scheme, colon, rest = str(url or "").partition("://")
    is_host = scheme == "sqlite" and bool(rest) and not rest.startswith("/")
    if not url or (colon and scheme in ("sqlite", "memory") and not is_host):
        return
    if is_host:
        fact = "store_url has a host behind sqlite://, and a file has none"
        mend = "Write sqlite:///FILE, with three slashes, for one beside the service, or sqlite:////FOLDER/FILE"
    elif not colon or scheme != "dynamodb":
        fact = "store_url names no store"
        mend = "Write dynamodb://, sqlite:///FILE or memory://, or leave it out for a file beside the service"
    elif find_spec("boto3") is None:
        fact, mend = (
            "store_url begins with dynamodb://, but boto3 is not installed",
            "pip install 'pymacaron[dynamodb]'",
        )
    elif not _names_place(str(url)):
        fact, mend = "store_url names no host and port", "Write dynamodb://HOST:PORT, or dynamodb:// for AWS"
    else:
        return
    yield replace(places["store_url"], masked=True).finding("config-type", fact, mend)


def _names_place(url: str) -> bool:
    """Whether *url* has nothing but a host and a port behind its scheme, or nothing."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return not parts.netloc or (bool(parts.hostname) and port != 0 and not parts.netloc.endswith(":"))


def _path_findings(values: Mapping[str, Any], places: Mapping[str, Place]) -> Iterator[Finding]:
    taken: dict[str, str] = {}
    for key in sorted(PATHS, key=lambda key: key in places):  # those that somebody gave are told
        path = values.get(key)
        if path and path in taken:
            fact = f"{key} is {brief(path)}, and so is {taken[path]}: one of them is answered there"
            yield places[key].finding("setting-clash", fact, "Give it a path of its own, or false")
        elif path:
            taken[path] = key


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        has_host = bool(parts.hostname) and parts.port != 0  # a port that is none raises
        return parts.scheme in ("http", "https") and has_host and text.isprintable() and not re.search(r"\s", text)
    except ValueError:
        return False
