"""
What a property of a model reads as while it is unset: the `default` of its schema.

Only reading knows it: it is not sent, not iterated over and not compared, and `is_set` denies it. A list or an object
is lent to the model when it is first read, and counts as set as soon as it is changed, so that no change is ever lost.
Source: JSON Schema 2020-12 Validation, 9.2: an annotation; OpenAPI 3.0.4, "Schema Object", default.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pymacaron.schema.once import once

__all__ = ["Default", "settled"]


class Default:
    """
    One default: *json* as the description writes it. *convert* makes a Python value of a JSON value, in place; *write*
    makes JSON text of that again; *fits* tells whether the default is valid: what is not is read as it is written.

    `lent`: whether its values can be changed, so that each model gets one of its own.
    """

    def __init__(
        self,
        json: Any,
        convert: Callable[[Any], Any],
        write: Callable[[Any], bytes],
        read: Callable[[bytes], Any],
        fits: Callable[[Any], bool],
        lent: bool,
    ):
        self.lent = lent
        self._convert = convert
        self._write = write
        self._read = read
        self._fits = fits
        self._json = json

    @once
    def _text(self) -> bytes:
        return self._write(self._json)

    @once
    def _valid(self) -> bool:
        return self._fits(self._json)

    @once
    def _value(self) -> Any:
        return self.fresh()

    def fresh(self) -> Any:
        """The default for Python, which nobody else has."""
        value = self._read(self._text)
        return self._convert(value) if self._valid else value

    def of(self, model: Any, name: str) -> Any:
        """What the property *name* of *model*, which is unset, reads as."""
        if not self.lent:
            return self._value
        if model.__pym_lent__ is None:
            object.__setattr__(model, "__pym_lent__", {})
        lent = model.__pym_lent__
        if name not in lent:
            lent[name] = self.fresh()
        return lent[name]

    def is_changed(self, value: Any) -> bool:
        """Whether *value*, which was lent, is the default no more."""
        try:
            return self._write(value) != self._text
        except (ValueError, TypeError):
            return True


def settled(defaults: dict[str, Default]) -> property:
    """
    The descriptor of the dict of a model whose *defaults*, by wire name, are lent: whoever asks for the dict finds in
    it those that were changed since.
    """

    def get(self: Any) -> dict[str, Any]:
        data: dict[str, Any] = self.__pym_raw__
        lent = self.__pym_lent__
        if lent:
            for name, value in list(lent.items()):
                if name in data:
                    del lent[name]
                elif defaults[name].is_changed(value):
                    data[name] = lent.pop(name)
        return data

    def put(self: Any, data: dict[str, Any]) -> None:
        object.__setattr__(self, "__pym_raw__", data)
        object.__setattr__(self, "__pym_lent__", None)

    return property(get, put)
