"""What `x-pagination` may say, and what is told of it where it says nothing that can be carried out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pymacaron.spec.load import load
from pymacaron.spec.paging import Paging, paging

DESCRIPTION = """\
openapi: 3.1.0
info: {{title: Lists, version: "1"}}
paths:
  /things:
    parameters: [{{name: page-token, in: query, schema: {{type: string}}}}]
    get:
      x-pagination: {said}
      responses: {{"200": {{description: All}}}}
"""


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"kind": "link"}, Paging("link")),
        (
            {"kind": "link", "next": "/meta/next~1url", "items": "data"},
            Paging("link", "", ("data",), ("meta", "next/url")),
        ),
        (
            {"kind": "cursor", "parameter": "after", "last": "id", "more": "has_more"},
            Paging("cursor", "after", last=("id",), more=("has_more",)),
        ),
        ({"kind": "page", "parameter": "p"}, Paging("page", "p", start=1)),
        ({"kind": "offset", "parameter": "o", "total": "/n"}, Paging("offset", "o", total=("n",))),
        ({"kind": "page", "parameter": "p", "start": 0}, Paging("page", "p")),
    ],
)
def test_what_it_means(said: Any, expected: Paging) -> None:
    assert paging(said) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("yes", [(7, 21, "wrong-value", "x-pagination is 'yes'", "Write an object with the member 'kind'")]),
        ("{}", [(7, 7, "missing-field", "x-pagination needs 'kind'", "Add one of cursor, offset, page, link")]),
        (
            "{kind: curser}",
            [(7, 28, "wrong-value", "'curser' is no kind of x-pagination", "Did you mean 'cursor'?")],
        ),
        (
            "{kind: 3}",
            [(7, 28, "wrong-value", "3 is no kind of x-pagination", "Write one of cursor, offset, page, link")],
        ),
        (
            "{kind: link, item: data}",
            [
                (
                    7,
                    34,
                    "unknown-key",
                    "'item' has no meaning in x-pagination of kind 'link'",
                    "Did you mean 'items'?",
                )
            ],
        ),
        (
            "{kind: page}",
            [
                (
                    7,
                    7,
                    "missing-field",
                    "x-pagination of kind 'page' needs 'parameter'",
                    "Name the parameter that says which page is meant",
                )
            ],
        ),
        (
            "{kind: cursor, parameter: page-token, next: a, last: b}",
            [
                (
                    7,
                    7,
                    "missing-field",
                    "x-pagination of kind 'cursor' has both 'next' and 'last'",
                    "Say where a reply has the cursor ('next'), or the last item of a page ('last')",
                )
            ],
        ),
        (
            "{kind: offset, parameter: page-token, start: one, items: 1}",
            [
                (7, 66, "wrong-value", "'start' is 'one'", "Write the number of the first one, as 0 or 1"),
                (7, 78, "wrong-value", "'items' is 1", "Write a name, or a JSON pointer as /data/next"),
            ],
        ),
        (
            "{kind: page, parameter: page_token}",
            [
                (
                    7,
                    45,
                    "wrong-value",
                    "the operation has no parameter 'page_token'",
                    "Did you mean 'page-token'?",
                )
            ],
        ),
        ("{kind: page, parameter: page-token}", []),
    ],
)
def test_what_means_nothing_is_a_finding_where_it_stands(
    tmp_path: Path, said: str, expected: list[tuple[int, int, str, str, str]]
) -> None:
    path = tmp_path / "lists.yaml"
    path.write_text(DESCRIPTION.format(said=said), encoding="utf-8")
    found = load(path).findings
    assert [(one.line, one.column, one.code, one.fact, one.mend) for one in found] == expected
