"""Members of `x-pagination` that lead to what replies do not have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pymacaron.check.pages import unknown_places
from pymacaron.schema.codec import Schemas
from pymacaron.spec.load import load

DESCRIPTION = """\
openapi: 3.1.0
info: {{title: Lists, version: "1"}}
paths:
  /things:
    get:
      x-pagination: {said}
      parameters: [{{name: after, in: query, schema: {{type: string}}}}]
      responses: {{"200": {{description: All, content: {{application/json: {{schema: {schema}}}}}}}}}
components:
  schemas:
    Thing: {{type: object, properties: {{id: {{}}}}}}
    Open: {{type: object, additionalProperties: true, properties: {{other: {{}}}}}}
    Page:
      allOf:
        - type: object
          properties:
            data: {{type: array, items: {{$ref: "#/components/schemas/Thing"}}}}
            paging: {{type: object, properties: {{next: {{type: string}}}}}}
"""


@pytest.fixture(autouse=True)
def folder(files: Any) -> None:
    files({})


def told(said: str, schema: str = "{$ref: '#/components/schemas/Page'}") -> list[tuple[int, str, str, str]]:
    Path("lists.yaml").write_text(DESCRIPTION.format(said=said, schema=schema), encoding="utf-8")
    api = load("lists.yaml")
    assert api.findings == ()
    return [(one.column, one.code, one.fact, one.mend) for one in unknown_places(api, Schemas(api))]


def test_what_a_schema_does_not_declare_is_told() -> None:
    said = "{kind: cursor, parameter: after, next: /paging/nxt, items: date, more: more}"
    assert told(said) == [
        (
            21 + said.index("date"),
            "unknown-property",
            "'items' leads to 'date', which the reply is not said to have",
            "Did you mean 'data'?",
        ),
        (
            21 + said.index("/pag"),
            "unknown-property",
            "'next' leads to 'nxt', which the reply is not said to have",
            "Did you mean 'next'?",
        ),
        (
            *(
                22 + said.rindex(" more"),
                "unknown-property",
                "'more' leads to 'more', which the reply is not said to have",
            ),
            "Its schema has data, paging",
        ),
    ]


def test_members_of_the_last_item_are_looked_for_in_items() -> None:
    assert told("{kind: cursor, parameter: after, last: id, items: data}") == []
    [found] = told("{kind: cursor, parameter: after, last: ids, items: data}")
    assert found[2:] == ("'last' leads to 'ids', which an item is not said to have", "Did you mean 'id'?")


def test_items_are_a_list() -> None:
    assert told("{kind: page, parameter: after, items: data}") == []
    assert told("{kind: page, parameter: after}", "{type: array, items: {}}") == []
    facts = [one[2] for said in ("", ", items: paging") for one in told(f"{{kind: page, parameter: after{said}}}")]
    assert facts == ["the reply is no list", "what 'items' leads to is no list"]


@pytest.mark.parametrize("schema", ["{}", "{type: object}", "{$ref: '#/components/schemas/Open'}"])
def test_nothing_is_told_where_anything_may_be_there(schema: str) -> None:
    assert told("{kind: cursor, parameter: after, next: /a/b, items: /c/d, more: e}", schema) == []
