"""Requests that were sent -> lines for a shell that send them again, in which secrets are variables."""

from __future__ import annotations

import base64
import re
import shlex
from collections.abc import Mapping
from typing import Any

from pymacaron.testing.contract.hiding import Secrets

__all__ = ["repeated"]

#: What a shell reads in double quotes, and must not
_SPECIAL = re.compile(r'([\\"`$!])')


def repeated(request: Mapping[str, Any], secrets: Secrets) -> str:
    """A `curl` of *request*, as the driver tells it. `-g`: brackets in a URL are no patterns."""
    parts = ["curl -g -i" if request["url"].count("[") or request["url"].count("{") else "curl -i"]
    method = request["method"]
    if method == "HEAD":
        parts = [f"{parts[0]} --head"]
    elif method != "GET" or request["body"]:
        parts.append(f"-X {method}")
    parts.append(_quoted(request["url"], secrets))
    for name, value in request["headers"].items():
        if (name.lower(), value) != ("accept", "*/*"):
            parts.append("-H " + _quoted(f"{name}: {value}" if value else f"{name};", secrets))
    body = base64.b64decode(request["body"])
    if body:
        parts.append(_body(body, secrets))
    return " ".join(parts) + ("  # the body is cut" if request["cut"] else "")


def _body(body: bytes, secrets: Secrets) -> str:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if text and text.isprintable() and not text.startswith("@"):
        return "--data-raw " + _quoted(text, secrets)
    return "--data-binary $'" + "".join(_byte(one) for one in body) + "'"


def _byte(one: int) -> str:
    char = chr(one)
    return char if 32 <= one < 127 and char not in "\\'" else f"\\x{one:02x}"


def _quoted(text: str, secrets: Secrets) -> str:
    """*text* for a shell: as it is where there is nothing to hide, else with variables in double quotes."""
    pieces = list(secrets.pieces(text))
    if len(pieces) > 1:
        return '"' + "".join(_inside(before) + shown for before, shown in pieces) + '"'
    if not text.isprintable():
        return "$'" + "".join(_byte(one) for one in text.encode("latin-1", "replace")) + "'"
    return shlex.quote(pieces[0][0])


def _inside(text: str) -> str:
    """*text* between double quotes of a shell."""
    return _SPECIAL.sub(r"\\\1", text)
