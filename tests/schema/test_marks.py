"""Which members are readOnly by their alternatives, and are so not demanded in requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pymacaron.schema.codec import Codec

GIVEN = {"type": "integer", "readOnly": True}
TOLD = {"$ref": "#/components/schemas/Told"}
TEXT = {"type": "string"}


@pytest.mark.parametrize(
    ("schema", "demanded"),
    [
        ({"oneOf": [GIVEN, TOLD]}, False),
        ({"anyOf": [GIVEN, {"type": "null"}]}, False),
        ({"oneOf": [GIVEN, {"allOf": [{"anyOf": [TOLD, GIVEN]}]}]}, False),
        ({"allOf": [{"oneOf": [GIVEN, TOLD]}, {}]}, False),
        ({"oneOf": [GIVEN, TOLD], "anyOf": [TEXT, {}]}, False),
        ({"oneOf": [GIVEN, TEXT]}, True),
        ({"oneOf": [GIVEN, {"anyOf": [TOLD, TEXT]}]}, True),
        ({"anyOf": [{"$ref": "#/components/schemas/Circle"}, GIVEN]}, True),
        ({"oneOf": [{"type": "null"}]}, True),
    ],
)
def test_a_member_is_read_only_that_all_its_alternatives_say_is(
    codec_of: Callable[..., Codec], schema: Any, demanded: bool
) -> None:
    circle = {"oneOf": [{"$ref": "#/components/schemas/Circle"}, {"type": "boolean"}]}
    others = {"Told": {**TEXT, "readOnly": True}, "Circle": circle}
    for version in ("3.0.4", "3.1.0") if "null" not in str(schema) else ("3.1.0",):
        it = {"type": "object", "required": ["i"], "properties": {"i": schema}}
        assert [str(one) for one in codec_of(it, version, others=others).violations({}, "body")] == (
            ["body /i is missing"] if demanded else []
        )
        assert codec_of(it, version, "response", others=others).violations({}, "body") != []
