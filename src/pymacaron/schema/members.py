"""
One member of a model: how it is read, how it is set, and the descriptor of a declared property.

What a model holds is a dict, wire name -> JSON value. Objects in it become models when they are first read, in place;
texts of a known format are converted at each read, and values of one become their text when they are set; values of
formats of one's own are held as Python has them. Neighbours:
records.py says what is known of a member; models.py has the rest of a model.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pymacaron.schema.records import Plan, Property, Record

__all__ = ["descriptor", "put", "read", "whole"]


def put(record: Record, data: dict[str, Any], known: Property, value: Any) -> None:
    """Set one property: None unsets what cannot be null, values of a format become their text."""
    if value is None and not known.nullable:
        data.pop(known.name, None)
        return
    form = known.format
    if form is not None and form.type is not None and form.unconvert is not None and isinstance(value, form.type):
        try:
            value = form.unconvert(value)
        except ValueError as error:
            raise ValueError(f"{record.name}.{known.attribute or known.name}: {error}") from None
    data[known.name] = value


def read(data: dict[str, Any], name: str, convert: Plan | None) -> Any:
    """The value of the member *name* for Python. Objects are kept as the models that they become."""
    value = data.get(name)
    if convert is None:
        return value
    cls = value.__class__
    function = convert.by_class.get(cls)
    if function is None:
        return value
    converted = function(value)
    if cls is dict or cls is tuple:
        data[name] = converted
    return converted


def descriptor(record: Callable[[], Record], known: Property) -> property:
    """The descriptor of one declared property. Plain ones are the shortest function that reads a dict."""
    name = known.name

    def plain_value(self: Any) -> Any:
        return self.__pym_data__.get(name)

    def assign(self: Any, value: Any) -> None:
        put(record(), self.__pym_data__, known, value)

    def unset(self: Any) -> None:
        self.__pym_data__.pop(name, None)

    if known.default is not None:
        return _defaulted(known, assign)
    if known.convert is None:
        return property(plain_value, assign, unset)
    by_class = known.convert.by_class

    def integer(self: Any) -> Any:
        value = self.__pym_data__.get(name)
        return whole(value) if value.__class__ is float else value

    if by_class == {float: whole}:
        return property(integer, assign, unset)

    def converted(self: Any) -> Any:
        data = self.__pym_data__
        value = data.get(name)
        cls = value.__class__
        if cls in by_class:
            value = by_class[cls](value)
            if cls is dict or cls is tuple:
                data[name] = value
        return value

    return property(converted, assign, unset)


def _defaulted(known: Property, assign: Callable[[Any, Any], None]) -> property:
    """The descriptor of a property that reads as its default while it is unset."""
    name, convert, default = known.name, known.convert, known.default
    assert default is not None

    def get(self: Any) -> Any:
        data = self.__pym_data__
        return read(data, name, convert) if name in data else default.of(self, name)

    def put_back(self: Any, value: Any) -> None:
        forget(self)
        assign(self, value)

    def unset(self: Any) -> None:
        forget(self)
        self.__pym_data__.pop(name, None)

    def forget(self: Any) -> None:
        if default.lent and self.__pym_lent__:
            self.__pym_lent__.pop(name, None)

    return property(get, put_back, unset)


def whole(value: float) -> int | float:
    """The integer that 1.0 is: JSON Schema takes it for one, Python's range and slices do not."""
    return int(value) if value.is_integer() else value
