"""The settings that say where reports go -> what sends them there. What is wrong with them, config/faults.py says."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from pymacaron import config

__all__ = ["Reporter", "destinations", "log_report"]

log = logging.getLogger("pymacaron.crash")

#: `reporter(title, message)`: a line, and the report as JSON text
Reporter = Callable[[str, str], Any]


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
