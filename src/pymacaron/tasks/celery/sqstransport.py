"""
kombu's transport for SQS, but that an SQS that does not answer, or answers with an error, is asked again. kombu (5.7)
ends the worker with the one, and with the other asks for no message any more. A worker names this as its transport.
"""

from __future__ import annotations

import logging
from typing import Any

from kombu.asynchronous.aws.sqs.connection import AsyncSQSConnection
from kombu.transport import SQS

__all__ = ["Channel", "Transport"]

log = logging.getLogger("pymacaron.tasks")


class _Connection(AsyncSQSConnection):
    """kombu asks it for messages, and calls `_on_list_ready` with what comes."""

    is_away = False

    def _on_list_ready(self, parent: Any, markers: Any, operation: Any, response: Any) -> Any:
        ready: Any = super()._on_list_ready
        try:
            found = ready(parent, markers, operation, response)
        except Exception:  # kombu has no class of its own for what SQS answers with an error
            found = []
        is_away = not isinstance(found, dict)
        if is_away and not self.is_away:
            log.warning(
                "the SQS of broker_url gives no messages (%s), and is asked again until it does", response.status
            )
        self.is_away = is_away
        return {} if is_away else found


class Channel(SQS.Channel):
    """With that connection. After an answer without messages kombu asks again `polling_interval` later."""

    _asynsqs: Any
    sqs: Any

    def asynsqs(self, queue: Any = None) -> Any:
        if self._asynsqs is None:
            names = self.get_message_attributes
            self._asynsqs = _Connection(  # type: ignore[no-untyped-call]
                sqs_connection=self.sqs(queue=queue),
                region=self.region,
                message_system_attribute_names=names.get("MessageSystemAttributeNames"),
                message_attribute_names=names.get("MessageAttributeNames"),
            )
        return self._asynsqs


class Transport(SQS.Transport):
    """With that Channel."""

    Channel = Channel
