"""docs/diff.md lists every code, with the severities that it may have."""

from __future__ import annotations

import re
from pathlib import Path

from pymacaron.changes import CODES
from pymacaron.changes.change import KINDS

from .test_calls import ANSWERS, CALLS
from .test_kinds import PAIRS
from .test_remarks import REMARKS
from .test_rules import EDITS, SCHEMAS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "diff.md"


def test_the_page_has_every_code_with_its_severities() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| ([a-z, ]+) \| .+ \|$", PAGE.read_text(encoding="utf-8"), re.M)
    assert {code: tuple(said.split(", ")) for code, said in rows} == CODES
    assert len(rows) == len(CODES)


def test_every_code_is_told_in_a_test_of_a_pair_that_differs_in_just_that() -> None:
    told = {line.split(":")[0].split()[1] for _, lines in EDITS.values() for line in lines}
    told |= {line.split()[1] for _, _, *both in SCHEMAS.values() for lines in both for line in lines}
    told |= {code for kind in PAIRS for code in KINDS[kind]}
    told |= {code for _, _, *codes, _ in CALLS.values() for code in codes}
    told |= {code for _, *codes, _, _, _ in ANSWERS.values() for code in codes}
    told |= {line.split()[1] for _, _, *both in REMARKS.values() for lines in both for line in lines}
    # test_reading.py, of folders; test_remarks.py, of pages
    told |= {"api-removed", "api-added", "pagination-changed"}
    assert told == set(CODES)
