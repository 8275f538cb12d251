"""A report -> a message of a Slack-compatible webhook: Slack, Mattermost, Discord with `/slack` and others take it."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from typing import Any

__all__ = ["Webhook", "WebhookError"]

#: Characters of a text: Slack cuts at 40,000, others take less
_LONGEST = 12_000


class WebhookError(Exception):
    """The webhook did not take a report. The text does not name its URL, which is a secret."""


class _Unredirected(urllib.request.HTTPRedirectHandler):
    """A report goes where the setting says, nowhere else."""

    def redirect_request(self, *args: Any) -> None:
        return None


class Webhook:
    """`webhook(title, message)` posts to *url*, http or https, with a timeout of *timeout_s* seconds."""

    def __init__(self, url: str, timeout_s: float):
        self._url = url
        self._timeout_s = timeout_s
        self._opener = urllib.request.build_opener(_Unredirected)

    def __call__(self, title: str, message: str) -> None:
        """Raises WebhookError."""
        data = json.dumps({"text": _text(title, message)}).encode()
        headers = {"Content-Type": "application/json", "User-Agent": "pymacaron"}
        try:
            request = urllib.request.Request(self._url, data, headers, method="POST")
            with self._opener.open(request, timeout=self._timeout_s) as response:
                response.read(1_000)
        except urllib.error.HTTPError as error:
            error.close()
            raise WebhookError(f"the webhook answered {error.code}") from None
        except (OSError, ValueError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise WebhookError(f"the webhook could not be reached: {type(reason).__name__}") from None


def _text(title: str, message: str) -> str:
    """Slack's markup: what it would take for a link or a mention is escaped, and the report is a block of code."""
    cut = message if len(message) <= _LONGEST else f"{message[:_LONGEST]}\n..."
    body = f"*{title}*\n```{cut.replace('```', '` ` `')}```"
    return body.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
