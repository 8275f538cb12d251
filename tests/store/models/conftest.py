"""Models that are kept in a dict."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from kept.dicts import Dicts

from pymacaron.schema.codec import Schemas
from pymacaron.store import table, use
from pymacaron.store.stores import Store


@pytest.fixture
def dicts() -> Iterator[Dicts]:
    store = Dicts()
    with use(cast("Store", store)):
        yield store


@pytest.fixture
def kept(schemas_of: Callable[..., Schemas], dicts: Dicts) -> Callable[..., Any]:
    """kept({property: schema}, key=, ...) -> the class of a model that is kept so in `dicts`."""

    def make(
        properties: dict[str, Any], *, version: str = "3.1.0", schema: dict[str, Any] | None = None, **said: Any
    ) -> Any:
        persist = {"table": "things", "key": {"hash": "id"}, **said}
        whole = {"type": "object", "properties": properties, "x-persist": persist, **(schema or {})}
        schemas = schemas_of({"Thing": whole}, version)
        schemas.classes.keeper = table
        return schemas.models.Thing

    return make
