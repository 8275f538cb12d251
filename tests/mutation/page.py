"""docs/mutants.md: what stands between its marks is written here, nothing of it by hand."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import groupby

from mutation.found import ROOT, Key, Mutant

PAGE = ROOT / "docs" / "mutants.md"
#: Of ten faults, nine are found at least
LEAST_SHARE = 0.9
_BETWEEN = "<!-- {0} -->\n{1}\n<!-- /{0} -->"


def share(mutants: Iterable[Mutant]) -> float:
    """Of *mutants*, how many were found, as a part of 1: a test failed, or did not end."""
    outcomes = Counter(one.outcome for one in mutants)
    return (outcomes["killed"] + outcomes["timeout"]) / max(outcomes.total(), 1)


def table(mutants: list[Mutant]) -> str:
    """A line for each file, and one for all."""
    rows = ["| file | faults | killed | no end | survived | found |", "|---|---:|---:|---:|---:|---:|"]
    files = sorted({one.file for one in mutants})
    rows += [_row(f"`{file}`", [one for one in mutants if one.file == file]) for file in files]
    return "\n".join([*rows, _row("all", mutants)])


def _row(name: str, mutants: list[Mutant]) -> str:
    outcomes = Counter(one.outcome for one in mutants)
    survived = outcomes.total() - outcomes["killed"] - outcomes["timeout"]
    counts = (outcomes.total(), outcomes["killed"], outcomes["timeout"], survived)
    return f"| {name} | {' | '.join(map(str, counts))} | {share(mutants):.1%} |"


def survivors(mutants: list[Mutant], reasons: Mapping[Key, str]) -> str:
    """What no test finds, each with its reason: by file, one part for each line of the source and reason."""
    left = [one for one in mutants if one.outcome != "killed"]
    parts = []
    for file, of_file in groupby(sorted(left, key=lambda one: one.file), lambda one: one.file):
        parts.append(f"### {file}")
        known = [(one.place, one.was, reasons.get(one.key, "Not explained."), one.becomes) for one in of_file]
        for (place, was, reason), same in groupby(sorted(known), lambda one: one[:3]):
            where = f"`{place}`: " if place else ""
            lines = "\n".join(f"+ {one[3]}" for one in same)
            parts.append(f"{where}{reason}\n\n```text\n- {was}\n{lines}\n```")
    return "\n\n".join(parts)


def write(ran: str, mutants: list[Mutant], reasons: Mapping[Key, str]) -> None:
    text = PAGE.read_text(encoding="utf-8")
    for name, content in (("table", f"{ran}\n\n{table(mutants)}"), ("survivors", survivors(mutants, reasons))):
        new = _BETWEEN.format(name, content)
        text = re.sub(_BETWEEN.format(name, ".*?"), lambda _, new=new: new, text, flags=re.DOTALL)  # type: ignore[misc]
    PAGE.write_text(text, encoding="utf-8")
