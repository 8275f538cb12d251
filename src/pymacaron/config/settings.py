"""The keys that the framework knows: their kinds, defaults and words, and which of them are secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any

from pymacaron.finding import nearest

__all__ = ["ASYMMETRIC", "FILE", "MASK", "MOST", "SETTINGS", "Setting", "is_secret", "is_slip", "near"]

FILE = "pym-config.yaml"
MASK = "********"
#: What every counter on the way can hold
MOST = 2**63 - 1

#: What signs JWTs with key pairs
ASYMMETRIC = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")


@dataclass(frozen=True, slots=True)
class Setting:
    """
    One key that the framework knows. `kind`: text, whole (number), number, switch, names (list of text), origins (of
    CORS: a switch or list of text), secrets (a text or a list of text), issuers (of tokens: a list of maps, or of text
    that stands for one with that `issuer`), guards (a switch, or a map of security schemes and apis), clients (a map of
    an api's name to what its client is told), deploy (a map: how it is released), path (of a URL; "": none), cookie
    (its name; "": none), or choice. `default` None: not set. `demanded`: reading it unset is an error. `most`: of a
    number, which `is_positive` where 0 will not do. `example`: a value for messages, of a number without a default.
    """

    name: str
    kind: str
    default: Any
    doc: str
    choices: tuple[str, ...] = ()
    secret: bool = False
    demanded: bool = False
    assignable: bool = False
    most: int = MOST
    is_positive: bool = False
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
            choices=("HS256", *ASYMMETRIC),
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
        Setting("jwt_cookie", "cookie", "token", "cookie that may have the token instead of a header; off: none"),
        Setting("jwt_token_timeout", "whole", 86400, "seconds that a new JWT is valid", is_positive=True),
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
            "error_format",
            "choice",
            "json",
            "how errors are told to callers whose Accept header does not say: json, or problem for problem+json",
            choices=("json", "problem"),
        ),
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
        Setting(
            "security",
            "guards",
            True,
            "who enforces the security requirements of descriptions: a map of scheme to function, or to off; of api to "
            "off, or to such a map; off for all of them",
        ),
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
        Setting("cors_expose", "names", (), "headers of replies that they may read, besides the usual ones"),
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
        Setting(
            "idempotency_hold_s", "whole", 60, "seconds until the key of a call whose worker has died is free again"
        ),
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
            "trusted_proxies",
            "whole",
            0,
            "proxies in front that add to X-Forwarded-For whom they were called by; 0: the header is not believed",
            most=16,
            example=1,
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
        Setting("healthd_log", "text", None, "folder in which each request is a line for Beanstalk's health agent"),
        Setting("client_log", "switch", False, "whether there is a line in the log for each call of another service"),
        Setting("metrics", "path", "", "where Prometheus gets metrics, such as /metrics (extra `prometheus`)"),
        Setting("metrics_token", "text", None, "what it must send as its bearer token; not set: nothing", secret=True),
        Setting("traces", "switch", False, "whether each call is a span of OpenTelemetry (extra `otel`)"),
        Setting("liveness_path", "path", "/livez", "where a process says that it lives; false: nowhere"),
        Setting("readiness_path", "path", "/readyz", "where it says whether it is ready for calls; false: nowhere"),
        Setting("startup_path", "path", "/startupz", "where it says whether it has been ready once; false: nowhere"),
        Setting(
            "readiness_timeout",
            "number",
            1,
            "seconds that the checks of readiness have together",
            most=3600,
            is_positive=True,
        ),
        Setting(
            "shutdown_delay",
            "number",
            3,
            "seconds between a SIGTERM, from which on readiness fails, and the end of accepting calls",
            most=600,
        ),
        Setting("worker_count", "whole", None, "worker processes of the production server", example=3),
        Setting(
            "clients",
            "clients",
            None,
            "how other services are called: a map of the api's name to url, timeout, max_attempts, headers and more, "
            "see clients.md",
        ),
        Setting("with_async", "switch", False, "whether a worker for asynctasks is started with the server"),
        Setting(
            "broker_url",
            "text",
            None,
            "where tasks wait: redis://, rediss:// or sqs:// (Celery), memory:// in tests; not set: a file beside the "
            "service",
            secret=True,
        ),
        Setting(
            "task_processes",
            "whole",
            2,
            "processes of a worker that run tasks, each one at a time",
            most=1024,
            is_positive=True,
        ),
        Setting("task_keep_s", "whole", 86_400, "seconds that the state and result of a task that ended are kept"),
        Setting(
            "task_stop_s", "number", 20, "seconds that a worker that is told to stop has for what it runs", most=3600
        ),
        Setting("task_table", "text", None, "DynamoDB table of the states of tasks that wait in SQS (NAME-tasks)"),
        Setting(
            "store_url",
            "text",
            None,
            "where models with x-persist are kept: dynamodb:// (or dynamodb://host:port), sqlite:///file, memory://; "
            "not set: a file beside the service",
            secret=True,
        ),
        Setting("table_prefix", "text", "", "what the names of tables begin with, such as staging-"),
        Setting(
            "aws_user",
            "text",
            None,
            "profile of ~/.aws that AWS is asked as; where there is none, the user or role that asks has to be it",
        ),
        Setting("aws_keypair", "text", None, "name of the ssh keypair to put on the instances"),
        Setting("aws_instance_type", "text", None, "type of the EC2 instances, such as t2.micro"),
        Setting("aws_cert_arn", "text", None, "ARN of the load balancer's certificate; with it the service is https"),
        Setting("aws_region", "text", None, "AWS region"),
        Setting("aws_default_region", "text", None, "AWS region where aws_region is not set"),
        Setting("aws_access_key_id", "text", None, "AWS access key", secret=True),
        Setting("aws_secret_access_key", "text", None, "AWS secret key", secret=True),
        Setting("aws_hosts_min", "whole", None, "instances at least", example=1),
        Setting("aws_hosts_max", "whole", None, "instances at most", example=4),
        Setting(
            "docker_repo",
            "text",
            None,
            "where images are pushed to: an organization or user of hub.docker.com, or the host of a registry; not "
            "set: ECR",
        ),
        Setting("docker_bucket", "text", None, "S3 bucket of the service's Amazon configuration"),
        Setting("deploy", "deploy", None, "how the service is released on AWS: a map, see deploy.md"),
    )
}

_SECRET_WORDS = ("secret", "password", "passwd", "token", "authorization", "credential", "api_key", "apikey", "private")


def is_secret(key: str) -> bool:
    """Whether the value of *key* is never shown: a setting that is a secret, or an own key that is named like one."""
    setting = SETTINGS.get(key)
    if setting is not None:
        return setting.secret
    lower = key.lower().replace("-", "_")
    if any(word in lower for word in _SECRET_WORDS):
        return True
    match = near(key)
    return match is not None and SETTINGS[match].secret


def is_slip(key: str, setting: str) -> bool:
    """
    Whether *key* is *setting* with a letter more or less, or two in the other order: a misspelling also where the
    setting is there, too. Short ones are words of their own.
    """
    begin = next((at for at, pair in enumerate(zip(key, setting, strict=False)) if pair[0] != pair[1]), len(setting))
    begin = min(begin, len(key))
    one, other = key[begin:], setting[begin:]
    is_swapped = one[:2] == other[1::-1] and one[2:] == other[2:]
    return len(setting) >= 6 and (one[1:] == other or one == other[1:] or is_swapped)


@lru_cache(maxsize=1024)
def near(key: str) -> str | None:
    """The setting that *key* is a misspelling of. Stricter than did_you_mean: keys of the user's own are welcome."""
    match = nearest(key, SETTINGS)
    if match is None or SequenceMatcher(None, key.lower(), match).ratio() < 0.85:
        return None
    return match
