"""
Contract tests, which nobody writes: every operation of a description is called in many ways, and whatever the service
does not keep of it is told.

`run` is the door. schemathesis does the calling, in a process of its own (driver.py, with checks.py and media.py, which
alone import it), by a plan that has all that we know (plans.py, credentials.py). What comes back is said in our words
(breaches.py) and makes an Outcome.
"""

from pymacaron.testing.contract.breaches import Breach
from pymacaron.testing.contract.options import EXAMPLES, Budget, ContractError, Options, budget
from pymacaron.testing.contract.outcome import Outcome, Tested
from pymacaron.testing.contract.runs import run
from pymacaron.testing.contract.words import CODES

__all__ = ["CODES", "EXAMPLES", "Breach", "Budget", "ContractError", "Options", "Outcome", "Tested", "budget", "run"]
