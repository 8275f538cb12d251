"""
What a broker is asked besides what every Queue is: `Books`, a Protocol of what a worker writes down.

A worker that begins a task holds it for LEASE_S seconds, and renews that while it runs: a message that is delivered
again meanwhile is another copy, and is not run; one whose worker died is run again when that time is over. What a task
is, and how often it has failed, is what the books say, whichever copy a broker delivers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pymacaron.tasks.message import Message
from pymacaron.tasks.queues import Queue
from pymacaron.tasks.running import Ended

__all__ = ["DEATHS", "Begun", "Books", "Pace", "queue_name"]

#: Characters of a name before its digest: SQS takes 80
_LONGEST = 71
#: A task whose worker has died so often is not run again: it may be why
DEATHS = 5


@dataclass(frozen=True, slots=True)
class Pace:
    """
    Seconds: `lease`, for which a worker holds what it runs, unless it renews that; `sweep` between two looks for what
    is due and what nobody holds any more; `lost`, after which a message that a broker has delivered to nobody is sent
    again; `grace`, which a task has beyond its timeout until its process is killed.
    """

    lease: float = 30.0
    sweep: float = 0.5
    lost: float = 60.0
    grace: float = 10.0


def queue_name(name: str, queue: str, wanted: str | None = None) -> str:
    """
    What a broker calls the *queue* of the service *name*: NAME-QUEUE, or *wanted* in its place, which the broker can
    have. Behind that a digest, where another service could come to the same: `shop` with `mail-in`, and `shop-mail`
    with `in`; or where it is not all that was asked for.
    """
    plain = f"{name}-{queue}"
    if "-" not in queue and wanted in (None, plain):
        return plain
    digest = hashlib.sha256(f"{name}/{queue}".encode()).hexdigest()[:8]
    return f"{(wanted or plain)[:_LONGEST]}-{digest}"


@dataclass(frozen=True, slots=True)
class Begun:
    """
    A task that is held, to be run: `message`, None where its `text` cannot be read, which says `error`. `deliveries`:
    how often it was begun since it was last heard of, this time included.
    """

    message: Message | None
    deliveries: int = 1
    error: str | None = None


class Books(Queue, Protocol):
    """
    A Queue, and what its workers write down. *owner* is the text by which a process of a worker is told from all
    others. Every method may raise QueueError, and can be called again then.
    """

    @property
    def url(self) -> str:
        """The URL by which Celery's worker takes messages, with its password, as kombu reads URLs."""
        ...

    @property
    def tls(self) -> dict[str, object] | None:
        """What Celery's worker is told of TLS, as its `broker_use_ssl`; None: what the URL says is all."""
        ...

    @property
    def transport(self) -> str | None:
        """The class by which Celery's worker talks to the broker, as `module:Class`; None: that of the URL."""
        ...

    def look(self) -> None:
        """Ask the broker whether it can be worked with. Raises QueueSettingError where that wants somebody's doing."""
        ...

    def begin(self, task_id: str, text: bytes, owner: str, lease_s: float) -> Begun | None:
        """Hold the task *task_id*, of which *text* was delivered. None: it is not to be run by who asks, not now."""
        ...

    def renew(self, task_id: str, owner: str, lease_s: float) -> bool:
        """Hold it for longer. False: *owner* holds it no more."""
        ...

    def held(self, task_id: str, owner: str) -> Message | None:
        """The message of a task that *owner* holds; None where it does not."""
        ...

    def end(self, task_id: str, owner: str, message: Message | None, ended: Ended) -> None:
        """
        Write down how *message* has ended, or when it is to run again. Without one it could not be read, and is kept as
        it is. Nothing happens where another one holds it by now.
        """
        ...

    def release(self, task_id: str, owner: str, text: bytes, *, has_died: bool) -> None:
        """
        Have the task of which *text* was delivered, and which did not end, be run by another than *owner*, who was
        stopped, or *has_died* over it. What was delivered may be forgotten by the broker after this.
        """
        ...

    def sweep(self, queues: Sequence[str], lost_s: float | None) -> int:
        """
        Deliver what is due, what is held no more, and what a broker has delivered to nobody for *lost_s* seconds; None:
        that is not looked for. Gives how many.
        """
        ...

    def celery_options(self, pace: Pace) -> dict[str, object]:
        """What Celery is told of this broker besides its URL."""
        ...

    def celery_queue(self, queue: str) -> str:
        """What the broker calls *queue*."""
        ...
