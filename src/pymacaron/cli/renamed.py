"""
The commands of before that have another name: each says which, and ends with 2.

None of them is run in the place of the old one: they take other options, and a script that goes on with the wrong ones
would deploy.
"""

from __future__ import annotations

import sys
from typing import NoReturn

__all__ = ["pymconfig", "pymdeploy", "pymtest"]


def _answer(old: str, new: str) -> NoReturn:
    print(f"{old} has another name now: {new}", file=sys.stderr)
    sys.exit(2)


def pymtest() -> NoReturn:
    """The command `pymtest`."""
    _answer("pymtest", "pymacaron test, or run_acceptance_tests --local as before")


def pymdeploy() -> NoReturn:
    """The command `pymdeploy`."""
    _answer("pymdeploy", "pymacaron deploy, or deploy_pipeline --push --deploy as before")


def pymconfig() -> NoReturn:
    """The command `pymconfig`."""
    _answer("pymconfig", "pymacaron check, which looks at pym-config.yaml; code reads a key with get_config().KEY")
