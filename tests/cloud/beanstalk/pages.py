"""A list, a page at a time."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from cloud.refusal import invalid

__all__ = ["page"]


def page(name: str, items: list[Any], asked: dict[str, Any], most: int = 1000) -> dict[str, Any]:
    """The result whose member *name* is the page of *items* that *asked* wants; a NextToken where there are more."""
    start = 0
    if "NextToken" in asked:
        try:
            start = int(urlsafe_b64decode(asked["NextToken"].encode()).decode().removeprefix("from:"))
        except ValueError:
            raise invalid("The specified NextToken is not valid.") from None
    end = start + min(asked.get("MaxRecords", most), most)
    result: dict[str, Any] = {name: items[start:end]}
    if end < len(items):
        result["NextToken"] = urlsafe_b64encode(f"from:{end}".encode()).decode()
    return result
