"""Every example and default that a description declares is accepted, or `check` reports it."""

from __future__ import annotations

from pathlib import Path

import pytest
from conformance.examples import Found, declared, examine
from conformance.material import loaded
from lots import each_version, number

from pymacaron.spec.load import load

PARTS = 2


@pytest.mark.parametrize("turn", range(PARTS))
def test_no_example_of_a_real_description_is_passed_over(corpus: list[Path], turn: int) -> None:
    found = Found()
    for path in each_version(corpus, 3)[turn::PARTS]:
        api = loaded(path)
        if api is not None:
            examine(api, found)
    assert found.neither == []
    assert found.counts["accepted"] > number(300, 1000)
    assert found.counts["reported"] > number(6, 20)


SHOP = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /items:
    post:
      parameters:
        - {name: page, in: query, example: x, schema: {type: integer, default: y}}
      requestBody:
        content:
          application/json:
            schema: {type: object, properties: {name: {type: string, examples: [7, a]}}}
            examples: {one: {value: {name: 7}}, two: {$ref: "#/components/examples/Two"}}
      responses: {"200": {description: ok, headers: {X-Left: {schema: {type: integer}, example: many}}}}
components:
  schemas: {Item: {example: 1, default: {}, properties: {example: {type: string}}}}
  examples: {Two: {value: {name: a}}}
"""


def test_an_example_is_found_wherever_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(SHOP)
    api = load(path)
    assert sorted(
        (str(one.value.value), one.value.document.position(one.value.pointer)[0]) for one in declared(api)
    ) == [
        ("1", 16),
        ("7", 12),
        ("a", 12),
        ("many", 14),
        ("x", 8),
        ("y", 8),
        ("{'name': 'a'}", 17),
        ("{'name': 7}", 13),
        ("{}", 16),
    ]
    found = Found()
    examine(api, found)
    assert (found.counts, found.neither) == ({"accepted": 4, "reported": 5}, [])
