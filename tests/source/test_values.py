"""What YAML and JSON texts mean to us."""

import math

import pytest

from pymacaron.finding import FindingsError
from pymacaron.source import parse


def value(text: str | bytes):
    return parse(text.encode() if isinstance(text, str) else text, "/apis/shop.yaml", "apis/shop.yaml").value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("null", None),
        ("~", None),
        ("", None),
        ("true", True),
        ("True", True),
        ("TRUE", True),
        ("false", False),
        ("12", 12),
        ("-12", -12),
        ("+12", 12),
        ("0777", 777),
        ("0o17", 15),
        ("0x1F", 31),
        ("123456789012345678901234567890", 123456789012345678901234567890),
        ("1.5", 1.5),
        ("1.", 1.0),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("-1.5E-2", -0.015),
        (".inf", math.inf),
        ("-.INF", -math.inf),
    ],
)
def test_plain_scalars_of_the_core_schema_are_values(text, expected):
    found = value(f"a: {text}")["a"]
    assert (found, type(found)) == (expected, type(expected))


def test_nan_is_a_float():
    assert math.isnan(value("a: .nan")["a"])


@pytest.mark.parametrize(
    "text",
    [
        *("no", "No", "yes", "on", "off", "y", "n", "1:30", "2020-01-01", "2001-12-14t21:59:43.10-05:00", "1_000"),
        *("0b11", "tRUE", "nULL", "0x", "1e", ".", "+", "1.2.3", "0o8", "..5", "=", "nan", "inf", "Infinity"),
    ],
)
def test_what_only_yaml_1_1_reads_otherwise_is_a_string(text):
    assert value(f"a: {text}") == {"a": text}


def test_quoted_and_block_scalars_are_strings():
    text = """
single: '12'
double: "true"
escaped: "a\\tb\\u00e9"
literal: |
  one
  two
folded: >-
  one
  two
"""
    assert value(text) == {
        "single": "12",
        "double": "true",
        "escaped": "a\tbé",
        "literal": "one\ntwo\n",
        "folded": "one two",
    }


def test_keys_are_the_text_that_was_written():
    text = "200: a\n1.0: b\ntrue: c\n~: d\n'3': e\n0x10: f\nno: g\n2020-01-01: h\n"
    assert value(text) == {
        "200": "a",
        "1.0": "b",
        "true": "c",
        "~": "d",
        "3": "e",
        "0x10": "f",
        "no": "g",
        "2020-01-01": "h",
    }


def test_tags_are_honoured():
    text = "a: !!str 12\nb: !!int '12'\nc: !!float 3\nd: !!bool 'true'\ne: !!null ''\nf: !!map {x: 1}\ng: !!seq [1]\n"
    found = value(text)
    assert found == {"a": "12", "b": 12, "c": 3.0, "d": True, "e": None, "f": {"x": 1}, "g": [1]}
    assert type(found["c"]) is float


def test_aliases_share_what_they_name():
    found = value("a: &list [1, 2]\nb: *list\nc: &word x\nd: *word\n*word : key\n")
    assert found == {"a": [1, 2], "b": [1, 2], "c": "x", "d": "x", "x": "key"}
    assert found["a"] is found["b"]


def test_merge_keys_add_what_a_map_has_not():
    text = """
base: &base {x: 1, y: 2}
other: &other {y: 3, z: 4}
one:
  <<: *base
  y: own
many:
  <<: [*base, *other]
inline:
  <<: {x: 5}
quoted:
  "<<": 1
"""
    found = value(text)
    assert found["one"] == {"x": 1, "y": "own"}
    assert found["many"] == {"x": 1, "y": 2, "z": 4}
    assert found["inline"] == {"x": 5}
    assert found["quoted"] == {"<<": 1}
    assert found["base"] == {"x": 1, "y": 2}


def test_one_document_may_have_its_markers():
    assert value("%YAML 1.2\n---\na: 1\n...\n") == {"a": 1}


def test_a_text_alone_is_a_value():
    assert value("just a text") == "just a text"


def test_json_is_read_with_its_escapes_and_numbers():
    text = '\n {"a": [1, -2.5, 1e3, true, null], "\\u0062": "x\\n\\"]]\\\\", "big": 123456789012345678901234567890}'
    assert value(text) == {
        "a": [1, -2.5, 1000.0, True, None],
        "b": 'x\n"]]\\',
        "big": 123456789012345678901234567890,
    }


def test_json_with_comments_and_a_comma_too_many_is_read():
    assert value('{"a": 1, # why\n "b": [1, 2,],\n}') == {"a": 1, "b": [1, 2]}


def test_json_of_any_depth_that_is_allowed_is_read():
    depth = 999
    found = value("[" * depth + "]" * depth)
    for _ in range(depth - 1):
        (found,) = found
    assert found == []


def test_brackets_in_strings_are_no_nesting():
    text = '{"a": "' + "[" * 5000 + '\\"{{", "b\\\\": "' + "{" * 5000 + '"}'
    assert value(text) == {"a": "[" * 5000 + '"{{', "b\\": "{" * 5000}


def test_the_garbage_collector_is_left_as_it_was():
    import gc

    assert gc.isenabled()
    value("a: 1")
    assert gc.isenabled()
    with pytest.raises(FindingsError):
        value("a: [")
    assert gc.isenabled()


def test_equal_texts_of_json_are_one_object_and_long_ones_are_left_alone():
    kind, long = "".join(["str", "ing"]), "x" * 100
    read = value(f'{{"a": {{"type": "{kind}"}}, "b": [{{"type": "{kind}"}}, "{kind}"], "c": ["{long}", "{long}"]}}')
    assert read == {"a": {"type": kind}, "b": [{"type": kind}, kind], "c": [long, long]}
    assert read["a"]["type"] is read["b"][0]["type"] is read["b"][1]
    assert read["c"][0] is not read["c"][1]
