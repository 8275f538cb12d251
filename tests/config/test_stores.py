"""A URL of a Redis that cannot be used is told by `check` and at start, with its place and nothing of it."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis
from flask import Flask

from pymacaron import API, config
from pymacaron.check import check
from pymacaron.config.stores import OPTIONS, fault
from pymacaron.finding import FindingsError, text

PORT = "its port is no number from 1 to 65535"
UNUSABLE = [
    ("redis://:hunter2secret/x@127.0.0.1:9379/0", PORT),
    ("redis://:hunter2secret#x@127.0.0.1:9379/0", "it has a #"),
    ("redis://:hunter2secret?x@127.0.0.1:9379/0", PORT),
    ("redis://:12/hunter2secret@127.0.0.1:9379/0", "it has no host"),
    ("redis://:12?hunter2secret@127.0.0.1:9379/0", "it has no host"),
    ("redis://u:pw@h:1?hunter2secret", "what stands behind its ? is no option=value"),
    ("redis://h:notaport/0", PORT),
    ("redis://127.0.0.1:99999/0", PORT),
    ("redis://127.0.0.1:0/0", PORT),
    ("redis://[::1/0", "it is no URL"),
    ("redis://127.0.0.1/0?foo=bar", "what stands behind its ? is no option of a Redis"),
    ("redis://127.0.0.1/0?ssl_ca_certs=/x", "what stands behind its ? is no option of a Redis"),
    ("redis://127.0.0.1/0?socket_timeout=abc", "the value of its option socket_timeout cannot be used"),
    ("redis://127.0.0.1/0?socket_timeout=0", "the value of its option socket_timeout cannot be used"),
    ("redis://127.0.0.1/0?socket_timeout=nan", "the value of its option socket_timeout cannot be used"),
    ("redis://127.0.0.1/0?protocol=9", "the value of its option protocol cannot be used"),
    ("redis://127.0.0.1/0?db=x", "the value of its option db cannot be used"),
    (
        "rediss://127.0.0.1/0?ssl_cert_reqs=CERT_NONE",
        "the value of its option ssl_cert_reqs is none of required, optional and none",
    ),
    ("redis://127.0.0.1/abc", "its database, behind the host, is no number"),
    ("redis://127.0.0.1/1/2", "its database, behind the host, is no number"),
    ("redis://", "it has no host"),
    ("redis://:hunter2secret@/0", "it has no host"),
    ("redis://a..b/0", "its host is none"),
    ("redis://a b/0", "its host is none"),
    ("redis://\udc80/0", "it is no URL"),
    ("unix://", "it has no path"),
    ("unix://:hunter2secret/x@/run/redis.sock", "it has a host; a socket is a path: unix:///run/redis.sock"),
]
USABLE = [
    "redis://127.0.0.1",
    "redis://127.0.0.1:6379/0",
    "redis://:hunter2secret%2Fx%23%3F%40@redis:6379/15?socket_timeout=0.5&db=2",
    "redis://user:a@b@[::1]:6379/",
    "rediss://user:pw@redis.example.com:6380/0?ssl_cert_reqs=none&ssl_ca_certs=/etc/ca.pem",
    "unix:///run/redis.sock?db=1",
    "unix://user:pw@/run/redis.sock",
]


@pytest.mark.parametrize(("url", "why"), UNUSABLE)
def test_a_url_that_cannot_be_used_says_why(url: str, why: str) -> None:
    assert fault(url) == why


def test_a_broker_is_named_as_in_the_documents_of_celery_too() -> None:
    url = "rediss://127.0.0.1/0?ssl_cert_reqs="
    assert fault(f"{url}CERT_NONE", by_celery=True) is None
    assert fault(f"{url}required", by_celery=True) is None
    assert fault(f"{url}CERT_SOME", by_celery=True) is not None


@pytest.mark.parametrize("url", USABLE)
def test_a_url_that_can_be_used_is_none(url: str) -> None:
    assert fault(url) is None
    redis.Redis.from_url(url).connection_pool.make_connection()


@pytest.mark.parametrize("scheme", ["redis", "rediss", "unix"])
@pytest.mark.parametrize("name", OPTIONS)
def test_an_option_of_a_url_is_known_where_the_client_takes_it(name: str, scheme: str) -> None:
    [value] = [one for one in ("5", "2", "none") if OPTIONS[name][1](one)][:1]
    url = f"{scheme}://{'' if scheme == 'unix' else 'h'}/1?{name}={value}"
    try:
        redis.Redis.from_url(url, socket_timeout=2.0, socket_connect_timeout=2.0).connection_pool.make_connection()
    except TypeError:
        assert fault(url) == "what stands behind its ? is no option of a Redis"
    else:
        assert fault(url) is None


@pytest.mark.parametrize("key", ["idempotency_store", "rate_limit_store", "broker_url"])
def test_check_and_start_say_which_url_cannot_be_used_and_nothing_of_it(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://:hunter2secret/x@127.0.0.1:9379/0")
    Path("pym-config.yaml").write_text(
        f"name: shop\nlive_host: http://localhost\nenv_secrets: [REDIS_URL]\n{key}: REDIS_URL\n"
    )
    Path("apis").mkdir()
    Path("apis/shop.yaml").write_text("openapi: 3.1.0\ninfo: {title: Shop, version: '1'}\npaths: {}\n")
    [found] = check(["apis"]).findings
    assert (found.code, found.line, found.fact) == (
        "config-type",
        4,
        f"{key} is the URL of a Redis that cannot be used: {PORT}",
    )
    assert "%2F for /" in found.mend
    assert "hunter2" not in text([found])
    config.reset()
    with pytest.raises(FindingsError) as raised:
        API(Flask("shop")).load_apis("apis").start(serve="shop")
    assert [one.fact for one in raised.value.findings] == [found.fact]
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "fact"),
    [
        ("amqp://u:hunter2secret@h", "broker_url names no queue"),
        ("unix:///run/redis.sock", "broker_url names no queue"),
        ("sqs://h:notaport", "broker_url begins with sqs://, and what follows is no host and port"),
        ("sqs://u:hunter2secret/x@h:1", "broker_url begins with sqs://, and what follows is no host and port"),
        ("sqs://", None),
        ("sqs://127.0.0.1:5000", None),
        ("memory://", None),
        ("rediss://h:6380/0", None),
    ],
)
def test_a_broker_that_is_none_is_told(url: str, fact: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKER_URL", url)
    file = Path("pym-config.yaml")
    file.write_text("name: shop\nlive_host: http://localhost\nenv_secrets: [BROKER_URL]\nbroker_url: BROKER_URL\n")
    found = config.findings(file)
    assert [one.fact for one in found] == ([fact] if fact else [])
    assert "hunter2" not in text(found)
