"""Which regular expressions of descriptions can be used, and that they mean what ECMA-262 says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pymacaron.schema.codec import Codec
from pymacaron.schema.patterns import matches, pattern_problem, usable_pattern

Make = Callable[..., Codec]


def accepted(codec: Codec, *values: Any) -> list[bool]:
    return [not codec.violations(value, "body") for value in values]


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("^[a-z]+$", None),
        (r"^[\w-.]+$", None),
        ("[^]", None),
        ("a{,3}", None),
        ("a{b}", None),
        (r"\a", None),
        ("(?=a)a", None),
        ("[", "is no regular expression of ECMA-262"),
        ("(", "is no regular expression of ECMA-262"),
        ("*", "is no regular expression of ECMA-262"),
        ("(?>a)", "is no regular expression of ECMA-262"),
    ],
)
def test_which_patterns_can_be_used(pattern: str, problem: str | None) -> None:
    assert pattern_problem(pattern) == problem


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (r"^[\w-.]+$", "a-b.c", "a b"),
        ("^[^]$", "\n", ""),
        (r"^(?:\[[a-z]])+]$", "[a]]", "[a]"),
        ("^a{,3}$", "a{,3}", "aa"),
        ("^a{b}$", "a{b}", "ab"),
        (r"^\d$", "3", "٣"),
        ("^a$", "a", "a\n"),
        ("b", "abc", "ac"),
        ("^(a+)+$", "a" * 40, "a" * 40 + "b"),
    ],
)
def test_patterns_mean_what_ecma_262_says(codec_of: Make, pattern: str, good: str, bad: str) -> None:
    assert usable_pattern(pattern) is not None
    assert accepted(codec_of({"pattern": pattern}), good, bad) == [True, False]


def test_what_matches_tells_it_of_texts() -> None:
    starts = matches("^[^]$")
    assert starts is not None
    assert [starts(text) for text in ("\n", "ab")] == [True, False]
    assert matches("[") is None
