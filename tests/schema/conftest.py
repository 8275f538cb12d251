"""The Codec of one schema, written as a Python dict."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pymacaron.schema.codec import Codec, Schemas

Make = Callable[..., Schemas]


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
