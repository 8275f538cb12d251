"""
The arguments of a call -> what can be sent, with its headers, its deadline and whoever observes it.

Nearly all calls have nothing of their own but their arguments: lean() makes those in few steps. Neighbours: target.py
knows the operation, prepared.py has the record.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from pymacaron import context
from pymacaron.client.attempts import DEADLINE, Send, within
from pymacaron.client.events import Event
from pymacaron.client.options import Options
from pymacaron.client.policy import IDEMPOTENT, Budget
from pymacaron.client.prepared import Prepared, Usual, content_type_of, of_call, timeouts_of, wrong
from pymacaron.client.target import KEY, Target
from pymacaron.context import Call
from pymacaron.exceptions import uuid4_text

__all__ = ["lean", "prepared"]

_NOTHING: Mapping[str, Any] = {}
_NONE = frozenset[str]()


def prepared(
    target: Target, options: Options, budget: Budget, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Prepared, dict[str, str]]:
    """The call, and its headers that are no parameters, which a decorator may add to. Raises WrongArguments."""
    policy, request_headers = options.policy, _NOTHING
    given = kwargs.keys() & target.keywords
    if given:
        kwargs = dict(kwargs)
        extra = {name: kwargs.pop(name) for name in given}
        request_headers = extra.pop("request_headers", None) or _NOTHING
        if request_headers.__class__ is not dict and not isinstance(request_headers, Mapping):
            raise wrong("arguments", "/request_headers", "type", "is no map of names to texts")
        policy = of_call(policy, extra)
    key = target.key
    if key and kwargs.get(key) is None:
        kwargs = {**kwargs, key: uuid4_text()}
    content_type = content_type_of(request_headers) if request_headers else None
    asked = target.asking.asked(args, kwargs, content_type=content_type)
    operation = target.operation
    inside = target.loaded.inside
    if inside is not None and (options.url or options.transport is not None or options.atransport is not None):
        inside = None  # somebody says where it is
    url = (target.base(options) if inside is None else inside.base) + asked.path
    call = context.current() or Call()
    headers: dict[str, str] = {**options.headers, **call.outgoing}
    lower = _NONE
    if request_headers:
        if content_type is not None and any(name == "Content-Type" for name, _ in asked.headers):
            # The body was made for it; that of a form has a boundary besides
            request_headers = {k: v for k, v in request_headers.items() if k.lower() != "content-type"}
        lower = frozenset(name.lower() for name, value in request_headers.items() if value is not None)
        others = {name: value for name, value in headers.items() if name.lower() not in lower}
        headers = {**request_headers, **others}
    if key == "" and not any(name.lower() == KEY.lower() for name in headers):
        headers[KEY] = uuid4_text()
    now = policy.clock()
    until, known = now + policy.timeout, call.deadline
    send = Send(
        operation.method,
        f"{url}?{asked.query}" if asked.query else url,
        asked.headers,
        asked.body,
        timeouts_of(policy),
        until if known is None else min(until, now + known - time.monotonic()),
        stream=target.answers(options).stream if target.may_stream else None,
        most=options.max_reply_bytes,
    )
    made = Prepared(options, policy, budget, send, call.call_id, False, lower, inside, now)
    if send.stream is not None:
        _follow(target, made)
    if options.observers:
        _observe(target, made, headers)
    made.is_idempotent = operation.method in IDEMPOTENT or bool(key) or key == ""
    return made, headers


def lean(target: Target, usual: Usual, budget: Budget, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Prepared:
    """As prepared() and complete() together, for a call that has nothing of its own but its arguments."""
    options = usual.options
    policy = options.policy
    asked = target.asking.asked(args, kwargs)
    inside = None if options.url else target.loaded.inside
    url = (target.base(options) if inside is None else inside.base) + asked.path
    call = context.current() or Call()
    now = policy.clock()
    until, known = now + policy.timeout, call.deadline
    if known is not None:
        until = min(until, now + known - time.monotonic())
    left = until - now
    headers = asked.headers
    sent_on = call.sent_on()
    headers += sent_on
    own = len(headers)
    headers += usual.headers
    if left > 0:
        headers.append((DEADLINE, str(int(left * 1000) or 1)))
    send = Send(
        target.operation.method,
        f"{url}?{asked.query}" if asked.query else url,
        headers,
        asked.body,
        usual.timeouts if left >= usual.longest else within(usual.timeouts, left),
        until,
        1,
        usual.stream,
        options.max_reply_bytes,
    )
    made = Prepared(
        options, policy, budget, send, sent_on[0][1], False, _NONE, inside, now, None, left, own, call.is_served
    )
    if usual.stream is not None:
        _follow(target, made)
    return made


def _follow(target: Target, made: Prepared) -> None:
    """Have errors in the midst of a stream told what they belong to; without a circle."""
    send = made.send
    told = partial(target.of_call, method=send.method, url=send.url, call_id=made.call_id)
    send.told = told
    send.stream = partial(target.answers(made.options).stream, told=told)


def _observe(target: Target, made: Prepared, headers: dict[str, str]) -> None:
    """Have those be told of the call who observe calls; they may add to its *headers*."""
    url, operation = target.base_of(made), target.operation
    event = Event(made.options.observers, target.api.name, target.name, operation.method, url, operation.path)
    event.headers, event.own, event.call_id = headers, made.given, made.call_id
    made.event = event
    event.begin()
