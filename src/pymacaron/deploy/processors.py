"""Which processors instances have, by the names of their types. No I/O here."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["architectures"]

#: Types of ARM processors: t4g.small, m7gd.large, im4gn.large
_ARM = re.compile(r"(?:a1|[a-z]+[0-9]+g[a-z]*)\.")


def architectures(types: Iterable[str]) -> list[str]:
    """Of *types*, such as t3.small: "arm64", "x86_64", both or none, sorted."""
    return sorted({"arm64" if _ARM.match(one) else "x86_64" for one in types})
