"""Whether callers of the live URL reach a release: /version says its label, several times in a row."""

from __future__ import annotations

import http.client
import json
import time
import urllib.request
from collections.abc import Callable
from urllib.error import URLError

from pymacaron.deploy.target import Verdict

__all__ = ["smoke"]

#: Answers in a row: resolvers know the old name for a minute after a swap
_IN_A_ROW = 3
_LONGEST_S, _PAUSE_S, _TIMEOUT_S = 300.0, 2.0, 10.0
_LARGEST = 1_000_000


def smoke(
    url: str,
    label: str,
    *,
    longest_s: float = _LONGEST_S,
    pause_s: float = _PAUSE_S,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Verdict:
    """Whether *url* + /version answers with `container` *label*, within *longest_s* seconds."""
    address = f"{url.rstrip('/')}/version"
    good, said, end = 0, "nothing", clock() + longest_s
    while True:
        said = _container(address)
        good = good + 1 if said == repr(label) else 0
        if good == _IN_A_ROW:
            return Verdict(True)
        if clock() >= end:
            return Verdict(False, f"{address} answers {said}, not {label!r}, after {longest_s / 60:.0f} minutes")
        sleep(pause_s)


def _container(address: str) -> str:
    """What it says that it is, as repr; or what came instead, in a word or two."""
    try:
        # One of its own: that of the process keeps the proxies that the environment had first
        with urllib.request.build_opener().open(address, timeout=_TIMEOUT_S) as answer:
            found = json.loads(answer.read(_LARGEST))
    except (URLError, OSError, http.client.HTTPException) as error:
        return f"{type(error).__name__} {getattr(error, 'code', '')}".strip()
    except ValueError:
        return "no JSON"
    return repr(found.get("container"))[:120] if isinstance(found, dict) else "no object"
