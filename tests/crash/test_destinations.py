"""Settings that nothing can be sent by are said at start, and no secret with them."""

from __future__ import annotations

from typing import Any

import pytest

from pymacaron import config, crash


@pytest.mark.parametrize(
    ("settings", "fact"),
    [
        ({"report_webhook": "file:///etc/passwd"}, "report_webhook is no URL such as https://hooks.slack.com/services/..."),
        ({"report_webhook": "hooks.slack.com/x"}, "report_webhook is no URL such as https://hooks.slack.com/services/..."),
        ({"sentry_dsn": "https://sentry.io/1"}, "sentry_dsn is no DSN such as https://KEY@HOST/PROJECT"),
        ({"report_email_to": ["ops"]}, "'ops' is no e-mail address"),
        ({"report_email_from": "a@b\nBcc: c@d"}, "'a@b\\nBcc: c@d' is no e-mail address"),
        (
            {"smtp_user": "ann", "smtp_security": "off", "smtp_host": "smtp.example.com"},
            "smtp_user is set, and smtp_security is off: the password would cross the network in clear",
        ),
        ({"smtp_user": "ann", "smtp_security": "off"}, ""),
        ({"report_webhook": "https://hooks.slack.com/services/x", "sentry_dsn": "https://k@sentry.io/1"}, ""),
    ],
)  # fmt: skip
def test_what_is_wrong_is_found(settings: dict[str, Any], fact: str):
    config.load(start_dir="/", settings={"name": "shop", **settings}, environ={})
    found = list(crash.findings())
    assert [(one.code, one.fact) for one in found] == ([("config-type", fact)] if fact else [])
    assert "passwd" not in str(found)
