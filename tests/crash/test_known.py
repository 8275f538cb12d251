"""Secrets that are known are masked however many and however long they are, and what is looked for is bounded."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from pymacaron.crash.known import Known
from pymacaron.crash.scrubbing import Scrubbing

LONG = "".join(f"<{number}> " for number in range(2_000))


def test_no_more_than_two_hundred_texts_are_looked_for():
    known = Known(others=[f"secret{number:06}" for number in range(30_000)])
    assert (known.count, known.left_out) == (200, 29_800)


def test_those_of_the_config_are_all_looked_for():
    first = [f"ours{number:06}" for number in range(300)]
    known = Known(first, ["of-a-caller"])
    assert (known.count, known.left_out) == (300, 1)
    assert known.masked("xours000299x") == "x********x"


def test_the_longest_are_looked_for_everywhere_and_others_as_words():
    known = Known(others=["abcdef", *(f"longer-{number:06}" for number in range(200))])
    assert known.masked("KeyError: 'abcdef', xabcdefx, xlonger-000007x") == "KeyError: '********', xabcdefx, x********x"


@pytest.mark.parametrize("length", [900, 1_001, 4_000, 5_001, len(LONG)])
def test_a_long_secret_is_masked_whole_and_what_follows_is_kept(length: int):
    secret = LONG[:length].strip()
    assert Known(others=[secret]).masked(f"a {secret} z") == "a ******** z"


@pytest.mark.parametrize("length", [900, 1_001, 4_000, 5_001, len(LONG)])
def test_a_long_secret_is_masked_as_it_is_written(length: int):
    secret = "\n" + LONG[:length].replace("> ", ">\n")
    known = Known(others=[secret])
    for text in (repr(secret), json.dumps(secret), quote(secret), secret):
        assert "1" not in known.masked(f"a {text}")


@pytest.mark.parametrize("length", [6, 300, 999, 1_000, 3_000, 10_000, 250_000])
@pytest.mark.parametrize("before", [0, 3_900, 3_999, 4_500, 5_990])
def test_a_secret_at_the_edge_of_a_text_that_is_cut_does_not_show(length: int, before: int):
    secret = ("Zq9" * length)[:length]
    clean = Scrubbing([secret]).text("." * before + secret + " ." * 4_000)
    assert "Zq" not in clean
    assert len(clean) < 4_100


@pytest.mark.parametrize("length", [6, 300, 1_000, 3_000, 10_000])
@pytest.mark.parametrize("after", [0, 9_000, 19_990, 20_500, 21_990])
def test_a_secret_at_the_edge_of_a_trace_does_not_show(length: int, after: int):
    secret = ("Zq9\n" * length)[:length].strip()
    clean = Scrubbing([secret]).end(". \n" * 9_000 + secret + "\n" + ("." * 9 + "\n") * (after // 10), 20_000)
    assert "Zq" not in clean
    assert len(clean) <= 20_004
