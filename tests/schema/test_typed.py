import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymacaron.schema.formats import FORMATS
from pymacaron.schema.typed import MISSED, Typed, typed
from pymacaron.schema.validators import validator
from pymacaron.schema.violations import Violations
from pymacaron.schema.wire import json_decode


def made(schema: Any, **definitions: Any) -> Typed:
    found = typed({"$ref": "#/$defs/It", "$defs": {"It": schema, **definitions}}, FORMATS)
    assert found is not None
    return found


def read(schema: Any, text: str, **definitions: Any) -> Any:
    value = made(schema, **definitions).take(text.encode())
    return "missed" if value is MISSED else value


def member(schema: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"a": schema}, "required": ["a"]}


WORD = {"type": "string", "pattern": "^[a-z]+$"}
TIME = {"type": "string", "format": "date-time"}


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"type": "number"}, "1"),
        ({"type": "number"}, "1.0"),
        ({"type": "number"}, "-0.0"),
        ({"type": "number", "minimum": 0.5, "maximum": 2}, "2"),
        ({"type": "number", "minimum": 0.5, "maximum": 2}, "1.25"),
        ({"type": "number", "minimum": -1.7976931348623157e308, "maximum": 1.7976931348623157e308}, "7"),
        ({"type": "integer"}, "123456789012345678901234567890"),
        ({"type": "integer", "exclusiveMinimum": 0.5}, "1"),
        ({"type": "string", "maxLength": 1}, '"\U0001f600"'),
        ({"type": ["string", "null"], "enum": ["b", None]}, "null"),
        ({"type": ["integer", "string"]}, '"7"'),
        (WORD, '"abc"'),
        (TIME, '"2026-03-04T10:11:12Z"'),
        ({"enum": ["x", 1, {"y": 2}]}, '{"y":2}'),
        ({"type": "integer", "multipleOf": 3}, "9"),
        ({"oneOf": [WORD, {"type": "integer"}]}, "7"),
        ({"anyOf": [WORD, {"type": "null"}]}, "null"),
        ({"type": "array", "items": WORD, "maxItems": 2}, '["a","b"]'),
        ({"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 1}, '{"x":1}'),
        ({"type": "object"}, '{"x":[{"y":1}]}'),
        ({"type": ["object", "null"], "properties": {"b": TIME}}, "null"),
        ({"properties": {"b": TIME}}, "{}"),
        (True, '[{"b":{}}]'),
    ],
)
def test_what_is_valid_is_read_as_it_was_written(schema: Any, text: str) -> None:
    value = read(member(schema), f'{{"a":{text}}}')
    assert repr(value) == repr(json.loads(f'{{"a":{text}}}'))


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"type": "number", "maximum": 2}, "2.5"),
        ({"type": "number", "exclusiveMaximum": 2}, "2.0"),
        ({"type": "integer", "maximum": 2}, "123456789012345678901234567890"),
        ({"type": "integer", "multipleOf": 3}, "10"),
        ({"type": "integer"}, "1.5"),
        ({"type": "number"}, "true"),
        ({"type": "number"}, "1e400"),
        ({"type": "boolean"}, "1"),
        ({"type": "string", "maxLength": 1}, '"ab"'),
        ({"type": "string", "enum": ["b"]}, '"c"'),
        ({"type": "string"}, "null"),
        ({"type": "string"}, '"\\ud800"'),
        (WORD, '"A"'),
        (TIME, '"2026-13-04T10:11:12Z"'),
        ({"oneOf": [WORD, {"type": "string"}]}, '"abc"'),
        ({"oneOf": [{"type": "object"}, {"type": "null"}]}, "7"),
        ({"oneOf": [{"properties": {"name": {"type": "string"}}}, {"type": "null"}]}, "null"),
        ({"type": "null", "const": 5}, "null"),
        ({"type": ["null"], "not": {}}, "null"),
        ({"type": "array", "items": WORD, "minItems": 1}, "[]"),
        ({"type": "array", "items": WORD}, '["a","B"]'),
        ({"type": "array", "uniqueItems": True}, "[1,1.0]"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, '{"x":"1"}'),
        (False, "1"),
    ],
)
def test_what_is_wrong_is_never_taken(schema: Any, text: str) -> None:
    assert read(member(schema), f'{{"a":{text}}}') == "missed"


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"b":2}',
        '{"a":1,"b":{"c":{"c":":"}}}',
        '{"a":1,"a":1}',
        '{"a" :1, "a":\t1}',
        '{"a":1,"b":":"}',
        '{"a":1,"\\u003a":2}',
    ],
)
def test_a_member_that_would_be_lost_is_left_to_the_exact_path(text: str) -> None:
    assert read(member({"type": "integer"}), text) == "missed"


@pytest.mark.parametrize(
    "text",
    [
        '{"a":"x","t":"2026-03-04T10:11:12Z"}',
        '{"a" : "a:b:c" }',
        '{"a":"\\"a\\":1"}',
        '{"n":{"u:v":[{"w":":"}]},"a":""}',
        '{"n":{},"a":"\\u0041"}',
    ],
)
def test_colons_in_texts_are_not_mistaken_for_members(text: str) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}, "t": TIME, "n": {}}, "required": ["a"]}
    assert read(schema, text) == json.loads(text)


@pytest.mark.parametrize("text", ['{"a":1.0}', '{"a":1,"b":2}'])
def test_what_is_valid_may_be_left_to_the_exact_path(text: str) -> None:
    """1.0 is an integer, and would become 1; a member that no schema names would be lost."""
    assert read(member({"type": "integer"}), text) == "missed"


def test_members_stay_in_their_order() -> None:
    schema = {"type": "object", "properties": {"a": {}, "b": {}, "c": {}}, "required": ["c"]}
    assert list(read(schema, '{"c":1,"b":2,"a":3}')) == ["c", "b", "a"]


def test_a_schema_that_contains_itself_is_checked_as_deep_as_it_goes() -> None:
    tree = {"type": "object", "properties": {"v": WORD, "more": {"type": "array", "items": {"$ref": "#/$defs/It"}}}}
    good = '{"v":"a","more":[{"v":"b","more":[{"v":"c"}]}]}'
    assert read(tree, good) == json.loads(good)
    assert read(tree, good.replace('"c"', '"C"')) == "missed"
    assert read(tree, '{"more":[' * 40_000) == "missed"


def test_what_many_have_is_checked_in_each() -> None:
    schema = {"type": "array", "items": {"type": "object", "properties": {"w": WORD, "in": {"$ref": "#/$defs/In"}}}}
    inner = {"type": ["object", "null"], "properties": {"t": TIME}}
    text = '[{"w":"a"},{"in":null},{"in":{"t":"2026-03-04T10:11:12Z"}},{"w":"b","in":{}}]'
    assert read(schema, text, In=inner) == json.loads(text)
    assert read(schema, text.replace("-03-", "-33-"), In=inner) == "missed"
    assert read(schema, text.replace('"b"', '"B"'), In=inner) == "missed"


@pytest.mark.parametrize("schema", [WORD, {"type": "integer"}, {}, False, {"allOf": [{}, {}]}, {"oneOf": [WORD, TIME]}])
def test_values_without_a_shape_have_no_one_pass(schema: Any) -> None:
    assert typed({"$ref": "#/$defs/It", "$defs": {"It": schema}}, FORMATS) is None


def test_a_schema_whose_texts_are_never_taken_is_tried_less_and_less() -> None:
    one = made(member({"type": "integer"}))
    good, bad = b'{"a":1}', b'{"a":1.0}'
    assert one(good) == {"a": 1}
    assert [one(bad) is MISSED for _ in range(100)] == [True] * 100
    taken = [one(good) is not MISSED for _ in range(40)]
    assert taken.index(True) > 0
    assert all(taken[taken.index(True) :])


def taken(schema: Any, *texts: str) -> list[bool]:
    """Whether each of the texts, all valid and sent one after the other, was taken in one pass, and exactly."""
    one, found = made(schema), []
    for text in texts:
        value = one(text.encode())
        found.append(value is not MISSED)
        if value is MISSED:
            one.learn(json_decode(text.encode()))
        else:
            assert repr(value) == repr(json.loads(text))
    return found


LINES = {"type": "object", "properties": {"lines": {"type": "array", "items": member({"type": "integer"})}}}


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        (member({"type": "integer"}), '{"b":{"c":[":"],"d":{"c":1}},"a":1,"e":"x:y"}'),
        (member({"type": "integer"}), '{ "a": 1, "b\\n": ":" }'),
        (LINES, '{"lines":[{"a":1},{"a":2,"x":1},{"a":3,"y":null}],"n":2}'),
        ({**member({"type": "integer"}), "additionalProperties": WORD}, '{"a":1,"b":"x"}'),
        ({"type": ["object", "null"], "properties": {"a": member(WORD)}}, '{"a":{"a":"b","z":[]}}'),
        ({"type": "object", "additionalProperties": member(WORD)}, '{"k":{"a":"b","z":1}}'),
    ],
)
def test_members_that_come_again_and_again_are_learned(schema: Any, text: str) -> None:
    assert taken(schema, text, text, text, text) == [False, False, True, True]


def test_a_learned_member_may_be_missing_and_is_checked_as_others_are() -> None:
    schema = {**member({"type": "integer"}), "additionalProperties": WORD}
    one, text = made(schema), b'{"a":1,"b":"x"}'
    for _ in range(2):
        assert one(text) is MISSED
        one.learn(json_decode(text))
    assert one(text) == {"a": 1, "b": "x"}
    assert one(b'{"a":1}') == {"a": 1}
    assert one.take(b'{"a":1,"b":"X"}') is MISSED
    assert one.take(b'{"a":1,"b":"x","b":"y"}') is MISSED
    assert one.take(b'{"a":1,"b":"x","c":"x"}') is MISSED


def test_a_member_that_comes_once_is_not_learned() -> None:
    texts = [f'{{"a":1,"key{number}":1}}' for number in range(100)]
    assert not any(taken(member({"type": "integer"}), *texts))


def test_a_sender_cannot_have_more_and_more_learned() -> None:
    one = made(member({"type": "integer"}))
    ways = []
    for number in range(5000):
        text = f'{{"a":1,"key{number // 100}":1}}'.encode()
        if one(text) is MISSED:
            one.learn(json_decode(text))
        if one._way not in ways:
            ways.append(one._way)
    assert len(ways) == 9
    assert one.take(b'{"a":1,"key0":1}') == {"a": 1, "key0": 1}


@pytest.mark.parametrize("names", [["k" * 101], [f"k{number}" for number in range(33)]])
def test_no_long_names_and_not_too_many_are_learned(names: list[str]) -> None:
    text = json.dumps({"a": 1, **dict.fromkeys(names, 1)})
    assert not any(taken(member({"type": "integer"}), text, text, text, text))


def test_what_no_name_explains_teaches_nothing() -> None:
    assert taken(member({"type": "integer"}), *['{"a":1.0}'] * 2, *['{"a":1}'] * 2) == [False, False, False, True]


def test_members_of_values_that_types_do_not_know_are_not_looked_for() -> None:
    schema = {"properties": {"a": member({"type": "integer"})}}
    assert taken(schema, "7", "[7]", *['{"a":{"a":1}}'] * 2) == [False, False, False, True]


NAMES = st.sampled_from(["a", "b", "c:", '"', "d"])
SCHEMAS = st.recursive(
    st.sampled_from([{}, {"type": "integer"}, {"type": "string"}, WORD, {"type": ["integer", "null"]}, False]),
    lambda inner: st.one_of(
        st.fixed_dictionaries(
            {"type": st.sampled_from(["object", ["object", "null"]]), "properties": st.dictionaries(NAMES, inner)},
            optional={"required": st.lists(NAMES, unique=True, max_size=2), "additionalProperties": inner},
        ),
        st.fixed_dictionaries({"type": st.just("array"), "items": inner}),
        st.fixed_dictionaries({"type": st.just("object"), "additionalProperties": inner}),
    ),
    max_leaves=6,
)
#: JSON texts, with names that stand twice in an object
JSON = st.recursive(
    st.sampled_from(["1", "1.0", '"x"', '"X:"', '"\\n"', "null", "{}", "[]"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.lists(st.tuples(NAMES.map(json.dumps), inner), max_size=4).map(
            lambda members: "{" + ",".join(f"{name}:{value}" for name, value in members) + "}"
        ),
    ),
    max_leaves=10,
)


@given(schema=SCHEMAS, texts=st.lists(JSON, min_size=1, max_size=4), times=st.integers(1, 4))
def test_whatever_was_learned_nothing_is_taken_that_two_passes_refuse(
    schema: Any, texts: list[str], times: int
) -> None:
    bundle = {"$ref": "#/$defs/It", "$defs": {"It": member(schema)}}
    quick, is_valid = made(member(schema)), validator(bundle, FORMATS).is_valid
    for data in [f'{{"a":{text}}}'.encode() for text in texts for _ in range(times)] * 2:
        try:
            exact = json_decode(data)
        except Violations:
            exact = MISSED
        value = quick.take(data)
        if value is not MISSED:
            assert exact is not MISSED
            assert is_valid(exact)
            assert repr(value) == repr(exact)
        elif exact is not MISSED and is_valid(exact):
            quick.learn(exact)


LIMITS = (-1, 0, 0.5, 1, 2.0, 2**53, 2**53 + 1, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 1e300, -1e300)
KINDS = ("integer", "number", "string", "boolean", "null", "object", "array")
LEAVES = [
    *({"type": kind} for kind in KINDS),
    *({"type": [one, other]} for one in KINDS for other in KINDS if one != other),
    *(
        {"type": kind, keyword: limit}
        for kind in ("integer", "number")
        for keyword in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
        for limit in LIMITS
    ),
    *({"type": "number", "minimum": low, "exclusiveMaximum": high} for low in LIMITS for high in LIMITS),
    *({"type": kind, "enum": ["a", 1, None, True, 0.5]} for kind in KINDS),
    *({"type": "string", keyword: size} for keyword in ("minLength", "maxLength") for size in (0, 1, 2)),
    *({"anyOf": [{"type": kind}, {"type": "null"}]} for kind in KINDS),
    *({"oneOf": [{"type": [kind, "null"]}, {"type": "null"}]} for kind in KINDS),
    {"enum": ["a", None]},
    {"enum": []},
    {"const": 1},
    {"type": "integer", "enum": [1, 2]},
]
NUMBERS = (*LIMITS, 1.5, -0.0, 2**64, -(2**64), 10**30, -(10**30), 1.7976931348623157e308, 2.0**53, -1.0)
TEXTS = [
    *(json.dumps(number) for number in NUMBERS),
    *("-0", "1E2", "1e400", "true", "false", "null", "{}", "[]", '{"b":1}', "[1]"),
    *('""', '"a"', '"ab"', '"\\ud83d\\ude00"', '"\\ud83d\\ude00a"', '"e\\u0301"', '":"', '"1"'),
]


@pytest.mark.parametrize("schema", LEAVES, ids=json.dumps)
def test_one_pass_takes_nothing_that_two_refuse(schema: dict[str, Any]) -> None:
    bundle = {"$ref": "#/$defs/It", "$defs": {"It": member(schema)}}
    quick, is_valid = made(member(schema)), validator(bundle, FORMATS).is_valid
    taken = [(text, quick.take(f'{{"a":{text}}}'.encode())) for text in TEXTS]
    for text, value in taken:
        if value is not MISSED:
            exact = json_decode(f'{{"a":{text}}}'.encode())
            assert (is_valid(exact), repr(value)) == (True, repr(exact)), text


def test_nobody_waits_to_learn(held: Callable[[], AbstractContextManager[None]]) -> None:
    reader = made(member({"type": "string"}))
    with held():
        for _ in range(3):
            reader.learn({"a": "b", "more": 1})
        assert reader.take(b'{"a":"b","more":1}') is MISSED
    for _ in range(3):
        reader.learn({"a": "b", "more": 1})
    assert reader.take(b'{"a":"b","more":1}') == {"a": "b", "more": 1}
