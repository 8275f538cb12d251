"""`PYTHONPATH=tests python -m cloud [--scale 1000] [--docker HOST]`: until it is ended."""

from __future__ import annotations

import argparse
import signal
import sys

from cloud.remote import serve

__all__: list[str] = []

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="cloud", description="AWS on this machine, for trying releases.")
    parser.add_argument("--scale", type=float, default=1000, help="so many seconds of AWS' waits take one")
    parser.add_argument("--docker", default="", help="the host of a docker daemon, which runs environments for real")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    serve(given.scale, given.docker)
