"""ApiPool for a while: the apis that are loaded then, and none of those that other tests of the process have left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pymacaron import ApiPool

__all__ = ["alone"]


@contextmanager
def alone() -> Iterator[None]:
    """No api is known but those that are loaded within; those are forgotten."""
    known, named = dict(ApiPool._apis), dict(ApiPool.__dict__)
    _forget()
    try:
        yield
    finally:
        _forget()
        ApiPool._apis.update(known)
        ApiPool.__dict__.update({name: value for name, value in named.items() if name in known})


def _forget() -> None:
    for name in list(ApiPool._apis):
        del ApiPool._apis[name]
        ApiPool.__dict__.pop(name, None)
