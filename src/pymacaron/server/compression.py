"""
Replies compressed where the caller accepts it: gzip from the standard library, br and zstd where their packages are.

Source: RFC 9110, section 8.4 (Content-Encoding) and 12.5.3 (Accept-Encoding). Streams, replies that are compressed
already, and replies too small to gain anything pass untouched.
"""

from __future__ import annotations

import gzip
import importlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from math import inf
from typing import Any

from flask import Response

__all__ = ["Compress", "Compression"]

Compress = Callable[[bytes], bytes]

_VARY = ("Vary", "Accept-Encoding")

_COMPRESSIBLE = frozenset(
    {"application/json", "application/problem+json", "application/xml", "application/yaml", "application/javascript"}
)


class Compression:
    """Compresses replies of at least *min_bytes* bytes; none where *setting* is False."""

    def __init__(self, setting: bool, min_bytes: int = 1024):
        self.least: float = min_bytes if setting else inf
        self._encoders: dict[str, Compress] = {}

    def compress(self, environ: Mapping[str, Any], response: Response) -> None:
        """Compress *response* to the request with that *environ*, if that is of use."""
        if response.is_streamed or response.direct_passthrough:
            return
        body = response.get_data()
        if (
            len(body) < self.least
            or "Content-Encoding" in response.headers
            or response.status_code in (204, 304)
            or not _compressible(response.headers.get("Content-Type", ""))
        ):
            return
        response.headers.add(*_VARY)
        name, smaller = self.compressed(body, environ.get("HTTP_ACCEPT_ENCODING"))
        if not name:
            return
        response.set_data(smaller)
        response.headers["Content-Encoding"] = name
        etag, weak = response.get_etag()
        if etag is not None and not weak:
            response.set_etag(etag, weak=True)

    def applies(self, body: bytes, content_type: str) -> bool:
        """Whether a reply of that *body* is compressed for who accepts it, and so varies."""
        return len(body) >= self.least and _compressible(content_type)

    def compressed(self, body: bytes, accepted: str | None) -> tuple[str, bytes]:
        """The content coding for who *accepted* that (Accept-Encoding), and what it makes of *body*; '' for none."""
        if not accepted:
            return "", body
        if not self._encoders:
            self._encoders.update(_encoders())
        name = _chosen(accepted, self._encoders)
        smaller = body if name is None else self._encoders[name](body)
        return (name, smaller) if name is not None and len(smaller) < len(body) else ("", body)


def _encoders() -> dict[str, Compress]:
    """dict: content coding -> function, the best first."""
    encoders: dict[str, Compress] = {}
    try:
        brotli = importlib.import_module("brotli")
        encoders["br"] = lambda body: brotli.compress(body, quality=4)
    except ImportError:
        pass  # the package is optional
    try:
        zstandard = importlib.import_module("zstandard")
        encoders["zstd"] = lambda body: zstandard.ZstdCompressor(level=3).compress(body)
    except ImportError:
        pass  # the package is optional
    encoders["gzip"] = lambda body: gzip.compress(body, compresslevel=5, mtime=0)
    return encoders


@lru_cache(maxsize=256)
def _compressible(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return kind.startswith("text/") or kind in _COMPRESSIBLE or kind.endswith(("+json", "+xml"))


def _chosen(accepted: str, encoders: Mapping[str, Compress]) -> str | None:
    """The coding that the caller likes best, ours first where it likes several alike; None for no compression."""
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, _, parameters = part.partition(";")
        name = name.strip()
        if name:
            weights[name] = _weight(parameters)
    best, best_weight = None, 0.0
    for name in encoders:
        weight = weights.get(name, weights.get("*", 0.0))
        if weight > best_weight:
            best, best_weight = name, weight
    return best if best_weight >= weights.get("identity", 0.0) else None


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
