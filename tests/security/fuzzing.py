"""
Requests by lot against the vault, in this process, until one is answered as it may not be.

    python -m security.fuzzing

`make fuzz` runs it for FUZZ_SECONDS from the seed FUZZ_SEED on; tests/security/test_fuzzing.py a part, always the same.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from security.requests import answer, environs, faults
from security.vault import app_in

__all__ = ["run", "vaults"]

EXAMPLES = 1000

#: dict: name -> settings of a vault
KINDS: dict[str, dict[str, Any]] = {
    "direct": {"access_log": True, "docs": "auth", "compress_min_bytes": 1},
    "stock": {
        "dispatch": "stock",
        "docs": "public",
        "cors": ["https://www.example.com"],
        "security_headers": "strict",
        "trusted_proxies": 1,
    },
}


def vaults(folder: Path, kind: str, reports: list[str]) -> Flask:
    """The vault of that kind; what it reports goes to *reports*."""
    (folder / kind).mkdir(exist_ok=True)
    changed = {**KINDS[kind], "report_window_s": 0, "reports_per_minute": 0, "report_log": False}
    reporter = lambda title, message: reports.extend((title, message))  # noqa: E731
    return app_in(folder / kind, settings=changed, error_reporter=reporter)


def run(app: Flask, examples: int, start: int, statuses: Counter[int] | None = None) -> str | None:
    """*examples* requests by the seed *start*: the smallest that is answered as it may not be, and how; else None."""
    found: list[str] = []

    @seed(start)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        report_multiple_bugs=False,
    )
    @given(environs())
    def test(environ: dict[str, Any]) -> None:
        try:
            status, headers, body = answer(app, environ)
            wrong = faults(environ, status, headers, body)
        except Exception as error:  # whatever leaves the app
            status, wrong = 0, [f"it raised {error!r}"]
        if statuses is not None:
            statuses[status] += 1
        if wrong:
            found[:] = [f"{environ!r}: {'; '.join(wrong)}"]
        assert not wrong

    try:
        test()
    except AssertionError:
        return found[0]
    return None


def main() -> None:
    logging.disable(logging.CRITICAL)
    ends = time.monotonic() + float(os.environ.get("FUZZ_SECONDS") or "inf")
    start = int(os.environ.get("FUZZ_SEED") or time.time())
    statuses: Counter[int] = Counter()
    kind = os.environ.get("FUZZ_KIND") or "direct"
    with tempfile.TemporaryDirectory() as folder:
        app = vaults(Path(folder), kind, [])
        while time.monotonic() < ends:
            wrong = run(app, EXAMPLES, start, statuses)
            if wrong is not None:
                sys.exit(f"FUZZ_SEED={start} FUZZ_KIND={kind}: {wrong}")
            told = ", ".join(f"{number} of {status}" for status, number in sorted(statuses.items()))
            print(f"{sum(statuses.values())} requests ({kind}), seed {start}: {told}", flush=True)
            start += 1


if __name__ == "__main__":
    main()
