"""Any model of any schema that others have written, saved and read back, is what it was."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from conformance.material import descriptions, loaded
from conformance.messages import Maker, changed
from conformance.translation import Translation
from kept.dicts import number
from lots import each_version

from pymacaron.models import Model, from_json, to_json
from pymacaron.schema.codec import Schemas
from pymacaron.schema.kept import Kept
from pymacaron.store.declared import key_type
from pymacaron.store.definition import Attribute, Definition, Key
from pymacaron.store.stores import ItemError
from pymacaron.store.values import Values

#: Of each description so many schemas, and of each of these so many models: `make soak` has more
SCHEMAS = int(os.environ.get("STORED_SCHEMAS") or 8)
MODELS = int(os.environ.get("STORED_MODELS") or 6)


class NoKey(Key):
    """The key of what has none."""

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        return ()


def values_of(schemas: Schemas, cls: type[Model], node: Any, random: Random) -> Values[Any]:
    """How *cls* is stored where any of its properties that may be in a key or be the ttl are."""
    properties, shapes = schemas.shapes.properties(node), schemas.shapes
    able = [(name, kind) for name, schema in properties.items() if (kind := key_type(shapes, schema)) is not None]
    keyed = [Attribute(name, kind) for name, kind in random.sample(able, min(2, len(able)))]
    indexes = {"of": Key(*keyed)} if keyed else {}
    ttl = random.choice([None, *(name for name, _ in able)])
    type.__setattr__(cls, "__pym_kept__", Kept(node, shapes))
    return Values(cls, Definition("things", NoKey(Attribute("", "S")), indexes, ttl))


def is_same(schemas: Schemas, cls: type[Model], node: Any, data: Any, random: Random) -> bool:
    """Whether a model of *data* comes back as it was; True also where what cannot be stored is refused."""
    values = values_of(schemas, cls, node, random)
    model = from_json(cls, data)
    try:
        item = values.item(model)
    except ItemError:
        return False
    again = values.model(number(item))
    assert again == model
    assert to_json(again) == to_json(model)
    assert values.item(again) == item
    return True


def some(nodes: list[Any]) -> Iterator[Any]:
    yield from nodes[:: max(1, len(nodes) // SCHEMAS)][:SCHEMAS]


@pytest.mark.parametrize("path", each_version(descriptions(), 3), ids=lambda path: path.name)
def test_what_is_saved_is_read_back(path: Path) -> None:
    api = loaded(path)
    if api is None:
        return
    schemas, random = Schemas(api), Random(path.name)
    translation = Translation(api, "response")
    saved = tried = 0
    for name, node in some(list(schemas.classes.names().items())):
        cls: Any = schemas.classes.of(node)
        reference = translation.reference(node)
        for _ in range(MODELS):
            value = Maker(translation.document, random).value(reference)
            for data in (value, changed(value, random)):
                if isinstance(data, dict):
                    tried += 1
                    saved += is_same(schemas, cls, schemas.shapes.target(node), data, random)
        assert name
    assert saved >= tried * 0.5


def test_there_are_descriptions() -> None:
    if not descriptions():
        message = "PYMACARON_CORPUS says where the descriptions are that others have written"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
