"""
What a client has asked a MockTransport: read by the description, as the service that is not there would have.

Neighbours: fakes.py answers it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

from pymacaron.client.attempts import Send
from pymacaron.exceptions import PyMacaronException
from pymacaron.exchange import media
from pymacaron.exchange.files import Part, Upload
from pymacaron.exchange.inbound import Inbound
from pymacaron.exchange.multipart import Head, Headers, Malformed, boundary_of, parts
from pymacaron.exchange.problem import summary
from pymacaron.exchange.request import Parts
from pymacaron.exchange.streams import Items
from pymacaron.schema.violations import Violations
from pymacaron.spec.model import Operation

__all__ = ["Called", "MockError", "fits", "form", "read"]

_VARIABLE = re.compile(r"\{([^{}/]*)\}")


class MockError(AssertionError):
    """A test that is wrong: nobody answers an operation, or a request or an answer does not fit the description."""


@dataclass(frozen=True)
class Called:
    """
    One attempt of a call. `operation`: the name of the method. `arguments`: dict of keyword -> value, typed, of those
    that were sent or have a default; `body`: the model or value that was sent, None where there is none; `content`: its
    bytes. `query`: dict of name -> list of texts; `headers` by name in any case. `attempt` counts from 1.
    """

    api: str
    operation: str
    method: str
    url: str
    arguments: Mapping[str, Any]
    body: Any
    content: bytes
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    attempt: int


def fits(operation: Operation, method: str, path: str) -> dict[str, str] | None:
    """The values in a percent-encoded *path* below the base path; None where it is none of *operation*."""
    template = operation.path.partition("#")[0].partition("?")[0]
    pieces = _VARIABLE.split(template)
    pattern = "".join("([^/]*)" if at % 2 else re.escape(piece) for at, piece in enumerate(pieces))
    found = re.fullmatch(pattern, path)
    if found is None or operation.method != method:
        return None
    return dict(zip(pieces[1::2], found.groups(), strict=True))


def read(where: tuple[str, str], inbound: Inbound, texts: Mapping[str, str], send: Send, content: bytes) -> Called:
    """*send* as the operation *where*, (api, name), reads it. Raises MockError where it does not fit."""
    url = urlsplit(send.url)
    headers = Headers(dict(send.headers))
    content_type = headers.get("Content-Type")
    request = Parts(
        path={name: unquote(text) for name, text in texts.items()},
        query=url.query,
        header=headers.get,
        content_type=content_type,
        read=lambda: content,
        form=lambda in_memory: form(content, content_type or "", in_memory),
        raw_path=texts,
    )
    try:
        positional, keywords = inbound.arguments(request)
        body = positional[0] if positional else None
        body = list(body) if isinstance(body, Items) else body
    except Violations as error:
        raise _unfit(where, send, summary(error.violations)) from None
    except (Malformed, PyMacaronException) as error:
        raise _unfit(where, send, str(error)) from None
    return Called(
        *where,
        send.method,
        send.url,
        {name: value for name, value in keywords.items() if value is not None},
        body,
        content,
        parse_qs(url.query, keep_blank_values=True),
        headers,
        send.number,
    )


def _unfit(where: tuple[str, str], send: Send, fact: str) -> MockError:
    path = send.url.partition("?")[0]
    return MockError(f"what {'.'.join(where)} was asked does not fit its description: {send.method} {path}: {fact}")


def form(content: bytes, content_type: str, in_memory: Callable[[Head], bool]) -> Sequence[Part]:
    """The parts of a form in *content*; those for whose head *in_memory* holds as bytes, all others as Uploads."""
    kind = media.parse(content_type)
    if kind is not None and kind.essence == "application/x-www-form-urlencoded":
        pairs = parse_qsl(content.decode(errors="replace"), keep_blank_values=True)
        return [Part(Head(name, None, Headers()), text) for name, text in pairs]
    found = []
    for head, pieces in parts(BytesIO(content).read, boundary_of(content_type)):
        data = b"".join(pieces)
        if in_memory(head):
            found.append(Part(head, data))
        else:
            found.append(Part(head, Upload(data, head.filename or "", "", head.content_type, head.headers)))
    return found
