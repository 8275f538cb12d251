"""What stands in a Redis, and what comes of it when parts of that are lost, or there twice."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from brokers import jobs
from brokers.grounds import Ground, message, standing
from brokers.servers import Redis as Server
from brokers.servers import until
from redis import Redis

from pymacaron.tasks import current
from pymacaron.tasks.celery.envelope import envelope, text_of
from pymacaron.tasks.celery.redisbooks import RedisBooks
from pymacaron.tasks.message import MessageError, read, written
from pymacaron.tasks.queues import QueueSettingError

WITHIN_S = 60


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with standing("redis", tmp_path_factory.mktemp("ground")) as made:
        made.worker("brokers.jobs")
        yield made


@pytest.fixture
def redis(place: Ground) -> Redis:
    return Redis.from_url(place.settings["PYM_BROKER_URL"])


def test_a_task_for_later_waits_until_it_is_due(redis: Redis) -> None:
    handle = jobs.add.later(600, 10, 1)
    assert handle.state == "waiting"
    assert redis.zscore("pymacaron:shop:due", handle.id) is not None
    assert redis.llen("shop-default") == 0
    redis.zadd("pymacaron:shop:due", {handle.id: time.time()})
    assert handle.wait(WITHIN_S) == 11


def test_a_message_that_celery_delivers_again_is_not_run_again(redis: Redis) -> None:
    queue, once = current.queue(), message(arguments=b"[[7,7],{}]")
    queue.send(once)
    for _ in range(5):
        redis.lpush("shop-default", envelope(once, "shop-default"))
    until(lambda: redis.llen("shop-default") == 0)
    until(lambda: queue.outcome(once.id).state == "succeeded", WITHIN_S)
    assert jobs.add.fire(0, 0).wait(WITHIN_S) == 0
    assert jobs.marks().count("add 7 7") == 1


def test_a_message_that_the_broker_has_lost_is_delivered_again(redis: Redis) -> None:
    queue, lost = current.queue(), message(arguments=b"[[8,8],{}]")
    kept = b"shop-default\n" + envelope(lost, "shop-default")
    redis.hset("pymacaron:shop:messages", lost.id, kept)
    redis.zadd("pymacaron:shop:queued:shop-default", {lost.id: time.time()})
    until(lambda: queue.outcome(lost.id).state == "succeeded", WITHIN_S)


def test_what_became_due_at_one_moment_and_waits_is_not_taken_for_lost(redis: Redis) -> None:
    """In a queue that nobody works for: the moment has more digits than Lua writes."""
    queue = current.queue()
    assert isinstance(queue, RedisBooks)
    sent = [message(queue="idle") for _ in range(3)]
    for one in sent:
        queue.send(one)
    redis.zadd("pymacaron:shop:queued:shop-idle", dict.fromkeys((one.id for one in sent), 1795458000.123456))
    assert queue.sweep(["idle"], 0) == 0
    redis.rpop("shop-idle")  # by a worker that dies at once: the next one was put there at the same moment
    assert queue.sweep(["idle"], 0) == 0
    redis.zadd("pymacaron:shop:queued:shop-idle", {sent[0].id: 1795458000.123455})
    assert queue.sweep(["idle"], 0) == 1
    assert redis.llen("shop-idle") == 3


def test_a_text_that_cannot_be_read_is_kept_as_a_dead_letter(redis: Redis) -> None:
    queue, late = current.queue(), message()
    text = json.dumps({**json.loads(written(late)), "version": 99})
    kept = envelope(late, "shop-default").decode()
    there = json.loads(kept)
    there["body"] = json.dumps([[text], {}, {}])
    redis.hset("pymacaron:shop:messages", late.id, b"shop-default\n" + json.dumps(there).encode())
    redis.lpush("shop-default", json.dumps(there))
    until(lambda: queue.outcome(late.id).state == "failed", WITHIN_S)
    error = "its message cannot be read: it is of version 99, and this one reads 1 at most: update the worker"
    assert queue.outcome(late.id).error == error
    assert [dead.error for dead in queue.dead() if dead.message.id == late.id] == [error]
    assert queue.retry(late.id) is True  # as it is: a worker may be of that version by now
    until(lambda: [dead.error for dead in queue.dead() if dead.message.id == late.id] == [error], WITHIN_S)
    assert json.loads(json.loads(redis.hget("pymacaron:shop:dead", late.id))["text"])["version"] == 99
    assert queue.drop(late.id) is True


def test_nothing_stays_of_what_has_succeeded_but_its_outcome(redis: Redis) -> None:
    handle = jobs.add.fire(9, 9)
    handle.wait(WITHIN_S)
    name = f"pymacaron:shop:task:{handle.id}"
    found = [key.decode() for key in redis.keys(f"*{handle.id}*")]
    assert found == [name]
    assert 0 < redis.pttl(name) <= 86_400_000
    assert redis.hget("pymacaron:shop:messages", handle.id) is None


def test_an_envelope_gives_its_message_back() -> None:
    made = message(call={"id": "1"})
    assert read(text_of(envelope(made, "shop-default"))) == made


@pytest.mark.parametrize("kept", [b"", b"[]", b'{"body": 1}', b'{"body": "[[1]]"}'])
def test_what_is_no_envelope_is_told(kept: bytes) -> None:
    with pytest.raises(MessageError):
        text_of(kept)


def test_a_redis_that_does_not_let_in_wants_another_setting(tmp_path: Path) -> None:
    server = Server(tmp_path, password="hunter1").start()
    at = f"127.0.0.1:{server.port}"
    try:
        for url, told in (
            (f":hunter2@{at}/0", "does not let this service in (AuthenticationError): look at the user and the pass"),
            (f":hunter1@{at}/9999", "refuses (ResponseError): DB index is out of range"),
        ):
            with pytest.raises(QueueSettingError) as caught:
                RedisBooks(f"redis://{url}", "shop", 9).look()
            assert str(caught.value).startswith(f"the Redis of broker_url, {at}, {told}")
            assert "hunter" not in str(caught.value)
        RedisBooks(f"redis://:hunter1@{at}/0", "shop", 9).look()
    finally:
        server.kill()
