"""
A message of ours as the message of Celery's protocol that a worker takes from a Redis. All have the same Celery task,
TASK; Flower and logs show the name of ours.

Source: Celery, "Message Protocol", version 2; kombu.transport.virtual for what stands around it.
"""

from __future__ import annotations

import os
import socket
from functools import cache
from typing import Any

from pymacaron.schema.wire import MALFORMED, json_encode, reread
from pymacaron.tasks.message import Message, MessageError, written

__all__ = ["TASK", "envelope", "text_of"]

#: By which name Celery knows the one task that runs ours
TASK = "pymacaron.run"

_EMBEDDED = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}


def envelope(message: Message, listed: str, text: bytes | None = None) -> bytes:
    """
    What waits in the list *listed* of a Redis. The id stands first, where scripts find it without reading the rest.
    *text*: that of *message*, which read() refuses.
    """
    sent = (written(message) if text is None else text).decode()
    headers = {"id": message.id, **_headers(message)}
    properties = {
        "correlation_id": message.id,
        "delivery_mode": 2,
        "delivery_info": {"exchange": "", "routing_key": listed},
        "priority": 0,
        "body_encoding": None,
        "delivery_tag": message.id,
    }
    return json_encode(
        {
            "headers": headers,
            "body": json_encode([[sent], {}, _EMBEDDED]).decode(),
            "content-encoding": "utf-8",
            "content-type": "application/json",
            "properties": properties,
        }
    )


def _headers(message: Message) -> dict[str, Any]:
    """The headers of Celery's protocol that are not the same for all."""
    return {
        "lang": "py",
        "task": TASK,
        "shadow": message.task,
        "root_id": message.id,
        "parent_id": None,
        "group": None,
        "eta": None,
        "expires": None,
        "retries": 0,
        "timelimit": [None, None],
        "argsrepr": "()",
        "kwargsrepr": "{}",
        "origin": _origin(os.getpid()),
        "ignore_result": True,
    }


def text_of(kept: bytes) -> bytes:
    """The text of the message that envelope() has put into *kept*. Raises MessageError."""
    try:
        text = reread(reread(kept)["body"].encode())[0][0]
    except (*MALFORMED, LookupError, TypeError, AttributeError):
        raise MessageError("it is no message of Celery's") from None
    if not isinstance(text, str):
        raise MessageError("it is no message of ours")
    return text.encode()


@cache
def _origin(pid: int) -> str:
    return f"{pid}@{socket.gethostname()}"
