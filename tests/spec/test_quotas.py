"""What `x-rate-limit` may say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pymacaron.check import check
from pymacaron.spec.quotas import Quota, quotas

SHOP = """openapi: 3.1.0
info: {title: Shop, version: 1.0.0}
paths:
  /pets:
    post:
      %s
      responses: {"200": {description: ok}}
"""


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("10/minute", [(10, 60, "10-per-minute")]),
        ("10 / Minutes", [(10, 60, "10-per-minute")]),
        ("1 per second", [(1, 1, "1-per-second")]),
        ("5/2 seconds", [(5, 2, "5-per-2-seconds")]),
        ("100 per 12 hours", [(100, 43_200, "100-per-12-hours")]),
        ("3/day, 10/day", [(3, 86_400, "3-per-day"), (10, 86_400, "10-per-day")]),
        (
            ["1/second", "10/minute,100/hour"],
            [(1, 1, "1-per-second"), (10, 60, "10-per-minute"), (100, 3600, "100-per-hour")],
        ),
        (["1/second", "1 per second"], [(1, 1, "1-per-second")]),
    ],
)
def test_a_limit_is_a_number_of_calls_in_a_time(said: Any, expected: list[tuple[int, int, str]]) -> None:
    assert [(one.amount, one.seconds, one.name) for one in quotas(said)] == expected


@pytest.mark.parametrize(
    "said",
    [
        *("", "ten/minute", "10", "10/fortnight", "-1/minute", "0/minute", "1/0 minutes", "10/minute/hour"),
        *("1.5/second", "10perminute", "9999999999/day", "1/minute,", 10, None, True, [], [""], [10], {"minute": 10}),
        ["1/minute", None],
    ],
)
def test_all_else_is_none(said: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        quotas(said)


def test_a_quota_is_a_record() -> None:
    assert quotas("10/minute") == (Quota(10, 1, "minute"),)


@pytest.mark.parametrize(
    ("line", "column", "fact"),
    [
        ("x-rate-limit: 10/minuet", 21, "x-rate-limit is '10/minuet'"),
        ("x-rate-limit: [10/minute, often]", 21, "x-rate-limit is 'often'"),
        ("x-rate-limit: 0/minute", 21, "x-rate-limit is '0/minute', where 0 would let no call pass"),
        ("x-idempotency: maybe", 22, "x-idempotency is 'maybe'"),
        ("x-idempotency: true", 22, "x-idempotency is True"),
        ("x-test: unsafe", 15, "x-test is 'unsafe'"),
    ],
)
def test_check_finds_what_means_nothing_where_it_stands(tmp_path: Path, line: str, column: int, fact: str) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(SHOP % line)
    [finding] = check([path]).findings
    assert (finding.code, finding.severity) == ("wrong-value", "error")
    assert (finding.line, finding.column, finding.fact) == (6, column, fact)


@pytest.mark.parametrize(("method", "is_wrong"), [("get", True), ("head", True), ("put", False), ("delete", False)])
def test_a_key_for_what_changes_nothing_is_a_mistake(tmp_path: Path, method: str, is_wrong: bool) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text((SHOP % "x-idempotency: optional").replace("post:", f"{method}:"))
    found = [(one.code, one.line, one.column, one.fact) for one in check([path]).findings]
    fact = f"x-idempotency on a {method.upper()}"
    assert found == ([("wrong-value", 6, 7, fact)] if is_wrong else [])


@pytest.mark.parametrize(
    "line", ["x-rate-limit: 10/minute", "x-idempotency: required", "x-test: skip", "x-ratelimit: 10/minute"]
)
def test_what_is_right_is_no_finding(tmp_path: Path, line: str) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(SHOP % line)
    assert [finding.code for finding in check([path]).findings] == (["unknown-key"] if "ratelimit" in line else [])
