"""
A machine and a service -> what the service needs that the machine lacks; and an old service -> what to change in it.

`machine` and `configured` look at the machine, by what the config asks for; `legacy` reads code, of which nothing runs.
"""

from pymacaron.doctor.legacy import Legacy, legacy
from pymacaron.doctor.needs import Need, needs

__all__ = ["Legacy", "Need", "legacy", "needs"]
