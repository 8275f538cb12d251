"""docs/security.md names the test of everything that it says is defended: each is there, and what it links to."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "security.md"
TEXT = PAGE.read_text(encoding="utf-8")
NAMED = re.compile(r"`(tests/[\w/.]+\.py)(?:::(\w+))?`")
#: A row of the tables of OWASP ASVS: its id, and what becomes of it
ROW = re.compile(r"^\| (V\d+\.\d+\.\d+)(?: to (V\d+\.\d+\.\d+))? \| (.*) \| (.*) \|$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")


@cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test_")
    )


def test_every_test_that_is_named_is_there() -> None:
    named = NAMED.findall(TEXT)
    assert len(named) > 100
    missing = [
        f"{path}::{name}"
        for path, name in named
        if not (ROOT / path).is_file() or (name and name not in names_in(path)) or not names_in(path)
    ]
    assert missing == []


def test_every_row_of_the_standard_says_what_becomes_of_it() -> None:
    rows = ROW.findall(TEXT)
    assert len(rows) > 80
    assert len({first for first, *_ in rows}) == len(rows)
    order = [tuple(map(int, first[1:].split("."))) for first, *_ in rows]
    assert order == sorted(order)
    unclear = [
        first
        for first, _, what, where in rows
        if not what or not (NAMED.search(where) or where in ("yours", "not here") or where.startswith("["))
    ]
    assert unclear == []


@pytest.mark.parametrize("place", sorted(set(LINK.findall(TEXT))))
def test_every_link_leads_somewhere(place: str) -> None:
    if place.startswith("https://"):
        return
    file, _, anchor = place.partition("#")
    target = PAGE.parent / file if file else PAGE
    assert target.is_file()
    headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert not anchor or anchor in anchors
