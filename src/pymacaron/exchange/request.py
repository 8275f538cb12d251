"""
The raw parts of one call, as whoever serves it hands them in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pymacaron.exchange.files import Form

__all__ = ["Request"]


@dataclass(slots=True)
class Request:
    """
    The raw parts of one call. `path`: dict of name -> text, percent-decoded; `query`: as sent; `header`: by name, in
    any case; `cookies`: dict of name -> text. `read` and `form` are called when the body is needed, `form` for a
    multipart body, or an urlencoded one that was read before.
    """

    path: Mapping[str, str]
    query: str
    header: Callable[[str], str | None]
    cookies: Mapping[str, str]
    content_type: str | None
    read: Callable[[], bytes]
    form: Callable[[], Form]
