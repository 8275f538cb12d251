"""
The steps of attempts.py carried out: over a socket, in this process, or by the transport that the options name.

`perform` blocks, `aperform` is awaited; they are the only two forms that anything of a call has. httpx2 is not loaded
here.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from pymacaron.client import connections
from pymacaron.client.attempts import Attempted, Outcome, Received, Send, Step, Wait, shown
from pymacaron.client.errors import TransportError
from pymacaron.client.options import Options
from pymacaron.client.policy import Policy
from pymacaron.spec.model import Operation

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from pymacaron.client.inside import Inside

__all__ = ["aperform", "asent", "perform", "sent"]

log = logging.getLogger("pymacaron.client")

Steps = Generator[Step, Outcome, Received]


def perform(
    steps: Steps, options: Options, policy: Policy, operation: Operation, api: str, inside: Inside | None = None
) -> Received:
    """What *steps* end in: a reply, or a TransportError that is raised. *inside*: the api, where it is served here."""
    outcome: Outcome = None
    while True:
        try:
            step = steps.send(outcome)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]
        if isinstance(step, Wait):
            policy.sleep(step.seconds)
            outcome = None
            continue
        started = time.perf_counter_ns() if options.observe is not None else 0
        try:
            if options.credentials is not None and step.is_own:
                options.credentials.add(operation, step)
            outcome = sent(step, options, policy, inside)
        except TransportError as error:
            outcome = error
        if options.observe is not None:
            _observed(options.observe, _attempted(step, outcome, operation, api, started))


async def aperform(
    steps: Steps, options: Options, policy: Policy, operation: Operation, api: str, inside: Inside | None = None
) -> Received:
    """As perform(), awaited."""
    outcome: Outcome = None
    while True:
        try:
            step = steps.send(outcome)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]
        if isinstance(step, Wait):
            await policy.asleep(step.seconds)
            outcome = None
            continue
        started = time.perf_counter_ns() if options.observe is not None else 0
        try:
            if options.credentials is not None and step.is_own:
                await options.credentials.aadd(operation, step)
            outcome = await asent(step, options, policy, inside)
        except TransportError as error:
            outcome = error
        if options.observe is not None:
            _observed(options.observe, _attempted(step, outcome, operation, api, started))


def sent(step: Send, options: Options, policy: Policy, inside: Inside | None) -> Received:
    """What comes of one attempt. Raises TransportError."""
    if options.transport is not None:
        return options.transport(step)
    if inside is not None and inside.has(step.url):
        return inside.send(step)
    return connections.blocking(step.url, options.network).send(step, policy.clock)


async def asent(step: Send, options: Options, policy: Policy, inside: Inside | None) -> Received:
    """
    The same, awaited: over a socket of the loop that calls belong to. A stream, either way, stays on the loop that
    reads or writes it.
    """
    if options.atransport is not None:
        return await options.atransport(step)
    if inside is not None and inside.has(step.url):
        return await inside.asend(step, policy.clock)
    clock = policy.clock
    home = options.loop() if options.loop is not None else None
    if home is None or step.stream is not None or hasattr(step.body, "__aiter__"):
        return await _here(step, options, clock)
    return await _at(home, step, options, clock)


async def _at(home: AbstractEventLoop, step: Send, options: Options, clock: Callable[[], float]) -> Received:
    import asyncio

    if home is asyncio.get_running_loop():
        return await _here(step, options, clock)
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_here(step, options, clock), home))


async def _here(step: Send, options: Options, clock: Callable[[], float]) -> Received:
    return await (await connections.of_loop(step.url, options.network)).send(step, clock)


def _observed(observe: Callable[[Attempted], Any], attempted: Attempted) -> None:
    try:
        observe(attempted)
    except Exception as error:  # where a hook ends: a call that was made does not fail since nobody could be told of it
        log.error("an attempt of a call could not be observed: %s", type(error).__name__)


def _attempted(step: Send, outcome: Outcome, operation: Operation, api: str, started: int) -> Attempted:
    status = outcome.status if isinstance(outcome, Received) else 0
    code = outcome.code if isinstance(outcome, TransportError) else ""
    ms = (time.perf_counter_ns() - started) / 1_000_000
    return Attempted(api, operation.id, step.method, shown(step.url), step.number, status, code, ms)
