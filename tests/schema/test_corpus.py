"""Every schema of real descriptions can be used."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from lots import each_version

from pymacaron.schema import validators
from pymacaron.schema.codec import Schemas
from pymacaron.spec.load import load

CORPUS = Path(os.environ.get("PYMACARON_CORPUS", Path(__file__).parents[3] / "shared" / "corpus"))
FILES = each_version(sorted(path for folder in ("specs", "features") for path in (CORPUS / folder).glob("*")), 4)


def there(path: Path) -> Path:
    if not path.exists():
        message = f"{path} is not there: PYMACARON_CORPUS says where the material is"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return path


def test_the_corpus_is_there() -> None:
    there(CORPUS)
    assert FILES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_schema_compiles_whole_and_every_model_is_made(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    api = load(path)
    left_out: list[Any] = []
    without = validators._without

    def noted(bundle: Any, place: Any) -> Any:
        left_out.append(place)
        return without(bundle, place)

    monkeypatch.setattr(validators, "_without", noted)
    schemas = Schemas(api)
    found = [(schema, "request") for schema in api.schemas.values()]
    for operation in (*api.operations, *api.webhooks):
        found += [(p.schema, "request") for p in operation.parameters if p.schema]
        contents = [(operation.body.content, "request")] if operation.body else []
        contents += [(response.content, "response") for response in operation.responses.values()]
        found += [(media.schema, way) for content, way in contents for media in content.values() if media.schema]
    for schema, way in found:
        codec = schemas.codec(schema, way)  # type: ignore[arg-type]
        assert codec._accepts is not None
        assert isinstance((codec.types, codec.items, codec.properties, codec.has_default), tuple)
        schemas.classes.plan(schema)
        for one in (codec, codec._whole):  # hundreds of them take much memory
            one.__dict__.pop("_validator", None)
            one.__dict__.pop("_accepts", None)
    for name in schemas.models.names():
        cls = getattr(schemas.models, name)
        assert cls().to_json() == {}
    assert left_out == []
