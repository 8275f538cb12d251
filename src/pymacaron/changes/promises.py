"""
What this framework promises callers of an operation by extensions: how often they may call, whether they may send a
request again, how they turn pages. Extensions that name code change nothing for callers.
"""

from __future__ import annotations

from collections.abc import Iterator

from pymacaron.changes.change import Change
from pymacaron.changes.notes import Notes
from pymacaron.spec.model import Operation
from pymacaron.spec.quotas import Quota, quotas

__all__ = ["promises"]

_LIMIT, _IDEMPOTENCY, _PAGES = "x-rate-limit", "x-idempotency", "x-pagination"


def promises(notes: Notes, old: Operation, new: Operation) -> Iterator[Change]:
    """What has changed."""
    for name, tell in ((_LIMIT, _limits), (_IDEMPOTENCY, _keys), (_PAGES, _pages)):
        if old.extensions.get(name) != new.extensions.get(name):
            yield from tell(notes, old, new)


def _limits(notes: Notes, old: Operation, new: Operation) -> Iterator[Change]:
    before, after = _quotas(old), _quotas(new)
    if set(before) == set(after):
        return
    is_lower = any(not any(_keeps(had, quota) for had in before) for quota in after)
    fact = f"{_LIMIT} is {_names(after)}, was {_names(before)}"
    places = old.node.get(_LIMIT) or old.node, new.node.get(_LIMIT) or new.node
    if is_lower:
        why = "who calls as often as was promised gets 429"
        yield notes.change("risky", "rate-limit-lowered", fact, why, *places)
    else:
        yield notes.change("compatible", "rate-limit-raised", fact, "", *places)


def _quotas(operation: Operation) -> tuple[Quota, ...]:
    try:
        return quotas(operation.extensions[_LIMIT]) if _LIMIT in operation.extensions else ()
    except ValueError:
        return ()


def _keeps(had: Quota, quota: Quota) -> bool:
    """Whether who kept to *had* keeps to *quota*."""
    if quota.seconds <= had.seconds:
        return had.amount <= quota.amount
    turns = -(-quota.seconds // had.seconds)
    return had.amount * turns <= quota.amount


def _names(limits: tuple[Quota, ...]) -> str:
    return ", ".join(one.name for one in limits) or "not given"


def _keys(notes: Notes, old: Operation, new: Operation) -> Iterator[Change]:
    before, after = old.extensions.get(_IDEMPOTENCY), new.extensions.get(_IDEMPOTENCY)
    places = old.node.get(_IDEMPOTENCY) or old.node, new.node.get(_IDEMPOTENCY) or new.node
    fact = f"{_IDEMPOTENCY} is {after or 'not given'}, was {before or 'not given'}"
    if after == "required":
        why = "calls without an Idempotency-Key are refused"
        yield notes.change("breaking", "idempotency-required", fact, why, *places)
    elif after is None:
        why = "a request that is sent again is carried out again"
        yield notes.change("risky", "idempotency-removed", fact, why, *places)
    else:
        yield notes.change("compatible", "idempotency-changed", fact, "", *places)


def _pages(notes: Notes, old: Operation, new: Operation) -> Iterator[Change]:
    places = old.node.get(_PAGES) or old.node, new.node.get(_PAGES) or new.node
    why = "clients that turn pages do it by what they know of it"
    yield notes.change("risky", "pagination-changed", f"{_PAGES} has changed", why, *places)
