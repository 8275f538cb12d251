"""A service's folder and its config -> an image, and a release that takes calls. `settings` says what is wanted."""

from __future__ import annotations

__all__: list[str] = []
