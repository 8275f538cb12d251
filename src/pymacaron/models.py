"""
What can be done with a model besides reading and writing its properties, as functions.

A model has methods of these names too, unless its schema declares a property of that name: these functions always work.
"""

from __future__ import annotations

from pymacaron.schema.models import (
    Model,
    clone,
    from_json,
    get_model_name,
    is_set,
    to_json,
    update_from_dict,
)

__all__ = ["Model", "clone", "from_json", "get_model_name", "is_set", "to_json", "update_from_dict"]
