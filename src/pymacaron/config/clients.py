"""What the setting `clients` may say of one api: its keys, and what their values are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

__all__ = ["CLIENT_KEYS", "fault"]


def _url(value: Any) -> str:
    try:
        parts = urlsplit(value) if isinstance(value, str) else None
        if parts is None or parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
            return "no URL such as https://login.example.com"
    except ValueError:
        return "no URL such as https://login.example.com"
    return "a URL with a password in it: those belong to auth" if parts.username is not None else ""


def _seconds(value: Any) -> str:
    fits = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < float("inf")
    return "" if fits else "no number of seconds above 0"


def _whole(value: Any) -> str:
    return "" if isinstance(value, int) and not isinstance(value, bool) and value > 0 else "no whole number above 0"


def _text(value: Any) -> str:
    return "" if isinstance(value, str) and value else "no text"


def _texts(value: Any) -> str:
    fits = isinstance(value, dict) and all(isinstance(one, str) for pair in value.items() for one in pair)
    return "" if fits else "no map of names to texts"


def _proxy(value: Any) -> str:
    return "" if value is False or (isinstance(value, str) and "://" in value) else "neither a URL nor false"


def _validation(value: Any) -> str:
    fits = value is False or (isinstance(value, str) and value in ("strict", "report", "off"))
    return "" if fits else "not one of strict, report, off"


def _map(value: Any) -> str:
    return "" if isinstance(value, dict) else "no map"


#: dict: key -> what tells what is wrong with its value, '' where nothing is
CLIENT_KEYS: Mapping[str, Callable[[Any], str]] = MappingProxyType(
    {
        "url": _url,
        "variables": _texts,
        "timeout": _seconds,
        "connect_timeout": _seconds,
        "read_timeout": _seconds,
        "max_attempts": _whole,
        "headers": _texts,
        "auth": _map,
        "validation": _validation,
        "ca_file": _text,
        "proxy": _proxy,
        "max_connections": _whole,
        "max_reply_bytes": _whole,
    }
)


def fault(key: Any, value: Any) -> str:
    """What is wrong with *value* of *key*, after "is"; '' where nothing is. It shows no value: some are secrets."""
    look = CLIENT_KEYS.get(key) if isinstance(key, str) else None
    return "no key that a client has" if look is None else look(value)
