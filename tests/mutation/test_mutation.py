"""What `make mutants` counts, what it changes, and the page that it wrote. It is not run itself: it takes too long."""

from __future__ import annotations

import re

from mutation.constants import _faults
from mutation.found import AUTH, ROOT, Mutant, changed, explained
from mutation.page import LEAST_SHARE, PAGE, share, survivors, table

KILLED = Mutant("keys.py", "find", "a < b", "a <= b", "killed")
ENDLESS = Mutant("keys.py", "find", "return", "continue", "timeout")
ALIVE = Mutant("keys.py", "", "MOST = 1", "MOST = 2", "survived")


def test_found_is_what_a_test_fails_for_or_does_not_end():
    assert share([KILLED, ENDLESS, ALIVE, Mutant("tokens.py", "f", "x", "y", "no tests")]) == 0.5
    assert table([KILLED, ENDLESS, ALIVE]).splitlines()[2:] == [
        "| `keys.py` | 3 | 1 | 1 | 1 | 66.7% |",
        "| all | 3 | 1 | 1 | 1 | 66.7% |",
    ]


def test_what_was_not_killed_stands_with_its_reason():
    told = survivors([KILLED, ENDLESS, ALIVE], {ALIVE.key: "Nobody counts."})
    assert told == (
        "### keys.py\n\nNobody counts.\n\n```text\n- MOST = 1\n+ MOST = 2\n```\n\n"
        "`find`: Not explained.\n\n```text\n- return\n+ continue\n```"
    )


def test_a_fault_is_told_by_the_lines_that_it_changes():
    assert changed("a = 1\nif a:\n    b = 2\n", "a = 1\nif a:\n    b = 3\n") == ("b = 2", "b = 3")


def test_outside_of_functions_values_are_changed_and_no_names_of_types():
    source = (
        '"""Text."""\nfrom collections.abc import Callable\n__all__ = ["A"]\nRead = Callable[[], int]\nA: int = 1\n'
        "def f():\n    return 2\n@cache\ndef g(a: int = 3):\n    return True\n"
    )
    faults = [(place, changed(source, code)) for place, code in _faults(source)]
    assert faults == [
        ("", ("A: int = 1", "A: int = None")),
        ("", ("A: int = 1", "A: int = 2")),
        ("g", ("def g(a: int = 3):", "def g(a: int = 4):")),
        ("g", ("return True", "return False")),
    ]


def test_the_page_says_that_nine_of_ten_were_found_and_why_the_others_were_not():
    page = PAGE.read_text(encoding="utf-8")
    faults, killed, endless, left = map(int, re.search(r"^\| all \|(.*)\|[^|]*\|$", page, re.M)[1].split("|"))  # type: ignore[index]
    assert killed + endless + left == faults
    assert (killed + endless) / faults >= LEAST_SHARE
    assert "Not explained." not in page
    shown = re.findall(r"^\+ ", page, re.M)
    assert len(shown) == endless + left
    assert {reason for reason in explained().values() if reason not in page} == set()


def test_each_reason_is_of_a_line_that_stands_in_the_source():
    sources = {path.name: " ".join(path.read_text(encoding="utf-8").split()) for path in (ROOT / AUTH).glob("*.py")}
    assert [key for key in explained() if " ".join(key[2].split()) not in sources[key[0]]] == []
