"""What is written as YAML is the same value when it is read again, by us and by a YAML 1.1 parser."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from pymacaron.source import dump_yaml, parse

TEXTS = [
    *("yes", "no", "on", "y", "true", "null", "~", "", "=", "<<", ".inf", ".nan"),
    *("1", "1.0", "1e3", ".5", "0x1f", "0o17", "017", "1_000", "12:30", "2020-01-01", "3.1.0", "1.2.3.4"),
    *("-", "- a", "?", "? a", ":", ": a", "a:", "a: b", "a #b", "#x", "&a", "*a", "!a", "%a", "@a", "`a", "|", ">"),
    *("'a'", '"a"', "{", "[", "]", ",", "---", "...", "--- a"),
    *(" a", "a ", "a\nb", "a\n\n  b \n", "\n", "\n a", "a\n", "a\n\n", " a\nb", "a \nb", "a\tb\nc", "a\r\nb", "a\rb"),
    *("é", "\u2028", "\x85", "\x07", "\ufeff", "\U0001f600", "a" * 300 + " b" * 200),
]
NUMBERS = [0, -1, 1.5, 5.0, 1e20, 1e-7, 1e300, 10**30, 0.1]


@pytest.mark.parametrize(
    "value",
    [
        TEXTS,
        {text: number for number, text in enumerate(TEXTS)},
        NUMBERS,
        [True, False, None, {}, [], [[]], [{}], {"a": {}}, [[1, [2]], [{"a": [{"b": 1}]}]]],
    ],
    ids=["texts", "keys", "numbers", "nested"],
)
def test_what_is_written_is_read_again(value: Any):
    text = dump_yaml({"it": value})
    for read in (parse(text.encode(), "it.yaml", "it.yaml").value, yaml.safe_load(text)):
        assert repr(read) == repr({"it": value})


def test_the_style_is_that_of_people():
    value = {"openapi": "3.1.0", "info": {"title": "It", "version": "1"}, "tags": [{"name": "a"}], "text": "a\nb\n"}
    assert dump_yaml(value) == (
        "openapi: 3.1.0\ninfo:\n  title: It\n  version: '1'\ntags:\n- name: a\ntext: |\n  a\n  b\n"
    )


def test_a_deep_value_is_written():
    value: Any = []
    for _ in range(990):
        value = [value]
    text = dump_yaml({"it": value})
    assert text.count("-") == 990
    assert dump_yaml(parse(text.encode(), "it.yaml", "it.yaml").value) == text
