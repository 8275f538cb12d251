"""Where a value stands: line, column and width, counted in characters from 1."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymacaron.finding import text as printed
from pymacaron.source import Document, Node, parse


def document(text: str) -> Document:
    return parse(text.encode(), "/apis/shop.yaml", "shop.yaml", findings=[])


YAML = """\
openapi: 3.1.0
paths:
  /pets/{id}:
    get:
      tags: [one, "zwö", three]
      summary: |
        lines
        of text
  '/ä/~x': &shared
    post: {a: 1}
other: *shared
merged:
  <<: *shared
  own: 2
list:
  - x
  - - y
empty:
"""


@pytest.mark.parametrize(
    ("pointer", "value", "key"),
    [
        ((), (1, 1, 1), (1, 1, 1)),
        (("openapi",), (1, 10, 5), (1, 1, 7)),
        (("paths",), (3, 3, 1), (2, 1, 5)),
        (("paths", "/pets/{id}", "get"), (5, 7, 1), (4, 5, 3)),
        (("paths", "/pets/{id}", "get", "tags"), (5, 13, 1), (5, 7, 4)),
        (("paths", "/pets/{id}", "get", "tags", "1"), (5, 19, 5), (5, 19, 5)),
        (("paths", "/pets/{id}", "get", "tags", "2"), (5, 26, 5), (5, 26, 5)),
        (("paths", "/pets/{id}", "get", "summary"), (6, 16, 1), (6, 7, 7)),
        (("paths", "/ä/~x", "post", "a"), (10, 15, 1), (10, 12, 1)),
        (("other", "post"), (10, 11, 1), (10, 5, 4)),
        (("merged", "post", "a"), (10, 15, 1), (10, 12, 1)),
        (("merged", "own"), (14, 8, 1), (14, 3, 3)),
        (("list", "0"), (16, 5, 1), (16, 5, 1)),
        (("list", "1", "0"), (17, 7, 1), (17, 7, 1)),
        (("empty",), (18, 7, 1), (18, 1, 5)),
    ],
)
def test_values_and_keys_of_yaml(pointer, value, key):
    found = document(YAML)
    assert found.position(pointer) == value
    assert found.position(pointer, key=True) == key


JSON = """\
{"openapi": "3.1.0",
 "paths" : {
   "/pets/{id}": {"get": {"tags": ["one", "zwö\\u00e9", 3 , -1.5e3, null]}},
   "/\\u00e4\\/x": {}
 }, "list":[[],[{"a": true}]]
}
"""


@pytest.mark.parametrize(
    ("pointer", "value", "key"),
    [
        ((), (1, 1, 1), (1, 1, 1)),
        (("openapi",), (1, 13, 7), (1, 2, 9)),
        (("paths",), (2, 12, 1), (2, 2, 7)),
        (("paths", "/pets/{id}", "get"), (3, 26, 1), (3, 19, 5)),
        (("paths", "/pets/{id}", "get", "tags", "1"), (3, 43, 11), (3, 43, 11)),
        (("paths", "/pets/{id}", "get", "tags", "2"), (3, 56, 1), (3, 56, 1)),
        (("paths", "/pets/{id}", "get", "tags", "3"), (3, 60, 6), (3, 60, 6)),
        (("paths", "/pets/{id}", "get", "tags", "4"), (3, 68, 4), (3, 68, 4)),
        (("paths", "/ä/x"), (4, 18, 1), (4, 4, 12)),
        (("list", "1", "0", "a"), (5, 23, 4), (5, 18, 3)),
    ],
)
def test_values_and_keys_of_json(pointer, value, key):
    found = document(JSON)
    assert found.position(pointer) == value
    assert found.position(pointer, key=True) == key


@pytest.mark.parametrize("text", ["a:\n  b: 1\n", '{"a":\n  {"b": 1}}'])
def test_what_is_not_there_is_found_at_its_nearest_parent(text):
    found = document(text)
    assert found.position(("a", "c", "d")) == found.position(("a",))
    assert found.position(("a", "c"), key=True) == found.position(("a",), key=True)
    assert found.position(("a", "b", "0")) == found.position(("a", "b"))


def test_lines_may_end_in_carriage_returns():
    found = document("a: 1\r\nb: 2\rc: 3\nd: 4")
    assert [found.position((key,), key=True).line for key in "abcd"] == [1, 2, 3, 4]
    assert [found.source_line(line) for line in range(6)] == ["", "a: 1", "b: 2", "c: 3", "d: 4", ""]


def test_characters_beyond_16_bits_count_as_one():
    found = document('{"😀": "😀😀", "b": 1}')
    assert found.position(("😀",)) == (1, 7, 4)
    assert found.position(("b",), key=True) == (1, 13, 3)


def test_of_keys_that_stand_twice_the_last_is_found_as_the_last_is_read():
    for text in ("a: 1\na: 2\n", '{"a": 1,\n"a": 2}'):
        assert document(text).position(("a",)).line == 2


def test_numbers_of_many_digits_do_not_hide_what_follows():
    found = document('{"a": [1' + "0" * 4000 + '], "b": 1}')
    assert found.position(("b",)) == (1, 4017, 1)


def test_a_node_knows_its_children_and_their_places():
    found = document('paths:\n  /a: {get: [x, y]}\n"n": 3\n')
    root = Node(found.value, found)
    get = root.child("paths").child("/a").child("get")
    assert get.pointer == ("paths", "/a", "get")
    assert get.place == ("/apis/shop.yaml", ("paths", "/a", "get"))
    assert get.identity == (*get.place, ())
    scoped = root._replace(scope=(("name", get.place),))
    assert [inner.scope for inner in (scoped.child("n"), *scoped.child("paths").items())] == [scoped.scope]
    assert [inner.scope for _, inner in scoped.members()] == [scoped.scope] * 2
    assert get.child(1) == Node("y", found, ("paths", "/a", "get", "1"))
    assert [item.value for item in get.items()] == ["x", "y"]
    assert [key for key, _ in root.members()] == ["paths", "n"]
    assert (get.get("x"), get.members(), root.items(), root.child("n").get("x")) == (None, [], [], None)


def test_a_finding_shows_the_line_and_the_width():
    found = document("paths:\n  /pets:\n    gett: {}\n")
    node = Node(found.value, found).child("paths").child("/pets").child("gett")
    assert printed([node.finding("missing-file", "no", "Did you mean 'get'?", key=True)]) == (
        "shop.yaml:3:5: error[missing-file]: no\n     3 |     gett: {}\n             ^^^^ Did you mean 'get'?"
    )


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


def pointers(value, pointer=()):
    yield pointer, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from pointers(inner, (*pointer, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from pointers(inner, (*pointer, str(index)))


@given(
    value=st.lists(VALUES, max_size=4) | st.dictionaries(st.text(max_size=5), VALUES, max_size=4), ascii=st.booleans()
)
def test_every_value_of_any_json_is_found_where_it_is_written(value, ascii):
    import json

    text = json.dumps(value, ensure_ascii=ascii, indent=1)
    found = document(text)
    assert found.value == value
    for pointer, inner in pointers(value):
        line, column, width = found.position(pointer)
        written = found.source_line(line)[column - 1 :]
        assert written.startswith(json.dumps(inner, ensure_ascii=ascii, indent=1)[:width].split("\n")[0])
        if pointer and not pointer[-1].isdecimal():
            line, column, width = found.position(pointer, key=True)
            assert json.loads(found.source_line(line)[column - 1 :][:width]) == pointer[-1]
