"""Every place that the settings name is sent to, and the log where there is none."""

from __future__ import annotations

from typing import Any

import pytest

from pymacaron import config
from pymacaron.crash.destinations import destinations


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({}, ["the log"]),
        ({"report_log": False}, []),
        ({"report_webhook": "https://a.example/x", "sentry_dsn": "https://k@a.example/1"}, ["the webhook", "Sentry"]),
        ({"report_email_to": ["ops@example.com"], "report_log": True}, ["the e-mail", "the log"]),
    ],
)  # fmt: skip
def test_every_place_that_is_set_is_a_destination(settings: dict[str, Any], names: list[str]):
    config.load(start_dir="/", settings={"name": "shop", **settings}, environ={})
    assert [name for name, _ in destinations(None)] == names
    own = [name for name, _ in destinations(lambda title, message: None)]
    assert own == ["the error reporter", *(names if names != ["the log"] else [])]
