"""
Tasks that wait in an SQLite file beside the service, which needs nothing else, and the one worker that runs them.

`queue` is what tasks are sent to, `books` what the worker writes, both in the `database`. `worker` is the process that
holds the lock, `child` one of those that it forks, each of which runs a task at a time.
"""

from __future__ import annotations

__all__: list[str] = []
