"""
The checks that schemathesis lacks: that Allow names the methods of all descriptions of a service, and that what was
deleted is gone where no link leads from the one to the other. And the failures that are none, by what we know.

They are registered for the whole process by `register`. Neighbours: driver.py runs them, plans.py makes the Plan.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import schemathesis
from requests.structures import CaseInsensitiveDict
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.openapi.checks import IgnoredAuth, JsonSchemaError, MissingHeaders, UnsupportedMethodResponse

__all__ = ["StillThere", "WrongAllow", "register"]

#: Methods that frameworks answer without anybody's describing them. Source: RFC 9110, section 9.3.2 and 9.3.7
_IMPLICIT = frozenset({"HEAD", "OPTIONS"})
#: What schemathesis says of a body that has more than is declared
_MORE = "object with unexpected properties"
_KEY = "Idempotency-Key"


class WrongAllow(Failure):
    """`Allow` of a 405, or of what answers OPTIONS, names other methods than the descriptions of the service."""

    kind_title = "Allow names other methods"
    __slots__ = ("missing", "undeclared")

    def __init__(self, operation: str, missing: list[str], undeclared: list[str]):
        super().__init__(operation=operation, message="")
        self.missing = missing
        self.undeclared = undeclared

    @property
    def _unique_key(self) -> str:
        return f"{self.missing}{self.undeclared}"


class StillThere(Failure):
    """GET of the path of a DELETE that has succeeded does so too. `response`: of the GET."""

    kind_title = "Still there after DELETE"
    __slots__ = ("response",)

    def __init__(self, operation: str, response: Any):
        super().__init__(operation=operation, message="")
        self.response = response


def register(plan: Mapping[str, Any]) -> None:
    """Have schemathesis run the checks below, for what *plan* says; see plans.py."""
    known = _Known(plan)

    @schemathesis.check
    def allow_of_the_service(ctx: Any, response: Any, case: Any) -> None:
        known.look_at_allow(response, case)

    @schemathesis.check
    def gone_after_delete(ctx: Any, response: Any, case: Any) -> None:
        known.look_for_deleted(response, case)

    @schemathesis.hook
    def before_call(ctx: Any, case: Any, kwargs: Any) -> None:
        known.guard(case)
        known.name(case)

    @schemathesis.hook
    def filter_failure(ctx: Any, failure: Any, case: Any, response: Any) -> bool:
        return known.is_failure(failure, case, response)


class _Path(NamedTuple):
    """A path of the service: how many variables it has, the methods that are described, and those that may be there."""

    pattern: re.Pattern[str]
    variables: int
    declared: frozenset[str]
    others: frozenset[str]


class _Known:
    def __init__(self, plan: Mapping[str, Any]):
        self._paths = [
            _Path(re.compile(one["pattern"]), one["variables"], frozenset(one["declared"]), frozenset(one["others"]))
            for one in plan["paths"]
        ]
        self._limited = frozenset(plan["limited"])
        self._keyed = frozenset(plan["keyed"])
        self._skipped = frozenset(plan["skipped"])
        self._allowed = None if plan["allowed"] is None else frozenset(plan["allowed"])
        self._verify = plan["verify"]
        self._run = plan["run"]
        self._is_20 = "swagger" in plan["document"]
        self._named = 0

    def methods(self, url: str) -> tuple[frozenset[str], frozenset[str]]:
        """Those that *url* must have, and all that it may have."""
        path = urlsplit(url).path
        found = [one for one in self._paths if one.pattern.fullmatch(path)]
        if not found:
            return frozenset(), frozenset()
        fewest = min(one.variables for one in found)
        nearest = [one for one in found if one.variables == fewest]  # a path without variables goes before others
        must = nearest[0].declared if len(nearest) == 1 else frozenset()
        return must, frozenset().union(*(one.declared | one.others for one in found))

    def look_at_allow(self, response: Any, case: Any) -> None:
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED and response.request.method != "OPTIONS":
            return
        must, may = self.methods(response.request.url)
        told = {name.strip().upper() for text in response.headers.get("allow", []) for name in text.split(",")} - {""}
        if not told or not may:
            return  # a 405 without Allow is a failure of schemathesis' own
        missing, undeclared = must - told - _IMPLICIT, told - may - _IMPLICIT
        if missing or undeclared:
            raise WrongAllow(case.operation.label, sorted(missing), sorted(undeclared))

    def look_for_deleted(self, response: Any, case: Any) -> None:
        if case.method != "DELETE" or case.operation.method.upper() != "DELETE" or not case.path_parameters:
            return
        if response.status_code not in (HTTPStatus.OK, HTTPStatus.NO_CONTENT):  # 202: it is deleted later
            return
        item = case.operation.schema[case.operation.path]
        if "get" not in item or f"GET {case.operation.path}" in self._skipped:
            return
        sent = response.request.headers
        headers = {name: sent[name] for name in case.headers or {} if name in sent and name.lower() != "content-type"}
        read = item["get"].Case(
            path_parameters=dict(case.path_parameters),
            headers=CaseInsensitiveDict(headers),
            cookies=dict(case.cookies or {}),
            query=dict(case.query or {}),
        )
        found = read.call(verify=self._verify)
        if 200 <= found.status_code < 300:
            raise StillThere(case.operation.label, found)

    def guard(self, case: Any) -> None:
        """Raises PermissionError for a call that may change something, where only safe ones are wanted."""
        if not self.may(case.method, case.operation.path):
            raise PermissionError(f"{case.method} {case.operation.path} is not called: it is not known to be safe")

    def may(self, method: str, path: str) -> bool:
        safe = method in ("GET", *_IMPLICIT)
        return self._allowed is None or safe or f"{method} {path}" in self._allowed

    def name(self, case: Any) -> None:
        """A key of its own for a call that is sent one: what was carried out before would be answered otherwise."""
        meta = case.meta
        if case.operation.label not in self._keyed or meta is None or not meta.generation.mode.is_positive:
            return
        if case.headers is not None and _KEY in case.headers:
            self._named += 1
            case.headers[_KEY] = f"contract-{self._run}-{self._named}"

    def _is_form(self, case: Any) -> bool:
        return self._is_20 and "form" in (case.media_type or "")

    def is_failure(self, failure: Any, case: Any, response: Any) -> bool:
        if isinstance(failure, UnsupportedMethodResponse):
            return failure.method not in self.methods(response.request.url)[1]
        if isinstance(failure, IgnoredAuth) and "`429 " in failure.message:
            return False
        if isinstance(failure, AcceptedNegativeData) and self._is_form(case):
            return not failure.message.endswith(_MORE)  # as in a query, what nobody asks for is let be
        is_limited = response.status_code == HTTPStatus.TOO_MANY_REQUESTS and case.operation.label in self._limited
        return not is_limited or isinstance(failure, (JsonSchemaError, MissingHeaders))
