"""What Celery is told of the URL of a Redis."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from brokers import jobs
from brokers.servers import Redis
from brokers.worker import Worker
from kombu import Connection
from upstreams.certificates import certificate

from pymacaron import config
from pymacaron.tasks.celery.address import Address
from pymacaron.tasks.queues import QueueError

WITHIN_S = 60


@pytest.fixture
def redis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_config: None) -> Iterator[Redis]:
    """A Redis with TLS, and a certificate that no authority of this machine knows."""
    server = Redis(tmp_path, password="s3;cret/", tls=certificate(tmp_path, "localhost"))
    monkeypatch.setenv("MARKS", str(tmp_path))
    monkeypatch.setenv("PYM_NAME", "shop")
    yield server.start()
    server.kill()


def url(redis: Redis, options: str = "") -> str:
    return f"{redis.url.replace('s3;cret/', 's3%3Bcret%2F')}{options}"


def test_a_task_runs_with_the_options_that_a_url_may_have(
    redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = f"?ssl_ca_certs={tmp_path}/localhost.pem&ssl_cert_reqs=CERT_REQUIRED&socket_timeout=5&db=1"
    monkeypatch.setenv("PYM_BROKER_URL", url(redis, asked))
    config.reset()
    worker = Worker(tmp_path, dict(os.environ), processes=1).start()
    try:
        assert jobs.add.fire(1, 2).wait(WITHIN_S) == 3
        assert worker.stop() == 0
    finally:
        worker.kill()
    assert "s3" not in worker.text


@pytest.mark.parametrize(
    ("options", "fact"),
    [
        ("", "has a certificate that does not count (self-signed certificate): the URL says by which it does, "),
        ("?ssl_ca_certs=/nowhere.pem", "is not asked: a file that the URL names for TLS cannot be read (No such file"),
    ],
)
def test_what_is_wrong_with_tls_is_told(redis: Redis, options: str, fact: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYM_BROKER_URL", url(redis, options))
    config.reset()
    with pytest.raises(QueueError) as caught:
        jobs.add.fire(1, 2)
    assert str(caught.value).startswith(f"the Redis of broker_url, localhost:{redis.port}, {fact}")


def test_a_worker_verifies_the_certificate_unless_the_url_says_not_to() -> None:
    assert Address("rediss://redis.example.com").tls == {"ssl_cert_reqs": "required"}
    assert Address("rediss://redis.example.com?ssl_cert_reqs=CERT_NONE").tls == {"ssl_cert_reqs": "none"}
    assert Address("redis://redis.example.com").tls is None


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("redis://localhost", "redis://localhost:6379/0"),
        ("redis://:a%3Bb%2F@localhost:1/3?socket_timeout=5", "redis://:a%3Bb%2F@localhost:1/3"),
        ("rediss://u:p@[::1]/0?db=4&ssl_ca_certs=/ca.pem", "rediss://u:p@[::1]:6379/4"),
        ("redis://localhost?username=u&password=p", "redis://u:p@localhost:6379/0"),
    ],
)
def test_kombu_reads_the_same_place(url: str, told: str) -> None:
    address = Address(url)
    assert address.url == told
    seen = Connection(address.url, ssl=address.tls or False)
    known = address.arguments
    assert (seen.hostname, seen.port, seen.virtual_host) == (
        known["host"],
        known.get("port", 6379),
        str(known.get("db", 0)),
    )
    assert (seen.userid, seen.password) == (known.get("username"), known.get("password"))
    assert bool(seen.ssl) is url.startswith("rediss")
