"""A service's folder, what its config wants and its commit -> an image that anybody else makes the same of them."""

from __future__ import annotations

__all__: list[str] = []
