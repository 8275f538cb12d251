"""
`make conformance`: everything that we are measured against, in one table. `--write` puts it into docs/conformance.md.
"""

from __future__ import annotations

import argparse
import sys
import time

from conformance import table
from conformance.material import descriptions
from conformance.measures import MEASURES
from conformance.voters import why_no_npm


def main() -> None:
    names = [measure.name for measure in MEASURES]
    parser = argparse.ArgumentParser(prog="conformance", description="What we are measured against, in one table")
    parser.add_argument("--write", action="store_true", help="put the table into docs/conformance.md")
    parser.add_argument("--only", nargs="+", choices=names, default=names, help="which parts")
    options = parser.parse_args()
    if options.write and options.only != names:
        parser.error("--write takes the whole table")
    if not descriptions():
        sys.exit("No descriptions. Set PYMACARON_CORPUS to the folder that holds specs/ and features/.")
    if (reason := why_no_npm()) is not None:
        sys.exit(reason)
    rows = []
    for measure in MEASURES:
        if measure.name in options.only:
            began = time.monotonic()
            rows += measure.rows()
            print(f"{measure.name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    found = table.text(rows)
    print(found)
    if options.write:
        table.write(found)


if __name__ == "__main__":
    main()
