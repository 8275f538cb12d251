"""
The import name that old services write for tasks that run later, in another process.

Nothing can be imported from here yet: PyMacaron 3 does not run tasks so far.
"""

__all__: list[str] = []
