"""
A release that comes to its end at every single call of AWS in turn, and then is run again: is there exactly one live
environment, with the right version, and no other? `make soak` tries every call; tests/deploy some of them.

    python -m soak.releases [--every 1]

prints the table of cases, then one JSON object: `calls`, dict of what is released -> how many calls it makes; `tried`,
how many were brought to their end, without HTTP and `over_http`, where a process is killed; `wrong`, what was not as it
has to be, which has to be empty; `seconds`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from cloud.here import cloud, moto
from releases import cases, overhttp
from releases.kills import FATES, Kill, converges, count

__all__ = ["soak"]

#: What is live, how v2 is released, and whether both have workers of their own
_ROUNDS = [
    (None, "blue-green", False),
    ("v1", "blue-green", False),
    ("v1", "immutable", False),
    ("v1", "rolling", False),
    ("v1", "in-place", False),
    (None, "blue-green", True),
    ("v1", "blue-green", True),
]


def soak(every: int) -> dict[str, Any]:
    """Each *every*-th call."""
    began = time.monotonic()
    calls: dict[str, int] = {}
    wrong: list[str] = []
    tried = 0
    for first, strategy, workers in _ROUNDS:
        name = f"{strategy}, {'first' if first is None else 'second'} release{', with workers' if workers else ''}"
        calls[name] = count(first, strategy, workers)
        for fate in FATES:
            for number in range(1, calls[name] + 1, every):
                tried += 1
                said = converges(Kill(fate, number, first, strategy, workers))
                wrong += [f"{name}, {fate} at call {number}: {said}"] if said else []
    over_http, total = 0, 1
    with tempfile.TemporaryDirectory() as folder, moto(policies=False) as own:
        with cloud(Path(folder), own) as aws:
            total = calls["over HTTP"] = overhttp.count(aws)
        for number in range(1, total + 1, every):
            over_http += 1
            with cloud(Path(folder), own) as aws:
                said = overhttp.converges(aws, number)
            wrong += [f"over HTTP, killed at call {number}: {said}"] if said else []
    seconds = round(time.monotonic() - began)
    return {"calls": calls, "tried": tried, "over_http": over_http, "wrong": wrong, "seconds": seconds}


def main() -> None:
    """What the command line asks for."""
    reader = argparse.ArgumentParser(prog="soak.releases")
    reader.add_argument("--every", type=int, default=1)
    given = reader.parse_args()
    print(cases.table())
    found = soak(given.every)
    print(json.dumps(found))
    sys.exit("not as it has to be" if found["wrong"] else 0)


if __name__ == "__main__":
    main()
