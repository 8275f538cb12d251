"""What is read of traceparent and tracestate, and what goes on."""

from __future__ import annotations

import re

import pytest

from pymacaron.context import Call
from pymacaron.traces import Trace, trace

ID, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.mark.parametrize(
    ("header", "sampled"),
    [
        (f"00-{ID}-{PARENT}-01", True),
        (f"00-{ID}-{PARENT}-00", False),
        (f"00-{ID}-{PARENT}-03", True),
        (f"00-{ID}-{PARENT}-02", False),
        (f" 00-{ID}-{PARENT}-01\t", True),
        (f"cc-{ID}-{PARENT}-01", True),
        (f"cc-{ID}-{PARENT}-01-what-comes-later", True),
    ],
)
def test_a_trace_goes_on_with_a_span_of_its_own(header: str, sampled: bool):
    found = trace(header, "a=1,b=2")
    assert (found.id, found.parent, found.is_sampled, found.state) == (ID, PARENT, sampled, "a=1,b=2")
    assert re.fullmatch(r"[0-9a-f]{16}", found.span)
    assert found.span != PARENT
    assert found.traceparent == f"00-{ID}-{found.span}-{'01' if sampled else '00'}"


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "nonsense",
        f"ff-{ID}-{PARENT}-01",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{ID}-{'0' * 16}-01",
        f"00-{ID.upper()}-{PARENT}-01",
        f"00-{ID}-{PARENT}-01-more",
        f"cc-{ID}-{PARENT}-01more",
        f"00-{ID}-{PARENT}-0",
        f"00-{ID}-{PARENT}",
        f"00-{ID}-{PARENT}-01,00-{ID}-{PARENT}-01",
        f"00-{ID}-{PARENT}-01\n",
        f"0-{ID}-{PARENT}-01",
    ],
)
def test_what_is_malformed_is_ignored_and_a_trace_begins(header: str | None):
    found, other = trace(header, "a=1"), trace(header, "a=1")
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-00", found.traceparent)
    assert (found.parent, found.state) == ("", "")
    assert found.id not in (ID, other.id)


@pytest.mark.parametrize("state", ["a=\u00e9", "a=\n", "a=" + "1" * 5000])
def test_a_tracestate_that_harms_is_not_sent_on(state: str):
    assert trace(f"00-{ID}-{PARENT}-01", state).state == ""


def test_a_call_has_one_trace_and_tells_what_goes_out():
    call = Call(headers={"Traceparent": f"00-{ID}-{PARENT}-01", "PymCallID": "one", "PymCallPath": "public"})
    call.api_name = "shop"
    assert call.trace is call.trace
    assert call.outgoing == {"PymCallID": "one", "PymCallPath": "public.shop", "traceparent": call.trace.traceparent}


def test_a_trace_is_a_record():
    assert Trace("a" * 32, "b" * 16).traceparent == f"00-{'a' * 32}-{'b' * 16}-00"
