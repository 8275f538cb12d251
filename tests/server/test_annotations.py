"""Annotations of handlers, read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from pymacaron.pool import Pool
from pymacaron.schema.classes import Alias
from pymacaron.server.annotations import evaluated, names_values

shop = Pool().shop


def test_annotations_that_are_texts_are_read_where_the_function_stands() -> None:
    def function(one: shop.model.Order, two: missing) -> None: ...  # type: ignore[name-defined]  # noqa: F821

    assert evaluated(function.__annotations__["one"], function) is shop.model.Order
    assert evaluated(function.__annotations__["two"], function) == "missing"


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (shop.model.Order, True),
        (list[shop.model.Order], True),
        (dict[str, shop.model.Order | None], True),
        (list[datetime], True),
        (list[Alias("ApiPool.shop.model.Payment", "")], True),
        ("list[apis.shop.model.Order]", True),
        (dict, False),
        (list[int], False),
        (dict[str, Any], False),
        ("dict[str, Any]", False),
        (Iterator[dict[str, Any]], False),
    ],
)
def test_brackets_that_hold_models_are_told_from_those_that_hold_json(annotation: Any, expected: bool) -> None:
    assert names_values(annotation) is expected
