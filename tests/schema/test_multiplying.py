"""How many errors a value can have: of schemas that contain themselves by several ways, of names that are demanded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pymacaron.schema.codec import Codec, Schemas
from pymacaron.schema.multiplying import most_errors


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def having(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


GROUP = {"allOf": [ref("Node"), having(child=ref("It"))]}


@pytest.mark.parametrize(
    ("it", "others", "most"),
    [
        pytest.param(having(a={"type": "string"}), {}, 1, id="plain"),
        pytest.param({"required": ["a", "b", "c"]}, {}, 3, id="required"),
        pytest.param({"anyOf": [{"type": "string"}, {"maximum": 1}]}, {}, 0, id="alternatives"),
        pytest.param(having(child=ref("It")), {}, 1, id="one way"),
        pytest.param(GROUP, {"Node": having(child=ref("It"))}, 0, id="two ways"),
        pytest.param({**ref("Node"), **having(child=ref("It"))}, {"Node": having(child=ref("It"))}, 0, id="beside"),
        pytest.param(
            {"allOf": [ref("Node"), having(friend=ref("It"))]}, {"Node": having(child=ref("It"))}, 1, id="two places"
        ),
        pytest.param(
            {"allOf": [ref("Node"), {"additionalProperties": ref("It")}]},
            {"Node": having(child=ref("It"))},
            0,
            id="any name",
        ),
        pytest.param(
            {"allOf": [ref("Node"), {"items": ref("It")}]},
            {"Node": {"type": "array", "items": ref("It")}},
            0,
            id="items",
        ),
        pytest.param(
            {"allOf": [ref("Left"), ref("Right")]},
            {"Left": {"allOf": [ref("Top")]}, "Right": {"allOf": [ref("Top")]}, "Top": having(child=ref("It"))},
            0,
            id="the same twice",
        ),
        pytest.param(
            {"allOf": [ref("Node"), having(child=ref("Leaf"))]},
            {"Node": having(child=ref("Leaf"), up=ref("It")), "Leaf": having(a={"type": "integer"})},
            1,
            id="no circle",
        ),
        pytest.param(
            {"allOf": [ref("Node"), having(child=having(deeper=ref("Far")))]},
            {
                "Node": having(child=having(deeper=ref("Far"))),
                "Far": having(back={"type": "array", "items": ref("It")}),
            },
            0,
            id="a long way",
        ),
    ],
)
def test_the_most_errors_that_a_part_of_a_value_has(
    schemas_of: Callable[..., Schemas], it: Any, others: dict[str, Any], most: int
) -> None:
    schemas = schemas_of({"It": it, **others}, "3.1.0")
    assert most_errors(schemas.bundle(schemas.api.schemas["It"], "request")) == most


@pytest.mark.parametrize("depth", [3, 20])
def test_a_value_that_is_validated_twice_at_each_level_is_told_once(codec_of: Callable[..., Codec], depth: int) -> None:
    value: Any = 1
    for _ in range(depth):
        value = {"child": value}
    codec = codec_of(GROUP, others={"Node": having(child=ref("It"))})
    assert str(codec.violations(value, "body")[0]) == f"body {'/child' * depth} 1 is not an object"


def test_a_dynamic_reference_multiplies_as_a_plain_one_does(schemas_of: Callable[..., Schemas]) -> None:
    node = {"$id": "https://example.com/node", "$dynamicAnchor": "n", **having(child={"$dynamicRef": "#n"})}
    group = {
        "$id": "https://example.com/group",
        "$dynamicAnchor": "n",
        "allOf": [{"$ref": "node"}, having(child={"$dynamicRef": "#n"})],
    }
    schemas = schemas_of({"Node": node, "Group": group}, "3.1.0")
    assert most_errors(schemas.bundle(schemas.api.schemas["Node"], "request")) == 1
    assert most_errors(schemas.bundle(schemas.api.schemas["Group"], "request")) == 0


def test_of_many_objects_that_lack_many_members_the_first_are_told(codec_of: Callable[..., Codec]) -> None:
    names = [f"n{number}" for number in range(50)]
    codec = codec_of({"type": "array", "items": {"type": "object", "required": names}})
    few = [{"n0": 1}] + [dict.fromkeys(names, 1)] * 200
    assert [str(one) for one in codec.violations(few, "body")] == [f"body /0/{name} is missing" for name in names[1:]]
    many = [str(one) for one in codec.violations([{}] * 3_900, "body")]
    assert many[:1000] == [f"body /{row}/{name} is missing" for row in range(20) for name in names]
    assert many[1000:] == ["body has more violations than these 1000"]
