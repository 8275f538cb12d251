"""
The books in a Redis, where tasks wait, too: one script, and so one round trip, for each thing that is asked.

Nothing is lost between two of them, whoever dies: see scripts.py.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from ssl import SSLCertVerificationError, SSLError
from typing import Any

from redis import ConnectionError as ClosedError
from redis import ConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from pymacaron.schema.wire import json_encode, reread
from pymacaron.tasks.celery import scripts
from pymacaron.tasks.celery.address import Address
from pymacaron.tasks.celery.books import Begun, Pace, queue_name
from pymacaron.tasks.celery.envelope import envelope, text_of
from pymacaron.tasks.message import Message, MessageError, read, unread
from pymacaron.tasks.queues import Dead, Outcome, QueueError, QueueSettingError
from pymacaron.tasks.running import Ended

__all__ = ["RedisBooks"]

#: Seconds that a Redis has to answer, unless its URL says otherwise
_TIMEOUT_S = 2.0
#: How many of each kind a sweep delivers at once
_MOST = 200
#: How redis-py calls it that a user or a password does not do
_LOCKED = ("AuthenticationError", "NoPermissionError", "AuthenticationWrongNumberOfArgsError")
#: Seconds between two deliveries by Celery of what was not acknowledged: the books know sooner what has to be run again
_VISIBILITY_S = 3600


class RedisBooks:
    """
    Books at *url*, a Redis, of which config.broker_fault() finds nothing wrong, of the service *name*. What ended is
    remembered for *keep_s* seconds. It connects when it is first asked. Keys are `pymacaron:NAME:...`, and lists are
    called by queue_name().
    """

    knows_waiting = True

    def __init__(self, url: str, name: str, keep_s: float):
        self._name = name
        self._prefix = f"pymacaron:{name}:"
        self._keep_ms = max(1, round(keep_s * 1000))
        retry = Retry(NoBackoff(), 1, (ClosedError,))
        usual = {"socket_timeout": _TIMEOUT_S, "socket_connect_timeout": _TIMEOUT_S, "retry": retry}
        self._address = Address(url)
        self._client = Redis.from_pool(ConnectionPool(**{**usual, **self._address.arguments}))
        self._scripts = {script: self._client.register_script(script) for script in _SCRIPTS}

    @property
    def url(self) -> str:
        return self._address.url

    @property
    def tls(self) -> dict[str, object] | None:
        return self._address.tls

    @property
    def transport(self) -> None:
        return None

    def send(self, message: Message) -> str:
        told = self._ask(scripts.SEND, message.id, self._kept(message), repr(message.due), message.unique or "")
        return str(told, "utf-8")

    def outcome(self, task_id: str) -> Outcome:
        state, result, error, failures = self._ask(scripts.OUTCOME, task_id)
        return Outcome(
            str(state, "utf-8"),  # type: ignore[arg-type]
            result or None,
            str(error, "utf-8") if error else None,
            int(failures or 0),
        )

    def dead(self) -> list[Dead]:
        found = [_dead(task_id.decode(), text) for task_id, text in self._hash("dead").items()]
        return sorted(found, key=lambda dead: dead.failed)

    def retry(self, task_id: str) -> bool:
        text = self._answered(lambda: self._client.hget(f"{self._prefix}dead", task_id))
        if text is None:
            return False
        members = reread(text)
        try:
            message = read(members["text"].encode())
        except MessageError:  # written by a later version, perhaps, which a worker is of by now: as it is
            sent = members["text"].encode()
            again = replace(unread(sent), id=task_id)
            return bool(self._ask(scripts.RETRY, task_id, self._kept(again, sent), ""))
        again = replace(message, failures=0, due=time.time(), expires=None)
        return bool(self._ask(scripts.RETRY, task_id, self._kept(again), message.unique or ""))

    def drop(self, task_id: str) -> bool:
        return bool(self._ask(scripts.DROP, task_id))

    def look(self) -> None:
        self._answered(self._client.ping)

    def begin(self, task_id: str, text: bytes, owner: str, lease_s: float) -> Begun | None:
        told = self._ask(scripts.BEGIN, task_id, owner, lease_s)
        if not told:
            return None
        deliveries = int(told[0])
        try:
            return Begun(read(text_of(told[1].partition(b"\n")[2])), deliveries)
        except MessageError as error:
            return Begun(None, deliveries, str(error))

    def renew(self, task_id: str, owner: str, lease_s: float) -> bool:
        return bool(self._ask(scripts.RENEW, task_id, owner, lease_s))

    def held(self, task_id: str, owner: str) -> Message | None:
        kept = self._ask(scripts.HELD, task_id, owner)
        try:
            return read(text_of(kept.partition(b"\n")[2])) if kept else None
        except MessageError:
            return None

    def end(self, task_id: str, owner: str, message: Message | None, ended: Ended) -> None:
        if ended.state == "again" and ended.message is not None:
            after = ended.message
            rest = (self._kept(after), repr(after.due), ended.error or "", after.failures)
            self._ask(scripts.AGAIN, task_id, owner, *rest)
            return
        unique, unique_for, failures = "", 0.0, 0
        if message is not None:
            unique, unique_for = message.unique or "", message.unique_for
            failures = message.failures + (ended.state == "failed")
        self._ask(
            *(scripts.END, task_id, owner, ended.state, ended.result or "", ended.error or "", failures),
            *(self._keep_ms, unique, round(unique_for * 1000) if ended.state == "succeeded" else 0),
            self._buried(task_id, owner, ended) if ended.state == "failed" else "",
        )

    def release(self, task_id: str, owner: str, text: bytes, *, has_died: bool) -> None:
        self._ask(scripts.RELEASE, task_id, owner, 0 if has_died else -1)

    def sweep(self, queues: Sequence[str], lost_s: float | None) -> int:
        lost = "" if lost_s is None else lost_s
        return int(self._ask(scripts.SWEEP, _MOST, lost, *(self.celery_queue(queue) for queue in queues)))

    def celery_options(self, pace: Pace) -> dict[str, object]:
        keys = {name: f"{self._prefix}{name}" for name in ("unacked", "unacked_index", "unacked_mutex")}
        return {
            **{f"{name}_key": key for name, key in keys.items()},
            "visibility_timeout": _VISIBILITY_S,
            "socket_connect_timeout": _TIMEOUT_S,
            "socket_keepalive": True,
            "health_check_interval": 10,
            **self._address.options,
        }

    def celery_queue(self, queue: str) -> str:
        return queue_name(self._name, queue)

    def _kept(self, message: Message, text: bytes | None = None) -> bytes:
        """*text*: that of *message*, which read() refuses."""
        listed = self.celery_queue(message.queue)
        return listed.encode() + b"\n" + envelope(message, listed, text)

    def _buried(self, task_id: str, owner: str, ended: Ended) -> bytes:
        """What is kept of a task that has failed for good, as JSON: its text, even where that cannot be read here."""
        kept = self._ask(scripts.HELD, task_id, owner)
        try:
            text = text_of(kept.partition(b"\n")[2]) if kept else b""
        except MessageError:
            text = kept
        return json_encode({"text": text.decode(errors="replace"), "error": ended.error or "", "failed": time.time()})

    def _hash(self, name: str) -> dict[bytes, bytes]:
        found: dict[bytes, bytes] = self._answered(lambda: self._client.hgetall(f"{self._prefix}{name}"))
        return found

    def _ask(self, script: str, *arguments: Any) -> Any:
        return self._answered(lambda: self._scripts[script](args=[self._prefix, *arguments]))

    def _answered(self, ask: Any) -> Any:
        try:
            return ask()
        except RedisError as error:
            is_setting = type(error).__name__ in _LOCKED or "DB index" in str(error)
            kind = QueueSettingError if is_setting else QueueError
            raise kind(f"the Redis of broker_url, {self._address.where}, {_fault(error)}") from None


_SCRIPTS = [getattr(scripts, name) for name in scripts.__all__]


def _fault(error: RedisError) -> str:
    """What keeps a Redis from answering, without what the client quotes: a URL can be in it."""
    kind = type(error).__name__
    if kind in ("ConnectionError", "TimeoutError"):
        cause = error.__cause__ or error.__context__
        if isinstance(cause, SSLCertVerificationError):
            fact = f"has a certificate that does not count ({cause.verify_message})"
            return f"{fact}: the URL says by which it does, ?ssl_ca_certs=FILE, and the host that it names"
        if isinstance(cause, SSLError):
            return f"does not agree on TLS ({cause.reason}): redis:// is for one without, rediss:// for one with it"
        if isinstance(cause, (FileNotFoundError, PermissionError, IsADirectoryError)):
            return f"is not asked: a file that the URL names for TLS cannot be read ({cause.strerror})"
        return f"does not answer ({kind}): is it running, and can this machine reach it?"
    if kind in _LOCKED:
        return f"does not let this service in ({kind}): look at the user and the password of the URL"
    return f"refuses ({kind}): {str(error).partition(' script')[0]:.120}"


def _dead(task_id: str, kept: bytes) -> Dead:
    members = reread(kept)
    text = members["text"].encode()
    try:
        message = read(text)
    except MessageError:
        message = replace(unread(text), id=task_id)
    return Dead(message, members["error"], members["failed"])
