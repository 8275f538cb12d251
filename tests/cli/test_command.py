"""The command `pymacaron` and its way to show findings."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pytest

from pymacaron.cli import COMMANDS, main
from pymacaron.cli.check import as_json, as_sarif, as_text
from pymacaron.finding import Finding

ERROR = Finding("apis/my shop.yaml", 3, 5, "unknown-key", "'a' is no field", "Did you mean 'b'?", "    a: 1", 1)
WARNING = Finding("apis/my shop.yaml", 4, 1, "not-text", "it is no text", "", "5", 1)
WHOLE = Finding("--serve", 0, 0, "unknown-api", "no api named 'x' is here")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as exit:
        main(list(arguments))
    printed = capsys.readouterr()
    code = exit.value.code
    return (code if isinstance(code, int) else 0), printed.out, printed.err


@pytest.mark.parametrize("module", ["pymacaron", "pymacaron.cli"])
def test_the_command_runs_as_a_module(module: str, tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text("openapi: 3.1.0\n")
    command = [sys.executable, "-m", module, "check", "shop.yaml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.endswith("\n2 errors in 1 file\n")


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--help")
    assert code == 0
    shown = " ".join(out.partition("Commands:")[2].split())
    assert shown.startswith(" ".join(f"{name} {COMMANDS[name]}" for name in sorted(COMMANDS)))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_module_and_help_of_its_own(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = getattr(import_module(f"pymacaron.cli.{name}"), name)
    assert isinstance(command, click.Command)
    assert (command.name, command.short_help) == (name, COMMANDS[name])
    assert all(option.help for option in command.params if isinstance(option, click.Option))
    assert run(capsys, name, "--help")[0] == 0


def test_version_is_that_of_the_distribution(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "--version") == (0, "pymacaron 3.0.0.dev0\n", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["chekc"], "There is no command 'chekc'. Did you mean 'check'?"),
        (["xyz"], f"There is no command 'xyz'. Commands are: {', '.join(sorted(COMMANDS))}."),
        (["check", "--srict"], "No such option '--srict'. Did you mean '--strict'?"),
        (["check", "--format", "xml"], "Invalid value for '--format': 'xml' is not one of 'text', 'json', 'sarif'.\n"),
        (
            ["check", "--format", "jsn"],
            "Invalid value for '--format': 'jsn' is not one of 'text', 'json', 'sarif'. Did you mean 'json'?\n",
        ),
        (["check", "--serve"], "Option '--serve' requires an argument."),
    ],
)
def test_wrong_usage_exits_with_2(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert message in err


@pytest.mark.parametrize(
    ("findings", "files", "summary"),
    [
        ([], 1, "no findings in 1 file"),
        ([WARNING], 2, "1 warning in 2 files"),
        ([ERROR, WARNING, WHOLE], 3, "2 errors, 1 warning in 3 files"),
    ],
)
def test_text_ends_with_a_line_that_counts(findings: list[Finding], files: int, summary: str) -> None:
    assert as_text(findings, files).splitlines()[-1] == summary


def test_json_is_a_list_of_objects() -> None:
    assert json.loads(as_json([], 1)) == []
    assert json.loads(as_json([ERROR], 1)) == [
        {
            "file": "apis/my shop.yaml",
            "line": 3,
            "column": 5,
            "width": 1,
            "severity": "error",
            "code": "unknown-key",
            "fact": "'a' is no field",
            "mend": "Did you mean 'b'?",
        }
    ]


def test_sarif_has_rules_results_and_places() -> None:
    log = json.loads(as_sarif([ERROR, WARNING, WHOLE, ERROR], 1))
    (run,) = log["runs"]
    assert (log["version"], run["tool"]["driver"]["name"]) == ("2.1.0", "pymacaron")
    rules: list[dict[str, Any]] = run["tool"]["driver"]["rules"]
    assert [(rule["id"], rule["defaultConfiguration"]["level"]) for rule in rules] == [
        ("not-text", "warning"),
        ("unknown-api", "error"),
        ("unknown-key", "error"),
    ]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == [r["ruleId"] for r in run["results"]]
    assert run["results"][0] == {
        "ruleId": "unknown-key",
        "ruleIndex": 2,
        "level": "error",
        "message": {"text": "'a' is no field. Did you mean 'b'?"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "apis/my%20shop.yaml"},
                    "region": {"startLine": 3, "startColumn": 5, "endColumn": 6},
                }
            }
        ],
    }
    assert "locations" not in run["results"][2]
