"""docs/findings.md against the code: the same codes, the same severities, and examples that give what they say."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pymacaron.check import check
from pymacaron.finding import CODES

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
#: dict: code -> its entry
ENTRIES = {entry.partition("\n")[0]: entry for entry in re.split(r"^### ", CATALOGUE, flags=re.M)[1:]}
BLOCK = re.compile(r"^```\w+\n# ([\w.-]+)\n(.*?)^```$", re.M | re.S)
HEAD = "openapi: 3.1.0\ninfo: {title: Shop, version: 1.0.0}\n"
#: dict: function that makes a finding -> which of its arguments is the code
MAKERS = {"finding": 0, "Finding": 3, "Problem": 0, "report": 1}


def modules() -> Iterator[ast.Module]:
    for path in sorted((ROOT / "src" / "pymacaron").rglob("*.py")):
        if path.name != "finding.py":
            yield ast.parse(path.read_text(encoding="utf-8"))


def texts(tree: ast.AST) -> set[str]:
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_the_catalogue_has_an_entry_for_each_code_and_no_other() -> None:
    assert sorted(ENTRIES) == sorted(CODES)


def test_the_catalogue_tells_the_severity_of_each_code() -> None:
    told = {
        code: entry.partition("\n\n")[2].partition(".")[0].partition(",")[0].lower() for code, entry in ENTRIES.items()
    }
    assert told == CODES


def test_every_code_is_used() -> None:
    used = {text for module in modules() for text in texts(module)}
    assert sorted(set(CODES) - used) == []


def test_every_code_that_is_used_is_known() -> None:
    unknown = set()
    for module in modules():
        for node in ast.walk(module):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            place = MAKERS.get(name)
            if name == "report" and isinstance(node.func, ast.Attribute):
                place = 0
            if (
                place is not None
                and len(node.args) > place
                and not isinstance(node.args[place], ast.Name | ast.Attribute)
            ):
                unknown |= {text for text in texts(node.args[place]) if re.fullmatch(r"[a-z]+(-[a-z]+)*", text)} - set(
                    CODES
                )
    assert unknown == set()


@pytest.mark.parametrize("code", [code for code, entry in ENTRIES.items() if BLOCK.search(entry)])
def test_the_example_of_an_entry_gives_its_finding(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [name for name in os.environ if name.startswith("PYM_")]:
        monkeypatch.delenv(variable)
    monkeypatch.chdir(tmp_path)
    blocks = BLOCK.findall(ENTRIES[code])
    for name, text in blocks:
        head = HEAD if re.match(r"(?:# served\n)?(paths|info):", text) else ""
        head = head.partition("\n")[0] + "\n" if re.match("info:", text) else head
        Path(name).write_text(head + text, encoding="utf-8")
    served = ["shop"] if "# served\n" in blocks[0][1] else []
    assert code in {finding.code for finding in check([blocks[0][0]], serve=served).findings}
