"""
The books of tasks that wait in SQS: a table of DynamoDB. The only place of tasks/ that calls AWS itself.

A message is deleted when its task has ended, or another one for the same task was sent before: so there is always one.
Plain sending talks to SQS alone, but for a look at the table the first time: what nobody has begun has no line there.
"""

from __future__ import annotations

import logging
import math
import re
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlsplit

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError, NoRegionError, ProfileNotFound  # type: ignore[import-untyped]

from pymacaron import config
from pymacaron.store.dynamodb import DynamoDBStore
from pymacaron.tasks.celery.books import Begun, Pace, queue_name
from pymacaron.tasks.celery.envelope import envelope
from pymacaron.tasks.celery.ledger import Ledger, Line
from pymacaron.tasks.message import Message, MessageError, read, unread
from pymacaron.tasks.queues import ENDED, Dead, Outcome, QueueError, QueueSettingError
from pymacaron.tasks.running import Ended

__all__ = ["SqsBooks"]

log = logging.getLogger("pymacaron.tasks")

#: Seconds that SQS keeps a message back at most. Source: SendMessage, DelaySeconds
_LONGEST_S = 900
#: Of a queue that is made here: how long it keeps what nobody takes, as long as there is; SQS would for 4 days
_KEPT = {"MessageRetentionPeriod": str(14 * 86_400)}
#: Seconds for a connection, for an answer; how often it is asked
_CONNECT_S, _READ_S, _ATTEMPTS = 2, 10, 3


class _RefusedError(QueueError):
    """SQS has answered that it takes the message not."""


class SqsBooks:
    """
    Books at *url*, sqs:// or sqs://host:port for what stands in for AWS, of the service *name*, in the table *table*.
    What ended is remembered for *keep_s* seconds. It connects when it is first asked. queue_name() calls queues.
    """

    knows_waiting = False  # SQS does not tell what waits in it

    def __init__(self, url: str, name: str, table: str, keep_s: float):
        settings: Any = config.get_config()
        parts = urlsplit(url)
        self._name, self._keep_s = name, keep_s
        self._place = parts.netloc.rpartition("@")[2]
        # What stands in for SQS is asked without a region, too
        self._region = settings.aws_region or settings.aws_default_region or _usual_region(bool(self._place))
        self._endpoint = f"http://{self._place}" if self._place else None
        self._key = parts.username or settings.aws_access_key_id
        self._secret = parts.password or settings.aws_secret_access_key
        #: In which the table is
        self.store = DynamoDBStore(self._region, self._endpoint, self._key, self._secret)
        self._ledger = Ledger(self.store, table)
        self._made: Any = None
        self._urls: dict[str, str] = {}
        self._has_looked = False

    @property
    def url(self) -> str:
        """With the keys that the settings name."""
        keys = f"{quote(self._key, safe='')}:{quote(self._secret, safe='')}@" if self._key and self._secret else ""
        return f"sqs://{keys}{self._place}"

    @property
    def tls(self) -> None:
        return None

    @property
    def transport(self) -> str:
        return "pymacaron.tasks.celery.sqstransport:Transport"

    def send(self, message: Message) -> str:
        if message.due - time.time() > _LONGEST_S:
            raise QueueError(
                f"the task {message.task} is to wait {message.due - time.time():.0f} s, and SQS keeps a message back "
                f"for {_LONGEST_S} s at most: send it later, or have tasks wait in a Redis"
            )
        self._answered(lambda: self._client)
        self._look_once()
        try:
            return self._sent(message)
        except _RefusedError as error:
            raise QueueError(str(error)) from None

    def _sent(self, message: Message) -> str:
        if message.unique is None:
            self._post(message, message.due)
            return message.id
        held = self._ledger.claim(message.unique, message.id)
        if held == message.id:
            try:
                self._post(message, message.due)
            except _RefusedError:  # nothing was sent: the key must not stand for it
                with suppress(QueueError):
                    self._ledger.yield_key(message.unique, message.id, 0.0)
                raise
            self._ledger.confirm(message.unique, message.id)
        return held

    def look(self) -> None:
        self._answered(lambda: self._client)
        self._ledger.look()

    def _look_once(self) -> None:
        """Have nothing sent while there is no table, in which a worker writes down what it runs. It may be away."""
        if not self._has_looked:
            try:
                self._ledger.look()
            except QueueSettingError:
                raise
            except QueueError:
                pass  # who only sends need not be permitted to read it
            self._has_looked = True

    def outcome(self, task_id: str) -> Outcome:
        line = self._ledger.line(task_id)
        if line is None:
            return Outcome("unknown")
        return Outcome(line.state, line.result, line.error, line.failures)

    def dead(self) -> list[Dead]:
        return sorted(self._ledger.dead(), key=lambda dead: dead.failed)

    def retry(self, task_id: str) -> bool:
        text = self._ledger.dead_text(task_id)
        if text is None:
            return False
        self._ledger.change(task_id, lambda _: Line("waiting"))
        try:
            self._post(replace(read(text), failures=0, due=time.time(), expires=None), 0)
        except MessageError:  # written by a later version, perhaps, which a worker is of by now: as it is
            self._post(replace(unread(text), id=task_id), 0, text)
        return self._ledger.drop(task_id)

    def drop(self, task_id: str) -> bool:
        return self._ledger.drop(task_id)

    def begin(self, task_id: str, text: bytes, owner: str, lease_s: float) -> Begun | None:
        try:
            message: Message | None = read(text)
            error = None
        except MessageError as unreadable:
            message, error = None, str(unreadable)
        now, later = time.time(), 0.0

        def change(line: Line | None) -> Line | None:
            nonlocal later
            line, later = line or Line("waiting"), 0.0
            if line.state in ENDED:
                return None
            if line.state == "running" and line.owner != owner and line.until > now:
                later = line.until
            elif line.state == "waiting" and line.due > now:
                later = line.due
            if later:
                return None
            failures = max(line.failures, message.failures if message is not None else 0)
            deliveries = line.deliveries + (line.owner != owner)
            begun = replace(line, state="running", owner=owner, until=now + lease_s, failures=failures, text=text)
            return replace(begun, deliveries=deliveries)

        line = self._ledger.change(task_id, change)
        if line is None:
            if later and message is not None:
                self._post(message, later)
            return None
        if message is not None:
            message = replace(message, failures=line.failures)
        return Begun(message, line.deliveries, error)

    def renew(self, task_id: str, owner: str, lease_s: float) -> bool:
        until = time.time() + lease_s
        return self._ledger.change(task_id, lambda line: _owned(line, owner, until)) is not None

    def held(self, task_id: str, owner: str) -> Message | None:
        line = self._ledger.line(task_id)
        if line is None or line.owner != owner or line.state != "running":
            return None
        try:
            return replace(read(line.text), failures=line.failures)
        except MessageError:
            return None

    def end(self, task_id: str, owner: str, message: Message | None, ended: Ended) -> None:
        if ended.state == "again" and ended.message is not None:
            self._again(task_id, owner, ended.message, ended.error)
            return
        line = self._ledger.line(task_id)
        is_mine = line is not None and line.owner == owner and line.state == "running"
        if line is None or line.state in ENDED or not (is_mine or ended.state == "succeeded"):
            return
        if ended.state == "failed":
            self._ledger.bury(task_id, line.text, ended.error or "")
        failures = (message.failures if message is not None else 0) + (ended.state == "failed")
        state = ended.state if ended.state != "again" else "failed"
        over = Line(state, result=ended.result, error=ended.error, failures=failures, ends=time.time() + self._keep_s)
        unique, held_s = (message.unique, message.unique_for) if message is not None else (None, 0.0)
        holds_on = unique is not None and state == "succeeded" and held_s > 0
        if unique is not None and holds_on:  # before it has ended: from then on only this holds the key
            self._ledger.yield_key(unique, task_id, held_s)
        self._ledger.change(task_id, lambda line: None if line is not None and line.state in ENDED else over)
        if unique is not None and not holds_on:
            self._ledger.yield_key(unique, task_id, 0.0)

    def _again(self, task_id: str, owner: str, after: Message, error: str | None) -> None:
        def change(line: Line | None) -> Line | None:
            if line is not None and line.state == "waiting" and line.failures == after.failures:
                return line  # written down already, and perhaps not sent
            kept = _owned(line, owner)
            if kept is None:
                return None
            return replace(
                kept, state="waiting", owner="", due=after.due, failures=after.failures, deliveries=0, error=error
            )

        if self._ledger.change(task_id, change) is not None:
            self._post(after, after.due)

    def release(self, task_id: str, owner: str, text: bytes, *, has_died: bool) -> None:
        line = self._ledger.line(task_id)
        if line is not None and line.state in ENDED:
            return

        def change(line: Line | None) -> Line | None:
            kept = _owned(line, owner)
            if kept is None:
                return None
            return replace(kept, state="waiting", owner="", deliveries=kept.deliveries - (not has_died))

        self._ledger.change(task_id, change)
        try:
            self._post(read(text), 0)
        except MessageError as error:
            told = f"its message cannot be read: {error}"
            self._ledger.bury(task_id, text, told)
            over = Line("failed", error=told, ends=time.time() + self._keep_s)
            self._ledger.change(task_id, lambda line: None if line is not None and line.state in ENDED else over)
            log.error("the task %s cannot be read, and a process has died over it: it is among the dead", task_id)

    def sweep(self, queues: Sequence[str], lost_s: float | None) -> int:
        return 0  # SQS delivers what is due, and again what was not deleted

    def celery_options(self, pace: Pace) -> dict[str, object]:
        options: dict[str, object] = {
            "visibility_timeout": max(1, math.ceil(pace.lease * 2)),
            "wait_time_seconds": min(10, max(1, math.ceil(pace.sweep * 20))),
            "polling_interval": 0.1,
            "sqs-creation-attributes": dict(_KEPT),
            "client-config": {"connect_timeout": _CONNECT_S, "read_timeout": 30},
        }
        return {**options, "region": self._region} if self._region else options

    def celery_queue(self, queue: str) -> str:
        return queue_name(self._name, queue, re.sub(r"[^A-Za-z0-9_-]", "-", f"{self._name}-{queue}")[:80])

    def _post(self, message: Message, due: float, text: bytes | None = None) -> None:
        """
        Send *message*, to be delivered at *due*, or as late before that as SQS can. *text*: its own, which read()
        refuses.
        """
        listed = self.celery_queue(message.queue)
        delay_s = min(_LONGEST_S, max(0, math.ceil(due - time.time())))
        body = envelope(message, listed, text).decode()

        def ask() -> None:
            self._client.send_message(QueueUrl=self._queue_url(listed), MessageBody=body, DelaySeconds=delay_s)

        self._answered(ask)

    def _queue_url(self, listed: str) -> str:
        found = self._urls.get(listed)
        if found is None:
            try:
                found = self._client.get_queue_url(QueueName=listed)["QueueUrl"]
            except self._client.exceptions.QueueDoesNotExist:
                attributes = {"VisibilityTimeout": str(math.ceil(Pace().lease * 2)), **_KEPT}
                found = self._client.create_queue(QueueName=listed, Attributes=attributes)["QueueUrl"]
            self._urls[listed] = found
        return str(found)

    @property
    def _client(self) -> Any:
        if self._made is None:
            retries = {"mode": "standard", "total_max_attempts": _ATTEMPTS}
            self._made = boto3.session.Session(
                aws_access_key_id=self._key, aws_secret_access_key=self._secret, region_name=self._region
            ).client(
                "sqs",
                endpoint_url=self._endpoint,
                config=Config(connect_timeout=_CONNECT_S, read_timeout=_READ_S, retries=retries),
            )
        return self._made

    def _answered(self, ask: Callable[[], Any]) -> None:
        where = f"at {self._place}" if self._place else f"in {self._region}" if self._region else "of AWS"
        try:
            ask()
        except ClientError as error:
            told = error.response.get("Error", {})
            fact = f"the SQS {where} refuses ({told.get('Code')}): {told.get('Message')!s:.200}"
            is_large = "shorter than" in fact
            mend = " Send the id of what is large, which lies in a database or in a file" if is_large else ""
            raise _RefusedError(f"{fact}{mend}") from None
        except NoRegionError:
            raise QueueSettingError(
                "It is not said in which region SQS is. Set aws_region in pym-config.yaml"
            ) from None
        except ProfileNotFound as error:
            raise QueueSettingError(f"the SQS {where} cannot be asked: {error!s:.200}. Look at AWS_PROFILE") from None
        except BotoCoreError as error:
            raise QueueError(f"the SQS {where} cannot be asked ({type(error).__name__}): {error!s:.200}") from None


def _usual_region(stands_in: bool) -> str | None:
    """The region that boto3 finds by itself: variables, ~/.aws. None: there is none."""
    try:
        found = boto3.session.Session().region_name
    except BotoCoreError:  # a profile that is none, which is said when it is asked
        return None
    return found or ("us-east-1" if stands_in else None)


def _owned(line: Line | None, owner: str, until: float | None = None) -> Line | None:
    """*line*, held *until* then, if it is *owner* who holds it."""
    if line is None or line.owner != owner or line.state != "running":
        return None
    return replace(line, until=until) if until is not None else line
