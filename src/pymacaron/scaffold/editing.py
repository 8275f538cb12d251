"""What editors read of a service: the JSON Schemas of its settings and of its descriptions, as files of a folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pymacaron.config.schemas import config_schema
from pymacaron.spec.schemas import description_schema

__all__ = ["FOLDER", "schema_files"]

#: Where they lie in a service. pym-config.yaml and apis/ name it in their first lines, and git ignores it
FOLDER = ".schemas"


def schema_files() -> dict[str, str]:
    """dict: name of a file -> its text, JSON."""
    return {"pym-config.json": _text(config_schema()), "openapi.json": _text(description_schema())}


def _text(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, indent=1) + "\n"
