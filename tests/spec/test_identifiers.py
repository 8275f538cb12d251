"""Which values are schemas that name themselves, and what references in them are relative to."""

from __future__ import annotations

import pytest

from pymacaron.source import Document, parse
from pymacaron.spec.identifiers import RECURSIVE, Identifiers


def named(text: str, *, drafts: bool = True) -> dict[str, tuple[str, ...]]:
    found = Identifiers(parse(text.encode(), "/a/shop.yaml", "shop.yaml"), drafts)
    return {uri: node.pointer for uri, node in found.named.items()}


def test_schemas_are_found_wherever_a_document_has_them() -> None:
    text = """
components:
  schemas: {Pet: {$id: pet, properties: {enum: {$anchor: a}}}}
paths: {/: {get: {responses: {default: {content: {x: {schema: {$id: 'https://a.example/in'}}}}}}}}
anything: [{$id: there}]
"""
    assert named(text) == {
        "/a/pet": ("components", "schemas", "Pet"),
        "/a/pet#a": ("components", "schemas", "Pet", "properties", "enum"),
        "https://a.example/in": ("paths", "/", "get", "responses", "default", "content", "x", "schema"),
        "/a/there": ("anything", "0"),
    }


@pytest.mark.parametrize(
    "schema",
    [
        "{enum: [{$id: it}]}",
        "{const: {$id: it}}",
        "{example: {$id: it}}",
        "{default: {$id: it}}",
        "{not: {unknown: {$id: it}}}",
        "{properties: {$id: {type: string}}}",
        "{id: it}",
    ],
)
def test_what_is_no_schema_has_no_name(schema: str) -> None:
    assert named(f"schemas: {{A: {schema}}}") == {}


def test_draft_4_writes_id_and_anchors_in_it() -> None:
    text = """
$schema: http://json-schema.org/draft-04/schema#
id: https://a.example/root
definitions:
  a: {id: '#a'}
  b: {id: 'other#b'}
  c: {id: ignored, $ref: '#a'}
"""
    assert named(text) == {
        "https://a.example/root": (),
        "https://a.example/root#a": ("definitions", "a"),
        "https://a.example/other#b": ("definitions", "b"),
    }
    assert named(text, drafts=False) == {}


def test_the_base_of_references_is_the_nearest_name() -> None:
    document = parse(b"$id: https://a.example/b/c\nitems: {$id: d/e, not: {}}\nenum: [{$id: f}]\n", "/s.yaml", "s.yaml")
    found = Identifiers(document, True)
    pointers: list[tuple[str, ...]] = [(), ("items", "not"), ("enum", "0"), ("items", "gone", "9")]
    assert [found.base(pointer) for pointer in pointers] == [
        "https://a.example/b/c",
        "https://a.example/b/d/e",
        "https://a.example/b/c",
        "https://a.example/b/d/e",
    ]
    plain = Document("/s.yaml", "s.yaml", b"{}", {})
    assert Identifiers(plain, True).base(("items",)) == "/s.yaml"


def test_dynamic_anchors_are_known_by_their_resource() -> None:
    text = "$defs: {a: {$dynamicAnchor: n}, b: {$id: b, $recursiveAnchor: true, not: {$dynamicAnchor: n}}}\n"
    found = Identifiers(parse(text.encode(), "/s.yaml", "s.yaml"), True).dynamic
    assert {uri: {name: node.pointer for name, node in names.items()} for uri, names in found.items()} == {
        "/s.yaml": {"n": ("$defs", "a")},
        "/b": {RECURSIVE: ("$defs", "b"), "n": ("$defs", "b", "not")},
    }
