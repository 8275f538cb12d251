"""The server.py that a command starts: for `run` and `worker`."""

from __future__ import annotations

import os

import click

__all__ = ["found"]


def found(given: str, command: str) -> str:
    """The absolute path of the server.py that *command* is about. Raises UsageError with where it was looked for."""
    path = os.path.abspath(os.path.join(given, "server.py") if os.path.isdir(given) else given)
    if os.path.isfile(path):
        return path
    raise click.UsageError(
        f"There is no {os.path.basename(path)} in {os.path.dirname(path)}. Name the file, as in "
        f"pymacaron {command} path/to/server.py, or make a service: pymacaron new NAME"
    )
