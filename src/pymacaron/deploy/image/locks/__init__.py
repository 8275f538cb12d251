"""The lock files that people have -> one lock: each distribution with its version and its hashes, as pip reads them."""

from __future__ import annotations

__all__: list[str] = []
