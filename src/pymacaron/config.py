"""
pym-config.yaml and the environment -> one object, behind get_config(): every problem at once, secrets never shown.

Precedence: assignments and `API(settings=...)`, then the environment `PYM_<KEY>`, then the file, then the default in
SETTINGS. `resolve` is pure: a document and an environment give a Resolved; the facade that get_config() returns keeps
the latest one. What the framework asks for are functions of this module, since every name of the facade may be a key.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pymacaron.exceptions import ConfigError
from pymacaron.finding import Finding, FindingsError, did_you_mean, nearest, sorted_findings, text
from pymacaron.source import Document, Node, read

__all__ = [
    "FILE",
    "MASK",
    "SETTINGS",
    "Config",
    "Resolved",
    "Setting",
    "brief",
    "demand",
    "find_file",
    "finding",
    "findings",
    "folder",
    "freeze",
    "get_config",
    "is_dev",
    "is_secret",
    "load",
    "require_file",
    "reset",
    "resolve",
    "resolved",
    "secret_values",
    "validate",
]

FILE = "pym-config.yaml"
MASK = "********"
_ENVIRONMENT = "environment"
_SETTINGS = "API(settings=...)"
#: How the URL of a Redis begins
_STORES = ("redis://", "rediss://", "unix://")
#: What every counter on the way can hold
_MOST = 2**63 - 1

#: What signs JWTs with key pairs
_ASYMMETRIC = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")

Number = TypeVar("Number", int, float)


@dataclass(frozen=True, slots=True)
class Setting:
    """
    One key that the framework knows. `kind`: text, whole (number), number, switch, names (list of text), origins (of
    CORS: a switch or list of text), secrets (a text or a list of text), issuers (of tokens: a list of maps, or of text
    that stands for one with that `issuer`), path (of a URL; "": none), or choice. `default` None: not set. `demanded`:
    reading it unset is an error. `most`: of a number. `example`: a value for messages, of a number without a default.
    """

    name: str
    kind: str
    default: Any
    doc: str
    choices: tuple[str, ...] = ()
    secret: bool = False
    demanded: bool = False
    assignable: bool = False
    most: int = _MOST
    example: int | None = None


#: dict: key of pym-config.yaml -> Setting
SETTINGS: Mapping[str, Setting] = {
    setting.name: setting
    for setting in (
        Setting("name", "text", None, "a short name for this project, also used for its environments", demanded=True),
        Setting("live_host", "text", None, "URL of the live server that runs this service", demanded=True),
        Setting("live_url", "text", None, "URL of the live service; live_host where it is not set", demanded=True),
        Setting("env_secrets", "names", (), "names of environment variables that hold secrets"),
        Setting(
            "jwt_secret",
            "secrets",
            None,
            "key of the JWTs (HS256, 32 bytes or more), or a list: the first signs, all verify",
            secret=True,
        ),
        Setting(
            "jwt_algorithm",
            "choice",
            "HS256",
            "what signs the JWTs: HS256 with jwt_secret, the others with jwt_key_files",
            choices=("HS256", *_ASYMMETRIC),
        ),
        Setting("jwt_key_files", "names", (), "PEM files with the keys of the JWTs: the first signs, all verify"),
        Setting(
            "jwt_issuers",
            "issuers",
            (),
            "who else issues tokens that count, each with issuer, audience, jwks (a URL or a file) and algorithms",
        ),
        Setting(
            "jwt_leeway", "whole", 300, "seconds that clocks may differ by, for exp, nbf and iat of JWTs", most=3600
        ),
        Setting("jwt_audience", "text", None, "audience (aud) of the JWTs"),
        Setting("jwt_issuer", "text", None, "issuer (iss) of the JWTs"),
        Setting("jwt_token_timeout", "whole", 86400, "seconds that a new JWT is valid"),
        Setting("default_user_id", "text", None, "user id of JWTs made for nobody in particular", assignable=True),
        Setting(
            "report_call_exceeding_ms",
            "number",
            1000,
            "milliseconds from which on a call is reported as slow; 0 reports none",
            assignable=True,
        ),
        Setting(
            "report_errors",
            "switch",
            True,
            "whether crashes, slow calls and report_error() are reported at all",
            assignable=True,
        ),
        Setting(
            "report_window_s",
            "number",
            60,
            "seconds in which the same crash is reported once, and then counted; 0 reports each",
        ),
        Setting("reports_per_minute", "whole", 60, "reports that are sent in a minute, the others are counted; 0: all"),
        Setting("report_timeout_s", "number", 10, "seconds that a webhook, an SMTP server or Sentry may take"),
        Setting("report_log", "switch", None, "whether reports are logged; not set: where they go nowhere else"),
        Setting("report_webhook", "text", None, "URL of a Slack-compatible webhook for reports", secret=True),
        Setting("report_email_to", "names", (), "addresses that reports are mailed to"),
        Setting("report_email_from", "text", None, "address that reports are mailed from; else the first of those"),
        Setting("smtp_host", "text", None, "SMTP server that mails reports (localhost)"),
        Setting(
            "smtp_port",
            "whole",
            None,
            "its port; 587 with starttls, 465 with tls, 25 without",
            most=65_535,
            example=587,
        ),
        Setting(
            "smtp_security",
            "choice",
            "starttls",
            "how the connection to it is encrypted: starttls, tls, or off",
            choices=("starttls", "tls", "off"),
        ),
        Setting("smtp_user", "text", None, "who logs in there"),
        Setting("smtp_password", "text", None, "password of smtp_user", secret=True),
        Setting("sentry_dsn", "text", None, "DSN of a Sentry project for reports (extra `sentry`)", secret=True),
        Setting("debug", "switch", False, "development mode: API(debug=True), --debug or PYM_ENV=dev, never a file"),
        Setting(
            "response_validation",
            "choice",
            None,
            "what becomes of a reply that does not fit its description; strict in development, report in production; "
            "true is strict, false is off",
            choices=("strict", "report", "off"),
        ),
        Setting(
            "response_sample",
            "number",
            None,
            "share of replies, 0 to 1, that `report` looks at; not set: the first 100 of each operation, then 0.01",
            example=1,
            most=1,
        ),
        Setting(
            "unknown_parameters",
            "choice",
            "ignore",
            "what becomes of query parameters and Swagger 2.0 form fields that are not described: ignore or refuse",
            choices=("ignore", "refuse"),
        ),
        Setting("security", "switch", True, "whether the security requirements of descriptions are enforced"),
        Setting("ignore_base_path", "switch", False, "serve at the root, whatever basePath or servers say"),
        Setting(
            "dispatch",
            "choice",
            "direct",
            "how calls reach operations: direct, or stock for Flask's own dispatch",
            choices=("direct", "stock"),
        ),
        Setting(
            "docs",
            "choice",
            None,
            "who may see the pages of /doc: public, auth (whoever has a token) or off; not set: public in development "
            "and where publish_apis() is called, else off; true is public, false is off",
            choices=("public", "auth", "off"),
        ),
        Setting("cors", "origins", True, "whose scripts may call: true for anybody's, false, or a list of origins"),
        Setting("cors_credentials", "switch", False, "whether they may send cookies; cors must be a list of origins"),
        Setting("cors_methods", "names", (), "methods that they may use; not set: those that a path has"),
        Setting(
            "security_headers",
            "choice",
            "usual",
            "headers of every reply against abuse in browsers: usual, strict (no frames, no scripts, no referrer) or "
            "off; true is usual, false is off",
            choices=("usual", "strict", "off"),
        ),
        Setting(
            "hsts_max_age",
            "whole",
            None,
            "seconds that browsers are to use HTTPS only, for a service that has nothing else",
            example=31_536_000,
        ),
        Setting("compress", "switch", True, "whether replies are compressed for callers that take it"),
        Setting("compress_min_bytes", "whole", 1024, "bytes from which on a reply is compressed"),
        Setting("max_document_bytes", "whole", 50_000_000, "bytes that a description may have"),
        Setting("max_content_length", "whole", None, "bytes that a request's body may have", example=10_000_000),
        Setting("max_form_parts", "whole", None, "parts that a multipart body may have (1000)", example=1000),
        Setting(
            "max_form_memory_size",
            "whole",
            None,
            "bytes that the fields of a multipart form may have (500000)",
            example=500_000,
        ),
        Setting("max_item_bytes", "whole", 1_000_000, "bytes that one item of a request's stream may have"),
        Setting(
            "idempotency_store",
            "text",
            "memory",
            "where Idempotency-Keys and their replies are kept: memory, of each process, or a redis:// URL",
        ),
        Setting("idempotency_keep_s", "whole", 86_400, "seconds that a reply is kept under its Idempotency-Key"),
        Setting("idempotency_hold_s", "whole", 60, "seconds until the key of a call that never ends is free again"),
        Setting("idempotency_max_bytes", "whole", 1_000_000, "bytes that a reply may have to be kept under its key"),
        Setting(
            "rate_limit_store",
            "text",
            "memory",
            "where the calls of x-rate-limit are counted: memory, of each process, or a redis:// URL",
        ),
        Setting(
            "rate_limit_without_store",
            "choice",
            "pass",
            "what becomes of calls with x-rate-limit while the store is down: pass or refuse",
            choices=("pass", "refuse"),
        ),
        Setting(
            "server_port",
            "whole",
            None,
            "port to listen on, where neither --port nor PORT is given (80)",
            most=65_535,
            example=8080,
        ),
        Setting("log_format", "choice", "text", "how the log is written: text or json", choices=("text", "json")),
        Setting("access_log", "switch", False, "whether there is a line in the log for each request"),
        Setting("liveness_path", "path", "/livez", "where a process says that it lives; false: nowhere"),
        Setting("readiness_path", "path", "/readyz", "where it says whether it is ready for calls; false: nowhere"),
        Setting("startup_path", "path", "/startupz", "where it says whether it has been ready once; false: nowhere"),
        Setting("readiness_timeout", "number", 1, "seconds that the checks of readiness have together", most=3600),
        Setting(
            "shutdown_delay",
            "number",
            3,
            "seconds between a SIGTERM, from which on readiness fails, and the end of accepting calls",
            most=600,
        ),
        Setting("worker_count", "whole", None, "worker processes of the production server", example=3),
        Setting("with_async", "switch", False, "whether asynctasks are run by Celery"),
        Setting("aws_user", "text", None, "name of the IAM user that creates the Beanstalk environment"),
        Setting("aws_keypair", "text", None, "name of the ssh keypair to put on the instances"),
        Setting("aws_instance_type", "text", None, "type of the EC2 instances, such as t2.micro"),
        Setting("aws_cert_arn", "text", None, "ARN of the load balancer's certificate; with it the service is https"),
        Setting("aws_region", "text", None, "AWS region"),
        Setting("aws_default_region", "text", None, "AWS region where aws_region is not set"),
        Setting("aws_access_key_id", "text", None, "AWS access key", secret=True),
        Setting("aws_secret_access_key", "text", None, "AWS secret key", secret=True),
        Setting("aws_hosts_min", "whole", None, "instances at least", example=1),
        Setting("aws_hosts_max", "whole", None, "instances at most", example=4),
        Setting("docker_repo", "text", None, "organization or user of hub.docker.com that images are pushed to"),
        Setting("docker_bucket", "text", None, "S3 bucket of the service's Amazon configuration"),
    )
}

#: Variables with the prefix of settings that are something else
_OTHER_VARIABLES = frozenset(("PYM_DEBUG", "PYM_ENV", "PYM_SERVER_HOST", "PYM_JWT_TOKEN", "PYM_CONTAINER_VERSION"))

#: A path of a URL without variables, a query, or what would have to be encoded
_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)+")

_SECRET_WORDS = ("secret", "password", "passwd", "token", "authorization", "credential", "api_key", "apikey", "private")


def is_secret(key: str) -> bool:
    """Whether the value of *key* is never shown: a setting that is a secret, or an own key that is named like one."""
    setting = SETTINGS.get(key)
    if setting is not None:
        return setting.secret
    lower = key.lower().replace("-", "_")
    if any(word in lower for word in _SECRET_WORDS):
        return True
    match = _near(key)
    return match is not None and SETTINGS[match].secret


@dataclass(frozen=True, slots=True)
class Resolved:
    """
    A config as it is in force. `values`: dict of key -> value, settings with their defaults and the user's own keys.

    `broken`: dict of key -> what is wrong with it; such a key is not in `values`. `masked`: the keys not to be shown.
    """

    values: Mapping[str, Any]
    broken: Mapping[str, Finding]
    masked: frozenset[str]
    findings: tuple[Finding, ...]
    dev: bool
    #: Where each value that was given comes from
    places: Mapping[str, _Place]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a value was given: a member of the file, or `API(settings=...)`, or the variable *key*."""

    key: str
    label: str
    node: Node | None = None
    #: Whether it must not be shown
    masked: bool = False

    def at(self, *path: str, masked: bool | None = None) -> _Place:
        """A member below this one."""
        node = self.node
        for step in path:
            node = node.child(int(step) if isinstance(node.value, list) else step) if node is not None else None
        return replace(self, node=node, masked=self.masked if masked is None else masked)

    def finding(self, code: str, fact: str, mend: str = "", *, key: bool = False) -> Finding:
        if self.node is None:
            return Finding(self.label, 0, 0, code, fact, mend)
        found = self.node.finding(code, fact, mend, key=key)
        if not self.masked:
            return found
        if key:
            return replace(found, source=f"{found.source.partition(':')[0]}: {MASK}")
        return replace(found, source=found.source[: found.column - 1] + MASK, width=len(MASK))

    def __str__(self) -> str:
        if self.node is None:
            return self.key if self.label == _ENVIRONMENT else f"{self.key} in {self.label}"
        return f"{self.key} (line {self.node.document.position(self.node.pointer).line})"


def resolve(
    document: Document | None,
    settings: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
    assigned: Mapping[str, Any] | None = None,
) -> Resolved:
    """
    The config that *assigned* and *settings* (plain values), *environ* (dict of variables) and the pym-config.yaml in
    *document* give; the first of them that has a key wins.

    Raises nothing: what is wrong stands in `.findings`.
    """
    environ = {} if environ is None else environ
    found: list[Finding] = []
    given, places = _given(document, settings or {}, environ, assigned or {}, found)
    values: dict[str, Any] = {}
    broken: dict[str, Finding] = {}
    for key, value in given.items():
        setting = SETTINGS.get(key)
        if setting is None:
            values[key] = value
            continue
        if value is None:
            continue
        try:
            values[key] = _KINDS[setting.kind](value, setting, places[key].label == _ENVIRONMENT)
        except _Unfit as unfit:
            fact = f"{places[key].key} is {_shown(setting, value)}, {unfit}"
            example = _example(setting, value)
            in_environment = places[key].label == _ENVIRONMENT
            mend = f"Set it as in: export {places[key].key}={example}" if in_environment else f"Write {key}: {example}"
            broken[key] = places[key].finding("config-type", fact, mend)
    masked = {key for key in given if is_secret(key)}
    missing = _substitute(values, places, environ, masked)
    for key, finding in missing:
        found.append(finding)
        if key:
            values.pop(key, None)
            broken[key] = finding
    found += [finding for finding in broken.values() if finding not in found]
    for setting in SETTINGS.values():
        if setting.name not in broken and values.get(setting.name) is None:
            values[setting.name] = list(setting.default) if isinstance(setting.default, tuple) else setting.default
    if "live_host" in values and values.get("live_url", "") is None:
        values["live_url"] = values["live_host"]
    dev = values.get("debug") is True or environ.get("PYM_ENV") == "dev"
    values["debug"] = dev
    if values.get("response_validation", "") is None:
        values["response_validation"] = "strict" if dev else "report"
    found += _jwt_findings(values, broken, places, dev)
    found += _store_findings(values, places)
    found += _cors_findings(values, broken, places)
    found += _file_findings(document, values)
    return Resolved(values, broken, frozenset(masked), tuple(sorted_findings(found)), dev, places)


def _given(
    document: Document | None,
    settings: Mapping[Any, Any],
    environ: Mapping[str, str],
    assigned: Mapping[str, Any],
    found: list[Finding],
) -> tuple[dict[str, Any], dict[str, _Place]]:
    """Every key that somebody gave, with the value that wins and its place. An empty variable gives nothing."""
    values: dict[str, Any] = {}
    places: dict[str, _Place] = {}
    root = Node(document.value, document) if document is not None else None
    if root is not None and root.value is not None and not isinstance(root.value, dict):
        mend = "Write one key and value on each line, as in: name: myservice"
        fact = f"the config is {_kind_of(root.value)}, not keys and values"
        # Without keys, nothing tells what of it is a secret
        found.append(replace(root.finding("config-type", fact, mend), source=""))
    for key, node in root.members() if root is not None else ():
        if key == "debug":
            fact = "debug in a file does nothing: a forgotten one would open a live service"
            found.append(node.finding("config-key", fact, "Start with --debug, or set PYM_ENV=dev", key=True))
            continue
        values[key] = node.value
        places[key] = _Place(key, key, node, is_secret(key))
    by_variable = {f"PYM_{key.upper()}": key for key in (*values, *SETTINGS)}
    for variable, content in environ.items():
        if not variable.startswith("PYM_") or not content or variable in _OTHER_VARIABLES:
            continue
        known = by_variable.get(variable)
        if known is not None:
            place = _Place(variable, _ENVIRONMENT)
            values[known] = content if known in SETTINGS else _like(values[known], content, place, found)
            places[known] = place
        elif match := _near(variable[4:].lower()):
            fact = f"no setting belongs to the variable {variable}"
            found.append(Finding(_ENVIRONMENT, 0, 0, "config-key", fact, f"Did you mean PYM_{match.upper()}?"))
    for key, value in settings.items():
        if not isinstance(key, str):
            fact = f"the key {brief(key)} is {_kind_of(key)}, not a text"
            found.append(Finding(_SETTINGS, 0, 0, "config-type", fact, 'Write settings={"debug": True}'))
            continue
        values[key] = value
        places[key] = _Place(key, _SETTINGS)
        if key not in SETTINGS and (match := _near(key)):
            found.append(places[key].finding("config-key", f"{key!r} is no setting", f"Did you mean {match!r}?"))
    for key, value in assigned.items():
        values[key] = value
        places[key] = _Place(key, "get_config()")
    return values, places


def _like(value: Any, content: str, place: _Place, found: list[Finding]) -> Any:
    """The *content* of a variable, of the type that the file's *value* of an own key has."""
    try:
        if isinstance(value, bool):
            return _SWITCH[content.strip().lower()]
        if isinstance(value, (int, float)):
            return type(value)(content)
    except (KeyError, ValueError):
        found.append(
            place.finding(
                "config-type", f"{place.key} is not {_kind_of(value)}, as the file has it", "Give one of that kind"
            )
        )
        return value
    return [part.strip() for part in content.split(",")] if isinstance(value, list) else content


@lru_cache(maxsize=1024)
def _near(key: str) -> str | None:
    """The setting that *key* is a misspelling of. Stricter than did_you_mean: keys of the user's own are welcome."""
    match = nearest(key, SETTINGS)
    if match is None or SequenceMatcher(None, key.lower(), match).ratio() < 0.85:
        return None
    return match


def _file_findings(document: Document | None, values: Mapping[str, Any]) -> Iterator[Finding]:
    if document is None or not isinstance(document.value, dict):
        return
    root = Node(document.value, document)
    for key, node in root.members():
        match = None if key in SETTINGS else _near(key)
        if match is not None and match not in document.value:
            mend = f"Did you mean {match!r}?"
            place = _Place(key, key, node, is_secret(match))
            yield place.finding("config-key", f"{key!r} is a key of your own, not a setting", mend, key=True)


def _substitute(
    values: dict[str, Any], places: Mapping[str, _Place], environ: Mapping[str, str], masked: set[str]
) -> list[tuple[str, Finding]]:
    """
    Put the content of variables where their names stand, in *values*: those of env_secrets, and any that a jwt_* names.

    Returns what is missing: the key that it leaves without a value ('' where there is none), and the Finding.
    """
    missing: list[tuple[str, Finding]] = []
    secrets = values.get("env_secrets") or []
    users: dict[str, list[str]] = {}
    for key, value in values.items():
        for one in [value] if isinstance(value, str) else value if _is_secrets(key, value) else ():
            users.setdefault(one, []).append(key)
    for index, name in enumerate(secrets):
        for key in users.get(name, ()):
            masked.add(key)
            if environ.get(name):
                values[key] = _in_place(values[key], name, environ[name])
        if environ.get(name):
            continue
        place = places["env_secrets"]
        at = place.at(str(index)) if place.node is not None and isinstance(place.node.value, list) else place
        if not _is_variable(name):
            fact = f"env_secrets names the variables that hold secrets; its entry {index + 1} cannot be such a name"
            missing.append(("", at.at(masked=True).finding("missing-secret", fact, "Write names, never the secrets")))
            continue
        fact = f"{name} is {'empty' if name in environ else 'not set'}; env_secrets asks for it"
        if name in users:
            fact += ", and so does " + ", ".join(str(places[key]) for key in users[name] if key in places)
        finding = at.finding("missing-secret", fact, f"Set it with: export {name}=...")
        missing.append(("", finding))
        missing += [(key, finding) for key in users.get(name, ())]
    for key, given in [(key, value) for key, value in values.items() if key.startswith("jwt_")]:
        if key in SETTINGS and SETTINGS[key].kind == "choice":
            continue
        for index, value in enumerate([given] if isinstance(given, str) else given if _is_secrets(key, given) else ()):
            if value in secrets:
                continue
            if environ.get(value):
                values[key] = _in_place(values[key], value, environ[value])
                masked.add(key)
            elif key == "jwt_secret" and _is_constant(value):
                place = places[key].at(*([] if isinstance(given, str) else [str(index)]), masked=False)
                fact = f"{value} is {'empty' if value in environ else 'not set'}; {places[key].key} asks for it"
                missing.append((key, place.finding("missing-secret", fact, f"Set it with: export {value}=...")))
    return missing


def _is_secrets(key: str, value: Any) -> bool:
    """Whether *value* is a list of secrets."""
    return key in SETTINGS and SETTINGS[key].kind == "secrets" and isinstance(value, list)


def _in_place(value: str | list[str], name: str, content: str) -> str | list[str]:
    """*value* with the *content* of the variable *name* where it says that name."""
    return content if isinstance(value, str) else [content if one == name else one for one in value]


def _jwt_findings(
    values: Mapping[str, Any], broken: Mapping[str, Finding], places: Mapping[str, _Place], dev: bool
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
    owner = "jwt_secret" if secrets is not None else "jwt_key_files" if values.get("jwt_key_files") else None
    for key in ("jwt_issuer", "jwt_audience") if owner else ():
        if key not in broken and not values.get(key):
            fact = f"{owner} is set, but {key} is not: no token can be made or verified"
            mend = f"Add a line such as: {key}: {'https://example.com' if key == 'jwt_issuer' else 'myservice'}"
            yield replace(places[str(owner)], masked=True).finding("missing-setting", fact, mend, key=True)


def _store_findings(values: Mapping[str, Any], places: Mapping[str, _Place]) -> Iterator[Finding]:
    for key in ("idempotency_store", "rate_limit_store"):
        if key not in values or values[key] == "memory" or values[key].startswith(_STORES):
            continue
        fact = f"{key} is neither memory nor the URL of a Redis"
        mend = "Write redis://host:6379/0, or the name of a variable that stands in env_secrets and holds it"
        yield replace(places[key], masked=True).finding("config-type", fact, mend)


def _cors_findings(
    values: Mapping[str, Any], broken: Mapping[str, Finding], places: Mapping[str, _Place]
) -> Iterator[Finding]:
    if values.get("cors_credentials") is True and values.get("cors") is True and "cors" not in broken:
        fact = "cors_credentials is true, and cors lets scripts of every origin call"
        mend = "Name the origins that may: cors: [https://www.example.com]"
        yield places["cors_credentials"].finding("cors-credentials", fact, mend)


class _Unfit(Exception):
    """A value is not of a setting's kind; the text says what is wanted."""


def _text(value: Any, setting: Setting, from_environ: bool) -> str:
    if isinstance(value, str):
        return value
    raise _Unfit("not a text")


def _whole(value: Any, setting: Setting, from_environ: bool) -> int:
    if from_environ and isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        # More digits than that are too many, and Python refuses thousands of them
        digits = value.strip().lstrip("0") or "0"
        value = int(digits) if len(digits) < 20 else _MOST + 1
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return _bounded(value, setting)
    raise _Unfit("not a whole number")


def _bounded(value: Number, setting: Setting) -> Number:
    if value > setting.most:
        raise _Unfit(f"more than {setting.most}")
    return value


def _number(value: Any, setting: Setting, from_environ: bool) -> float:
    if from_environ and isinstance(value, str):
        try:
            value = float(value)
            value = int(value) if value.is_integer() else value
        except ValueError:
            raise _Unfit("not a number") from None
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < float("inf"):
        return _bounded(value, setting)
    raise _Unfit("not a number of 0 or more")


_SWITCH = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


def _switch(value: Any, setting: Setting, from_environ: bool) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in _SWITCH:
        return _SWITCH[value.strip().lower()]
    raise _Unfit("not true or false")


def _names(value: Any, setting: Setting, from_environ: bool) -> list[str]:
    if isinstance(value, str):
        return [name.strip() for name in value.split(",") if name.strip()]
    if isinstance(value, (list, tuple)) and all(isinstance(name, str) for name in value):
        return list(value)
    raise _Unfit("not a list of texts")


def _secrets(value: Any, setting: Setting, from_environ: bool) -> str | list[str]:
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple)) and value and all(isinstance(one, str) and one for one in value):
        return list(value)
    raise _Unfit("not a text, nor a list of texts")


def _issuers(value: Any, setting: Setting, from_environ: bool) -> list[dict[str, Any]]:
    """Each with `issuer`, `audience` and `jwks` (None where it is not given) and `algorithms`, a list."""
    given = [one.strip() for one in value.split(",") if one.strip()] if isinstance(value, str) else value
    if not isinstance(given, (list, tuple)):
        raise _Unfit("not a list")
    found = []
    for one in given:
        entry = {"issuer": one} if isinstance(one, str) else one
        texts = {"issuer", "audience", "jwks"}
        if not isinstance(entry, dict) or not entry.get("issuer") or set(entry) - texts - {"algorithms"}:
            raise _Unfit("not a list of maps with issuer, and maybe audience, jwks and algorithms")
        if not all(isinstance(entry.get(name, ""), str) for name in texts):
            raise _Unfit("whose issuer, audience and jwks are not all texts")
        algorithms = entry.get("algorithms", [])
        if not isinstance(algorithms, list) or not all(name in _ASYMMETRIC for name in algorithms):
            raise _Unfit(f"whose algorithms are not a list of some of {', '.join(_ASYMMETRIC)}")
        found.append({**{name: entry.get(name) for name in sorted(texts)}, "algorithms": list(algorithms)})
    return found


def _origins(value: Any, setting: Setting, from_environ: bool) -> bool | list[str]:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in _SWITCH:
        return _SWITCH[value.strip().lower()]
    try:
        origins = _names(value, setting, from_environ)
    except _Unfit:
        raise _Unfit("not true, false or a list of origins such as https://example.com") from None
    return True if "*" in origins else origins


def _path(value: Any, setting: Setting, from_environ: bool) -> str:
    if isinstance(value, str) and value.strip().lower() in ("off", "false", "no", ""):
        value = False
    if isinstance(value, bool):
        return setting.default if value else ""
    if isinstance(value, str) and _PATH.fullmatch(value):
        return value
    raise _Unfit("not false, nor a path such as /livez")


def _choice(value: Any, setting: Setting, from_environ: bool) -> str:
    if "off" in setting.choices:  # YAML reads off as false
        switched = _SWITCH.get(value.strip().lower()) if from_environ and isinstance(value, str) else value
        if isinstance(switched, bool):
            return setting.choices[0] if switched else "off"
    if isinstance(value, str):
        for choice in setting.choices:
            if choice.lower() == value.strip().lower():
                return choice
    raise _Unfit(f"not one of {', '.join(setting.choices)}")


_KINDS: Mapping[str, Callable[[Any, Setting, bool], Any]] = {
    "text": _text,
    "whole": _whole,
    "number": _number,
    "switch": _switch,
    "names": _names,
    "secrets": _secrets,
    "issuers": _issuers,
    "origins": _origins,
    "path": _path,
    "choice": _choice,
}


_EXAMPLES = {
    "path": "/livez",
    "secrets": '"a text in quotes"',
    "issuers": "[{issuer: 'https://login.example.com', audience: shop}]",
    "text": '"a text in quotes"',
    "switch": "true",
    "names": "[ONE, TWO]",
}


def _example(setting: Setting, value: Any) -> str:
    """A value of the setting's kind, as it is written in YAML, like *value* where that is possible."""
    if setting.kind == "text" and not setting.secret and isinstance(value, (int, float)) and not _is_huge(value):
        return f'"{value}"'
    if setting.choices:
        return (nearest(value, setting.choices) if isinstance(value, str) else None) or setting.choices[0]
    if setting.kind in ("whole", "number"):
        return str(setting.example if setting.default is None else setting.default)
    return _EXAMPLES.get(setting.kind, "[https://example.com]")


def _kind_of(value: Any) -> str:
    kinds = {dict: "a map", list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"}
    return kinds.get(type(value), "something else")


def _shown(setting: Setting, value: Any) -> str:
    """*value* for a message: nothing of a secret, at most 80 characters of anything else."""
    if setting.secret or isinstance(value, (dict, list)):
        return _kind_of(value)
    return brief(value)


def brief(value: Any) -> str:
    """*value* for a message: its repr, at most 80 characters of it."""
    if _is_huge(value):
        return "a huge number"
    shown = repr(value)
    return shown if len(shown) <= 80 else shown[:77] + "..."


def _is_huge(value: Any) -> bool:
    """Whether *value* is a number that Python, which knows it, refuses to write: one of thousands of digits."""
    return isinstance(value, int) and value.bit_length() > 1024


def _is_variable(name: str) -> bool:
    return name.isascii() and name.isidentifier() and len(name) <= 128


def _is_constant(name: str) -> bool:
    """`[A-Z][A-Z0-9_]*`: what a variable is called and a good secret is not."""
    return bool(name) and _is_variable(name) and name == name.upper() and name[0] != "_"


def find_file(start_dir: str | os.PathLike[str] | None = None, environ: Mapping[str, str] | None = None) -> str | None:
    """
    The path of the config: `pym-config.<PYM_ENV>.yaml`, else pym-config.yaml, each in the folders that _folders gives.

    *start_dir* stands for the folder of the started script. None where there is no such file.
    """
    for name in _file_names(os.environ if environ is None else environ):
        for folder in _folders(start_dir):
            path = folder / name
            if path.is_file():
                return str(path)
    return None


def _file_names(environ: Mapping[str, str]) -> list[str]:
    name = environ.get("PYM_ENV", "")
    if not name or name in (".", "..") or "/" in name or os.sep in name:
        return [FILE]
    return [f"pym-config.{name}.yaml", FILE]


def _folders(start_dir: str | os.PathLike[str] | None = None) -> list[Path]:
    """Beside the started script, the working directory, and all above that."""
    folders: list[Path] = []
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    if start_dir is not None:
        folders.append(Path(start_dir).resolve())
    elif script:
        folders.append(Path(script).resolve().parent)
    here = Path.cwd()
    return list(dict.fromkeys((*folders, here, *here.parents)))


def _read(path: str) -> Document:
    """The file at *path*. Raises FindingsError, in whose source lines and facts no secret is shown."""
    try:
        return read(path)
    except FindingsError as error:
        raise FindingsError(_without_secret(finding) for finding in error.findings) from None


def _without_secret(finding: Finding) -> Finding:
    """A finding of the YAML reader, which knows no secrets: of its line only what surely is none stays."""
    key, colon, value = finding.source.partition(":")
    name = key.strip(" -'\"{}")
    if not finding.source or (colon and name.isidentifier() and not is_secret(name) and not is_secret(value)):
        return finding
    fact, mend = finding.fact, finding.mend
    told = value if colon else finding.source
    for word in "".join(c if c.isalnum() or c in "_-.+/=" else " " for c in told).split():
        if len(word) > 2:
            fact, mend = fact.replace(word, MASK), mend.replace(word, MASK)
    return replace(finding, source=f"{key}: {MASK}" if colon else "", fact=fact, mend=mend)


def findings(
    path: str | os.PathLike[str] | None, environ: Mapping[str, str] | None = None, *, debug: bool = False
) -> list[Finding]:
    """Everything wrong with the config in the file *path* (None: no file) and *environ*, without loading it."""
    try:
        document = _read(os.fspath(path)) if path is not None else None
    except FindingsError as error:
        return error.findings
    settings = {"debug": True} if debug else {}
    return list(resolve(document, settings, os.environ if environ is None else environ).findings)


class _State:
    """What is behind the facade. `assigned` outlives load()."""

    def __init__(self) -> None:
        self.loaded = False
        self.frozen = False
        self.path: str | None = None
        self.start_dir: str | os.PathLike[str] | None = None
        self.document: Document | None = None
        self.environ: Mapping[str, str] = os.environ
        self.settings: dict[str, Any] = {}
        self.assigned: dict[str, Any] = {}
        self.resolved = resolve(None)


_STATE = _State()


class Config:
    """
    What get_config() returns: every key of pym-config.yaml and every setting as an attribute; None where it is not set.

    May be assigned until API.start(); afterwards report_call_exceeding_ms, default_user_id and the user's own keys
    still may, another raises ConfigError, as does a key that is not there (an AttributeError, so that hasattr works).
    Its repr shows no secrets. The values are the instance's own attributes: reading one costs nothing.
    """

    def __getattr__(self, key: str) -> Any:
        if key.startswith("__"):
            raise AttributeError(key)
        if not _STATE.loaded:
            load()
            return getattr(self, key)
        if key in _STATE.resolved.broken:
            raise ConfigError(text([_STATE.resolved.broken[key]]))
        raise ConfigError(_absent(key))

    def __setattr__(self, key: str, value: Any) -> None:
        if not _STATE.loaded:
            load()
        setting = SETTINGS.get(key)
        if _STATE.frozen and setting is not None and not setting.assignable:
            fact = f"{key} may not be set after API.start(): it was read already"
            raise ConfigError(f"{fact}. Set it in {FILE}, with API(settings={{{key!r}: ...}}), or before start()")
        if setting is not None and value is not None:
            try:
                _KINDS[setting.kind](value, setting, False)
            except _Unfit as unfit:
                fact = f"{key} is {_shown(setting, value)}, {unfit}"
                raise ConfigError(f"{fact}. Give one such as {_example(setting, value)}") from None
        _STATE.assigned[key] = value
        if setting is None:
            self.__dict__[key] = value
        else:
            _refresh()

    def __delattr__(self, key: str) -> None:
        if key not in _STATE.assigned:
            raise ConfigError(f"{key} was not assigned; take it out of {FILE} or the environment")
        setting = SETTINGS.get(key)
        if _STATE.frozen and setting is not None and not setting.assignable:
            raise ConfigError(f"{key} may not be set after API.start(): it was read already")
        del _STATE.assigned[key]
        _refresh()

    def __dir__(self) -> list[str]:
        if not _STATE.loaded:
            load()
        return sorted(self.__dict__)

    def __repr__(self) -> str:
        masked, hidden = _STATE.resolved.masked, _hidden()
        shown = (
            f"{key}={MASK if key in masked or is_secret(key) else _displayed(value, hidden)}"
            for key, value in sorted(self.__dict__.items())
            if value is not None
        )
        return f"<Config {', '.join(shown)}>"


_CONFIG = Config()


def get_config() -> Config:
    """The config of this process, read when a key is first asked for. See Config."""
    return _CONFIG


def load(
    path: str | os.PathLike[str] | None = None,
    settings: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
    start_dir: str | os.PathLike[str] | None = None,
) -> Config:
    """
    Read the config anew, from the file *path* or else the one that find_file finds; it may be assigned again.

    What was assigned stays, except where *settings* gives that key. Without a file there are only defaults and the
    environment. Raises FindingsError if the file cannot be read; what is wrong in it is said by validate().
    """
    state = _STATE
    state.environ = os.environ if environ is None else environ
    state.start_dir = start_dir if start_dir is not None else state.start_dir
    state.path = os.fspath(path) if path is not None else find_file(state.start_dir, state.environ)
    state.document = _read(state.path) if state.path is not None else None
    state.settings = dict(settings or {})
    for key in state.settings:
        state.assigned.pop(key, None)
    state.frozen = False
    state.loaded = True
    _refresh()
    return _CONFIG


def reset() -> None:
    """Forget everything, assignments too: the next access reads the config as in a new process. For tests."""
    _STATE.__init__()  # type: ignore[misc]
    _CONFIG.__dict__.clear()


def _refresh() -> None:
    state = _STATE
    state.resolved = resolve(state.document, state.settings, state.environ, state.assigned)
    fresh = {
        key: value
        for key, value in state.resolved.values.items()
        if value is not None or key not in SETTINGS or not SETTINGS[key].demanded
    }
    for key in [key for key in _CONFIG.__dict__ if key not in fresh]:
        del _CONFIG.__dict__[key]
    _CONFIG.__dict__.update(fresh)


def _loaded() -> _State:
    if not _STATE.loaded:
        load()
    return _STATE


def freeze() -> None:
    """From now on only report_call_exceeding_ms, default_user_id and keys of the user's own may be assigned."""
    _loaded().frozen = True


def resolved() -> Resolved:
    """The config as it is in force: another object whenever a setting may have changed."""
    return _STATE.resolved if _STATE.loaded else _loaded().resolved


def finding(key: str, code: str, fact: str, mend: str) -> Finding:
    """A Finding about *key*, where it was given."""
    place = _loaded().resolved.places.get(key)
    return place.finding(code, fact, mend) if place is not None else Finding(FILE, 0, 0, code, fact, mend)


def validate(debug: bool | None = None) -> list[Finding]:
    """
    Everything wrong with the loaded config, as a start must know it. *debug*: the mode to judge for, else is_dev().
    """
    state = _loaded()
    if debug is None or debug == state.resolved.dev:
        return list(state.resolved.findings)
    assigned = {**state.assigned, "debug": debug}
    return list(resolve(state.document, state.settings, state.environ, assigned).findings)


def is_dev() -> bool:
    """Development mode: API(debug=True), --debug, or PYM_ENV=dev. All else is production."""
    return _loaded().resolved.dev


def demand(key: str) -> Any:
    """The value of *key*. Raises ConfigError if it is not set, with where it was looked for and how to set it."""
    value = getattr(_CONFIG, key)
    if value is None:
        raise ConfigError(_absent(key))
    return value


def require_file(start_dir: str | os.PathLike[str] | None = None) -> str:
    """The path of the config file. Raises FindingsError, with where it was looked for, if there is none; for letsgo."""
    if start_dir is not None:
        _STATE.start_dir = start_dir
    path = find_file(_STATE.start_dir) or _STATE.path
    if path is not None:
        return path
    names = " or ".join(_file_names(os.environ))
    mend = f"Create {FILE} beside your server.py, with the lines\n        name: myservice\n        live_host: http://localhost"
    raise FindingsError([Finding(FILE, 0, 0, "missing-config", f"there is no {names} in {_searched()}", mend)])


def folder() -> str:
    """The folder of the config file, else the working directory: the service's own modules are imported from there."""
    path = _loaded().path
    return str(Path(path).resolve().parent) if path is not None else str(Path.cwd())


def secret_values() -> list[str]:
    """
    The values that no message may contain, of 6 characters or more, the longest first: of keys that are secrets, those
    of nested keys too, and of the variables of env_secrets. Empty where the config was not read.
    """
    return sorted((value for value in _hidden() if len(value) >= 6), key=lambda value: (-len(value), value))


def _hidden() -> set[str]:
    """Every text of the config that is a secret."""
    masked = _STATE.resolved.masked
    found: set[str] = set()
    for key, value in list(_CONFIG.__dict__.items()):
        _collect(value, key in masked or is_secret(key), found, 8)
    names = _CONFIG.__dict__.get("env_secrets") or ()
    found.update(_STATE.environ.get(name, "") for name in names)
    found.discard("")
    return found


def _collect(value: Any, secret: bool, found: set[str], depth: int) -> None:
    if isinstance(value, str):
        if secret:
            found.add(value)
        elif "://" in value:
            found.add(_password(value))
    elif depth and isinstance(value, Mapping):
        for key, member in value.items():
            _collect(member, secret or is_secret(str(key)), found, depth - 1)
    elif depth and isinstance(value, (list, tuple)):
        for item in value:
            _collect(item, secret, found, depth - 1)


def _password(url: str) -> str:
    """The password in `scheme://user:password@host`, else ''."""
    credentials, _, _ = url.partition("://")[2].partition("/")[0].rpartition("@")
    return credentials.partition(":")[2]


def _displayed(value: Any, hidden: set[str], depth: int = 8) -> str:
    """The repr of *value*, a key of the user's own, without the texts in *hidden* and what is named like a secret."""
    if isinstance(value, str):
        if value in hidden:
            return MASK
        for secret in sorted(hidden, key=len, reverse=True):
            value = value.replace(secret, MASK) if len(secret) >= 6 else value
        password = _password(value)
        return repr(value.replace(f":{password}@", f":{MASK}@") if password else value)
    if _is_huge(value):
        return "a huge number"
    if isinstance(value, (Mapping, list, tuple)) and not depth:
        return "..."
    if isinstance(value, Mapping):
        members = (
            f"{key!r}: {MASK if is_secret(str(key)) and member is not None else _displayed(member, hidden, depth - 1)}"
            for key, member in value.items()
        )
        return f"{{{', '.join(members)}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_displayed(item, hidden, depth - 1) for item in value)}]"
    shown = repr(value)
    return MASK if any(secret in shown for secret in hidden if len(secret) >= 6) else shown


def _searched() -> str:
    first, *others = [str(folder) for folder in _folders(_STATE.start_dir)]
    here = str(Path.cwd())
    return f"{first}, {here} or above" if first != here else f"{here} or above" if others else here


def _absent(key: str) -> str:
    """What to tell whoever asks for *key*, which is not set."""
    state = _STATE
    variable = f"PYM_{key.upper()}"
    if state.path is None:
        return (
            f"{key} is not set: there is no {' or '.join(_file_names(state.environ))} in {_searched()}. "
            f"Create one with a line '{key}: ...', or set it with: export {variable}=..."
        )
    mend = did_you_mean(key, (*SETTINGS, *state.resolved.values)) if key not in SETTINGS else ""
    name = state.document.name if state.document is not None else state.path
    return f"{key} is not set in {name}. {mend or f'Add a line: {key}: ...'}"
