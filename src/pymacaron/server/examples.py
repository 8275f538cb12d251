"""
`example()`, the whole body of a handler that is not written yet: what its description gives as an example, or a 501.

Neighbours: exchange/outbound.py finds one that the description itself allows; answering.py leaves it on the Call.
"""

from __future__ import annotations

from typing import TypeVar

from pymacaron import context
from pymacaron.exceptions import HTTPError

__all__ = ["example"]

_Result = TypeVar("_Result")


def example() -> _Result:  # type: ignore[type-var]  # whatever the handler is said to return
    """
    The reply of the operation that is being answered, made of the examples in its description: `return example()`.

    Those of the success's media type come first, then those of its schema, or of the parts of it. One that the
    description does not allow is passed over. Raises a PyMacaronException, status 501 and code NOT_IMPLEMENTED, where
    there is none; RuntimeError outside of a call of an operation.
    """
    call = context.current()
    if call is None or call.example is None:
        raise RuntimeError("example() is for handlers: no operation is being answered here")
    found = call.example()
    if not found:
        fact = f"{call.method} {call.path_template} is not implemented, and its description has no example that fits"
        error = HTTPError(501, fact)
        call.reported = error  # nothing has failed that anybody needs a report of
        raise error
    result: _Result = found[0]
    return result
