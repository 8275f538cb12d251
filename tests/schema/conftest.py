"""An Api of a few schemas, written as a Python dict, and its Schemas."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pymacaron.schema.codec import Codec, Schemas
from pymacaron.spec.load import load

Make = Callable[..., Schemas]


@pytest.fixture
def schemas_of(tmp_path: Path) -> Make:
    """make(schemas, version='3.1.0', paths={}, **Schemas' arguments) -> Schemas of a description with these schemas."""

    def make(
        schemas: dict[str, Any], version: str = "3.1.0", paths: dict[str, Any] | None = None, **more: Any
    ) -> Schemas:
        document: dict[str, Any] = {"info": {"title": "Shop", "version": "1"}, "paths": paths or {}}
        if version == "2.0":
            document |= {"swagger": "2.0", "definitions": schemas}
        else:
            document |= {"openapi": version, "components": {"schemas": schemas}}
        path = tmp_path / "shop.json"
        path.write_text(json.dumps(document))
        return Schemas(load(path), **more)

    return make


@pytest.fixture
def codec_of(schemas_of: Make) -> Callable[..., Codec]:
    """make(schema, version='3.1.0', direction='request', others={}) -> Codec of the schema, which is named It."""

    def make(
        schema: Any,
        version: str = "3.1.0",
        direction: Any = "request",
        others: dict[str, Any] | None = None,
        **more: Any,
    ) -> Codec:
        schemas = schemas_of({"It": schema, **(others or {})}, version, **more)
        return schemas.codec(schemas.api.schemas["It"], direction)

    return make
