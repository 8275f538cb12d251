"""
The annotations of a handler, read: what they say where they are texts, and whether they speak of models.

Neighbours: binding.py asks how a body is wanted; contradictions.py compares annotations with the description.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from pymacaron.exchange.files import Upload
from pymacaron.pool import stood_for
from pymacaron.schema.classes import Alias
from pymacaron.schema.models import Model

__all__ = ["evaluated", "names_values"]

#: What a value of JSON becomes in a model, and not where plain values are asked for
_CONVERTED = (Model, date, UUID, bytes, Upload)


def evaluated(annotation: Any, function: Callable[..., Any]) -> Any:
    """*annotation*, of an argument of *function*; one that is a text as what it says, where that can be told."""
    if not isinstance(annotation, str):
        return annotation
    names = getattr(inspect.unwrap(function), "__globals__", {})
    try:
        return eval(annotation, names)  # what Python does with it, unless it is asked to wait
    except (NameError, AttributeError, TypeError, SyntaxError, LookupError, ValueError):
        return annotation


def names_values(annotation: Any) -> bool:
    """Whether an annotation, or what stands in its brackets, names a model or another value that JSON does not have."""
    if stood_for(annotation) is not None or isinstance(annotation, Alias):
        return True
    if isinstance(annotation, type) and not typing.get_args(annotation):
        return issubclass(annotation, _CONVERTED)
    if isinstance(annotation, str):
        return ".model." in annotation
    return any(names_values(one) for one in typing.get_args(annotation))
