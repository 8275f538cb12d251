"""What every command has: help with examples, that stand in docs/commands.md, and no imports but its own."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from pymacaron.cli import COMMANDS
from pymacaron.cli.terminal import Choice

from .conftest import Command

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")
BLOCKS = "\n".join(re.findall(r"^```(?:bash|console run)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
#: Third parties that help may not load, and rooms of ours that belong to what a command does
HEAVY = {"flask", "jsonschema_rs", "jwt", "msgspec", "werkzeug", "yaml"}
ROOMS = {"api", "auth", "check", "config", "crash", "scaffold", "schema", "server", "source", "spec", "stubs"}


@pytest.fixture(params=sorted(COMMANDS))
def command(request: pytest.FixtureRequest) -> click.Command:
    found = getattr(import_module(f"pymacaron.cli.{request.param}"), request.param)
    assert isinstance(found, click.Command)
    return found


def examples(text: str) -> list[str]:
    """The lines below `Examples:` in a help text."""
    below = text.partition("Examples:\n")[2].partition("\n\n")[0]
    return [line.strip() for line in below.splitlines()]


def test_help_has_examples_which_stand_in_the_docs(command: click.Command) -> None:
    with click.Context(command, info_name=f"pymacaron {command.name}", terminal_width=200) as ctx:
        shown = examples(command.get_help(ctx))
    assert shown
    assert [line for line in shown if f"pymacaron {command.name}" not in line] == []
    assert [line for line in shown if line not in BLOCKS] == []


def test_docs_have_a_heading_and_a_row_for_each_command(command: click.Command) -> None:
    assert f"\n## pymacaron {command.name}\n" in PAGE
    assert f"\n| [`pymacaron {command.name}`](#pymacaron-{command.name}) |" in PAGE


def test_choices_tell_the_nearest(command: click.Command) -> None:
    choices = [one for one in command.params if isinstance(one.type, click.Choice)]
    assert [one.name for one in choices if not isinstance(one.type, Choice)] == []


def test_help_of_the_group_has_the_exit_codes(pymacaron: Command) -> None:
    told = " ".join(pymacaron("--help").stdout.split())
    assert "Exit codes: 0 all is well 1 findings, or it could not be done 2 called wrongly" in told
    for code in "012":
        assert f"\n| {code} | " in PAGE


@pytest.mark.parametrize("arguments", [["--help"], *([name, "--help"] for name in sorted(COMMANDS))])
def test_help_loads_nothing_of_what_the_command_does(arguments: list[str]) -> None:
    loaded = modules(arguments)
    assert {name.partition(".")[0] for name in loaded} & HEAVY == set()
    assert {name.split(".")[1] for name in loaded if name.startswith("pymacaron.")} & ROOMS == set()
    commands = {name.split(".")[2] for name in loaded if name.startswith("pymacaron.cli.")} & set(COMMANDS)
    assert commands == set(arguments) - {"--help"}


def test_a_token_loads_no_server(tmp_path: Path) -> None:
    (tmp_path / "pym-config.yaml").write_text("name: shop\njwt_issuer: i\njwt_audience: a\njwt_secret: " + "x" * 32)
    loaded = modules(["token", "--user", "u1", "--force"], tmp_path)
    assert "jwt" in loaded
    assert loaded & {"flask", "werkzeug", "jsonschema_rs", "msgspec"} == set()


def test_the_operations_of_a_description_load_no_server(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text("openapi: 3.1.0\ninfo: {title: Shop, version: '1'}\npaths: {}\n")
    assert modules(["routes"], tmp_path) & {"flask", "werkzeug", "jsonschema_rs", "jwt"} == set()


def modules(arguments: list[str], folder: Path | None = None) -> set[str]:
    """The names of the modules that a process has loaded after the command, which succeeds."""
    code = (
        "import sys; from pymacaron.cli import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit as exit:\n    assert not exit.code, exit\n"
        "print('\\n' + ' '.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())
