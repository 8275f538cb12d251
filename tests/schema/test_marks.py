"""Which members are readOnly by their alternatives, and are so not demanded in requests; where a mark is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pymacaron.schema.codec import Codec, Schemas
from pymacaron.schema.marks import is_written
from pymacaron.spec.load import load

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


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("writeOnly: true", True),
        ('"writeOnly": true', True),
        ('"write\\u004Fnly": true', True),
        ('"write\\x4fnly": true', True),
        ('"write\\U0000004fnly": true', True),
        ('? "write\\\n          Only" : true', True),
        ("readOnly: true", False),
        ("description: caf\\u00e9", False),
    ],
)
def test_a_mark_is_seen_however_it_is_written(tmp_path: Path, written: str, says: bool) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(
        "openapi: 3.1.0\n"
        "info: {title: Shop, version: '1'}\n"
        "paths: {}\n"
        "components:\n"
        "  schemas:\n"
        "    Pet:\n"
        "      required: [code]\n"
        f"      properties: {{code: {{{written}}}}}\n"
    )
    api = load(path)
    assert is_written(api, "writeOnly") == says
    wrong = Schemas(api).codec(api.schemas["Pet"], "response").violations({}, "body")
    assert [one.code for one in wrong] == ([] if says else ["required"])


def test_a_mark_is_seen_in_a_file_that_another_refers_to(tmp_path: Path) -> None:
    (tmp_path / "pets.yaml").write_text("Pet: {required: [code], properties: {code: {writeOnly: true}}}\n")
    path = tmp_path / "shop.yaml"
    path.write_text(
        "openapi: 3.1.0\n"
        "info: {title: Shop, version: '1'}\n"
        "paths: {}\n"
        "components: {schemas: {Pet: {$ref: 'pets.yaml#/Pet'}}}\n"
    )
    api = load(path)
    assert is_written(api, "writeOnly")
    assert Schemas(api).codec(api.schemas["Pet"], "response").violations({}, "body") == []
