"""Settings that nothing can be sent by are told by `check` and at start, where they stand, and no secret with them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from flask import Flask

from pymacaron import API, config
from pymacaron.check import check
from pymacaron.finding import FindingsError, text

_HOOK = "report_webhook is no URL such as https://hooks.slack.com/services/..."
_DSN = "sentry_dsn is no DSN such as https://KEY@HOST/PROJECT"
_CLEAR = "smtp_user is set, and smtp_security is off: the password would cross the network in clear"
_REMOTE = "smtp_user: ann\nsmtp_security: off\nsmtp_host: smtp.example.com\n"

CONFIGS = [
    ("report_webhook: file:///etc/passwd\n", 3, _HOOK),
    ("report_webhook: hooks.slack.com/passwd\n", 3, _HOOK),
    ("report_webhook: https://hooks.example.com/services/a passwd\n", 3, _HOOK),
    ("report_webhook: https:///services/passwd\n", 3, _HOOK),
    ("report_webhook: https://hooks.example.com:passwd/services\n", 3, _HOOK),
    ('report_webhook: "https://hooks.example.com/services/passwd\\n"\n', 3, _HOOK),
    ("sentry_dsn: https://passwd.io/1\n", 3, _DSN),
    ("sentry_dsn: https://passwd@sentry.io\n", 3, _DSN),
    ("report_email_to: [ops]\n", 3, "'ops' is no e-mail address"),
    ('report_email_from: "a@b\\nBcc: c@d"\n', 3, "'a@b\\nBcc: c@d' is no e-mail address"),
    (_REMOTE, 4, _CLEAR),
    (_REMOTE.replace("smtp.example.com", "localhost"), 0, ""),
    ("report_webhook: https://hooks.slack.com/services/x\nsentry_dsn: https://k@sentry.io/1\n", 0, ""),
]


@pytest.mark.parametrize(("content", "line", "fact"), CONFIGS)
def test_check_and_start_say_what_nothing_can_be_sent_by(content: str, line: int, fact: str):
    Path("pym-config.yaml").write_text(f"name: shop\nlive_host: http://localhost\n{content}")
    Path("apis").mkdir()
    Path("apis/shop.yaml").write_text("openapi: 3.1.0\ninfo: {title: Shop, version: '1'}\npaths: {}\n")
    expected = [("config-type", line, fact)] if fact else []
    found = check(["apis"]).findings
    assert [(one.code, one.line, one.fact) for one in found] == expected
    assert "passwd" not in text(found)
    config.reset()
    api = API(Flask("shop")).load_apis("apis")
    if not expected:
        api.start(serve="shop")
        return
    with pytest.raises(FindingsError) as raised:
        api.start(serve="shop")
    assert [(one.code, one.line, one.fact) for one in raised.value.findings] == expected


def test_a_dsn_without_the_sdk_is_told_with_what_installs_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)  # as Python has it for what cannot be imported
    Path("pym-config.yaml").write_text("name: shop\nlive_host: x\nsentry_dsn: https://k@sentry.io/1\n")
    [finding] = config.findings("pym-config.yaml", {})
    assert (finding.fact, finding.mend) == (
        "sentry_dsn is set, but sentry-sdk is not installed",
        "pip install 'pymacaron[sentry]'",
    )


@pytest.mark.parametrize(
    ("url", "missing", "fact", "extra"),
    [
        ("redis://h", ["celery"], "broker_url begins with redis://, but celery is not installed", "async"),
        ("rediss://h", ["celery", "redis"], "rediss://, but celery and redis are not installed", "async"),
        ("sqs://", ["boto3"], "broker_url begins with sqs://, but boto3 is not installed", "sqs"),
    ],
)
def test_a_queue_without_its_libraries_is_told_with_what_installs_them(
    url: str, missing: list[str], fact: str, extra: str, monkeypatch: pytest.MonkeyPatch
):
    Path("pym-config.yaml").write_text(f"name: shop\nlive_host: x\nbroker_url: {url}\nwith_async: true\n")
    assert config.findings("pym-config.yaml", {}) == []
    for name in missing:
        monkeypatch.setitem(sys.modules, name, None)
    [finding] = config.findings("pym-config.yaml", {})
    assert (finding.fact[-len(fact) :], finding.mend, finding.line) == (fact, f"pip install 'pymacaron[{extra}]'", 3)


@pytest.mark.parametrize("url", ["sqlite:///shop.db", "memory://", "dynamodb://", "dynamodb://localhost:8000"])
def test_a_store_that_can_be_asked_is_nothing_to_tell_of(url: str):
    Path("pym-config.yaml").write_text(f"name: shop\nlive_host: x\nstore_url: {url}\n")
    assert config.findings("pym-config.yaml", {}) == []


@pytest.mark.parametrize("url", ["dynamodb", "postgres://me:hunter2@h/shop", "shop.db"])
def test_a_store_that_is_none_is_told_and_not_shown(url: str):
    Path("pym-config.yaml").write_text(f"name: shop\nlive_host: x\nstore_url: {url}\n")
    [finding] = config.findings("pym-config.yaml", {})
    assert (finding.fact, finding.line) == ("store_url names no store", 3)
    assert "hunter2" not in text([finding])


@pytest.mark.parametrize("prefix", ["staging-", "a.b_C-9", "x" * 252])
def test_what_names_of_tables_can_begin_with_is_nothing_to_tell_of(prefix: str):
    Path("pym-config.yaml").write_text(f"name: shop\nlive_host: x\ntable_prefix: '{prefix}'\n")
    assert config.findings("pym-config.yaml", {}) == []


@pytest.mark.parametrize("prefix", ["bad prefix/", "größe-", "x" * 253])
def test_what_no_name_of_a_table_can_begin_with_is_told(prefix: str):
    Path("pym-config.yaml").write_text(f"name: shop\nlive_host: x\ntable_prefix: '{prefix}'\n", encoding="utf-8")
    [finding] = config.findings("pym-config.yaml", {})
    assert (finding.code, finding.line, finding.column) == ("config-type", 3, 15)
    assert (finding.fact, finding.mend) == (
        f"table_prefix is {prefix!r:.80}, and no name of a table can begin so",
        "Write at most 252 letters, digits, '_', '-' and '.', such as staging-",
    )


def test_a_file_with_two_slashes_before_it_is_told():
    Path("pym-config.yaml").write_text("name: shop\nlive_host: x\nstore_url: sqlite://shop.db\n")
    [finding] = config.findings("pym-config.yaml", {})
    assert (finding.fact, finding.mend) == (
        "store_url has a host behind sqlite://, and a file has none",
        "Write sqlite:///FILE, with three slashes, for one beside the service, or sqlite:////FOLDER/FILE",
    )


@pytest.mark.parametrize("place", ["h:99999", "h:0", "h:", ":80", "https://h", "[::1"])
def test_a_dynamodb_that_is_nowhere_is_told(place: str):
    Path("pym-config.yaml").write_text(f"name: shop\nlive_host: x\nstore_url: 'dynamodb://{place}'\n")
    [finding] = config.findings("pym-config.yaml", {})
    assert (finding.fact, finding.mend) == (
        "store_url names no host and port",
        "Write dynamodb://HOST:PORT, or dynamodb:// for AWS",
    )


def test_a_store_without_its_library_is_told_with_what_installs_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "boto3", None)
    Path("pym-config.yaml").write_text("name: shop\nlive_host: x\nstore_url: dynamodb://\n")
    [finding] = config.findings("pym-config.yaml", {})
    assert (finding.fact, finding.mend) == (
        "store_url begins with dynamodb://, but boto3 is not installed",
        "pip install 'pymacaron[dynamodb]'",
    )


def test_a_variable_that_holds_no_url_is_told_and_what_it_holds_is_not():
    Path("pym-config.yaml").write_text("name: shop\nlive_host: x\nreport_webhook: HOOK\nenv_secrets: [HOOK]\n")
    found = config.findings("pym-config.yaml", {"HOOK": "hunter2horse9"})
    assert [(one.line, one.fact) for one in found] == [(3, _HOOK)]
    assert "hunter2" not in text(found)
