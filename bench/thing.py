"""What the first call of a cold start sends, and is answered."""

from __future__ import annotations

__all__ = ["PATH", "THING"]

PATH = "/v1/things500"
THING = {
    "id": 1,
    "name": "Blue widget",
    "code": "ABC-0001",
    "tags": ["a", "b"],
    "price": 9.5,
    "made_at": "2026-03-04T10:11:12Z",
}
