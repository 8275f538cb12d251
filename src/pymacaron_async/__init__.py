"""The import name that old services write for tasks that run later, in another process."""

from pymacaron.tasks import asynctask

__all__ = ["asynctask"]
