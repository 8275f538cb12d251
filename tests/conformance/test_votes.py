"""ajv and python-jsonschema vote on messages for a sample of the material's operations; `make conformance` has all."""

from __future__ import annotations

from pathlib import Path

import pytest
from conformance.explained import EXPLAINED, Explained, why
from conformance.voters import Ajv, PythonJsonschema
from conformance.votes import vote
from lots import number

#: of so many schemas that operations use, one is voted on
EVERY = number(60, 20)
PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
def test_all_agree_on_messages_of_real_operations(npm_is_here: None, corpus: list[Path], part: int) -> None:
    tally = vote(corpus[part::PARTS], every=EVERY)
    assert [str(one) for one in tally.disagreements if one.reason is None] == []
    assert tally.messages > 100
    assert 0.25 < tally.accepted / tally.messages < 0.75
    assert tally.voted["ajv"] > 0.98 * tally.messages
    assert tally.voted["python-jsonschema"] > 0.95 * tally.messages


DOCUMENT = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "definitions": {"s0": {"type": "integer", "minimum": 3, "exclusiveMinimum": True}, "s1": {"format": "date"}},
}
LATER = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "definitions": {"s0": {"exclusiveMinimum": 3}, "s1": {"format": "uuid"}},
}


def test_each_voter_knows_both_drafts(npm_is_here: None) -> None:
    with Ajv() as ajv:
        for voter in (ajv, PythonJsonschema()):
            voter.take(DOCUMENT)
            assert voter.votes("#/definitions/s0", [3, 4, 4.0]) == [frozenset({"minimum"}), None, None]
            assert voter.votes("#/definitions/s1", [3, "2026-13-01", "2026-01-01"]) == [
                None,
                frozenset({"format date"}),
                None,
            ]
            voter.take(LATER)
            assert voter.votes("#/definitions/s0", [3, 4]) == [frozenset({"exclusiveMinimum"}), None]


def test_what_is_explained_has_a_reason_and_fits_what_it_is_about() -> None:
    assert all(isinstance(one, Explained) and len(one.reason) > 20 for one in EXPLAINED)
    spaced = frozenset({"format 'a b' is not of format uri-template"})
    assert why("python-jsonschema", spaced, None, "{}") is not None
    assert why("python-jsonschema", None, spaced, "{}") is None
    assert why("python-jsonschema", spaced | {"type"}, None, "{}") is None
    assert why("ajv", spaced, None, "{}") is None
