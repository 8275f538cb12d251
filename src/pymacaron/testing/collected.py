"""`reports()`: what would be sent to the people who run a service is collected, and nothing is sent."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pymacaron.crash import senders

__all__ = ["Reports", "reports"]


class Reports:
    """
    `reports`: list of dict, each a report as the one who is told gets it (docs/reports.md), in the order in which they
    were made. Of crashes that are the same each one is there: a service would send the first, and count the others.
    """

    def __init__(self) -> None:
        self.reports: list[dict[str, Any]] = []

    def __repr__(self) -> str:
        return f"<Reports {self.titles!r}>"

    @property
    def titles(self) -> list[str]:
        """The title of each, a line that says what has happened where."""
        return [str(one["title"]) for one in self.reports]

    def reports_of(self, what: str) -> list[dict[str, Any]]:
        """
        Those of one call, by the `error_id` of its reply or its call id; of an operation, by `GET /orders/{id}`, with
        the name of its api before it or without; of a task, by its name.
        """
        return [one for one in self.reports if what in _names(one)]

    def forget(self) -> None:
        """Forget the reports until now."""
        self.reports.clear()

    # ---- what a desk of crash/ is asked

    def admits(self, key: Hashable) -> bool:
        return True

    def post(self, report: Mapping[str, Any], key: Hashable = None) -> None:
        self.reports.append(json.loads(json.dumps(report)))

    def settle(self, timeout_s: float) -> None:
        """Nothing waits."""

    def counts(self) -> dict[str, Any]:
        return {"repeated": 0, "limited": 0, "destinations": {}}


def _names(report: Mapping[str, Any]) -> set[str]:
    words = str(report["endpoint"]["id"]).split()
    places = (" ".join(words[at:]) for at in range(len(words)))
    return {name for name in (report["error_id"], report["call_id"], *places) if name}


@contextmanager
def reports() -> Iterator[Reports]:
    """
    `with reports() as told:` has all reports of the process be in *told*: of calls and tasks that fail, of slow calls,
    of report_error(). No reporter, webhook, e-mail or Sentry hears of them.

    `told.reports` is a list of dict, `told.titles` one of texts, `told.reports_of(reply.json["error_id"])` those of one
    call. Where the setting `report_errors` is false there are none, as in a service.
    """
    with senders.use(Reports()) as made:
        yield made
