"""What is particular to SQS: what one of its messages can be, and the table beside it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from brokers import jobs
from brokers.grounds import Ground, message, prepare, standing
from brokers.servers import Aws, free_port, until

from pymacaron import config
from pymacaron.exceptions import ConfigError
from pymacaron.store.memory import MemoryStore
from pymacaron.store.stores import Scan
from pymacaron.tasks import QueueError, current
from pymacaron.tasks.celery.books import Begun
from pymacaron.tasks.celery.envelope import text_of
from pymacaron.tasks.celery.ledger import Ledger, Line, definition
from pymacaron.tasks.celery.queue import sqs
from pymacaron.tasks.celery.sqsbooks import SqsBooks
from pymacaron.tasks.celery.worker import work
from pymacaron.tasks.message import Message, written
from pymacaron.tasks.queues import Outcome
from pymacaron.tasks.running import Ended

WITHIN_S = 60


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """Without a worker."""
    with standing("sqs", tmp_path_factory.mktemp("ground")) as made:
        yield made


@pytest.fixture
def books(place: Ground) -> SqsBooks:
    return sqs(place.settings["PYM_BROKER_URL"])


def taken(place: Ground) -> list[str]:
    """The ids of the messages that can be taken now; they are deleted."""
    client, found = place.client("sqs"), []
    url = client.get_queue_url(QueueName="shop-default")["QueueUrl"]
    while told := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for one in told:
            found.append(one["Body"].partition('"id":"')[2].partition('"')[0])
            client.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    return found


def begun(books: SqsBooks, sent: Message, owner: str = "me", lease_s: float = 600) -> Begun | None:
    return books.begin(sent.id, written(sent), owner, lease_s)


def test_a_worker_outlives_an_sqs_that_does_not_answer_for_a_while(tmp_path: Path) -> None:
    with standing("sqs", tmp_path) as ground:
        worker = ground.worker("brokers.jobs")
        assert jobs.add.fire(1, 2).wait(WITHIN_S) == 3
        assert isinstance(ground.broker, Aws)
        ground.broker.kill()
        until(lambda: "the SQS of broker_url gives no messages" in worker.text, WITHIN_S, lambda: worker.text[-2000:])
        prepare(ground.broker.start())
        assert jobs.add.fire(3, 4).wait(WITHIN_S) == 7
        ground.broker.kill()
        assert worker.stop() == 0


def test_a_task_that_is_to_wait_longer_than_sqs_can_is_refused(place: Ground) -> None:
    with pytest.raises(QueueError) as caught:
        jobs.add.later(901, 1, 2)
    assert str(caught.value) == (
        "the task brokers.jobs.add is to wait 901 s, and SQS keeps a message back for 900 s at most: send it later, or "
        "have tasks wait in a Redis"
    )
    assert taken(place) == []


def test_a_task_that_was_sent_and_that_nobody_has_begun_waits_and_another_is_unknown(place: Ground) -> None:
    handle = jobs.add.fire(1, 2)
    assert handle.state == "waiting"
    assert current.queue().outcome(handle.id) == Outcome("unknown")
    assert taken(place) == [handle.id]


def test_a_message_that_is_delivered_while_its_task_runs_is_followed_by_another(place: Ground, books: SqsBooks) -> None:
    sent = message()
    assert begun(books, sent, lease_s=1) == Begun(sent, 1)
    assert begun(books, sent, "other") is None
    until(lambda: taken(place) == [sent.id], WITHIN_S)


def test_a_message_whose_task_has_ended_is_followed_by_none(place: Ground, books: SqsBooks) -> None:
    sent = message()
    begun(books, sent)
    books.end(sent.id, "me", sent, Ended("succeeded", b"3"))
    assert begun(books, sent) is None
    assert (books.outcome(sent.id), taken(place)) == (Outcome("succeeded", b"3"), [])


def test_a_task_that_has_failed_runs_again_when_it_is_due_whichever_message_comes_before(
    place: Ground, books: SqsBooks
) -> None:
    sent = message()
    begun(books, sent)
    books.end(sent.id, "me", sent, Ended("again", error="E: no", message=sent.again(time.time() + 600)))
    assert books.outcome(sent.id) == Outcome("waiting", None, "E: no", 1)
    assert begun(books, sent) is None
    books._ledger.change(sent.id, lambda line: Line("waiting", failures=1, revision=line.revision if line else 0))
    assert begun(books, sent) == Begun(replace(sent, failures=1), 1)


def test_what_was_released_is_sent_again_and_counts_as_begun_only_where_its_process_died(
    place: Ground, books: SqsBooks
) -> None:
    sent = message()
    begun(books, sent)
    books.release(sent.id, "me", written(sent), has_died=False)
    assert taken(place) == [sent.id]
    assert begun(books, sent, "two") == Begun(sent, 1)
    books.release(sent.id, "two", written(sent), has_died=True)
    assert taken(place) == [sent.id]
    assert begun(books, sent, "three") == Begun(sent, 2)


def test_a_message_whose_process_died_before_it_was_begun_is_sent_again(place: Ground, books: SqsBooks) -> None:
    sent = message()
    books.release(sent.id, "me", written(sent), has_died=True)
    assert taken(place) == [sent.id]


def test_a_message_that_cannot_be_read_and_whose_process_died_is_kept_with_the_dead(
    place: Ground, books: SqsBooks
) -> None:
    text = b'{"version":99,"id":"later","task":"brokers.jobs.add","arguments":[[1,2],{}]}'
    books.release("later", "me", text, has_died=True)
    assert [(dead.message.id, dead.message.task) for dead in books.dead()] == [("later", "brokers.jobs.add")]
    assert books.outcome("later").state == "failed"
    assert books.retry("later")
    assert taken(place) == ["later"]


def test_a_queue_that_is_made_keeps_what_nobody_takes_for_two_weeks(place: Ground, books: SqsBooks) -> None:
    books.send(message(queue="slow"))
    client = place.client("sqs")
    url = client.get_queue_url(QueueName="shop-slow")["QueueUrl"]
    told = client.get_queue_attributes(QueueUrl=url, AttributeNames=["MessageRetentionPeriod", "VisibilityTimeout"])
    assert told["Attributes"] == {"MessageRetentionPeriod": "1209600", "VisibilityTimeout": "60"}


def test_who_holds_a_task_no_more_ends_it_only_by_success(books: SqsBooks) -> None:
    sent = message()
    begun(books, sent, "one", lease_s=-1)
    assert begun(books, sent, "two") == Begun(sent, 2)
    assert (books.renew(sent.id, "one", 9), books.renew(sent.id, "two", 9)) == (False, True)
    books.end(sent.id, "one", sent, Ended("failed", error="E"))
    assert books.outcome(sent.id).state == "running"
    assert books.dead() == []
    books.end(sent.id, "one", sent, Ended("succeeded", b"1"))
    assert books.outcome(sent.id) == Outcome("succeeded", b"1")
    books.end(sent.id, "two", sent, Ended("failed", error="E"))
    assert (books.outcome(sent.id).state, books.dead()) == ("succeeded", [])


def test_an_sqs_that_does_not_answer_is_told(place: Ground) -> None:
    port = free_port()
    with pytest.raises(
        QueueError, match=rf"^the SQS at 127\.0\.0\.1:{port} cannot be asked \(EndpointConnectionError\)"
    ):
        sqs(f"sqs://key:s3cret@127.0.0.1:{port}").send(message())


def test_nothing_is_sent_while_there_is_no_table_and_a_worker_does_not_start(
    place: Ground, own_config: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**place.settings, "PYM_TASK_TABLE": "nowhere"}.items():
        monkeypatch.setenv(name, value)
    config.reset()
    told = (
        "the states of tasks cannot be read or written: Table 'nowhere' is not there, in DynamoDB at "
        f"http://{place.settings['PYM_BROKER_URL'].removeprefix('sqs://')}. Make it with: pymacaron tables create"
    )
    books = sqs(place.settings["PYM_BROKER_URL"])
    for _ in range(2):
        with pytest.raises(QueueError) as caught:
            books.send(message())
        assert str(caught.value) == told
    assert taken(place) == []
    with pytest.raises(ConfigError) as refused:
        work(processes=1)
    assert str(refused.value) == told


def test_the_table_is_looked_at_once_and_one_that_is_away_keeps_nothing_from_being_sent(
    place: Ground, books: SqsBooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []

    def away() -> None:
        looks.append(1)
        raise QueueError("away")

    monkeypatch.setattr(books._ledger, "look", away)
    sent = [message(), message()]
    assert [books.send(one) for one in sent] == [one.id for one in sent]
    assert (looks, sorted(taken(place))) == ([1], sorted(one.id for one in sent))


def test_without_a_region_nothing_is_sent_and_a_worker_does_not_start(
    tmp_path: Path, own_config: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PYM_AWS_REGION", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("PYM_BROKER_URL", "sqs://")
    config.reset()
    told = "It is not said in which region SQS is. Set aws_region in pym-config.yaml"
    with pytest.raises(QueueError) as caught:
        sqs("sqs://").send(message())
    with pytest.raises(ConfigError) as refused:
        work(processes=1)
    assert (str(caught.value), str(refused.value)) == (told, told)


def test_what_is_too_large_for_sqs_is_told_what_to_send_instead(place: Ground, books: SqsBooks) -> None:
    with pytest.raises(QueueError, match=r"shorter than .* Send the id of what is large") as caught:
        books.send(message(b'[["' + b"x" * 2_000_000 + b'"],{}]'))
    assert type(caught.value) is QueueError


# ---- the table alone, in memory


@pytest.fixture
def ledger() -> Ledger:
    return Ledger(MemoryStore(), "states")


def test_a_key_is_held_by_the_first_until_its_task_has_ended(ledger: Ledger) -> None:
    assert (ledger.claim("k", "1"), ledger.claim("k", "2")) == ("1", "1")
    ledger.confirm("k", "1")
    ledger.change("1", lambda _: Line("running"))
    assert ledger.claim("k", "2") == "1"
    ledger.change("1", lambda _: Line("succeeded", ends=time.time() + 9))
    assert ledger.claim("k", "2") == "2"
    ledger.yield_key("k", "2", 0)
    assert ledger.claim("k", "3") == "3"


def test_a_key_is_held_for_a_while_after_the_end(ledger: Ledger) -> None:
    ledger.claim("k", "1")
    ledger.yield_key("k", "1", 600)
    assert ledger.claim("k", "2") == "1"
    ledger.yield_key("k", "9", 0)
    assert ledger.claim("k", "2") == "1"


def test_a_claim_whose_task_was_never_sent_is_taken_over(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    from pymacaron.tasks.celery import ledger as module

    ledger.claim("k", "1")
    assert ledger.claim("k", "2") == "1"
    monkeypatch.setattr(module, "_UNSURE_S", -1)
    assert ledger.claim("k", "2") == "2"
    ledger.confirm("k", "2")
    assert ledger.claim("k", "3") == "2"
    monkeypatch.setattr(module, "_KEPT_S", -1)  # longer than SQS keeps a message
    assert ledger.claim("k", "3") == "3"


def test_everything_but_what_has_failed_ends_some_day() -> None:
    store = MemoryStore()
    ledger, table = Ledger(store, "shop-tasks"), definition("shop-tasks")
    ledger.claim("claimed", "1")
    ledger.claim("sent", "2")
    ledger.confirm("sent", "2")
    ledger.change("2", lambda _: Line("waiting"))
    ledger.bury("3", b"{}", "bad")
    ends = {item["of"]: item.get("ends") for item in store.scan(table, Scan()).items}
    assert {of for of, second in ends.items() if second is None} == {"dead"}
    assert all(second > time.time() + 14 * 86_400 for second in ends.values() if second is not None)


def test_a_result_that_is_too_large_for_the_table_is_not_kept(ledger: Ledger) -> None:
    ledger.change("1", lambda _: Line("succeeded", result=b"x" * 500_000, ends=time.time() + 9))
    line = ledger.line("1")
    assert line is not None
    assert (line.state, line.result) == ("succeeded", None)


def test_what_has_failed_is_listed_until_it_is_dropped(ledger: Ledger) -> None:
    sent = message()
    ledger.bury(sent.id, written(sent), "E: no")
    assert [(dead.message, dead.error) for dead in ledger.dead()] == [(sent, "E: no")]
    assert (ledger.drop(sent.id), ledger.drop(sent.id), ledger.dead()) == (True, False, [])


def test_what_cannot_be_read_is_retried_as_it_is(place: Ground, books: SqsBooks) -> None:
    text = b'{"version":99,"id":"later","task":"brokers.jobs.add","arguments":[[1,2],{}]}'
    assert books.begin("later", text, "me", 60) is not None
    books.end("later", "me", None, Ended("failed", error="cannot be read"))
    assert books.retry("later")
    client = place.client("sqs")
    url = client.get_queue_url(QueueName="shop-default")["QueueUrl"]
    [one] = client.receive_message(QueueUrl=url)["Messages"]
    client.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    assert text_of(one["Body"].encode()) == text
    assert books.dead() == []


def test_a_key_of_what_sqs_has_refused_is_free(place: Ground, books: SqsBooks) -> None:
    sent = replace(message(), unique="refused")
    with pytest.raises(QueueError):
        books.send(replace(sent, arguments=b'[["' + b"x" * 2_000_000 + b'"],{}]'))
    another = replace(sent, id="another")
    assert books.send(another) == "another"
    assert taken(place) == ["another"]
