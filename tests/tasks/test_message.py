"""The text of a message: what was sent before a release is run after it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pymacaron.tasks.message import Message, MessageError, read, unread, written

WHOLE = Message(
    id="1",
    task="shop.send",
    module="shop",
    arguments=b'[[1],{"a":{"$":"UUID","v":"x"}}]',
    queue="mail",
    call={"id": "c", "claims": {"sub": "ada"}},
    sent=1.5,
    due=2.5,
    expires=9.0,
    failures=2,
    unique="k",
    unique_for=3.0,
)


def test_a_message_is_read_as_it_was_written() -> None:
    assert read(written(WHOLE)) == WHOLE
    assert read(written(Message("1", "t", "", b"[[],{}]"))) == Message("1", "t", "", b"[[],{}]")


def test_its_text_is_json_of_the_version() -> None:
    assert json.loads(written(WHOLE)) == {
        "version": 1,
        "id": "1",
        "task": "shop.send",
        "module": "shop",
        "arguments": [[1], {"a": {"$": "UUID", "v": "x"}}],
        "queue": "mail",
        "call": {"id": "c", "claims": {"sub": "ada"}},
        "sent": 1.5,
        "due": 2.5,
        "expires": 9.0,
        "failures": 2,
        "unique": "k",
        "unique_for": 3.0,
    }


def test_members_that_are_not_there_have_defaults_and_others_are_passed_over() -> None:
    read_ = read(b'{"id":"1","task":"shop.jobs.send","arguments":[[],{}],"from":"tomorrow"}')
    assert read_ == Message("1", "shop.jobs.send", "shop.jobs", b"[[],{}]")


def test_one_that_has_failed_is_due_later_and_expires_no_more() -> None:
    again = WHOLE.again(due=30.0)
    assert (again.id, again.due, again.failures, again.expires, again.unique) == ("1", 30.0, 3, None, "k")


GOOD: dict[str, Any] = {"id": "1", "task": "t", "arguments": [[], {}]}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"", "it is no JSON"),
        (b"\xff", "it is no JSON"),
        (b"[" * 100_000, "it is no JSON"),
        (b"[]", "it is no JSON object"),
        (json.dumps({"version": 2}).encode(), "it is of version 2, and this one reads 1 at most: update the worker"),
        (json.dumps({**GOOD, "version": True}).encode(), "it is of version True, and this one reads 1 at most"),
        (b"{}", "it has no id and no task and no arguments"),
        (b'{"id":"1","task":"t"}', "it has no arguments"),
        (json.dumps({**GOOD, "id": 1}).encode(), "its member id is 1"),
        (json.dumps({**GOOD, "failures": True}).encode(), "its member failures is True"),
        (json.dumps({**GOOD, "call": []}).encode(), "its member call is []"),
        (json.dumps({**GOOD, "due": "soon"}).encode(), "its member due is 'soon'"),
    ],
)
def test_what_is_none_is_refused(text: bytes, told: str) -> None:
    with pytest.raises(MessageError) as raised:
        read(text)
    assert str(raised.value).startswith(told)


def test_of_what_is_none_a_list_shows_what_can_be_told_always_with_the_same_id() -> None:
    assert unread(b'{"id":"1","task":"shop.send","version":2}') == Message("1", "shop.send", "", b"[[],{}]")
    assert (unread(b"x").task, unread(b"x").id == unread(b"x").id, unread(b"x").id == unread(b"y").id) == (
        "?",
        True,
        False,
    )
