"""Secrets that are known are masked however many and however long they are, and what is looked for is bounded."""

from __future__ import annotations

import json
import subprocess
import sys
from urllib.parse import quote

import pytest

from pymacaron.crash.known import Known
from pymacaron.crash.scrubbing import Scrubbing

LONG = "".join(f"<{number}> " for number in range(2_000))


def test_what_is_looked_for_is_bounded_by_number_and_by_length():
    known = Known(others=[f"secret{number:06}" for number in range(30_000)])
    assert (known.count, known.left_out) == (2_000, 28_000)
    known = Known(others=[f"{number:03}{'x' * 997}" for number in range(300)])
    assert (known.count, known.left_out) == (200, 100)


def test_those_of_the_config_are_all_looked_for():
    first = [f"ours{number:06}" for number in range(3_000)]
    known = Known(first, ["of-a-caller"])
    assert (known.count, known.left_out) == (3_001, 0)
    assert known.masked("xours002999x") == "x********x"


def test_of_many_each_is_masked_wherever_it_stands():
    known = Known(others=[f"p&ss=w0rd!{number:04}" for number in range(1_000)])
    assert known.left_out == 0
    assert known.masked("too weak: p&ss=w0rd!0007, xp&ss=w0rd!0999x") == "too weak: ********, x********x"


def test_of_those_that_begin_with_each_other_the_longest_is_masked():
    known = Known(others=["a" * length for length in (6, 7, 300, 900, 2_000)])
    for length in (6, 7, 300, 900, 2_000):
        assert known.masked(f"<{'a' * length}>") == "<********>"
    assert known.masked("aaaaa") == "aaaaa"
    known = Known(others=["abcdef", "abcdefgh", "abcdeg", "abcdefz"])
    assert known.masked("abcdefg abcdefgh abcdegh abcde abcdefzz") == "********g ******** ********h abcde ********z"


def test_what_a_text_costs_does_not_grow_with_what_secrets_share():
    script = """
from pymacaron.crash.known import Known
known = Known(others=["a" * 900 + f"{number:03}" for number in range(199)] + ["b" * 500])
for _ in range(50):
    assert known.masked("a" * 5_900) == "a" * 5_900
assert known.masked("a" * 1_000 + "198") == "a" * 100 + "********"
"""  # it took more than a second for each
    subprocess.run([sys.executable, "-c", script], check=True, timeout=40)


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
