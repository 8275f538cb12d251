"""A Redis that all workers share: how it is asked, whatever is kept there. Loaded where a setting names one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from redis import ConnectionError as ClosedError
from redis.backoff import NoBackoff
from redis.retry import Retry

from pymacaron.server.outage import Outage, StoreError

__all__ = ["answered", "asked", "options"]

_T = TypeVar("_T")

#: Seconds that a Redis has to answer, unless its URL says otherwise
_TIMEOUT_S = 2.0


def options() -> dict[str, Any]:
    """
    What a client is made with. It tries once more where a connection was closed meanwhile, and never after a timeout;
    its own default would try for half a minute.
    """
    retry = Retry(NoBackoff(), 1, (ClosedError,))
    return {"socket_timeout": _TIMEOUT_S, "socket_connect_timeout": _TIMEOUT_S, "retry": retry}


def asked(outage: Outage, ask: Callable[[], _T]) -> _T:
    """What *ask* gives. Raises StoreError where the Redis does not answer, and at once where it did not just now."""
    if not outage.may_ask():
        raise StoreError(outage.cause, outage)
    return answered(outage, ask)


def answered(outage: Outage, ask: Callable[[], _T]) -> _T:
    """What *ask* gives, whether there is an *outage* or not. Raises StoreError."""
    try:
        answer = ask()
    except Exception as error:  # of a URL that it cannot use a client says so by any, and quotes what is secret
        cause = type(error).__name__
        outage.begin(cause)
        raise StoreError(cause, outage) from None
    outage.end()
    return answer
