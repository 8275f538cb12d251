"""
Faults put into `src/pymacaron/auth/`, one at a time: does a test of tests/auth fail? `make mutants` does it whole.

    python -m mutation [--write] [--only TEXT] [--last]

prints a table and every survivor that survivors.toml does not explain; --write puts both, with the reasons, into
docs/mutants.md. --only: faults of files whose names have TEXT. --last: what came of the last run, without another.
Exit code 1: fewer than nine of ten were found, or a survivor is not explained. Everything happens in build/, on a copy.
"""

from __future__ import annotations

import argparse
import os
import sys
from datetime import date

from mutation import constants, functions, page
from mutation.found import FOLDER, copied, explained, kept, last


def tried(only: str) -> None:
    children = min(len(os.sched_getaffinity(0)), 8)
    copied(FOLDER)
    ran = f"Run on {date.today().isoformat()} by `make mutants`{f', for {only} alone' if only else ''}."
    kept(ran, [*functions.outcomes(FOLDER, only, children), *constants.outcomes(FOLDER, only, children)])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m mutation")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--last", action="store_true")
    asked = parser.parse_args()
    if not asked.last:
        tried(asked.only)
    ran, mutants = last()
    reasons = explained()
    table = page.table(mutants)
    print(table)
    unexplained = [one for one in mutants if one.outcome != "killed" and one.key not in reasons]
    for one in unexplained:
        print(f"\n{one.file}, {one.place}: {one.outcome}\n- {one.was}\n+ {one.becomes}")
    if asked.write:
        page.write(ran, mutants, reasons)
    return 1 if unexplained or page.share(mutants) < page.LEAST_SHARE else 0


sys.exit(main())
