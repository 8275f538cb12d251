"""The settings that say where reports go -> what sends them there, and what is wrong with these settings."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from pymacaron import config
from pymacaron.finding import Finding

__all__ = ["Reporter", "destinations", "findings", "log_report"]

log = logging.getLogger("pymacaron.crash")

#: `reporter(title, message)`: a line, and the report as JSON text
Reporter = Callable[[str, str], Any]

_HERE = ("localhost", "127.0.0.1", "::1")


def log_report(title: str, message: str) -> None:
    """What sends reports where nothing else is set: an error in the log."""
    log.error("%s\n%s", title, message)


def destinations(reporter: Reporter | None) -> list[tuple[str, Reporter]]:
    """The name and the sender of every place that reports go to: *reporter*, the user's, and those of the settings."""
    settings = config.get_config()
    found: list[tuple[str, Reporter]] = []
    if reporter is not None:
        found.append(("the error reporter", reporter))
    if settings.report_webhook:
        from pymacaron.crash.webhook import Webhook

        found.append(("the webhook", Webhook(settings.report_webhook, settings.report_timeout_s)))
    if settings.report_email_to:
        from pymacaron.crash.email import Email

        found.append(("the e-mail", Email.of(settings)))
    if settings.sentry_dsn:
        from pymacaron.crash.sentry import Sentry

        found.append(("Sentry", Sentry(settings.sentry_dsn, settings.report_timeout_s)))
    if settings.report_log or (settings.report_log is None and not found):
        found.append(("the log", log_report))
    return found


def findings() -> Iterator[Finding]:
    """What is wrong with the settings, beyond what each of them may be. No text shows a secret."""
    settings = config.get_config()
    if settings.report_webhook and not _is_url(settings.report_webhook):
        mend = "Name a variable that holds the URL that your Slack gave you, and list it in env_secrets"
        yield _finding("report_webhook is no URL such as https://hooks.slack.com/services/...", mend)
    if settings.sentry_dsn and not (_is_url(settings.sentry_dsn) and urlsplit(settings.sentry_dsn).username):
        mend = "Name a variable that holds the DSN that Sentry shows for the project, and list it in env_secrets"
        yield _finding("sentry_dsn is no DSN such as https://KEY@HOST/PROJECT", mend)
    if settings.sentry_dsn and find_spec("sentry_sdk") is None:
        yield _finding("sentry_dsn is set, but sentry-sdk is not installed", "pip install 'pymacaron[sentry]'")
    for address in (*settings.report_email_to, settings.report_email_from or "a@b"):
        if "@" not in address or not address.isprintable():
            yield _finding(f"{config.brief(address)} is no e-mail address", "Write one such as ops@example.com")
    if settings.smtp_user and settings.smtp_security == "off" and (settings.smtp_host or _HERE[0]) not in _HERE:
        fact = "smtp_user is set, and smtp_security is off: the password would cross the network in clear"
        yield _finding(fact, "Write smtp_security: starttls, or tls")


def _finding(fact: str, mend: str) -> Finding:
    return Finding(config.FILE, 0, 0, "config-type", fact, mend)


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and text.isprintable() and " " not in text
    except ValueError:
        return False
