"""When two requests are the same."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest

from pymacaron import Upload
from pymacaron.server.idempotency.payload import payload


def of(body: Any = None, path: dict[str, str] | None = None, query: str = "", **fields: Any) -> str:
    return payload(path or {}, query, [] if body is None else [body], fields)


class Own:
    """Of a format of the user's, without a text."""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (of({"a": 1, "b": [2]}), of({"b": [2], "a": 1})),
        (of(query="a=1&b=2"), of(query="b=2&a=1")),
        (of(Upload(b"bytes", "a.txt")), of(Upload(BytesIO(b"bytes"), "a.txt"))),
        (of(iter([1])), of(iter([2]))),
        (of(Own()), of(Own())),
        (of("\ud800"), of("\ud800")),
    ],
)
def test_requests_that_ask_the_same_are_the_same(one: str, other: str) -> None:
    assert one == other


def test_requests_that_ask_for_something_else_differ() -> None:
    different = [
        *(
            of(),
            of({}),
            of([]),
            of(""),
            of(b""),
            of("1"),
            of(1),
            of(True),
            of({"a": 1}),
            of({"a": "1"}),
            of({"a": None}),
        ),
        *(of(["a", "b"]), of(["ab"]), of([["a"], "b"]), of({"a": {"b": 1}}), of({"a": 1, "b": 1})),
        *(
            of(path={"id": "1"}),
            of(path={"id": "2"}),
            of(query="id=1"),
            of(query="id="),
            of(query="id=1&id=2"),
            of(query="id=2&id=1"),
            of(name="a"),
            of(name="b"),
        ),
        *(of(Upload(b"a", "a.txt")), of(Upload(b"b", "a.txt")), of(Upload(b"a", "b.txt")), of(b"a")),
    ]
    assert len(set(different)) == len(different)


def test_a_file_is_left_where_it_was() -> None:
    upload = Upload(BytesIO(b"0123456789"))
    upload.read(3)
    of(upload)
    assert upload.read() == b"3456789"
