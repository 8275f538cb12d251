"""
Two descriptions -> what has changed between them, and whom it breaks: Changes, by rules that have codes.

Nothing is read but in reading/, which finds both sides. comparing.py is the door;
containment/ decides whether all values of one schema fit another.
"""

from pymacaron.changes.change import CODES, Change
from pymacaron.changes.comparing import changes

__all__ = ["CODES", "Change", "changes"]
