"""
The raw parts of one call, as whoever serves it hands them in.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pymacaron.exchange.files import Part
from pymacaron.exchange.multipart import Head

__all__ = ["Arriving", "Parts", "Request", "has_body"]

_T = TypeVar("_T")


class Arriving(Protocol):
    """
    The body of a request that is read while it arrives: `read()` gives bytes as soon as there are any, b"" at its end.
    `is_empty`: whether it is known to have none. `max_item_bytes`: what one item in it may have at most.
    `off_loop(function)` gives what *function* does, without blocking the event loop that awaits it.
    """

    @property
    def is_empty(self) -> bool: ...

    @property
    def max_item_bytes(self) -> int: ...

    def read(self) -> bytes: ...

    def off_loop(self, function: Callable[[], _T], /) -> Awaitable[_T]: ...


class Request(Protocol):
    """
    The raw parts of one call. `path`: dict of name -> text, percent-decoded; `query`: as sent; `header`: by name, in
    any case, bytes beyond ASCII as Latin-1 characters; `raw_path`: as `path`, still percent-encoded, None where nobody
    knows. `read` and `form` are called when the body is needed, `form` for a multipart body, or an urlencoded one that
    was read before: `form(in_memory)` gives its parts, those for whose head *in_memory* holds as bytes, all others as
    Uploads. `arriving` gives what reads the body as it arrives; None: it is read whole.
    """

    @property
    def path(self) -> Mapping[str, str]: ...

    @property
    def raw_path(self) -> Mapping[str, str] | None: ...

    @property
    def query(self) -> str: ...

    @property
    def content_type(self) -> str | None: ...

    def header(self, name: str, /) -> str | None: ...

    def read(self) -> bytes: ...

    def form(self, in_memory: Callable[[Head], bool], /) -> Sequence[Part]: ...

    def arriving(self) -> Arriving | None: ...


def _never() -> None:
    """A body that is not read as it arrives."""


@dataclass(slots=True)
class Parts:
    """A Request of which each part is given by itself."""

    path: Mapping[str, str]
    query: str
    header: Callable[[str], str | None]
    content_type: str | None
    read: Callable[[], bytes]
    form: Callable[[Callable[[Head], bool]], Sequence[Part]]
    raw_path: Mapping[str, str] | None = None
    arriving: Callable[[], Arriving | None] = _never


def has_body(request: Request) -> bool:
    """Whether there is a body at all. Where its length is told, one that will be refused is not read for that."""
    length = request.header("Content-Length") or ""
    if length.isascii() and length.isdigit():
        return length.strip("0") != ""
    return bool(request.read())
