"""
Whether this process was told to stop: readiness says no from then on, while calls are answered still.

gunicorn.py and granian.py say so, before their server begins to end. Imports nothing: they are read before the service.
"""

from __future__ import annotations

__all__ = ["STOPPING", "Stopping"]


class Stopping:
    """`is_begun`: whether it was told; a process that is forked afterwards knows it too."""

    is_begun = False


#: Of this process
STOPPING = Stopping()
