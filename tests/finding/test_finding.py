"""How a finding reads, and which name is near to another."""

from __future__ import annotations

import pickle

import pytest

from pymacaron.finding import CODES, Finding, FindingsError, did_you_mean, nearest, sorted_findings, text

LINE = "      operationId: shop.api.get_pets"


def test_a_finding_reads_like_a_compilers() -> None:
    found = Finding("apis/shop.yaml", 31, 20, "unbound", "'shop.api.get_pets' names no function", "Name one", LINE, 17)
    assert text([found]) == (
        "apis/shop.yaml:31:20: error[unbound]: 'shop.api.get_pets' names no function\n"
        "    31 |       operationId: shop.api.get_pets\n"
        "                            ^^^^^^^^^^^^^^^^^ Name one"
    )


def test_a_finding_about_a_whole_file_has_no_line() -> None:
    found = Finding("shop.yaml", 0, 0, "empty-file", "it is empty", "Write something into it")
    assert text([found]) == "shop.yaml: error[empty-file]: it is empty\n    Write something into it"


def test_a_finding_without_a_mend_ends_at_the_caret() -> None:
    found = Finding("shop.yaml", 1, 4, "not-text", "it is no text", source="a: 5")
    assert text([found]) == "shop.yaml:1:4: warning[not-text]: it is no text\n     1 | a: 5\n            ^"


def test_tabs_count_as_one_blank_so_that_the_caret_stands_right() -> None:
    found = Finding("shop.yaml", 1, 2, "yaml-syntax", "no", source="\ta: 5", width=1)
    assert text([found]).splitlines()[1:] == ["     1 |  a: 5", "          ^"]


def test_a_long_line_is_cut_around_the_place() -> None:
    line = "a" * 500 + "HERE" + "b" * 500
    found = Finding("shop.json", 1, 501, "json-syntax", "no", source=line, width=4)
    _, source, caret = text([found]).splitlines()
    assert len(source) == len("     1 | ") + 120
    assert source[caret.index("^") : caret.index("^") + 4] == "HERE"


def test_a_caret_stays_on_its_line() -> None:
    found = Finding("shop.yaml", 1, 99, "yaml-syntax", "no", source="a: 5", width=50)
    assert text([found]).splitlines()[2] == " " * 13 + "^"


def test_findings_are_sorted_by_place_and_told_once() -> None:
    first, second = Finding("a", 2, 1, "not-text", "x"), Finding("a", 10, 1, "not-text", "x")
    other = Finding("b", 1, 1, "not-text", "x")
    assert sorted_findings([other, second, first, second]) == [first, second, other]


def test_the_error_lists_its_findings_and_can_be_sent_to_another_process() -> None:
    error = FindingsError([Finding("b", 0, 0, "empty-file", "x"), Finding("a", 0, 0, "empty-file", "x")])
    assert str(error) == "a: error[empty-file]: x\nb: error[empty-file]: x"
    assert pickle.loads(pickle.dumps(error)).findings == error.findings


@pytest.mark.parametrize(
    ("name", "names", "expected"),
    [
        ("get_pets", ["get_pet", "list_pets"], "get_pet"),
        ("OPERATIONID", ["operationId"], "operationId"),
        ("x", ["abc"], None),
        ("a", [], None),
    ],
)
def test_the_nearest_name_is_the_one_that_was_probably_meant(name: str, names: list[str], expected: str | None) -> None:
    assert nearest(name, names) == expected
    assert did_you_mean(name, names) == (f"Did you mean {expected!r}?" if expected else "")


def test_a_code_is_made_of_small_words() -> None:
    assert [code for code in CODES if not code.replace("-", "").isalpha() or code != code.lower()] == []
