"""`x-idempotency` and `x-rate-limit` on both dispatchers: callers, hooks and signals see no difference."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from twins.around import AROUND, failing
from twins.calls import FAILS
from twins.handlers import MADE, doing

from pymacaron.server.limits import memory


@pytest.fixture(autouse=True)
def _same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left of a limit's time stands in headers."""
    monkeypatch.setattr("time.time", lambda: 1_800_000_000.0)
    monkeypatch.setattr(memory, "MemoryCounter", partial(memory.MemoryCounter, clock=lambda: 0.0))


def keyed(key: str, call: str, **more: Any) -> dict[str, Any]:
    method, _, path = call.partition(" ")
    return {"method": method, "path": path, "headers": {"Idempotency-Key": key, "Origin": "http://x"}, **more}


#: Key and name: one twice, another payload, another key, no key at all
ADDED = [("k1", "a"), ("k1", "a"), ("k1", "b"), ("k2", "b"), ("k1, k2", "a")]
ADDING = [keyed(key, "POST /pets", json={"name": name}) for key, name in ADDED for _ in "12"]
LIMITED = [*["GET /text"] * 5, *ADDING, {"method": "POST", "path": "/pets", "json": {"name": ""}}]
STREAMED = [keyed("s", "POST /stream"), keyed("s", "POST /stream"), "POST /stream"]


@pytest.mark.parametrize("around", AROUND)
def test_keys_and_limits_are_answered_alike(compare: Any, around: str, limited_shop: Any) -> None:
    calls = [*LIMITED, *STREAMED]
    kit = compare(AROUND[around], calls, description=limited_shop)
    assert "direct" in kit.ways
    assert "stock" not in kit.ways
    assert len(kit.ways) < len(calls) - 5


@pytest.mark.parametrize("around", ["nothing", "hooks and signals that look"])
@pytest.mark.parametrize("how", MADE)
def test_what_handlers_do_is_kept_alike(compare: Any, how: str, around: str, limited_shop: Any) -> None:
    calls = [keyed("k", f"POST /made/{how}"), keyed("k", f"POST /made/{how}"), f"POST /made/{how}"]
    compare(doing(how, AROUND[around]), calls, description=limited_shop)


@pytest.mark.parametrize("around", ["nothing", "hooks and signals that look"])
def test_failures_are_answered_alike(compare: Any, around: str, limited_shop: Any) -> None:
    def setup(kit: Any) -> None:
        if AROUND[around] is not None:
            AROUND[around](kit)
        kit.handlers["fails"] = failing

    calls = [keyed(str(number), call.replace("GET", "POST")) for number, call in enumerate(FAILS) for _ in "12"]
    compare(setup, calls, description=limited_shop)
