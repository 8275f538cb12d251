"""What an error, a record or a log of a call shows: nothing that is secret in its URL or in its headers."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from upstreams.server import Server, reply

from pymacaron import ApiPool, context
from pymacaron.client import errors
from pymacaron.client.attempts import Attempted, shown
from pymacaron.client.events import Log
from pymacaron.client.loading import load_clients
from pymacaron.exceptions import ValidationError

from .conftest import SHOP


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://shop.example/a@b?key=1@2", "https://shop.example/a@b"),
        ("https://ann:pass@shop.example/x", "https://shop.example/x"),
        ("https://ann:p@ss@shop.example:8443/x@y", "https://shop.example:8443/x@y"),
        ("https://ann:pass@shop.example?x=/@", "https://shop.example"),
        ("https://shop.example", "https://shop.example"),
    ],
)
def test_what_is_shown_of_a_url(url: str, expected: str) -> None:
    assert shown(url) == expected


def test_who_logs_in_by_the_url_is_told_nobody(
    tmp_path: Path, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.answer = lambda asked: reply(404)
    told: list[Attempted] = []
    url = server.url.replace("//", "//ann:p@ssw0rd@")
    (tmp_path / "told.yaml").write_text(f"{SHOP}\nservers: [{{url: '{url}'}}]\n", encoding="utf-8")
    load_clients(tmp_path, ["told"])
    known = ApiPool.told.clients.with_options(observe=told.append, observers=[Log()])
    with caplog.at_level(logging.INFO), context.Call() as call, pytest.raises(errors.NotFound) as caught:
        known.call.list_pets(limit=1)
    seen = f"{caught.value} {caught.value.url} {told} {call.calls} {caplog.text}"  # type: ignore[attr-defined]
    assert f"{server.url}/pets" in seen
    assert "ann" not in seen
    assert "ssw0rd" not in seen


@pytest.mark.parametrize("value", ["Bearer s3cret ", " Bearer s3cret", "Bearer s3cret\t", "Bearer\vs3cret", "s3cret\f"])
def test_a_header_that_cannot_be_sent_is_not_quoted(shop: Any, server: Server, value: str) -> None:
    for wrong in (
        lambda: shop.call.list_pets(request_headers={"Authorization": value}),
        lambda: shop.with_options(headers={"Authorization": value}).call.list_pets(),
    ):
        with pytest.raises(ValidationError, match="cannot be sent") as caught:
            wrong()
        assert "s3cret" not in str(caught.value)
        assert caught.value.__cause__ is None
    assert not server.asked
