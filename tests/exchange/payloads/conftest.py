"""A client's call and the server's reading of it, without anything between."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote

import pytest

from pymacaron.exchange.asking import Asked, Asking
from pymacaron.exchange.files import Part, Upload
from pymacaron.exchange.multipart import Head, boundary_of, parts
from pymacaron.exchange.request import Parts


def request(template: str, asked: Asked) -> Parts:
    """What a server has of *asked*, whose body is read whole."""
    pieces = re.split(r"\{([^{}]*)\}", template)
    found = re.fullmatch("".join("(.*?)" if i % 2 else re.escape(one) for i, one in enumerate(pieces)), asked.path)
    assert found is not None
    raw = dict(zip(pieces[1::2], found.groups(), strict=True))
    headers = {name.lower(): value.encode().decode("latin-1") for name, value in asked.headers}
    body = asked.body
    data = body if isinstance(body, bytes) else b"" if body is None else b"".join(body)  # type: ignore[arg-type]
    assert int(headers.setdefault("content-length", str(len(data)))) == len(data)
    content_type = headers.get("content-type", "")
    return Parts(
        path={name: unquote(text) for name, text in raw.items()},
        query=asked.query,
        header=lambda name: headers.get(name.lower()),
        content_type=content_type or None,
        read=lambda: data,
        form=lambda in_memory: [*_parts(data, content_type, in_memory)],
        raw_path=raw,
    )


def _parts(data: bytes, content_type: str, in_memory: Callable[[Head], bool]) -> Iterable[Part]:
    rest = [data]
    if not content_type.startswith("multipart/"):
        return
    for head, pieces in parts(lambda size: rest.pop() if rest else b"", boundary_of(content_type)):
        content = b"".join(pieces)
        kept = in_memory(head)
        yield Part(head, content if kept else Upload(content, head.filename or "", content_type=head.content_type))


@pytest.fixture
def sent(operation: Callable[..., Any]) -> Callable[..., Any]:
    """sent(declared, value, content_type=None, arguments={}, **operation's) -> what the handler gets as its body."""

    def send(declared: Any, *args: Any, content_type: str | None = None, given: Any = None, **more: Any) -> Any:
        called = operation(declared, plain_body=True, **more)
        asked = Asking(called.operation, called.schemas).asked(args, given or {}, content_type=content_type)
        positional, keywords = called.inbound.arguments(request(called.operation.path, asked))
        return positional[0] if positional else keywords

    return send
