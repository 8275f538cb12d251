"""The JSON encoder that services of Connexion 2 inherit from, to have objects of their own returned by handlers."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

__all__ = ["FlaskJSONEncoder", "plain"]


class FlaskJSONEncoder(json.JSONEncoder):
    """Knows dates, datetimes (those without a zone are of UTC) and Decimals, besides what JSON has."""

    def default(self, o: Any) -> Any:
        if isinstance(o, datetime):
            return o.isoformat() if o.tzinfo else f"{o.isoformat()}Z"
        if isinstance(o, date):
            return o.isoformat()
        return float(o) if isinstance(o, Decimal) else super().default(o)


_PLAIN = frozenset((str, int, float, bool, type(None)))


def plain(value: Any, encoder: type[json.JSONEncoder]) -> Any:
    """
    *value* with what *encoder* makes of whatever JSON does not have; what neither knows stays, as files and streams do.
    """
    if value.__class__ in _PLAIN:
        return value
    if isinstance(value, dict):
        return {name: plain(member, encoder) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, encoder) for item in value]
    try:
        made = encoder().default(value)
    except TypeError:
        return value
    return plain(made, encoder)
