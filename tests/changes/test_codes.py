"""docs/diff.md lists every code, with the severities that it may have."""

from __future__ import annotations

import re
from pathlib import Path

from pymacaron.changes import CODES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "diff.md"


def test_the_page_has_every_code_with_its_severities() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| ([a-z, ]+) \| .+ \|$", PAGE.read_text(encoding="utf-8"), re.M)
    assert {code: tuple(said.split(", ")) for code, said in rows} == CODES
    assert len(rows) == len(CODES)
