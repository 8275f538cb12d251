"""
What one tool spends on one description: CPU seconds after its imports, and its peak memory, as one line of JSON.

Runs inside the tool's own virtual environment, so it imports nothing but the standard library. load.py starts it.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

__all__ = ["measure"]


def measure(load: Callable[[str], object]) -> None:
    """
    Call *load* with the path in sys.argv[1] and print its figures, or `{"error"}` where it cannot load the file.

    `cpu_s`: the process's own, user and system, all threads; `process_s`: the same from its start. `peak_mb`: the
    high-water mark of this program's pages; `imported_mb`: the same before *load*.
    """
    imported_mb = _peak_mb()
    started = time.process_time()
    try:
        load(sys.argv[1])
    except Exception as error:  # here the measured call ends; the line printed reports it
        print(json.dumps({"error": f"{type(error).__name__}: {error}"[:300]}))
        return
    process_s = time.process_time()
    figures = {"cpu_s": process_s - started, "process_s": process_s, "imported_mb": imported_mb, "peak_mb": _peak_mb()}
    print(json.dumps(figures))


def _peak_mb() -> float:
    """ru_maxrss would include what the starting process had before exec; VmHWM does not."""
    with open("/proc/self/status", encoding="ascii") as status:
        kib = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    return kib / 1024
