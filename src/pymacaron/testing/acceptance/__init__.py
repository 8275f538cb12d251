"""
A Target and the paths of tests -> what pytest says of them, run in a process of its own: an `Outcome`.

`running` starts pytest, with the plugin `session`, which writes down what became of each test; `outcome` reads that,
and writes it as JSON.
"""

from pymacaron.testing.acceptance.outcome import Case, Outcome
from pymacaron.testing.acceptance.running import MissingTestsError, accepted, demanded

__all__ = ["Case", "MissingTestsError", "Outcome", "accepted", "demanded"]
