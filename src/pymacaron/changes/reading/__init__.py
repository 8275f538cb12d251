"""
Where two descriptions come from: files, folders, git revisions, the network. sides.py is the door.
"""

from pymacaron.changes.reading.sides import compared

__all__ = ["compared"]
