"""A report -> an event of Sentry, by a client of our own: one that the service has set up for itself is left alone."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["Sentry"]


class Sentry:
    """
    `sentry(title, message)` sends to the project of *dsn*, with a timeout of *timeout_s* seconds. The SDK, of the extra
    `sentry`, loads with the first report. What it would add by itself (variables of frames, headers) it does not.
    """

    def __init__(self, dsn: str, timeout_s: float):
        self._dsn = dsn
        self._timeout_s = timeout_s
        self._client: Any = None

    def __call__(self, title: str, message: str) -> None:
        """Raises ImportError where the SDK is missing, and ValueError where the DSN is none."""
        if self._client is None:
            self._client = self._made()
        report = json.loads(message)
        self._client.capture_event(_event(title, report))
        self._client.flush(timeout=self._timeout_s)

    def _made(self) -> Any:
        from sentry_sdk import Client

        return Client(
            dsn=self._dsn,
            default_integrations=False,
            auto_enabling_integrations=False,
            include_local_variables=False,
            max_value_length=30_000,
        )


def _event(title: str, report: dict[str, Any]) -> dict[str, Any]:
    """The event: Sentry groups crashes by endpoint, code and class, what was reported otherwise by its title."""
    endpoint, server, response = (report.get(part) or {} for part in ("endpoint", "server", "response"))
    code, caught = response.get("error_code", ""), str(report.get("error_caught", "")).partition(":")[0]
    same = [code, caught] if report.get("is_fatal_error") and (code or caught) else [title.partition(" (")[0]]
    return {
        "message": title,
        "level": "fatal" if report.get("is_fatal_error") else "error",
        "logger": "pymacaron.crash",
        "platform": "python",
        "server_name": server.get("fqdn", ""),
        "release": server.get("api_version", "") or None,
        "transaction": endpoint.get("id", ""),
        "fingerprint": [endpoint.get("id", ""), *same],
        "tags": {"api": server.get("api_name", ""), "error_code": code},
        "extra": _extra(report),
    }


def _extra(report: dict[str, Any]) -> dict[str, Any]:
    """The report in less than ten members, of which the SDK leaves out what is more; the rest as a JSON text."""
    own = {name: report.get(name, "") for name in ("trace", "stack", "call_id", "error_id", "error_caught")}
    rest = {name: value for name, value in report.items() if name not in ("title", "trace", "stack")}
    return {**own, "report": json.dumps(rest, indent=4)}
