"""What a call was sent where a secret stands: its credentials, and the values that its report masks."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl

from pymacaron import config
from pymacaron.context import Call
from pymacaron.crash.scrubbing import MASK, Scrubbing, asked, concealed, is_secret, texts
from pymacaron.schema.models import Model

__all__ = ["is_secret_parameter", "path_secrets", "scrubbing_of"]

#: The parameters of a path template
_BRACES = r"\{([^}]*)\}"

_HEADERS = ("Authorization", "Proxy-Authorization", "Cookie", "X-Api-Key", "X-Auth-Token", "X-Csrf-Token")
#: A cookie that is shorter, and not named like a secret, is a word like others
_LONG_COOKIE = 12
_DEPTH = 8
#: Values of one call that are looked at for what is secret
_MOST = 20_000


def scrubbing_of(call: Call | None) -> Scrubbing:
    """
    What takes secrets out of the report of *call*, and of what is logged of it: the same, until more is known of the
    call. Fails never.
    """
    if call is None:
        return Scrubbing()
    sources = (call.params, call.token, call.secrets, config.secret_values())
    kept = getattr(call, "scrubbing", None)
    if kept is None or kept[0][0] is not sources[0] or kept[0][1:] != sources[1:]:
        kept = call.scrubbing = (sources, _made(call))
    scrubbing: Scrubbing = kept[1]
    return scrubbing


def _made(call: Call) -> Scrubbing:
    known: set[str] = set()
    is_whole = True
    for found in (_of_headers, _of_cookies, _of_url, _of_params):
        gathered = asked(lambda found=found: list(islice(found(call), _MOST + 1)))
        is_whole = is_whole and isinstance(gathered, list) and len(gathered) <= _MOST
        known.update(gathered if isinstance(gathered, list) else ())
    return Scrubbing(known, is_whole)


def path_secrets(call: Call, address: str) -> list[tuple[int, int]] | None:
    """
    Where in *address*, which ends in the path of *call*, path parameters stand that are secrets, the last one first;
    None where there are some, and where cannot be told.
    """
    names = re.findall(_BRACES, call.path_template)
    secret = [index for index, name in enumerate(names, 1) if is_secret(name) or name in call.secrets]
    if not secret:
        return []
    literals = re.split(_BRACES, call.path_template)[::2]
    match = re.search("([^/]*)".join(map(re.escape, literals)) + "$", address)
    return [match.span(index) for index in reversed(secret)] if match is not None else None


def is_secret_parameter(call: Call, name: str) -> bool:
    """Whether the value of the query's *name*, as it stands in a URL of *call*, is a secret."""
    whole = name.partition("[")[0]
    return is_secret(name) or not call.secrets.isdisjoint((name, whole, f"{whole}="))


def _of_headers(call: Call) -> Iterator[str]:
    if call.token:
        yield call.token
    headers = call.headers
    names = {*_HEADERS, *(name for name in call.secrets if name.isascii())}
    if isinstance(headers, Mapping) or hasattr(headers, "keys"):
        names.update(name for name in headers.keys() if is_secret(name))  # noqa: SIM118  # Werkzeug's are no Mapping
    for name in names:
        value = headers.get(name)
        if value and name != "Cookie":
            yield value
            yield from _credentials(value)


def _credentials(value: str) -> Iterator[str]:
    """What stands behind the scheme in a header's *value*, of Basic its password, too."""
    scheme, _, credentials = value.partition(" ")
    if not credentials:
        return
    yield credentials.strip()
    if scheme.lower() == "basic":
        try:
            yield base64.b64decode(credentials).decode("utf-8", "replace").partition(":")[2]
        except (binascii.Error, ValueError):
            return


def _of_cookies(call: Call) -> Iterator[str]:
    for name, value in call.cookies.items():
        if len(value) >= _LONG_COOKIE or is_secret(name) or name in call.secrets:
            yield value


def _of_url(call: Call) -> Iterator[str]:
    for name, value in parse_qsl(call.url.partition("?")[2], keep_blank_values=True):
        if is_secret_parameter(call, name):
            yield value
    for start, end in path_secrets(call, call.path) or ():
        yield call.path[start:end]


def _of_params(call: Call) -> Iterator[str]:
    if not callable(call.params):
        shown, raw = call.params, call.params
    else:
        shown = call.params()
        raw = asked(lambda: call.params(masked=False))
    if isinstance(raw, Mapping):
        for name, value in raw.items():
            if name in call.secrets or is_secret(str(name)):
                yield from texts(_plain(value))
            else:
                yield from _hidden(value, shown.get(name) if isinstance(shown, Mapping) else None, _DEPTH)


def _hidden(raw: Any, shown: Any, depth: int) -> Iterator[str]:
    """The texts of *raw* that are masked in *shown*, or stand where a secret's name is; '' for each other value."""
    yield ""
    if isinstance(shown, str) and shown == MASK:
        yield from texts(_plain(raw))
        return
    raw = _plain(raw)
    if depth and isinstance(raw, Mapping):
        below, hidden = shown if isinstance(shown, Mapping) else {}, concealed(raw)
        for name, member in raw.items():
            if name in hidden or is_secret(str(name)):
                yield from texts(_plain(member))
            else:
                yield from _hidden(member, below.get(name), depth - 1)
    elif depth and isinstance(raw, (list, tuple)):
        items = shown if isinstance(shown, (list, tuple)) else [None] * len(raw)
        for item, one in zip(raw, items, strict=False):
            yield from _hidden(item, one, depth - 1)


def _plain(value: Any) -> Any:
    """*value*, a model as its JSON value, so that what is hidden in it is seen."""
    return asked(value.to_json) if isinstance(value, Model) else value
