"""
Formats of one's own, `API(formats={name: (check, convert, unconvert)})`: what fits one, and both ways of its values.

A value of such a format is a Python value from when JSON is read until JSON is written. What a handler puts into a
model, a dict or a list may be the JSON value as well: it is told by whether it turns back. Neighbours: formats.py has
the known formats, plans.py reads by these, outgoing.py writes by them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pymacaron.schema.formats import Format

__all__ = ["Own", "own_formats"]

#: How a function fails with a value that it was not made for
_REFUSALS = (ValueError, TypeError, ArithmeticError, LookupError, AttributeError)

#: The classes of JSON's values: a value of another class cannot be one
_JSON = frozenset((str, int, float, bool, list, dict))

_NONE = object()


class _SentText(str):
    """A JSON value that a Python value was turned into: whoever looks at it once more leaves it as it is."""

    __slots__ = ()


class _SentInteger(int):
    __slots__ = ()


class _SentNumber(float):
    __slots__ = ()


#: dict: class of a JSON value -> its class once it was turned
_SENT = {str: _SentText, int: _SentInteger, float: _SentNumber}


class Own(Format):
    """A format of one's own. Its `check` never raises, and is None only where nothing is checked or converted."""

    __slots__ = ()

    @property
    def converts(self) -> bool:
        """Whether its Python values are others than its JSON values."""
        return self.convert is not None or self.unconvert is not None

    def receive(self, value: Any) -> Any:
        """
        The JSON value *value* for Python. What does not convert stays, which only unchecked values do; what becomes
        None stays too, since None is null.
        """
        made = _made(self.convert, value)
        return value if made is _NONE or made is None else made

    def adopt(self, value: Any) -> Any:
        """*value*, which somebody has set, for Python: a JSON value of the format converted, a Python value as is."""
        return self.receive(value) if value.__class__ in _JSON and self._is_json(value) else value

    def send(self, value: Any) -> Any:
        """
        The JSON value of *value*, which is a Python value of the format, or already its JSON value. None stays None.

        ValueError where a Python value has none. What is given here is known again: see `Model.__or__`, whose dict is
        walked through once for the model and once for the place where it is sent.
        """
        if value.__class__ in _SENT.values():
            return value
        if value is None or (self.type is not None and not isinstance(value, self.type)):
            return value
        if self.type is None and value.__class__ in _JSON and self._is_json(value):
            return value
        try:
            sent = value if self.unconvert is None else self.unconvert(value)
        except _REFUSALS as error:
            raise ValueError(
                f"a value of class {type(value).__name__} does not turn back into JSON: {error}"
            ) from error
        mark = _SENT.get(sent.__class__)
        return sent if mark is None else mark(sent)

    def _is_json(self, value: Any) -> bool:
        """
        Whether *value*, of a class that JSON has, is no Python value of the format but one of JSON: turned back it is
        nothing of the format, or it does not come out of that again and does come out the other way round.
        """
        if self.type is not None:
            return not isinstance(value, self.type)
        sent = _made(self.unconvert, value)
        if sent is _NONE or (self.check is not None and not self.check(sent)):
            return True
        again = _made(self.convert, sent)
        if again is _NONE or _same(again, value):
            return again is _NONE
        if self.check is not None and not self.check(value):
            return False
        received = _made(self.convert, value)
        return received is not _NONE and _same(_made(self.unconvert, received), value)


def own_formats(given: Mapping[str, Any] | None) -> dict[str, Own]:
    """
    *given* as `API(formats=)` takes it: dict of name -> `(check, convert, unconvert)`, each a function or None, or a
    Format.

    `check(value) -> bool`; an exception says no. `convert`: JSON value -> Python value; what it raises an exception for
    does not fit either. `unconvert`: Python value -> JSON value; without it the Python value is written.
    Raises TypeError for anything else.
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise TypeError(f"formats is a {type(given).__name__}; it has to be a dict of name -> {_WANTED}")
    return {_name(name): entry if isinstance(entry, Own) else _own(name, entry) for name, entry in given.items()}


_WANTED = "(check, convert, unconvert)"


def _name(name: Any) -> str:
    if not isinstance(name, str):
        raise TypeError(f"formats: {name!r} is no name of a format; names are strings")
    return name


def _own(name: str, entry: Any) -> Own:
    kind = None
    if isinstance(entry, Format):
        check, convert, unconvert, kind = entry.check, entry.convert, entry.unconvert, entry.type
    elif isinstance(entry, tuple) and len(entry) == 3:
        check, convert, unconvert = entry
    else:
        what = f"a tuple of {len(entry)}" if isinstance(entry, tuple) else f"of class {type(entry).__name__}"
        raise TypeError(f"formats[{name!r}] is {what}; it has to be a tuple of three functions or None: {_WANTED}")
    for label, function in zip(("check", "convert", "unconvert"), (check, convert, unconvert), strict=True):
        if function is not None and not callable(function):
            raise TypeError(
                f"formats[{name!r}]: {label} is {function!r:.80}; it has to be a function or None: {_WANTED}"
            )
    return Own(_checking(check, convert), convert, unconvert, kind)


def _checking(
    check: Callable[[Any], bool] | None, convert: Callable[[Any], Any] | None
) -> Callable[[Any], bool] | None:
    """Whether a JSON value fits: *check* says so, and *convert* takes it."""
    if check is None and convert is None:
        return None

    def fits(value: Any) -> bool:
        try:
            if check is not None and not check(value):
                return False
            if convert is not None:
                convert(value)
        except Exception:  # the validator asks, which knows no other answer than yes or no
            return False
        return True

    return fits


def _made(function: Callable[[Any], Any] | None, value: Any) -> Any:
    """What *function* makes of *value*, which is *value* itself without one; _NONE where it refuses."""
    if function is None:
        return value
    try:
        return function(value)
    except Exception:  # of the user's function: see `fits`
        return _NONE


def _same(one: Any, other: Any) -> bool:
    """Equal, and both or neither a boolean: `True == 1` in Python alone."""
    return bool(one == other) and (one.__class__ is bool) == (other.__class__ is bool)
