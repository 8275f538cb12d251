"""Patterns that cannot be used."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pymacaron.check import check, patterns
from pymacaron.spec.load import load

Files = Callable[[dict[str, str]], None]
EMPTY = "openapi: 3.1.0\ninfo: {title: Shop, version: 1.0.0}\npaths: {}\n"


@pytest.mark.parametrize("pattern", ["(", "(?i)abc", "(?P<x>a)", "(?>a)", "a++", "["])
def test_a_pattern_that_cannot_be_used_is_told(files: Files, pattern: str) -> None:
    files({"shop.yaml": EMPTY + f"components: {{schemas: {{Pet: {{pattern: '{pattern}'}}}}}}\n"})
    assert [(one.code, one.column, one.fact) for one in patterns(load("shop.yaml"))] == [
        ("unusable-pattern", 39, f"the pattern {pattern!r} is no regular expression of ECMA-262, so it is ignored")
    ]
    assert [one.code for one in check(["shop.yaml"]).findings] == ["unusable-pattern"]


def test_patterns_are_looked_at_wherever_they_are_used(files: Files) -> None:
    files(
        {
            "new.yaml": EMPTY
            + "components: {schemas: {Pet: {patternProperties: {'(': {}, '^x-': {pattern: '^[a-z]+$'}}, "
            + "example: {pattern: '('}}}}",
            "old.yaml": """\
                swagger: "2.0"
                info: {title: Shop, version: 1.0.0}
                paths:
                  /pets:
                    get:
                      parameters:
                        - {name: a, in: query, type: string, pattern: '('}
                        - {name: b, in: query, type: array, items: {type: string, pattern: '['}}
                      responses:
                        "200":
                          description: All pets
                          headers: {X-Kind: {type: string, pattern: 'a++'}}
                          schema: {type: string, pattern: '(?i)a'}
            """,
        }
    )
    assert [one.line for one in check(["new.yaml"]).findings] == [4]
    assert [one.line for one in check(["old.yaml"]).findings] == [7, 8, 12, 13]
