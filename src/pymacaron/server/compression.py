"""
Replies compressed where the caller accepts it: gzip from the standard library, br and zstd where their packages are.

Source: RFC 9110, section 8.4 (Content-Encoding) and 12.5.3 (Accept-Encoding). Streams, replies that are compressed
already, and replies too small to gain anything pass untouched.
"""

from __future__ import annotations

import gzip
import importlib
from collections.abc import Callable, Mapping

from flask import Request, Response

__all__ = ["Compress", "compression"]

Compress = Callable[[bytes], bytes]

_COMPRESSIBLE = frozenset(
    {"application/json", "application/problem+json", "application/xml", "application/yaml", "application/javascript"}
)


def compression(setting: bool, min_bytes: int = 1024) -> Callable[[Request, Response], None] | None:
    """A function that compresses a reply of at least *min_bytes* bytes, or None where *setting* is False."""
    if not setting:
        return None
    encoders: dict[str, Compress] = {}

    def compress(request: Request, response: Response) -> None:
        if (
            response.is_streamed
            or response.direct_passthrough
            or "Content-Encoding" in response.headers
            or response.status_code in (204, 304)
            or not _compressible(response.mimetype)
        ):
            return
        body = response.get_data()
        if len(body) < min_bytes:
            return
        response.headers.add("Vary", "Accept-Encoding")
        if not encoders:
            encoders.update(_encoders())
        name = _chosen(request.headers.get("Accept-Encoding", ""), encoders)
        if name is None:
            return
        smaller = encoders[name](body)
        if len(smaller) >= len(body):
            return
        response.set_data(smaller)
        response.headers["Content-Encoding"] = name
        etag, weak = response.get_etag()
        if etag is not None and not weak:
            response.set_etag(etag, weak=True)

    return compress


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


def _compressible(mimetype: str | None) -> bool:
    if mimetype is None:
        return False
    return mimetype.startswith("text/") or mimetype in _COMPRESSIBLE or mimetype.endswith(("+json", "+xml"))


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
