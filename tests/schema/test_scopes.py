"""What `$dynamicRef` means to all that looks at schemas: secrets, models, violations, what is demanded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pymacaron.schema.codec import Codec, Schemas

Make = Callable[..., Schemas]

SECRET = {"type": "string", "writeOnly": True}
NODE = {"$dynamicRef": "#node"}
#: A tree, and one that extends it: the children of the latter are of the latter
TREES: dict[str, Any] = {
    "Tree": {
        "$id": "https://example.com/tree",
        "$dynamicAnchor": "node",
        "type": "object",
        "properties": {
            "kids": {"type": "array", "items": NODE},
            "spot": {"type": "object", "properties": {"next": NODE}},
            "info": {"type": "object", "properties": {"since": {"type": "string", "format": "date"}}},
        },
    },
    "UserTree": {
        "$id": "https://example.com/user-tree",
        "$dynamicAnchor": "node",
        "allOf": [{"$ref": "tree"}, {"type": "object", "properties": {"code": SECRET, "count": {"type": "integer"}}}],
    },
    "Both": {
        "type": "object",
        "properties": {"tree": {"$ref": "https://example.com/tree"}, "user": {"$ref": "https://example.com/user-tree"}},
    },
}
#: A page of anything, and one of users
PAGES: dict[str, Any] = {
    "Page": {
        "$id": "https://example.com/page",
        "type": "object",
        "properties": {"rows": {"type": "array", "items": {"$dynamicRef": "#T"}}},
        "$defs": {"T": {"$dynamicAnchor": "T"}},
    },
    "User": {"$id": "https://example.com/user", "type": "object", "properties": {"name": {}, "code": SECRET}},
    "UserPage": {
        "$id": "https://example.com/user-page",
        "$ref": "page",
        "$defs": {"T": {"$dynamicAnchor": "T", "$ref": "user"}},
    },
}


def codec(schemas: Schemas, name: str, direction: Any = "response") -> Codec:
    return schemas.codec(schemas.api.schemas[name], direction)


def texts(codec: Codec, value: Any) -> list[str]:
    return [str(violation) for violation in codec.violations(value, "body")]


KEPT = {"code": "s", "kids": [{"code": "s", "kids": []}], "spot": {"next": {"code": "s"}}}
BARE = {"kids": [{"kids": []}], "spot": {"next": {}}}


@pytest.mark.parametrize(
    ("schemas", "name", "value", "sent"),
    [
        (TREES, "UserTree", KEPT, BARE),
        (TREES, "Tree", KEPT, KEPT),
        (TREES, "Both", {"tree": KEPT, "user": KEPT}, {"tree": KEPT, "user": BARE}),
        (PAGES, "UserPage", {"rows": [{"name": "a", "code": "s"}]}, {"rows": [{"name": "a"}]}),
        (PAGES, "Page", {"rows": [{"name": "a", "code": "s"}]}, {"rows": [{"name": "a", "code": "s"}]}),
    ],
)
def test_what_is_write_only_by_a_dynamic_reference_is_left_out(
    schemas_of: Make, schemas: dict[str, Any], name: str, value: Any, sent: Any
) -> None:
    made = schemas_of(schemas, "3.1.0")
    assert codec(made, name).plain(value) == sent
    received = codec(made, name, "request").convert(codec(made, name).plain(value))
    assert codec(made, name).plain(received) == sent


def test_models_without_what_is_write_only_of_where_they_were_read(schemas_of: Make) -> None:
    schemas = schemas_of(TREES, "3.1.0")
    tree = codec(schemas, "UserTree", "request").decode(b'{"kids":[{"code":"s"}],"spot":{"next":{"code":"s"}}}')
    assert (tree.kids[0].code, tree.spot.next.code) == ("s", "s")
    assert codec(schemas, "UserTree").plain(tree) == {"kids": [{}], "spot": {"next": {}}}
    assert codec(schemas, "Tree").plain({"kids": [tree.kids[0]]}) == {"kids": [{}]}
    assert repr(tree.kids[0]) == "UserTree(code=********)"


def test_objects_below_a_dynamic_reference_are_of_the_model_that_it_means(schemas_of: Make) -> None:
    schemas = schemas_of(TREES, "3.1.0")
    models = schemas.models
    value = {"kids": [{"count": 1.0, "kids": [{}]}], "spot": {"next": {}}, "info": {"since": "2026-03-04"}}
    user, tree = (codec(schemas, name, "request").convert(_copied(value)) for name in ("UserTree", "Tree"))
    assert [type(one) for one in (user, user.kids[0], user.kids[0].kids[0], user.spot.next)] == [models.UserTree] * 4
    assert [type(one) for one in (tree, tree.kids[0], tree.kids[0].kids[0], tree.spot.next)] == [models.Tree] * 4
    assert type(user.kids[0].count) is int
    # One class where nothing inside is dynamic, two where something is
    assert (type(user.info), type(tree.info)) == (models.TreeInfo, models.TreeInfo)
    assert (type(user.spot), type(tree.spot)) == (models.UserTreeSpot, models.TreeSpot)
    both = codec(schemas, "Both", "request").convert({"tree": {"kids": [{}]}, "user": {"kids": [{}]}})
    assert [type(one) for one in (*both.tree.kids, *both.user.kids)] == [models.Tree, models.UserTree]


def test_a_generic_page_has_the_models_of_its_rows(schemas_of: Make) -> None:
    schemas = schemas_of(PAGES, "3.1.0")
    page = codec(schemas, "UserPage", "request").convert({"rows": [{"name": "a"}]})
    assert (type(page), type(page.rows[0])) == (schemas.models.UserPage, schemas.models.User)
    assert codec(schemas, "Page", "request").convert({"rows": [{"name": "a"}]}).rows == [{"name": "a"}]


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copied(inner) for name, inner in value.items()}
    return [_copied(inner) for inner in value] if isinstance(value, list) else value


def test_passwords_below_a_dynamic_reference_are_not_told(schemas_of: Make) -> None:
    user = {**TREES["UserTree"], "properties": {"word": {"type": "string", "format": "password", "maxLength": 1}}}
    schemas = schemas_of({**TREES, "UserTree": user}, "3.1.0")
    assert texts(codec(schemas, "UserTree", "request"), {"kids": [{"word": "hunter2"}]}) == [
        "body /kids/0/word a value is longer than 1 character"
    ]
    tree = codec(schemas, "UserTree", "request").convert({"kids": [{"word": "h"}]})
    assert repr(tree.kids[0]) == "UserTree(word=********)"


def test_what_is_demanded_below_a_dynamic_reference_is_what_that_marks(schemas_of: Make) -> None:
    page = {**PAGES["Page"], "properties": {"first": {"$dynamicRef": "#T"}}, "required": ["first"]}
    user = {"$id": "https://example.com/user", "type": "object", "readOnly": True}
    schemas = schemas_of({**PAGES, "Page": page, "User": user}, "3.1.0")
    assert texts(codec(schemas, "UserPage", "request"), {}) == []
    assert texts(codec(schemas, "Page", "request"), {}) == ["body /first is missing"]


def test_a_schema_that_nothing_dynamic_is_reached_from_is_one_schema(schemas_of: Make) -> None:
    pet = {"discriminator": {"propertyName": "kind"}, "type": "object", "properties": {"kind": {"type": "string"}}}
    tree = {**TREES["Tree"], "properties": {"pet": {"$ref": "https://example.com/pet"}, "next": NODE}}
    others = {
        "Pet": {"$id": "https://example.com/pet", **pet},
        "Cat": {"$id": "https://example.com/cat", "allOf": [{"$ref": "pet"}, {"properties": {"lives": {}}}]},
    }
    schemas = schemas_of({**TREES, **others, "Tree": tree}, "3.1.0")
    made = codec(schemas, "UserTree", "request").convert({"next": {"pet": {"kind": "Cat"}}, "pet": {"kind": "Dog"}})
    assert (type(made.next.pet), type(made.pet)) == (schemas.models.Cat, schemas.models.Pet)


def test_heirs_below_a_dynamic_reference_mean_what_it_means_there(schemas_of: Make) -> None:
    tree = {**TREES["Tree"], "properties": {"part": {"$ref": "https://example.com/part"}}}
    part = {"$id": "https://example.com/part", "type": "object", "discriminator": {"propertyName": "kind"}}
    others = {
        "Part": {**part, "properties": {"kind": {"type": "string"}}},
        "Root": {
            "$id": "https://example.com/root",
            "allOf": [{"$ref": "part"}, {"properties": {"to": {"$dynamicRef": "tree#node"}}}],
        },
    }
    schemas = schemas_of({**TREES, **others, "Tree": tree}, "3.1.0")
    value = {"part": {"kind": "Root", "to": {"code": "s"}}}
    assert codec(schemas, "UserTree").plain(value) == {"part": {"kind": "Root", "to": {}}}
    made = codec(schemas, "UserTree", "request").convert(value)
    assert type(made.part.to) is schemas.models.UserTree


def test_a_resource_inside_of_another_is_come_to_by_the_way_that_leads_there(schemas_of: Make) -> None:
    inner = {
        "$id": "https://example.com/inner",
        "type": "object",
        "properties": {"it": {"$dynamicRef": "#T"}},
        "$defs": {"T": {"$dynamicAnchor": "T", "type": "integer"}},
    }
    outer = {
        "$id": "https://example.com/outer",
        "properties": {"here": inner},
        "$defs": {"T": {"$dynamicAnchor": "T", "type": "string"}},
    }
    other = {"properties": {"there": {"$ref": "https://example.com/inner"}}, "$id": "https://example.com/other"}
    schemas = schemas_of({"Outer": outer, "Other": other}, "3.1.0")
    assert texts(codec(schemas, "Outer"), {"here": {"it": 1}}) == ["body /here/it 1 is not a string"]
    assert texts(codec(schemas, "Other"), {"there": {"it": "a"}}) == ["body /there/it 'a' is not an integer"]
