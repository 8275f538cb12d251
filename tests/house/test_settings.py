"""docs/config.md names every setting, with the default and the words that the code has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pymacaron.config import SETTINGS, Setting

PAGE = Path(__file__).resolve().parents[2] / "docs" / "config.md"
KINDS = {
    "text": "text",
    "whole": "whole number",
    "number": "number",
    "switch": "true or false",
    "names": "list of texts",
    "secrets": "text or a list",
    "issuers": "list of maps",
    "origins": "true, false or a list",
    "path": "path or false",
    "cookie": "name or off",
    "guards": "off or a map",
    "clients": "map of maps",
    "deploy": "map",
}


def row(setting: Setting) -> str:
    kind = " or ".join(setting.choices) if setting.kind == "choice" else KINDS[setting.kind]
    return f"| `{setting.name}` | {kind} | {shown(setting.default)} | {setting.doc} |"


def shown(default: Any) -> str:
    if default is None or default == ():
        return ""
    return str(default).lower() if isinstance(default, bool) else str(default)


def test_every_setting_is_documented_as_it_is() -> None:
    expected = ["| setting | kind | default | what |", "|---|---|---|---|", *map(row, SETTINGS.values())]
    text = PAGE.read_text(encoding="utf-8")
    found = text.partition("<!-- settings begin -->")[2].partition("<!-- settings end -->")[0].strip().splitlines()
    assert found == expected
