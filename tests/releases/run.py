"""
One run of a release over HTTP, in a process that a test may kill: `python -m releases.run LABEL [workers]`, where these
have an environment of their own, with AWS' variables in the environment. Its clock is as fast as the stand-in's.
Prints the steps, or why it ended; exit code 1 then.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict

from pymacaron.deploy.apply import Apply, Done
from pymacaron.deploy.aws import Account
from pymacaron.deploy.beanstalk.target import Beanstalk
from pymacaron.deploy.beanstalk.waiting import Pauses
from pymacaron.deploy.failures import DeployError
from pymacaron.deploy.journal import Journals
from pymacaron.deploy.lock import Lock, this_process
from releases.direct import BUCKET, REGION
from releases.shop import release

__all__ = ["SCALE", "carry_out", "main"]

SCALE = 1000.0


def carry_out(label: str, workers: bool = False) -> list[Done]:
    """A run of *label*, with *workers* in an environment of their own. Raises DeployError."""
    began = time.time()

    def clock() -> float:
        return began + (time.time() - began) * SCALE

    wanted = release(label, soak=30, workers=workers)
    account = Account(REGION, sleep=lambda seconds: time.sleep(seconds / SCALE))
    target = Beanstalk(account, wanted, pauses=Pauses(shortest_s=0.01, longest_s=0.02), clock=clock)
    lock = Lock(account, BUCKET, f"{wanted.prefix}/lock.json", this_process())
    return Apply(target, Journals(account, BUCKET, wanted.prefix), lock, label, clock=clock).run()


def main() -> None:
    """The run that the command line says."""
    try:
        print(json.dumps([asdict(one) for one in carry_out(sys.argv[1], "workers" in sys.argv[2:])]))
    except DeployError as error:
        sys.exit(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
