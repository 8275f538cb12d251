"""What a service does wrong when it calls another: it is not its own caller who has to mend that."""

from __future__ import annotations

from pymacaron.schema.violations import Violations

__all__ = ["WrongArguments"]


class WrongArguments(Violations):
    """
    A client's call whose arguments do not fit the description: a ValidationError. Who lets it pass to a caller of its
    own answers 500, as for any exception that nobody foresaw: that caller has sent nothing wrong.
    """

    code = "WRONG_ARGUMENTS"
    status = 500
