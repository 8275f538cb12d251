"""Forms of properties that a test lays out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Make = Callable[..., Any]


@pytest.fixture
def form(operation: Make) -> Callable[..., Any]:
    """form(properties, media type, encoding={}, version='3.1.0', **schema) -> Called, its body as plain values."""

    def make(properties: dict[str, Any], name: str, encoding: Any = None, version: str = "3.1.0", **schema: Any) -> Any:
        described = {"schema": {"type": "object", "properties": properties, **schema}, "encoding": encoding or {}}
        body = {"required": True, "content": {name: described}}
        return operation({"requestBody": body}, version=version, plain_body=True)

    return make
