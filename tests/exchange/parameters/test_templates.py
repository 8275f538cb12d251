"""The operators of URI templates."""

from __future__ import annotations

import pytest

from pymacaron.exchange.parameters.templates import expand


@pytest.mark.parametrize(
    ("operator", "explode", "text"),
    [
        ("", False, "a%2Fb,c"),
        ("+", False, "a/b,c"),
        ("#", True, "#a/b,c"),
        (".", True, ".a%2Fb.c"),
        ("/", True, "/a%2Fb/c"),
        (";", True, ";v=a%2Fb;v=c"),
        ("?", True, "?v=a%2Fb&v=c"),
        ("&", False, "&v=a%2Fb,c"),
    ],
)
def test_the_operators_of_rfc_6570(operator: str, explode: bool, text: str) -> None:
    assert expand(operator, "v", ["a/b", "c"], explode=explode) == text
    assert expand(operator, "v", None, explode=explode) == expand(operator, "v", [None], explode=explode) == ""
